"""The local store: one SQLite file as the truth, FAISS and tantivy derived; the only code that opens index/.

``rag.db`` holds documents, passages, vectors and the recipe. The search files follow each commit (derived.py).
A reader holds one snapshot of all three and moves to the next one whole.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import IndexMissing, RagError, StoreDamaged, StoreUnwritable
from rag.store.database import (
    DATABASE,
    check_recipe,
    connect_to_read,
    connect_to_write,
    damage_reported,
    data_version,
    initialise,
    lock_for_writing,
    read_meta,
    write_meta,
)
from rag.store.derived import follow
from rag.store.records import (
    dump,
    fixes_record,
    pages_record,
    read_fixes,
    read_pages,
    read_section,
    read_source,
    section_record,
    source_record,
)
from rag.store.snapshot import Snapshot, open_snapshot
from rag.structure import articles
from rag.types import EVERYTHING, Chunk, Document, Filter, Hit, Section, Source
from rag.versions import as_of, timeline

if TYPE_CHECKING:
    from rag.types import Vector, Vectors


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


class LocalStore:
    """The index in one folder. Searches may come from many threads; one writer at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._moving = threading.Lock()
        self._watch = connect_to_read(folder)
        self._seen = data_version(self._watch)
        self._snapshot = open_snapshot(folder)
        self._writer: _Writer | None = None
        self._locked = False

    @classmethod
    def open(cls, folder: Path, recipe: Mapping[str, object] | None = None) -> LocalStore:
        """The index in ``folder``.

        Raises IndexMissing where none stands, StoreMismatch where it was built by another ``recipe``,
        StoreDamaged where its database cannot be read.
        """
        cls.require(folder)
        with damage_reported(folder):
            store = cls(folder)
        try:
            check_recipe(folder, store.recipe, recipe or {})
        except RagError:
            store.close()
            raise
        return store

    @staticmethod
    def require(folder: Path) -> None:
        """Raise IndexMissing unless an index stands in ``folder``."""
        if not (folder / DATABASE).is_file():
            raise IndexMissing(f"{folder} 里没有索引。请先运行：rag ingest 文件或文件夹 --index {folder}")

    @classmethod
    def create(cls, folder: Path, recipe: Mapping[str, object], *, rebuild: bool = False) -> LocalStore:
        """The index in ``folder``, made empty if none stands there. Errors as open(), and StoreUnwritable.

        With ``rebuild`` one of another recipe is opened too, for clear(); a damaged one is moved aside.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / DATABASE).is_file():
                initialise(folder, recipe)
            return cls.open(folder, None if rebuild else recipe)
        except StoreDamaged:
            if not rebuild:
                raise
            (folder / DATABASE).replace(folder / f"{DATABASE}.damaged")
            return cls.create(folder, recipe)
        except (OSError, sqlite3.OperationalError) as error:
            raise StoreUnwritable(
                f"不能在 {folder} 建立索引（{error}）。请检查权限和磁盘空间，或用 --index 换一个文件夹。"
            ) from error

    # --- reading ---------------------------------------------------------------------------------------------

    @property
    def recipe(self) -> Mapping[str, Any]:
        """What the index was built with: format, model, dimensions, chunking, tokens."""
        return self._current().recipe

    @property
    def generation(self) -> int:
        """Number of commits so far."""
        return self._current().generation

    def digests(self) -> Mapping[str, str]:
        """Document id → digest."""
        return dict(self._current().rows("SELECT id, digest FROM documents"))

    @staticmethod
    def roots_of(folder: Path) -> dict[str, str]:
        """Document id → the folder that it was ingested from; empty where no readable index stands."""
        try:
            db = connect_to_read(folder)
        except sqlite3.Error:
            return {}
        try:
            return dict(db.execute("SELECT id, root FROM documents"))
        except sqlite3.Error:
            return {}
        finally:
            db.close()

    def rarity(self, words: Sequence[str]) -> dict[str, float]:
        """Search token → -ln of the share of passages that hold it."""
        return self._current().rarity(words)

    def status(self) -> dict[str, object]:
        """Counts and recipe: documents, articles, chunks, generation, and what the index was built with."""
        documents, found, chunks = self._current().rows(
            "SELECT count(*), coalesce(sum(article_count), 0), coalesce(sum(chunk_count), 0) FROM documents"
        )[0]
        size = sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file())
        return {
            "index": str(self._folder),
            "documents": documents,
            "articles": found,
            "chunks": chunks,
            "bytes": size,
            "generation": self.generation,
            **self.recipe,
        }

    def sources(self) -> Mapping[str, Source]:
        """Document id → Source, validity among its versions included."""
        return self._current().sources()

    def listings(self, day: date | None = None) -> list[Listing]:
        """All documents, in order of id; with the status that they have on ``day``, where one is given."""
        rows = self._current().rows(
            "SELECT id, source, labels, article_count, chunk_count, page_count, fixes, problem"
            " FROM documents ORDER BY id"
        )
        return [
            Listing(id_, _dated(read_source(json.loads(source)), day), tuple(json.loads(labels)), count, chunks, pages,
                    tuple((name, n) for name, n, _ in json.loads(fixes)), problem)
            for id_, source, labels, count, chunks, pages, fixes, problem in rows
        ]  # fmt: skip

    def document(self, document_id: str) -> Document:
        """One document, whole. Raises RagError if it is not in the index."""
        rows = self._current().rows(
            "SELECT digest, source, text, outline, pages, fixes, problem, root FROM documents WHERE id = ?",
            document_id,
        )
        if not rows:
            raise RagError(f"索引里没有这份文件：{document_id}。用 rag list 查看已收录的文件。")
        digest, source, text, outline, pages, fixes, problem, root = rows[0]
        return Document(
            document_id, digest, read_source(json.loads(source)), text, read_section(json.loads(outline)),
            read_pages(json.loads(pages)), read_fixes(json.loads(fixes)), problem, root,
        )  # fmt: skip

    def passages(self, document_id: str, article: str | None = None) -> list[Hit]:
        """The passages of a document, or of one of its articles, in the order of the text; score 0."""
        return self._current().passages(document_id, article)

    def search_text(self, question: str, k: int, where: Filter = EVERYTHING) -> list[Hit]:
        """The ``k`` best by words (BM25 score), best first."""
        return self._current().search_text(question, k, where)

    def search_vector(self, vector: Vector, k: int, where: Filter = EVERYTHING) -> list[Hit]:
        """The ``k`` best by meaning (cosine), best first."""
        return self._current().search_vector(vector, k, where)

    def _current(self) -> Snapshot:
        """The snapshot of the last commit; moves on when another commit has been made."""
        with self._moving:
            version = data_version(self._watch)
            if version != self._seen:
                with damage_reported(self._folder):
                    self._snapshot = open_snapshot(self._folder)
                self._seen = version
            return self._snapshot

    # --- writing ---------------------------------------------------------------------------------------------

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from writing. Raises StoreBusy at once while another does."""
        if self._locked:
            yield
            return
        with lock_for_writing(self._folder):
            self._locked = True
            try:
                yield
            finally:
                self._locked = False

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All puts and removes inside are one commit, visible whole or not at all.

        Raises StoreBusy while another process writes, StoreUnwritable when there is no space or permission.
        """
        if self._writer is not None:  # inside a larger commit
            yield
            return
        with self.locked(), damage_reported(self._folder):
            db = connect_to_write(self._folder)
            try:
                db.execute("BEGIN IMMEDIATE")
                self._writer = _Writer(db, self._folder)
                yield
                self._writer.commit()
            except (OSError, sqlite3.OperationalError) as error:
                raise StoreUnwritable(
                    f"写入索引 {self._folder} 失败（{error}），已提交的内容没有变。请检查磁盘空间和权限后重试。"
                ) from error
            finally:
                self._writer = None
                with suppress(sqlite3.Error):
                    db.rollback()
                db.close()

    def put(self, document: Document, chunks: Sequence[Chunk], vectors: Vectors) -> None:
        """Replace the document of that id. Raises ValueError unless there is one vector for each chunk."""
        self._writing().put(document, chunks, vectors)

    def remove(self, document_id: str) -> None:
        """Drop the document of that id, if it is there."""
        self._writing().remove(document_id)

    def clear(self, recipe: Mapping[str, object]) -> None:
        """Drop everything and take another recipe; what was there stays readable until the commit."""
        self._writing().clear(recipe)

    def _writing(self) -> _Writer:
        if self._writer is None:
            raise RuntimeError("put and remove stand inside: with store.writing()")
        return self._writer

    def close(self) -> None:
        """Let go of all files."""
        self._snapshot.close()
        self._watch.close()


class _Writer:
    """One transaction: the database first, the search files after it."""

    def __init__(self, db: sqlite3.Connection, folder: Path) -> None:
        self._db = db
        self._folder = folder
        self._added: dict[str, int] = {}
        self._removed: list[int] = []

    def put(self, document: Document, chunks: Sequence[Chunk], vectors: Vectors) -> None:
        if len(chunks) != len(vectors):
            raise ValueError(f"{len(chunks)} chunks, {len(vectors)} vectors")
        if not np.isfinite(vectors).all():
            raise ValueError("vectors hold NaN or infinity")
        self.remove(document.id)
        found = list(articles(document.outline))
        described = dump(source_record(document.source))
        row = self._db.execute(
            "INSERT INTO documents (id, root, digest, described, source, text, outline, pages, fixes, problem, labels,"
            " article_count, chunk_count, page_count) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (document.id, document.root, document.digest, described, described, document.text,
             dump(section_record(document.outline)), dump(pages_record(document.pages)),
             dump(fixes_record(document.fixes)), document.problem, dump(_labels(document.outline, found)),
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
        row = self._db.execute("SELECT number FROM documents WHERE id = ?", (document_id,)).fetchone()
        if row is None:
            return
        self._db.execute("DELETE FROM documents WHERE number = ?", row)
        if self._added.pop(document_id, None) is None:
            self._removed.append(row[0])

    def clear(self, recipe: Mapping[str, object]) -> None:
        self._removed += [row[0] for row in self._db.execute("SELECT number FROM documents")]
        self._db.execute("DELETE FROM documents")
        self._added.clear()
        write_meta(self._db, "recipe", dump(recipe))

    def commit(self) -> None:
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


def _dated(source: Source, day: date | None) -> Source:
    return as_of(source, day) if day else source
