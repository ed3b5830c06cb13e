"""Edits to a text that carry its pages and boxes along."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from rag.types import Box, Fix, Raw, Span

EXAMPLE_CHARS = 12  # shown before and after the first place that a fix touched


@dataclass(frozen=True, slots=True)
class Edit:
    """``text`` in place of the characters [start, end) of the text as it stood; start == end inserts."""

    start: int
    end: int
    text: str = ""


def apply(raw: Raw, name: str, edits: Sequence[Edit]) -> Raw:
    """``raw`` with all edits made, every page and box moved with its characters, and one Fix added.

    Edits may come in any order; one that overlaps an earlier one is left out. A box that loses all its
    characters goes with them; a page stays, empty if need be.
    """
    made = _in_order(edits)
    if not made:
        return raw
    moved = _Moved(made)
    pages = tuple(
        replace(page, span=moved.span(page.span), boxes=tuple(_boxes(page.boxes, moved)))
        for page in raw.pages
    )
    fix = Fix(name, len(made), _example(raw.text, made[0]))
    return replace(raw, text=_text(raw.text, made), pages=pages, fixes=(*raw.fixes, fix))


def _in_order(edits: Sequence[Edit]) -> list[Edit]:
    made: list[Edit] = []
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        if not made or edit.start >= made[-1].end:
            made.append(edit)
    return made


def _text(text: str, edits: Sequence[Edit]) -> str:
    parts, at = [], 0
    for edit in edits:
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])


def _boxes(boxes: Sequence[Box], moved: _Moved) -> list[Box]:
    shifted = [replace(box, span=moved.span(box.span)) for box in boxes]
    return [box for box in shifted if box.span.end > box.span.start]


class _Moved:
    """Where an offset of the old text lies in the new one."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._edits = edits
        self._starts = [edit.start for edit in edits]
        self._growth = [0, *accumulate(len(e.text) - (e.end - e.start) for e in edits)]

    def span(self, span: Span) -> Span:
        start = self._offset(span.start, opens=True)
        return Span(start, max(start, self._offset(span.end, opens=False)))

    def _offset(self, offset: int, *, opens: bool) -> int:
        """A span that opens inside an edit opens after it; one that closes there closes before it."""
        i = bisect_right(self._starts, offset) - 1
        if i < 0:
            return offset
        edit = self._edits[i]
        if offset >= edit.end and (offset > edit.start or opens):
            return offset + self._growth[i + 1]
        if offset == edit.start or not opens:
            return edit.start + self._growth[i]
        return edit.start + self._growth[i] + len(edit.text)


def _example(text: str, edit: Edit) -> str:
    around = text[max(0, edit.start - EXAMPLE_CHARS) : edit.end + EXAMPLE_CHARS]
    return around if len(around) <= 80 else around[:79] + "…"
