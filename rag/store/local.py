"""The local store: one SQLite file as the truth, FAISS and tantivy derived; the only code that opens index/.

``rag.db`` holds documents, passages, vectors and the recipe. The search files follow each commit (derived.py).
A reader holds one snapshot of all three and moves to the next one whole.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.bank import Question
from rag.errors import AddressError, IndexMissing, RagError, StoreDamaged, StoreUnwritable
from rag.store.asked import Match
from rag.store.database import (
    DATABASE,
    FORMAT,
    check_recipe,
    checkpoint,
    connect_to_read,
    connect_to_write,
    damage_reported,
    damaged,
    data_version,
    initialise,
    is_damage,
    lock_for_writing,
    read_meta,
    set_aside,
)
from rag.store.listing import LISTED, Listing, read_listing
from rag.store.records import checksum, read_fixes, read_pages, read_section, read_source
from rag.store.snapshot import Snapshot, open_snapshot
from rag.store.writer import Writer
from rag.types import EVERYTHING, Chunk, Document, Filter, Hit, Source, Span

if TYPE_CHECKING:
    from rag.types import Vector, Vectors


class LocalStore:
    """The index in one folder. Searches may come from many threads; one writer at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._moving = threading.Lock()
        self._one_writer = threading.RLock()
        self._watch = connect_to_read(folder)
        self._seen = -1
        self._snapshot: Snapshot | None = None
        self._documents = lru_cache(maxsize=64)(self._read_document)
        self._writer: Writer | None = None
        self._locked = False

    @classmethod
    def open(cls, folder: Path, recipe: Mapping[str, object] | None = None) -> LocalStore:
        """The index in ``folder``.

        Raises IndexMissing where none stands, StoreMismatch where it is of another format or was built by
        another ``recipe``, StoreDamaged where its database cannot be read.
        """
        store = cls._opened(folder)
        try:
            check_recipe(folder, store._built(), {"format": FORMAT, **(recipe or {})})
            store._current()
        except RagError:
            store.close()
            raise
        return store

    @classmethod
    def _opened(cls, folder: Path) -> LocalStore:
        cls.require(folder)
        with damage_reported(folder):
            return cls(folder)

    @classmethod
    def _to_rebuild(cls, folder: Path) -> LocalStore:
        """The index as it stands, to be cleared; one of another format is not read."""
        store = cls._opened(folder)
        try:
            if store._built().get("format") == FORMAT:
                store._current()
        except RagError:
            store.close()
            raise
        return store

    def _built(self) -> Mapping[str, Any]:
        """The recipe, read from the database alone."""
        with damage_reported(self._folder):
            built: Mapping[str, Any] = json.loads(read_meta(self._watch)["recipe"])
            return built

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
        broken = False
        if (folder / DATABASE).is_file():
            try:
                return cls._to_rebuild(folder) if rebuild else cls.open(folder, recipe)
            except StoreDamaged:
                if not rebuild:
                    raise
                broken = True
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with lock_for_writing(folder):
                if broken:
                    set_aside(folder)
                if not (folder / DATABASE).is_file():
                    initialise(folder, recipe)
        except (OSError, sqlite3.OperationalError) as error:
            raise StoreUnwritable(
                f"不能在 {folder} 建立索引（{error}）。请检查权限和磁盘空间，或用 --index 换一个文件夹。"
            ) from error
        return cls.open(folder, recipe)

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
        return dict(self._rows("SELECT id, digest FROM documents"))

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
        documents, found, chunks = self._rows(
            "SELECT count(*), coalesce(sum(article_count), 0), coalesce(sum(chunk_count), 0) FROM documents"
        )[0]
        asked, own, detached, answered = self._rows(
            "SELECT (SELECT count(*) FROM questions), (SELECT count(DISTINCT question) FROM own), (SELECT count(DISTINCT"
            " question) FROM own WHERE question NOT IN (SELECT question FROM questions)), (SELECT count(*) FROM (SELECT"
            " DISTINCT document, start FROM answers JOIN documents ON number = document WHERE article_count > 0))"
        )[0]
        size = sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file())
        return {
            "index": str(self._folder),
            "documents": documents,
            "articles": found,
            "chunks": chunks,
            "questions": asked,
            "own_questions": own,
            "own_detached": detached,
            "articles_with_questions": answered,
            "bytes": size,
            "generation": self.generation,
            **self.recipe,
        }

    def sources(self) -> Mapping[str, Source]:
        """Document id → Source, validity among its versions included."""
        return self._current().sources()

    def listings(self, day: date | None = None) -> list[Listing]:
        """All documents, in order of id; with the status that they have on ``day``, where one is given."""
        with damage_reported(self._folder):
            return [read_listing(row, day) for row in self._rows(LISTED)]

    def document(self, document_id: str) -> Document:
        """One document, whole and unchanged: every citation rests on it.

        Raises RagError if it is not in the index, StoreDamaged if it is not what was put in.
        """
        return self._documents(self.generation, document_id)

    def _read_document(self, generation: int, document_id: str) -> Document:
        """The document as ``generation`` has it, which is what the cache keeps it by."""
        rows = self._rows(
            "SELECT CAST(text AS BLOB), CAST(outline AS BLOB), CAST(pages AS BLOB), CAST(fixes AS BLOB),"
            " checksum, digest, source, problem, root FROM documents WHERE id = ?",
            document_id,
        )
        if not rows:
            raise RagError(f"索引里没有这份文件：{document_id}。用 rag list 查看已收录的文件。")
        text, outline, pages, fixes, whole, digest, source, problem, root = rows[0]
        if checksum(text, outline, pages, fixes) != whole:
            raise damaged(self._folder, f"数据库已损坏：文件 {document_id} 的内容与收录时不同")
        return Document(
            document_id, digest, read_source(json.loads(source)), text.decode(), read_section(json.loads(outline)),
            read_pages(json.loads(pages)), read_fixes(json.loads(fixes)), problem, root,
        )  # fmt: skip

    def passages(self, document_id: str, article: str | None = None) -> list[Hit]:
        """The passages of a document, or of one of its articles, in the order of the text; score 0."""
        with damage_reported(self._folder):
            return self._current().passages(document_id, article)

    def passage(self, number: int) -> Hit:
        """One passage by its number (``Hit.id``); score 0. Raises AddressError where it is gone."""
        with damage_reported(self._folder):
            found = self._current().passage(number)
        if found is None:
            raise AddressError("这段条文已不在索引里。请重新提问。")
        return found

    def search_text(self, question: str, k: int, where: Filter = EVERYTHING) -> list[Hit]:
        """The ``k`` best by words (BM25 score), best first."""
        with damage_reported(self._folder):
            return self._current().search_text(question, k, where)

    def search_vector(self, vector: Vector, k: int, where: Filter = EVERYTHING) -> list[Hit]:
        """The ``k`` best by meaning (cosine), best first."""
        with damage_reported(self._folder):
            return self._current().search_vector(vector, k, where)

    def search_questions(
        self, question: str, vector: Vector, k: int, where: Filter = EVERYTHING
    ) -> list[Match]:
        """The bank's questions that are like it: the ``k`` best by words and the ``k`` best by meaning."""
        with damage_reported(self._folder):
            return self._current().search_questions(question, vector, k, where)

    def covered(self) -> frozenset[int]:
        """The passages that some question of the bank is answered by."""
        with damage_reported(self._folder):
            return self._current().covered()

    def vectors(self, passages: Sequence[int]) -> Vectors:
        """(passages, dimensions) of passages that a search of this moment gave (``Hit.id``)."""
        return self._current().vectors(passages)

    def own_score(self, question: str) -> float:
        """About the BM25 score that a question of the bank gets when asked itself."""
        return self._current().own_score(question)

    def own_questions(self) -> list[Question]:
        """What the users of this index have added, in the order of kind and question."""
        rows = self._facts(
            "SELECT law, article, signature, language, kind, question FROM own ORDER BY kind, question"
        )
        return [Question(*row) for row in rows]

    def noted(self, key: str) -> str | None:
        """A fact kept about the index; None where there is none."""
        rows = self._facts("SELECT value FROM meta WHERE key = ?", key)
        return str(rows[0][0]) if rows else None

    def _facts(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows as the commit under way has them, if there is one: a rebuild may find tables of another format."""
        with self._one_writer:  # of another thread's commit nothing is seen before its end
            return self._writer.rows(sql, *values) if self._writer else self._rows(sql, *values)

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with damage_reported(self._folder):
            return self._current().rows(sql, *values)

    def _current(self) -> Snapshot:
        """The snapshot of the last commit; moves on when another commit has been made."""
        with self._moving:
            version = data_version(self._watch)
            if self._snapshot is None or version != self._seen:
                with damage_reported(self._folder):
                    self._snapshot = open_snapshot(self._folder)
                self._seen = version
            return self._snapshot

    # --- writing ---------------------------------------------------------------------------------------------

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep others from writing. Raises StoreBusy at once while another process does, or StoreUnwritable;
        threads of this one wait for each other."""
        with self._one_writer:
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
        with self._one_writer:
            if self._writer is not None:  # inside a larger commit
                yield
                return
            with self.locked(), damage_reported(self._folder), closing(connect_to_write(self._folder)) as db:
                try:
                    db.execute("BEGIN IMMEDIATE")
                    self._writer = Writer(db, self._folder)
                    yield
                    self._writer.commit()
                except (OSError, sqlite3.OperationalError) as error:
                    if isinstance(error, sqlite3.OperationalError) and is_damage(error):
                        raise
                    raise StoreUnwritable(
                        f"写入索引 {self._folder} 失败（{error}），已提交的内容没有变。请检查磁盘空间和权限后重试。"
                    ) from error
                finally:
                    self._writer = None
                    with suppress(sqlite3.Error):
                        db.rollback()
            self._let_go()
        checkpoint(self._folder)

    def put(self, document: Document, chunks: Sequence[Chunk], vectors: Vectors) -> None:
        """Replace the document of that id. Raises ValueError unless there is one vector for each chunk."""
        self._writing().put(document, chunks, vectors)

    def unknown(self, questions: Iterable[str]) -> list[str]:
        """Those questions of the bank that the index does not hold yet, each once."""
        return self._writing().unknown(questions)

    def attach(
        self,
        document_id: str,
        found: Sequence[tuple[Span, Question]],
        vectors: Mapping[str, Vector],
        *,
        add: bool = False,
    ) -> None:
        """Replace the questions that the document answers, or ``add`` to them; ``vectors`` holds those of the
        unknown ones."""
        self._writing().attach(document_id, found, vectors, add=add)

    def keep_own(self, questions: Iterable[Question]) -> None:
        """Add questions of the users; attach() makes them count."""
        self._writing().keep_own(questions)

    def drop_own(self, kind: str) -> None:
        """Take away the users' questions of one kind."""
        self._writing().drop_own(kind)

    def note(self, key: str, value: str) -> None:
        """Keep a fact about the index."""
        self._writing().note(key, value)

    def remove(self, document_id: str) -> None:
        """Drop the document of that id, if it is there."""
        self._writing().remove(document_id)

    def clear(self, recipe: Mapping[str, object]) -> None:
        """Drop everything and take another recipe; what was there stays readable until the commit."""
        self._writing().clear(recipe)

    def _writing(self) -> Writer:
        if self._writer is None:
            raise RuntimeError("put and remove stand inside: with store.writing()")
        return self._writer

    def _let_go(self) -> None:
        """Drop the snapshot, which would keep its state from the checkpoint; the next reading takes a new one."""
        with self._moving:
            self._snapshot = None

    def close(self) -> None:
        """Let go of all files; what was committed stands in rag.db then, unless others still read."""
        with self._moving:
            if self._snapshot is not None:
                self._snapshot.close()
        self._watch.close()
        checkpoint(self._folder)
