"""The JSON of hits, answers and listings: the same from the command line, the HTTP API and the page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from rag.lookup import Lookup
from rag.store import Listing
from rag.types import Answer, Citation, Hit, Source, Span


def _source(source: Source) -> dict[str, Any]:
    return {
        "title": source.title,
        "number": source.number,
        "issuer": source.issuer,
        "issued": _day(source.issued),
        "effective": _day(source.effective),
        "repealed": _day(source.repealed),
        "status": source.status,
        "level": source.level,
        "region": source.region,
    }


def hit_json(hit: Hit, rank: int) -> dict[str, Any]:
    """A hit; ``rank`` counts from 1. Spans are characters of the document, highlights of ``text``."""
    chunk = hit.chunk
    return {
        "rank": rank,
        "score": round(hit.score, 4),
        "ranks": {channel: hit.ranks.get(channel) for channel in ("exact", "bm25", "dense", "bank")},
        "document": chunk.document_id,
        **_source(hit.source),
        "article": chunk.article,
        "locator": chunk.locator,
        "path": list(chunk.path),
        "page": chunk.page,
        "span": _span(chunk.span),
        "text": chunk.text,
        "highlights": [_span(span) for span in hit.highlights],
        "also": [_place(other) for other in hit.also],
    }


def _place(hit: Hit) -> dict[str, Any]:
    """Where the same words stand too."""
    chunk = hit.chunk
    return {
        "document": chunk.document_id,
        "title": hit.source.title,
        "status": hit.source.status,
        "locator": chunk.locator,
        "span": _span(chunk.span),
    }


def citation_json(citation: Citation, number: int) -> dict[str, Any]:
    """A citation; it exists only where the quote stands in the source, hence ``verified``."""
    return {
        "id": number,
        "quote": citation.quote,
        "verified": True,
        "document": citation.document_id,
        **_source(citation.source),
        "article": citation.article,
        "locator": citation.locator,
        "path": list(citation.path),
        "page": citation.page,
        "span": _span(citation.span),
        "text": citation.quote,
        "highlights": [[0, len(citation.quote)]],
    }


def lookup_json(found: Lookup) -> dict[str, Any]:
    """An address that a text names: the citation of the words there, or the problem."""
    document = found.document
    return {
        "named": found.named,
        "document": {"document": document.id, **_source(document.source)} if document else None,
        "citation": citation_json(found.citation, 1) if found.citation else None,
        "problem": {"kind": found.problem.kind, "reason": found.problem.reason} if found.problem else None,
    }


def numbered(answer: Answer) -> list[Citation]:
    """The answer's citations, each once, in order: the [n] of the statements counts through them."""
    return list(
        dict.fromkeys(citation for statement in answer.statements for citation in statement.citations)
    )


def answer_json(answer: Answer) -> dict[str, Any]:
    """An answer: statements with the ids of their citations, the citations, the passages."""
    citations = numbered(answer)
    return {
        "question": answer.question,
        "abstained": answer.abstained,
        "confidence": None if answer.confidence is None else round(answer.confidence, 3),
        "reason": answer.reason,
        "silence": answer.silence.kind if answer.silence else None,
        "unshown": [{"kind": told.kind, "reason": told.reason} for told in answer.unshown],
        "statements": [
            {"text": statement.text, "citations": [citations.index(c) + 1 for c in statement.citations]}
            for statement in answer.statements
        ],
        "citations": [citation_json(citation, i) for i, citation in enumerate(citations, 1)],
        "hits": hits_json(answer.hits),
        "seconds": round(answer.seconds, 4),
    }


def hits_json(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """Hits in order, ranked from 1."""
    return [hit_json(hit, rank) for rank, hit in enumerate(hits, 1)]


def listing_json(listing: Listing) -> dict[str, Any]:
    """A row of ``rag list --json``; ``origin`` says where each value of the source came from."""
    return {
        "document": listing.document,
        **_source(listing.source),
        "note": listing.source.note,
        "articles": listing.articles,
        "chunks": listing.chunks,
        "pages": listing.pages,
        "fixes": [{"name": name, "count": count} for name, count in listing.fixes],
        "problem": listing.problem,
        "origin": dict(listing.source.origin),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _span(span: Span) -> list[int]:
    return [span.start, span.end]
