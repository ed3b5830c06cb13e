"""The reader: a whole document as one page, its outline beside it, the quoted words marked."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.structure import locator
from rag.types import Document, Section, Source, Span
from rag.web.cards import badge
from rag.web.markup import esc, merged
from rag.web.texts import GUESS, Texts

_CENTRED = ("part", "subpart", "chapter", "section")
_LISTED = (*_CENTRED, "heading", "subheading", "appendix", "article")
_UNLISTED = ("contents", "preamble", "signature")
_FROM_ARTICLE = ("article", "paragraph", "item", "subitem")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place of the document that can be linked to: #第四十三条第一款."""

    name: str
    section: Section

    @property
    def start(self) -> int:
        return self.section.span.start


def anchors(outline: Section) -> list[Anchor]:
    """Every numbered section of the outline with its address for a name, in the order of the text.

    An address that comes again gets a number: 一～2. The only 款 of an article has none of its own.
    """
    found: list[Anchor] = []
    taken: dict[str, int] = {}
    for name, section in _named((outline,), ""):
        taken[name] = taken.get(name, 0) + 1
        found.append(Anchor(name if taken[name] == 1 else f"{name}～{taken[name]}", section))
    return sorted(found, key=lambda anchor: anchor.start)


def _named(path: tuple[Section, ...], above: str) -> Iterator[tuple[str, Section]]:
    for child in path[-1].children:
        below = (*path, child)
        name = "".join(locator(below).split())
        if name and name != above:
            yield name, child
        yield from _named(below, name)


def render_reader(document: Document, marks: Sequence[Span], texts: Texts, assets: str) -> str:
    """The page of ``document`` with ``marks`` (spans of its text) marked; ``assets`` is their version."""
    source = document.source
    places = anchors(document.outline)
    shown = merged(marks, len(document.text))
    jump = f'<a class="jump" href="#cited">{esc(texts.marked)}</a>' if shown else ""
    return _page(
        source.title,
        f'<header class="bar"><a class="home" href="{esc(texts.root)}">{esc(texts.reader_home)}</a>'
        f'<span class="bar-title" lang="zh-CN">{esc(source.title)}</span>{jump}'
        f"{_toggle(places, texts)}</header>"
        f'<div class="reader">{_outline(document, places, texts)}<main id="text">'
        f'<h1 lang="zh-CN">{esc(source.title)}</h1>{_facts(document, texts)}'
        f'<article class="law" lang="zh-CN">{_text(document, places, shown, texts)}</article></main></div>',
        texts,
        assets,
    )


def render_unknown(texts: Texts, assets: str) -> str:
    """The page that stands in for a document that is not in the index."""
    body = (
        f'<main class="lost"><h1>{esc(texts.unknown)}</h1><p>{esc(texts.unknown_lead)}</p>'
        f'<p><a class="home" href="{esc(texts.root)}">{esc(texts.reader_home)}</a></p></main>'
    )
    return _page(texts.unknown, body, texts, assets)


def _page(title: str, body: str, texts: Texts, assets: str) -> str:
    return (
        f'<!doctype html><html lang="{esc(texts.lang)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{esc(title)} · {esc(texts.title)}</title>"
        f'<link rel="icon" href="/assets/icon.svg"><link rel="stylesheet" href="/assets/page.css?{assets}">'
        f'<link rel="stylesheet" href="/assets/reader.css?{assets}">'
        f'<script src="/assets/reader.js?{assets}" defer></script></head><body>{body}</body></html>'
    )


def _toggle(places: Sequence[Anchor], texts: Texts) -> str:
    if not places:
        return ""
    return (
        f'<button type="button" class="toggle" aria-expanded="false" aria-controls="outline">'
        f"{esc(texts.outline)}</button>"
    )


def _facts(document: Document, texts: Texts) -> str:
    """What the document is, as a list of terms."""
    source = document.source
    rows = [
        (texts.status, badge(source, texts)),
        *((label, esc(value)) for label, value in _plain_facts(source, texts) if value),
        (texts.document, f'<span class="file">{esc(document.id)}</span>'),
    ]
    if source.url:
        rows.append((texts.url, _link(source.url)))
    if document.fixes:
        told = "；".join(f"{fix.name} {fix.count}" for fix in document.fixes)
        rows.append((texts.fixes, esc(told)))
    listed = "".join(f"<div><dt>{esc(label)}</dt><dd>{value}</dd></div>" for label, value in rows)
    problem = ""
    if document.problem:
        problem = f'<p class="caution">{esc(texts.problem.format(problem=document.problem))}</p>'
    return f'<dl class="facts">{listed}</dl>{problem}'


def _plain_facts(source: Source, texts: Texts) -> list[tuple[str, str | None]]:
    return [
        (texts.number, source.number),
        (texts.issuer, source.issuer),
        (texts.issued, texts.on_day(source.issued) if source.issued else None),
        (
            texts.effective_label_guessed
            if source.origin.get("effective") == GUESS
            else texts.effective_label,
            texts.on_day(source.effective) if source.effective else None,
        ),
        (texts.repealed_label, texts.on_day(source.repealed) if source.repealed else None),
        (texts.level, texts.name(source.level)),
        (texts.region, texts.name(source.region)),
    ]


def _link(url: str) -> str:
    """A link only where it leads to the web; anything else is plain words."""
    if not url.startswith(("https://", "http://")):
        return esc(url)
    return f'<a href="{esc(url)}" rel="noopener noreferrer nofollow">{esc(url)}</a>'


def _outline(document: Document, places: Sequence[Anchor], texts: Texts) -> str:
    names = {id(anchor.section): anchor.name for anchor in places}
    listed = _branch(document.outline, names, document.text)
    if not listed:
        return ""
    return (
        f'<nav id="outline" aria-label="{esc(texts.outline)}"><h2>{esc(texts.outline)}</h2>'
        f'<div lang="zh-CN">{listed}</div></nav>'
    )


def _branch(section: Section, names: dict[int, str], text: str) -> str:
    """Nested lists of the sections below; unlabelled layers pass their children up."""
    rows = []
    for child in section.children:
        if child.level in _UNLISTED:
            continue
        below = _branch(child, names, text) if child.level not in _FROM_ARTICLE else ""
        if child.level in _LISTED and id(child) in names:
            link = f'<a href="#{esc(names[id(child)])}">{esc(_short(child, text))}</a>'
            rows.append(f'<li class="{esc(child.level)}">{link}{below}</li>')
        elif below:
            rows.append(f"<li>{below}</li>")
    return f'<ul role="list">{"".join(rows)}</ul>' if rows else ""


def _short(section: Section, text: str) -> str:
    """An article's number; of anything else its heading, or where it has none how it begins."""
    name = section.name
    if not section.heading and section.level != "article":
        name = section.span.of(text).split("\n", 1)[0].strip()
    return name if len(name) <= 30 else f"{name[:29]}…"


def _text(document: Document, places: Sequence[Anchor], marks: Sequence[Span], texts: Texts) -> str:
    """Every line of the text as one paragraph, letter for letter, with anchors, marks and page numbers."""
    kinds = {anchor.start: _kind(anchor.section, document.text) for anchor in reversed(places)}
    labels = {a.start: len(a.section.label) for a in places if a.section.level == "article"}
    starts = [anchor.start for anchor in places]
    pages = {page.span.start: page.number for page in document.pages}
    page_starts = sorted(pages)
    out: list[str] = []
    cited = False
    for line in _lines(document.text):
        for at in page_starts[
            bisect_right(page_starts, line.start - 1) : bisect_right(page_starts, line.end)
        ]:
            out.append(f'<p class="page-number">{esc(texts.page.format(number=pages[at]))}</p>')
        content = line.of(document.text)
        if not content.strip():
            continue
        first = line.start + len(content) - len(content.lstrip())
        inside = places[bisect_right(starts, line.start - 1) : bisect_right(starts, line.end - 1)]
        body, cited = _line(document.text, line, inside, marks, labels.get(first, 0), cited)
        out.append(f'<p class="{kinds.get(first, "line")}">{body}</p>')
    return "".join(out)


def _kind(section: Section, text: str) -> str:
    """How the line that opens a section looks; a numbered line that is a whole sentence is no heading."""
    if section.level in _CENTRED:
        return "head"
    if section.level in ("heading", "appendix"):
        opening = section.span.of(text).split("\n", 1)[0]
        return "topic" if len(opening) <= 40 and not opening.rstrip().endswith("。") else "line"
    return "article" if section.level == "article" else "line"


def _lines(text: str) -> Iterator[Span]:
    at = 0
    for line in text.split("\n"):
        yield Span(at, at + len(line))
        at += len(line) + 1


def _line(
    text: str, line: Span, inside: Sequence[Anchor], marks: Sequence[Span], label: int, cited: bool
) -> tuple[str, bool]:
    """One line's markup, and whether the first mark (id cited) has been set by now."""
    out = "".join(f'<span class="anchor" id="{esc(a.name)}"></span>' for a in inside)
    here = [Span(max(m.start, line.start), min(m.end, line.end)) for m in marks]
    at = line.start + len(line.of(text)) - len(line.of(text).lstrip())
    bold_end = at + label
    for mark in [m for m in here if m.start < m.end]:
        out += _plain(text, Span(at, mark.start), bold_end)
        ident = "" if cited else ' id="cited"'
        cited = True
        out += f"<mark{ident}>{_plain(text, mark, bold_end)}</mark>"
        at = mark.end
    return out + _plain(text, Span(at, line.end), bold_end), cited


def _plain(text: str, span: Span, bold_end: int) -> str:
    """Escaped words; what stands before ``bold_end`` (an article's number) is bold."""
    if span.start >= span.end:
        return ""
    cut = min(max(bold_end, span.start), span.end)
    bold = esc(text[span.start : cut])
    return (f"<b>{bold}</b>" if bold else "") + esc(text[cut : span.end])
