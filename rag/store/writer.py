"""One commit to the store: documents and passages first, validity among versions, then the search files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.store.database import make_tables, read_meta, write_meta
from rag.store.derived import PASSAGES, QUESTIONS, follow, remake
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
from rag.types import Chunk, Document, Section, Span
from rag.versions import timeline

if TYPE_CHECKING:
    from rag.bank import Question
    from rag.types import Vector, Vectors


class Writer:
    """One transaction: the database first, the search files after it."""

    def __init__(self, db: sqlite3.Connection, folder: Path) -> None:
        self._db = db
        self._folder = folder
        self._added: dict[str, int] = {}
        self._removed: list[int] = []
        self._asked: set[int] = set()
        self._changed = False
        self._cleared = False

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

    def unknown(self, questions: Iterable[str]) -> list[str]:
        """Those questions of the bank that the index does not hold yet, each once."""
        held = "SELECT 1 FROM questions WHERE question = ?"
        return [q for q in dict.fromkeys(questions) if not self._db.execute(held, (q,)).fetchone()]

    def attach(
        self,
        document_id: str,
        found: Sequence[tuple[Span, Question]],
        vectors: Mapping[str, Vector],
        *,
        add: bool,
    ) -> None:
        """Replace the questions that the document answers, or add to them; ``vectors`` holds those of the unknown."""
        db = self._db
        (document,) = db.execute("SELECT number FROM documents WHERE id = ?", (document_id,)).fetchone()
        if not add:
            db.execute("DELETE FROM answers WHERE document = ?", (document,))
        for span, question in found:
            text = question.question
            row = db.execute("SELECT number FROM questions WHERE question = ?", (text,)).fetchone()
            if row is None:
                values = text, vectors[text].astype(np.float16).tobytes()
                row = (db.execute("INSERT INTO questions (question, vector) VALUES (?,?)", values).lastrowid,)
                self._asked.add(int(row[0] or 0))
            db.execute(
                "INSERT OR IGNORE INTO answers VALUES (?,?,?,?)", (row[0], document, span.start, span.end)
            )
        self._changed = True

    def keep_own(self, questions: Iterable[Question]) -> None:
        """Add questions of the users; those that are there already stay as they are."""
        self._db.executemany(
            "INSERT OR IGNORE INTO own VALUES (?,?,?,?,?,?)",
            ((q.law, q.article, q.signature, q.language, q.kind, q.question) for q in questions),
        )
        self._changed = True

    def drop_own(self, kind: str) -> None:
        """Take away the users' questions of one kind."""
        self._db.execute("DELETE FROM own WHERE kind = ?", (kind,))
        self._changed = True

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the database as this commit leaves it."""
        return self._db.execute(sql, values).fetchall()

    def note(self, key: str, value: str) -> None:
        """Keep a fact about the index."""
        write_meta(self._db, key, value)

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
        make_tables(self._db)  # those that stand may be of another format
        self._added.clear()
        self._removed.clear()
        self._asked.clear()
        self._cleared = True
        write_meta(self._db, "recipe", dump(recipe))

    def commit(self) -> None:
        """Make the changes the last state, search files included; without changes nothing is written."""
        if not (self._added or self._removed or self._changed or self._cleared):
            self._db.commit()
            return
        self._date_versions()
        unanswered = self._db.execute(
            "DELETE FROM questions WHERE number NOT IN (SELECT question FROM answers) RETURNING number"
        )
        dropped = {row[0] for row in unanswered}
        write_meta(self._db, "generation", str(int(read_meta(self._db)["generation"]) + 1))
        self._db.commit()
        if self._cleared:
            remake(self._db, self._folder)
            return
        changes = {
            PASSAGES: (self._removed, self._added.values()),
            QUESTIONS: (dropped - self._asked, sorted(self._asked - dropped)),
        }
        follow(self._db, self._folder, changes)

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
