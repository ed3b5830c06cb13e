"""Named addresses: what a question's references lead to, and what they name that is not there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.filters import admits_undated
from rag.references import Reference, address
from rag.structure import find
from rag.types import Filter, Hit, Span

if TYPE_CHECKING:
    from rag.store import LocalStore


def named_passages(references: Iterable[Reference], store: LocalStore, where: Filter) -> list[Hit]:
    """The passages at the addresses, in their order, the words of a 款 or 项 that is named highlighted.

    Of an article in several passages those that hold the named words come first. An article that lacks the
    款 or 项 named is found only where nothing else is: it is what comes closest.
    """
    found: list[Hit] = []
    closest: list[Hit] = []
    for reference in references:
        if reference.document_id is None or reference.article is None or reference.problem:
            continue
        passages = store.passages(reference.document_id, reference.article)
        passages = [hit for hit in passages if admits_undated(where, hit.source)]
        if not passages or not _is_narrow(reference):
            found += passages
            continue
        span = address_span(reference, store)
        if span is None:
            closest += passages
        else:
            found += sorted((_highlighted(hit, span) for hit in passages), key=lambda hit: not hit.highlights)
    ranks = {"bm25": None, "dense": None}
    return [replace(hit, ranks={"exact": rank, **ranks}) for rank, hit in enumerate(found or closest, 1)]


def _is_narrow(reference: Reference) -> bool:
    return (reference.paragraph or reference.item or reference.subitem) is not None


def _highlighted(hit: Hit, span: Span) -> Hit:
    """The hit with its part of ``span``, of the document, highlighted."""
    within = hit.chunk.span
    start, end = max(span.start, within.start), min(span.end, within.end)
    if start >= end:
        return hit
    return replace(hit, highlights=(Span(start - within.start, end - within.start),))


def address_span(reference: Reference, store: LocalStore) -> Span | None:
    """Where the address that a reference names stands in its document."""
    if reference.document_id is None or reference.article is None:
        return None
    outline = store.document(reference.document_id).outline
    section = find(outline, reference.article, reference.paragraph, reference.item, reference.subitem)
    return section.span if section else None


def missing_part(reference: Reference, store: LocalStore) -> str | None:
    """What to tell of a 款, 项 or 目 that its article does not have; None where the address stands."""
    if reference.article is None or reference.problem or not _is_narrow(reference):
        return None
    if address_span(reference, store) is not None:
        return None
    document = store.document(str(reference.document_id))
    article = find(document.outline, reference.article)
    count = sum(part.level == "paragraph" for part in article.children) if article else 0
    hint = f"该条共{count}款。" if (reference.paragraph or 0) > count else "请核对款号和项号。"
    return f"《{document.source.title}》没有{address(reference)}。{hint}"
