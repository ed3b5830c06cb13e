"""Slips: the terms that a question means when it is typed by ear (公伤, 劳动和同) or in pinyin (nianxiujia)."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import product

from rag.lexical import fold

_LONGEST = 8  # syllables of a term
_READINGS = 1  # of a character: rare ones hear terms that nobody meant

_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3041-\u30ff]")
_PART = re.compile(r"[\u3400-\u9fff]|[a-zü]+|\d+|.", re.DOTALL)
_TONES = str.maketrans("āáǎàēéěèōóǒòīíǐìūúǔùǖǘǚǜńňǹḿ", "aaaaeeeeooooiiiiuuuuüüüünnnm")

Heard = tuple[frozenset[str], str]  # the syllables that a piece of text may be, and the piece itself


class Slips:
    """Terms by their sound, tones aside; ``known`` are words that are right as they stand."""

    def __init__(self, terms: Iterable[str], known: Iterable[str] = ()) -> None:
        self._known = frozenset(known)
        sounds: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for term in terms:
            if 2 <= len(term) <= _LONGEST and all(map(_HAN.match, term)):
                for way in product(*(_syllables(char) for char in term)):
                    sounds[way].append(term)
        self._sounds: Mapping[tuple[str, ...], list[str]] = sounds
        self._begun = frozenset(way[:n] for way in sounds for n in range(1, len(way) + 1))

    def meant(self, question: str) -> list[str]:
        """Terms that the question does not write but sounds like, each once, in its order.

        Of two characters many sound alike by chance, where one word ends and the next begins: a term of two
        is taken only where it stands by itself.

        >>> slips = Slips(["劳动合同", "工龄", "年休假"])
        >>> slips.meant("劳动和同没签，工令5年")
        ['劳动合同', '工龄']
        >>> slips.meant("nianxiujia ji tian")
        ['年休假']
        """
        text = fold(question)
        if _KANA.search(text):
            return []
        heard = list(_heard(text))
        found: dict[str, None] = {}
        at = 0
        while at < len(heard):
            terms, length = self._at(heard, at)
            surface = "".join(piece for _, piece in heard[at : at + length])
            if surface in self._known:
                at += length
                continue
            around = (*heard[max(at - 1, 0) : at], *heard[at + length : at + length + 1])
            alone = not any(_HAN.match(piece) for _, piece in around)
            for term in terms:
                if term not in text and (alone or len(term) > 2) and _is_like(surface, term):
                    found[term] = None
            at += length
        return list(found)

    def _at(self, heard: Sequence[Heard], at: int) -> tuple[list[str], int]:
        """The terms of the longest sound that begins there, and how many syllables it takes; ([], 1) for none."""
        best: tuple[list[str], int] = [], 1
        ways: set[tuple[str, ...]] = {()}
        for end in range(at, min(at + _LONGEST, len(heard))):
            ways = {(*way, s) for way in ways for s in heard[end][0] if (*way, s) in self._begun}
            if not ways:
                break
            if terms := [term for way in sorted(ways) for term in self._sounds.get(way, ())]:
                best = terms, end - at + 1
        return best


def _is_like(surface: str, term: str) -> bool:
    """Whether a slip of one or two characters leads from one to the other; pinyin has none to compare."""
    return not _HAN.match(surface) or bool(set(surface) & set(term))


def _heard(text: str) -> Iterator[Heard]:
    """The text as syllables; what has no sound stands between them. Latin letters are taken for pinyin where
    every word of them is: no sentence of another language is."""
    words = re.findall(r"[a-zü]{2,}", text)
    pinyin = bool(words) and all(_split(word) for word in words) and sum(map(len, words)) >= 5
    for piece in _PART.findall(text):
        if _HAN.match(piece):
            yield _syllables(piece), piece
        elif pinyin and piece.isalpha():
            yield from ((frozenset([syllable]), syllable) for syllable in _split(piece))
        elif not (pinyin and piece.isspace()):
            yield frozenset(), piece


@cache
def _split(word: str) -> tuple[str, ...]:
    """A word of pinyin as its syllables, as few as possible; () where it is none.

    >>> _split("nianxiujia"), _split("holiday")
    (('nian', 'xiu', 'jia'), ())
    """
    known = _all_syllables()
    best: list[tuple[str, ...] | None] = [()] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 6), end):
            before = best[start]
            if before is not None and word[start:end] in known:
                way = (*before, word[start:end])
                if best[end] is None or len(way) < len(best[end] or ()):
                    best[end] = way
    return best[-1] or ()


@cache
def _syllables(char: str) -> frozenset[str]:
    """How a character is mostly read, tones aside; the dictionary gives the commonest reading first."""
    readings = _dictionary().get(ord(char), "").split(",")[:_READINGS]
    return frozenset(reading.translate(_TONES) for reading in readings if reading)


@cache
def _all_syllables() -> frozenset[str]:
    return frozenset(
        reading.translate(_TONES)
        for code, readings in _dictionary().items()
        if 0x4E00 <= code <= 0x9FFF
        for reading in readings.split(",")
    )


@cache
def _dictionary() -> Mapping[int, str]:
    os.environ.setdefault(
        "PYPINYIN_NO_PHRASES", "true"
    )  # the readings of words take longer to load than to need
    from pypinyin.pinyin_dict import pinyin_dict

    found: Mapping[int, str] = pinyin_dict
    return found
