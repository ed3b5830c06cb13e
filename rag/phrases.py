"""Finding known words in a text: by characters where words are not set apart, word by word elsewhere."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.wording import Wording, unmarked

_NARROW = re.compile(r"[0-9a-z]")
_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc]")

Terms = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Characters:
    """Words that are found anywhere in a text, the longest first.

    ``terms`` is what a word calls for. ``known`` holds every word, those that call for nothing too: they hide the
    shorter ones inside. ``lengths`` maps the first two characters of words to their lengths, longest first.
    """

    terms: Mapping[str, Terms]
    known: frozenset[str]
    lengths: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, said: Iterable[tuple[str, str]], others: Iterable[str] = ()) -> Characters:
        """From pairs of a folded word and its term, and further folded words that call for nothing."""
        terms = grouped(said)
        known = frozenset((*terms, *others))
        return cls(terms, known, _lengths(known))

    def at(self, text: str, start: int) -> str:
        """The longest word that begins at ``start``; '' where none does."""
        for length in self.lengths.get(text[start : start + 2], ()):
            word = text[start : start + length]
            if word in self.known and not _cuts(text, start, start + length):
                return word
        return ""


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases of one language. ``beginnings`` holds the first word, the first two, … of every phrase."""

    wording: Wording
    terms: Mapping[str, Terms]
    beginnings: frozenset[str]

    @classmethod
    def of(cls, wording: Wording, said: Sequence[tuple[str, str]]) -> Phrases:
        """From pairs of a phrase and its term."""
        if wording.unmarked:
            said = [*said, *((unmarked(phrase), term) for phrase, term in said if " " in phrase)]
        keys = wording.keys([phrase for phrase, _ in said])
        terms = grouped(zip(keys, (term for _, term in said), strict=True))
        return cls(wording, terms, _beginnings(terms))

    def find(self, text: str) -> Iterator[tuple[str, Terms]]:
        """The phrases of a folded text and what they call for, from the left.

        Of phrases that overlap, the one of most words has the say, the first of equals.
        """
        words = [self.wording.forms(word) for word in self.wording.words(text)]
        candidates = [(at, *found) for at in range(len(words)) for found in self._at(words, at)]
        taken: set[int] = set()
        kept = []
        for at, end, phrase in sorted(candidates, key=lambda c: c[0] - c[1]):
            if taken.isdisjoint(range(at, end)):
                taken.update(range(at, end))
                kept.append((at, phrase))
        yield from ((phrase, self.terms[phrase]) for _, phrase in sorted(kept))

    def _at(self, words: Sequence[Sequence[str]], at: int) -> Iterator[tuple[int, str]]:
        """The phrases that begin at word ``at``, one for each number of words, each behind the word where it ends."""
        begun = [form for form in words[at] if form in self.beginnings]
        for end in range(at + 1, len(words) + 1):
            whole = next((phrase for phrase in begun if phrase in self.terms), None)
            if whole:
                yield end, whole
            if end == len(words) or not begun:
                return
            begun = [
                b for start in begun for form in words[end] if (b := f"{start} {form}") in self.beginnings
            ]


def scan(text: str, *indexes: Characters) -> Iterator[tuple[str, Terms]]:
    """The text cut into known words and single characters, each with what it calls for; longest from the left.

    Of two words of one length the first index has the say.
    """
    at = 0
    while at < len(text):
        word, index = max(((index.at(text, at), index) for index in indexes), key=lambda found: len(found[0]))
        yield word or text[at], index.terms.get(word, ())
        at += len(word) or 1


def scan_korean(text: str, index: Characters) -> Iterator[tuple[str, Terms]]:
    """The known words of a Korean text and what they call for; blanks inside a word make no difference.

    A word of two syllables counts only at the head of a group or right behind another word.

    >>> index = Characters.of([("사장", "老板"), ("연차휴가", "年休假")])
    >>> [list(scan_korean(text, index)) for text in ("사장이", "행사장에서", "연차 휴가는")]
    [[('사장', ('老板',))], [], [('연차휴가', ('年休假',))]]
    """
    groups = text.split()
    heads, at = {0}, 0
    for group in groups:
        at += len(group)
        heads.add(at)
    yield from _behind_heads("".join(groups), heads, index)


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, Terms]:
    """What each word calls for, each once, in the order given."""
    found: dict[str, list[str]] = {}
    for word, term in pairs:
        terms = found.setdefault(word, [])
        if term not in terms:
            terms.append(term)
    return {word: tuple(terms) for word, terms in found.items()}


def _behind_heads(text: str, heads: Container[int], index: Characters) -> Iterator[tuple[str, Terms]]:
    at, behind = 0, 0
    while at < len(text):
        word = index.at(text, at)
        if len(word) > 2 or (word and (at in heads or at == behind)):
            yield word, index.terms[word]
            at = behind = at + len(word)
        else:
            at += 1


def _lengths(words: Iterable[str]) -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = {}
    for word in words:
        found.setdefault(word[:2], set()).add(len(word))
    return {start: tuple(sorted(lengths, reverse=True)) for start, lengths in found.items()}


def _beginnings(phrases: Iterable[str]) -> frozenset[str]:
    found = set(phrases)
    for phrase in phrases:
        while (phrase := phrase.rpartition(" ")[0]) and phrase not in found:
            found.add(phrase)
    return frozenset(found)


def _cuts(text: str, start: int, end: int) -> bool:
    """Whether [start, end) cuts a number or a Latin word in two, or the head off a word in katakana.

    48小时 inside 148小时, パート inside アパート.
    """
    if start and _KATAKANA.match(text[start]) and _KATAKANA.match(text[start - 1]):
        return True
    return any(
        0 < edge < len(text) and _NARROW.match(text[edge - 1]) and _NARROW.match(text[edge])
        for edge in (start, end)
    )
