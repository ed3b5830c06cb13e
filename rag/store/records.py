"""Records: documents and passages as JSON for the database, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from rag.types import Box, Fix, Page, Section, Source, Span

_DATES = ("issued", "effective", "repealed")


def dump(value: object) -> str:
    """JSON without blanks, characters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def checksum(*records: bytes) -> str:
    """sha256 of the records of a document that its citations rest on: text, outline, pages, fixes."""
    digest = hashlib.sha256()
    for record in records:
        digest.update(len(record).to_bytes(8, "big") + record)
    return digest.hexdigest()


def source_record(source: Source) -> dict[str, Any]:
    """A Source as JSON values; dates as YYYY-MM-DD."""
    record: dict[str, Any] = {f.name: getattr(source, f.name) for f in fields(source)}
    for name in _DATES:
        record[name] = record[name].isoformat() if record[name] else None
    record["origin"] = dict(source.origin)
    return record


def read_source(record: Mapping[str, Any]) -> Source:
    """The Source of a record.

    >>> read_source(source_record(Source("工会法", effective=date(2022, 1, 1)))).effective
    datetime.date(2022, 1, 1)
    """
    values = dict(record)
    for name in _DATES:
        values[name] = date.fromisoformat(values[name]) if values[name] else None
    return Source(**values)


def section_record(section: Section) -> list[Any]:
    """A tree as nested lists: [level, label, heading, start, end, children]."""
    children = [section_record(child) for child in section.children]
    return [section.level, section.label, section.heading, section.span.start, section.span.end, children]


def read_section(record: Sequence[Any]) -> Section:
    """The tree of a record."""
    level, label, heading, start, end, children = record
    return Section(level, label, heading, Span(start, end), tuple(read_section(child) for child in children))


def pages_record(pages: Iterable[Page]) -> list[Any]:
    """Pages as nested lists, boxes last."""
    return [
        [p.number, p.span.start, p.span.end, p.width, p.height,
         [[b.span.start, b.span.end, b.left, b.top, b.right, b.bottom] for b in p.boxes]]
        for p in pages
    ]  # fmt: skip


def read_pages(record: Iterable[Sequence[Any]]) -> tuple[Page, ...]:
    """The pages of a record."""
    return tuple(
        Page(number, Span(start, end), width, height, tuple(Box(Span(b[0], b[1]), *b[2:]) for b in boxes))
        for number, start, end, width, height, boxes in record
    )


def fixes_record(fixes: Iterable[Fix]) -> list[Any]:
    """Fixes as lists."""
    return [[f.name, f.count, f.example] for f in fixes]


def read_fixes(record: Iterable[Sequence[Any]]) -> tuple[Fix, ...]:
    """The fixes of a record."""
    return tuple(Fix(*row) for row in record)
