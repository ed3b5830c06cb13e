"""Document → Chunks: an article each, or the part of a long one that fits; what of a chunk is searched."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.structure import articles, locator
from rag.structure.labels import back, is_blank, lines, skip, squeeze
from rag.types import Chunk, Document, Section, Source, Span

MAX_CHARS = 500  # an article up to this stays whole
SLACK_CHARS = 120  # a rest up to this stays with the chunk before it: alone it would say too little
LONGEST_CHARS = 800  # no chunk is longer; a single paragraph up to this stays whole
LEAD_CHARS = 200
CHUNKING = f"条-款-项/{MAX_CHARS}/{LONGEST_CHARS}/1"

_NAMED = (
    "part",
    "subpart",
    "chapter",
    "section",
    "article",
    "heading",
    "subheading",
    "point",
    "appendix",
    "preamble",
)
_NOTICE = ("heading", "subheading", "point")
_INSIDE = ("paragraph", "item", "subitem")
_NUMERAL = re.compile(r"[〇零一二三四五六七八九十百]{1,6}")
_SENTENCE = re.compile(r"[。！？；!?;]+[”’」』）)】》]*|\.(?=\s)")
_PAUSE = re.compile(r"[，、,：:\s]+")
_SIDE = str.maketrans("()", "（）")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A span, the sections from the root to the part it holds, and the last part where it holds several."""

    start: int
    end: int
    path: tuple[Section, ...]
    last: Section | None = None
    lead: str = ""


def split(document: Document) -> list[Chunk]:
    """The chunks of a document, in the order of its text.

    They cover every character that shows, but for the contents, the signature, a title that the source holds
    already, and headings, which are in ``path``. None is empty, none longer than LONGEST_CHARS.
    """
    starts = [page.span.start for page in document.pages]
    chunks = []
    for piece in _pieces(document.text, (document.outline,), document.source):
        place = bisect_right(starts, piece.start) - 1
        chunks.append(
            Chunk(
                document_id=document.id,
                span=Span(piece.start, piece.end),
                path=tuple(s.name for s in piece.path[: -1 if piece.last else None] if s.level in _NAMED),
                article=_article(piece.path),
                locator=_locator(piece) or None,
                page=document.pages[max(place, 0)].number if document.pages else None,
                text=document.text[piece.start : piece.end],
                lead=piece.lead,
            )
        )
    return chunks


def passage_text(source: Source, chunk: Chunk) -> str:
    """What is embedded and searched: title, headings and article, the lead of a split list, the text."""
    return "\n".join(part for part in (source.title, " ".join(chunk.path), chunk.lead, chunk.text) if part)


def _article(path: tuple[Section, ...]) -> str | None:
    """第X条, or the numeral of a notice's heading; None where neither stands above."""
    article = next((s for s in path if s.level == "article"), None)
    if article or any(s.level == "appendix" for s in path):
        return article.label if article else None
    return next((s.label for s in path if s.level == "heading" and _NUMERAL.fullmatch(s.label)), None)


def _locator(piece: _Piece) -> str:
    first = locator(piece.path)
    return f"{first}至{piece.last.label}" if piece.last else first


def _pieces(text: str, path: tuple[Section, ...], source: Source) -> Iterator[_Piece]:
    section = path[-1]
    if section.level in ("contents", "signature"):
        return
    if section.level == "article":
        yield from _of_article(text, path)
    elif section.level == "preamble":
        if squeeze(section.span.of(text)) != squeeze(source.title):
            yield from _loose(text, section.span.start, section.span.end, path)
    elif section.level in _NOTICE and not _has_articles(section):
        yield from _of_tree(text, path)
    elif section.level == "appendix" and _size(section) <= MAX_CHARS and not _has_articles(section):
        yield _Piece(section.span.start, section.span.end, path)
    else:
        yield from _of_container(text, path, source)


def _of_container(text: str, path: tuple[Section, ...], source: Source) -> Iterator[_Piece]:
    """The parts of a 章, an appendix or the whole text, and what stands loose between them."""
    section = path[-1]
    heading = place = _heading_end(text, section)
    for child in section.children:
        yield from _loose(text, place, child.span.start, path)
        yield from _pieces(text, (*path, child), source)
        place = child.span.end
    yield from _loose(text, place, section.span.end, path)
    if heading == back(text, heading, section.span.end) > section.span.start:
        yield _Piece(section.span.start, heading, path)  # a heading over nothing is no chunk's path


def _of_article(text: str, path: tuple[Section, ...]) -> Iterator[_Piece]:
    article = path[-1]
    if _size(article) <= MAX_CHARS or not article.children:
        yield from _of_tree(text, path)
        return
    start: int | None = article.span.start  # the label goes with the first 款
    for paragraph in article.children:
        yield from _of_tree(text, (*path, paragraph), start)
        start = None


def _of_tree(
    text: str, path: tuple[Section, ...], start: int | None = None, lead: str = ""
) -> Iterator[_Piece]:
    """A section whole if it fits, or its opening words and its parts, one behind the other as many as fit."""
    section = path[-1]
    start = section.span.start if start is None else start
    if section.span.end - start <= MAX_CHARS + SLACK_CHARS:
        yield _Piece(start, section.span.end, path, None, lead)
        return
    if not section.children:
        yield from (replace(piece, lead=lead) for piece in _loose(text, start, section.span.end, path))
        return
    opening = back(text, start, section.children[0].span.start)
    inner = _tail(lead, text[start:opening])
    held: _Piece | None = None
    for unit in _units(text, path, start):
        alone = held is not None and held.end == opening  # the opening words wait for a part to go with
        limit = LONGEST_CHARS if alone and not unit.path[-1].children else MAX_CHARS
        if held and _fits(held.start, unit.end, limit, section.span.end):
            held = _joined(held, unit, len(path))
            continue
        if held and not alone:
            yield held
        first = held.start if held and alone else unit.start
        around = lead if first == start else inner
        held = replace(unit, lead=around)
        if unit.end - first > MAX_CHARS:
            held = None
            if unit.path is path:
                yield from (replace(p, lead=around) for p in _loose(text, unit.start, unit.end, path))
            else:
                yield from _of_tree(text, unit.path, first, around)
    if held:
        yield held


def _units(text: str, path: tuple[Section, ...], start: int) -> Iterator[_Piece]:
    """The parts of a section in order, and what stands before, between and behind them."""
    for child in path[-1].children:
        if (between := back(text, start, child.span.start)) > (first := skip(text, start, between)):
            yield _Piece(first, between, path)
        yield _Piece(child.span.start, child.span.end, (*path, child))
        start = child.span.end
    end = back(text, start, path[-1].span.end)
    if end > (first := skip(text, start, end)):
        yield _Piece(first, end, path)


def _joined(group: _Piece, unit: _Piece, depth: int) -> _Piece:
    """Two neighbours as one piece: named by its first and last part, or by the whole where words that belong
    to no part stand between or behind them."""
    if len(unit.path) == depth:
        return replace(group, end=unit.end, path=unit.path, last=None)
    if len(group.path) > depth:
        return replace(group, end=unit.end, last=unit.path[-1])
    opening = group.start < group.path[-1].children[0].span.start
    return replace(group, end=unit.end, path=unit.path if opening else group.path)


def _fits(start: int, end: int, limit: int, rest: int) -> bool:
    """Whether [start, end) makes one chunk; ``rest`` is where the text that is cut ends."""
    return end - start <= limit or rest - start <= MAX_CHARS + SLACK_CHARS


def _loose(text: str, start: int, end: int, path: tuple[Section, ...]) -> Iterator[_Piece]:
    """Text without parts of its own: as many lines as fit, a long line cut at the end of a sentence."""
    held: tuple[int, int] | None = None
    for line in lines(text[start:end]) if end > start else ():
        first, last = start + line.start, start + line.end
        if held and _fits(held[0], last, MAX_CHARS, end):
            held = held[0], last
            continue
        if held:
            yield _Piece(*held, path)
        held = (first, last)
        if last - first > LONGEST_CHARS:
            held = None
            yield from (_Piece(a, b, path) for a, b in _sentences(text, first, last))
    if held:
        yield _Piece(*held, path)


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > MAX_CHARS + SLACK_CHARS:
        window = text[start : start + MAX_CHARS]
        ends = [match.end() for pattern in (_SENTENCE, _PAUSE) for match in _last(pattern, window)]
        cut = start + next((place for place in ends if place > MAX_CHARS // 4), MAX_CHARS)
        yield start, back(text, start, cut)
        start = skip(text, cut, end)
    if end > start:
        yield start, end


def _last(pattern: re.Pattern[str], window: str) -> list[re.Match[str]]:
    return list(pattern.finditer(window))[-1:]


def _heading_end(text: str, section: Section) -> int:
    """Where the label and the heading of a section end, whatever blanks and marks stand in them."""
    place, wanted = section.span.start, squeeze(section.label + section.heading)
    for char in wanted:
        while place < section.span.end and (
            is_blank(text[place]) or (text[place] in "：:、.．【】" and text[place] != char)
        ):
            place += 1
        if place == section.span.end or text[place].translate(_SIDE) != char.translate(_SIDE):
            return section.span.start
        place += 1
    while place < section.span.end and text[place] in "：:、.．】":
        place += 1
    return place


def _tail(lead: str, opening: str) -> str:
    """What a part needs to be understood: the openings above it, their last words where they are long."""
    return "\n".join(part for part in (lead, opening) if part)[-LEAD_CHARS:]


def _size(section: Section) -> int:
    return section.span.end - section.span.start


def _has_articles(section: Section) -> bool:
    return next(articles(section), None) is not None
