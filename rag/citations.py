"""Citations: a quotation is looked for in the whole document, and only what stands there is cited."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from functools import lru_cache

from rag.errors import QuoteNotFound
from rag.structure import at, locator
from rag.types import Citation, Document, Section, Span

# Full-width forms to their half-width twins, one character for one, so that offsets stay.
_WIDTH = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_BLANKS = re.compile(r"\s+")
_HEADINGS = ("part", "subpart", "chapter", "section", "heading", "subheading", "appendix", "preamble")


@lru_cache(maxsize=16)
def _folded(text: str) -> tuple[str, array[int]]:
    """The text as it is compared (width folded, blanks dropped beside anything but Latin words), and where
    each of its characters stands in ``text``."""
    narrow = text.translate(_WIDTH)
    parts: list[str] = []
    places = array("I")
    done = 0
    for blank in _BLANKS.finditer(narrow):
        start, end = blank.span()
        parts.append(narrow[done:start])
        places.extend(range(done, start))
        before, after = narrow[start - 1 : start], narrow[end : end + 1]
        if before.isascii() and after.isascii() and before.isalnum() and after.isalnum():
            parts.append(" ")
            places.append(start)
        done = end
    parts.append(narrow[done:])
    places.extend(range(done, len(narrow)))
    return "".join(parts), places


def locate(quote: str, text: str, near: Span | None = None) -> Span | None:
    """Where ``quote`` stands in ``text``, layout aside; None if it does not.

    Layout is white space between Han characters (line breaks of a page) and full or half width; every
    other character must be the same. Of several places the first inside ``near`` is taken, else the first.

    >>> locate("不得随意调动", "任期未满时，不得随\\n意调动其工作")
    Span(start=6, end=13)
    >>> locate("可以随意调动", "任期未满时，不得随意调动其工作") is None
    True
    """
    if near is not None and quote and (start := text.find(quote, near.start, near.end)) >= 0:
        return Span(start, start + len(quote))  # the usual case, and no folding of a whole law
    wanted, _ = _folded(quote.strip())
    if not wanted:
        return None
    whole, places = _folded(text)
    first = whole.find(wanted)
    if first < 0:
        return None
    if near is not None:
        inside = whole.find(wanted, bisect_left(places, near.start))
        if inside >= 0 and places[inside + len(wanted) - 1] < near.end:
            first = inside
    return Span(places[first], places[first + len(wanted) - 1] + 1)


def cite(document: Document, quote: str, near: Span | None = None) -> Citation:
    """The citation of ``quote`` at its address in ``document``; the only place a Citation is made.

    ``near`` is the passage it was found in: of several places the one there is cited.
    Raises QuoteNotFound unless the document holds the quote, layout aside.
    """
    span = locate(quote, document.text, near)
    if span is None:
        raise QuoteNotFound(f"《{document.source.title}》的原文里没有这段话：{quote[:40]}")
    return cite_span(document, span)


def cite_span(document: Document, span: Span) -> Citation:
    """The citation of the words at ``span``, with the address of the smallest section that holds them all."""
    sections = [s for s in at(document.outline, span.start) if s.span.end >= span.end]
    article = next((s for s in sections if s.level == "article"), None)
    named = article or next((s for s in sections if s.level == "heading"), None)
    page = next((p.number for p in document.pages if p.span.start <= span.start < p.span.end), None)
    return Citation(
        document_id=document.id,
        source=document.source,
        path=section_path(sections),
        article=named.label if named else None,
        locator=locator(tuple(sections)) or None,
        page=page,
        span=span,
        quote=span.of(document.text),
    )


def section_path(sections: list[Section]) -> tuple[str, ...]:
    """The names of the headings above and the label of the article, as a path shows them."""
    return tuple(
        s.label if s.level == "article" else s.name
        for s in sections
        if s.level == "article" or (s.level in _HEADINGS and s.name)
    )
