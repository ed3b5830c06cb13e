"""One commit to the store: documents and passages first, validity among versions, then the search files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.store.database import make_tables, read_meta, write_meta
from rag.store.derived import follow
from rag.store.records import (
    checksum,
    dump,
    fixes_record,
    pages_record,
    read_source,
    section_record,
    source_record,
)
from rag.structure import articles
from rag.types import Chunk, Document, Section
from rag.versions import timeline

if TYPE_CHECKING:
    from rag.types import Vectors


class Writer:
    """One transaction: the database first, the search files after it."""

    def __init__(self, db: sqlite3.Connection, folder: Path) -> None:
        self._db = db
        self._folder = folder
        self._added: dict[str, int] = {}
        self._removed: list[int] = []

    def put(self, document: Document, chunks: Sequence[Chunk], vectors: Vectors) -> None:
        """Replace the document of that id. Raises ValueError unless there is one vector for each chunk."""
        if len(chunks) != len(vectors):
            raise ValueError(f"{len(chunks)} chunks, {len(vectors)} vectors")
        if not np.isfinite(vectors).all():
            raise ValueError("vectors hold NaN or infinity")
        self.remove(document.id)
        found = list(articles(document.outline))
        described = dump(source_record(document.source))
        outline = dump(section_record(document.outline))
        pages, fixes = dump(pages_record(document.pages)), dump(fixes_record(document.fixes))
        whole = checksum(*(record.encode() for record in (document.text, outline, pages, fixes)))
        row = self._db.execute(
            "INSERT INTO documents (id, root, digest, described, source, text, outline, pages, checksum, fixes,"
            " problem, labels, article_count, chunk_count, page_count) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (document.id, document.root, document.digest, described, described, document.text, outline, pages, whole,
             fixes, document.problem, dump(_labels(document.outline, found)),
             len(found), len(chunks), len(document.pages)),
        )  # fmt: skip
        number = int(row.lastrowid or 0)
        self._db.executemany(
            "INSERT INTO passages (document, start, end, path, article, locator, page, text, lead, vector)"
            " VALUES (?,?,?,?,?,?,?,?,?,?)",
            (
                (number, c.span.start, c.span.end, "\n".join(c.path), c.article, c.locator, c.page, c.text, c.lead,
                 vector.astype(np.float16).tobytes())
                for c, vector in zip(chunks, vectors, strict=True)
            ),
        )  # fmt: skip
        self._added[document.id] = number

    def remove(self, document_id: str) -> None:
        """Drop the document of that id, if it is there."""
        row = self._db.execute("SELECT number FROM documents WHERE id = ?", (document_id,)).fetchone()
        if row is None:
            return
        self._db.execute("DELETE FROM documents WHERE number = ?", row)
        if self._added.pop(document_id, None) is None:
            self._removed.append(row[0])

    def clear(self, recipe: Mapping[str, object]) -> None:
        """Drop everything and take another recipe."""
        self._removed += [row[0] for row in self._db.execute("SELECT number FROM documents")]
        make_tables(self._db)  # those that stand may be of another format
        self._added.clear()
        write_meta(self._db, "recipe", dump(recipe))

    def commit(self) -> None:
        """Make the changes the last state, search files included; without changes nothing is written."""
        if not self._added and not self._removed:
            self._db.commit()
            return
        self._date_versions()
        write_meta(self._db, "generation", str(int(read_meta(self._db)["generation"]) + 1))
        self._db.commit()
        follow(self._db, self._folder, self._removed, self._added.values())

    def _date_versions(self) -> None:
        """Set each document's validity from all the versions that are here now."""
        rows = self._db.execute("SELECT id, described, source FROM documents").fetchall()
        sources = timeline({id_: read_source(json.loads(described)) for id_, described, _ in rows})
        for id_, _, before in rows:
            after = dump(source_record(sources[id_]))
            if after != before:
                self._db.execute("UPDATE documents SET source = ? WHERE id = ?", (after, id_))


def _labels(outline: Section, found: Sequence[Section]) -> list[str]:
    """The labels that a reference may name: articles, or the numbered headings of a notice."""
    if found:
        return [article.label for article in found]
    return [child.label for child in outline.children if child.level == "heading"]
