"""Looking up: the addresses that a text names, each with the words that stand there, or why they cannot be shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from rag.citations import cite_span
from rag.named import address_span, missing_part
from rag.references import Catalogue, Reference, resolve
from rag.types import Citation, Document, Silence

if TYPE_CHECKING:
    from rag.store import LocalStore


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
    return [_one(text, reference, store, open_document) for reference in resolve(text, catalogue, day)]


def _one(
    text: str, reference: Reference, store: LocalStore, open_document: Callable[[str], Document]
) -> Lookup:
    named = " ".join(reference.span.of(text).split())
    if reference.problem or reference.document_id is None:
        kind = str(reference.problem or "unknown_document")
        return Lookup(
            named, problem=Silence(kind, reference.message or f"“{named}”指的是哪一份文件，无法确定。")
        )
    document = open_document(reference.document_id)
    if missing := missing_part(reference, store):
        return Lookup(named, document, problem=Silence("out_of_range", missing))
    span = address_span(reference, store)
    return Lookup(named, document, cite_span(document, span) if span else None)
