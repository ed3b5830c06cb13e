"""A text as references are read in it: folded, without layout and book marks, each character with its origin."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.lexical import fold
from rag.types import Span

_OPEN, _CLOSE = "《〈<«", "》〉>»"
_MARKS = frozenset(_OPEN + _CLOSE)
_LONGEST_TITLE = 150
_HAN = re.compile(r"[\u3000-\u303f\u3400-\u9fff〇,。;:()\[\]]")
# An article's own heading opens a line and is followed by a gap; a reference cut by the end of a line is not.
_HEADING = re.compile(r"第[\d零〇一二三四五六七八九十百千]{1,9}条(?:之[一二三四五六七八九十]{1,2})?\s")
# The other writings of a number, only between 第 and its unit: bankers' numerals, 廿 and 卅, digits set apart.
_SPELLED = {
    **dict(zip("壹贰叁参肆伍陆柒捌玖拾佰仟弍", "一二三三四五六七八九十百千二", strict=True)),
    "廿": "二十", "卅": "三十",
}  # fmt: skip
_WRITTEN_APART = re.compile(
    rf"(?<=第)[ \t]{{0,2}}(?:[\d零〇一二三四五六七八九十百千{''.join(_SPELLED)}][ \t]{{0,2}}){{1,12}}(?=[条款项])"
)
_SIGN = re.compile(r"(?<!§)§ ?(\d{1,4}(?:[、,和] ?\d{1,4}){0,20})(?![\d(.a-z])")


@dataclass(frozen=True, slots=True)
class Reading:
    """``text`` is what is read; ``origin[i]`` the place in the source of its character i; ``marked`` holds the
    outermost runs in book marks, start → (end, place of the opening mark, place of the closing one)."""

    text: str
    origin: Sequence[int]
    marked: Mapping[int, tuple[int, int, int]]

    def span(self, start: int, end: int) -> Span:
        """Where [start, end) of the reading stands in the source, book marks around it taken in."""
        first, last = self.origin[start], self.origin[end - 1] + 1
        if mark := self.marked.get(start):
            first = mark[1]
            if mark[0] == end:
                last = mark[2] + 1
        return Span(first, last)


def read(text: str) -> Reading:
    """The reading of a text; linear in its length.

    >>> reading = read("《勞動合同法》第 ３９ 條")
    >>> reading.text, reading.span(0, 9)
    ('劳动合同法第39条', Span(start=0, end=13))
    """
    chars, places = _folded(text)
    kept: list[str] = []
    origin: list[int] = []
    opened: list[tuple[int, int]] = []
    marked: dict[int, tuple[int, int, int]] = {}
    at, end = 0, len(chars)
    while at < end:
        char = chars[at]
        if char.isspace():
            after = at + 1
            while after < end and chars[after].isspace():
                after += 1
            if gap := _gap(chars, at, after, kept):
                kept.append(gap)
                origin.append(places[at])
            if gap == "\n":
                opened.clear()
            at = after
            continue
        if char in _MARKS:
            _mark(char, len(kept), places[at], opened, marked)
        else:
            if char in "。;!?":
                opened.clear()
            kept.append(char)
            origin.append(places[at])
        at += 1
    return Reading("".join(kept), origin, marked)


def _mark(
    char: str, here: int, place: int, opened: list[tuple[int, int]], marked: dict[int, tuple[int, int, int]]
) -> None:
    if opened and here - opened[0][0] > _LONGEST_TITLE:
        opened.clear()
    if char in _OPEN:
        opened.append((here, place))
    elif opened:
        start, first = opened.pop()
        if not opened and start < here:
            marked[start] = (here, first, place)


def _gap(chars: str, at: int, after: int, kept: Sequence[str]) -> str:
    """What white space leaves: nothing beside a Han character, a line's end where a paragraph ends there."""
    run = chars[at:after]
    if "\n" in run and (run.count("\n") > 1 or _HEADING.match(chars, after)):
        return "\n"
    beside_han = (kept and _HAN.match(kept[-1])) or (after < len(chars) and _HAN.match(chars[after]))
    return "" if beside_han or not kept or after == len(chars) else " "


def _folded(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the place of the one it comes from."""
    chars: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for part in _fold_char(char):
            chars.append(part)
            places.append(place)
    joined = "".join(chars)
    folded = fold(joined)
    if len(folded) != len(joined):  # a phrase that changes length as a whole: character by character, then
        folded = "".join((fold(char) or char)[0] for char in joined)
    return _respelled(folded, places)


def _respelled(text: str, places: list[int]) -> tuple[str, list[int]]:
    """The text with its numbers as statutes write them: 第肆拾叁条, 第廿一条, 第3 8条, §43 → 第43条."""
    found = sorted((*_WRITTEN_APART.finditer(text), *_SIGN.finditer(text)), key=lambda match: match.start())
    pieces: list[str] = []
    origin: list[int] = []
    end = 0
    for match in found:
        pieces.append(text[end : match.start()])
        origin += places[end : match.start()]
        signed = match.re is _SIGN
        if signed:
            pieces.append("第")
            origin.append(places[match.start()])
        for at in range(match.start() + signed, match.end()):
            spelled = _SPELLED.get(text[at], text[at].strip())
            pieces.append(spelled)
            origin += [places[at]] * len(spelled)
        if signed:
            pieces.append("条")
            origin.append(places[match.end() - 1])
        end = match.end()
    return "".join((*pieces, text[end:])), origin + places[end:]


@lru_cache(maxsize=50_000)
def _fold_char(char: str) -> str:
    return "" if unicodedata.category(char) == "Cf" else unicodedata.normalize("NFKC", char).lower()
