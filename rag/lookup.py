"""Looking up: the addresses that a text names, each with the words that stand there, or why they cannot be shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from rag.citations import cite_span
from rag.named import address_span, missing_part
from rag.numerals import to_chinese
from rag.references import Catalogue, Reference, resolve_all
from rag.references.addresses import spell
from rag.structure import find
from rag.types import Citation, Document, Section, Silence

if TYPE_CHECKING:
    from rag.store import LocalStore


# A written address that names its law and keeps its unit, unlike 五条 or 工会法第三 of a list.
_WHOLE = re.compile(
    r"^(?!第|§|[(（]|\d+[条款项]|\d+$|[零〇一二三四五六七八九十百]+[条条款项]).*(?:[^零〇一二三四五六七八九十百千\d]|之.{1,3}|[^第零〇一二三四五六七八九十百千\d\s][零〇一二三四五六七八九十百千\d]+)$"
)
_CUT = re.compile(r"第[(（][^()（）]{1,9}[)）]$")


@dataclass(frozen=True, slots=True)
class Lookup:
    """One address that a text names.

    ``named`` is how the text puts it. ``citation`` holds the words that stand there; for a text named without an
    article it is None and ``document`` alone is given. ``problem`` tells why nothing can be shown.
    """

    named: str
    document: Document | None = None
    citation: Citation | None = None
    problem: Silence | None = None


def look_up(
    text: str,
    catalogue: Catalogue,
    store: LocalStore,
    open_document: Callable[[str], Document],
    day: date | None,
) -> list[Lookup]:
    """Every address that ``text`` names, in its order; of a law in several versions the one in force on ``day``."""
    references = resolve_all(text, catalogue, day)
    ends = Counter(reference.span.end for reference in references)
    return [
        _one(_named(text, reference, ends[reference.span.end] > 1), reference, store, open_document)
        for reference in references
    ]


def counted(found: Iterable[Lookup]) -> list[tuple[Lookup, int]]:
    """Each address once, in the order of its first mention, with how often it is named."""
    first: dict[object, Lookup] = {}
    counts: Counter[object] = Counter()
    for one in found:
        key: object
        if one.problem or one.document is None:
            key = (one.named, one.problem)
        else:
            key = (one.document.id, one.citation.span if one.citation else None)
        first.setdefault(key, one)
        counts[key] += 1
    return [(one, counts[key]) for key, one in first.items()]


def _named(text: str, reference: Reference, shared: bool) -> str:
    """How the text puts an address; one of a list or range (``shared``: several end there) by its own number."""
    written = " ".join(reference.span.of(text).split())
    balanced = sum(map(written.count, "(（[【〔")) == sum(map(written.count, ")）]】〕"))
    torn = shared or not balanced or _CUT.search(written) or not _WHOLE.search(written)
    if reference.article is None or not torn or reference.problem == "ambiguous":
        return written
    place = reference.article if reference.article.startswith("第") else f"第{reference.article}项"
    return reference.title + spell(place, reference.paragraph, reference.item, reference.subitem)


def _one(
    named: str, reference: Reference, store: LocalStore, open_document: Callable[[str], Document]
) -> Lookup:
    if reference.problem or reference.document_id is None:
        kind = str(reference.problem or "unknown_document")
        return Lookup(
            named, problem=Silence(kind, reference.message or f"“{named}”指的是哪一份文件，无法确定。")
        )
    document = open_document(reference.document_id)
    if missing := missing_part(reference, store):
        told = _items_told(reference, document) or missing
        return Lookup(named, document, problem=Silence("out_of_range", told))
    span = address_span(reference, store)
    return Lookup(named, document, cite_span(document, span) if span else None)


def _items_told(reference: Reference, document: Document) -> str | None:
    """How many 项 the 条 or 款 has, where it stands and the 项 that is named does not."""
    if reference.item is None or reference.article is None:
        return None
    above = find(document.outline, reference.article, reference.paragraph)
    items = sum(section.level == "item" for section in _below(above)) if above else 0
    if above is None or reference.item <= items:  # the 目 is what is missing, or each 款 counts its own 项
        return None
    place = spell(reference.article, reference.paragraph, None, None)
    have = f"{place}共{items}项" if items else f"{place}没有分项"
    return f"《{document.source.title}》{have}，没有第{to_chinese(reference.item)}项。"


def _below(section: Section) -> Iterator[Section]:
    for child in section.children:
        yield child
        yield from _below(child)
