"""Listing: what an index tells of each of its documents without reading it whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rag.store.records import read_source
from rag.types import Source
from rag.versions import as_of

LISTED = "SELECT id, source, labels, article_count, chunk_count, page_count, fixes, problem FROM documents ORDER BY id"


@dataclass(frozen=True, slots=True)
class Listing:
    """One indexed document, as ``rag list`` shows it; counts of articles, passages, pages and fixes."""

    document: str
    source: Source
    labels: tuple[str, ...]
    articles: int
    chunks: int
    pages: int
    fixes: tuple[tuple[str, int], ...]
    problem: str | None


def read_listing(row: Sequence[Any], day: date | None) -> Listing:
    """The Listing of a row of LISTED, with the status of ``day`` where one is given."""
    id_, record, labels, articles, chunks, pages, fixes, problem = row
    source = read_source(json.loads(record))
    counted = tuple((name, count) for name, count, _ in json.loads(fixes))
    dated = as_of(source, day) if day else source
    return Listing(id_, dated, tuple(json.loads(labels)), articles, chunks, pages, counted, problem)
