"""One generation of the index as a reader sees it: database, vectors and words of the same commit."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import weakref
from collections.abc import Mapping, Sequence, Set
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import StoreBusy, StoreUnwritable
from rag.filters import admits
from rag.store.asked import Match, matches
from rag.store.database import connect_to_read, lock_for_writing, read_meta
from rag.store.derived import (
    PASSAGES,
    QUESTIONS,
    Searched,
    build,
    open_search_files,
    passage_rows,
    read_chunk,
    remake,
)
from rag.store.records import read_source
from rag.types import Chunk, Filter, Hit, Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.types import Vector, Vectors

_MOST_READ = 50_000  # passages kept in memory, about 1 KB each
_MOST_QUESTIONS = 5_000  # of the bank, looked through for those that a filter leaves
_WAIT_S = 10.0  # longest that a reader waits for a writer between its commit and the search files


class Snapshot:
    """What searches read. Safe for many threads: the database connection is used under ``lock``."""

    def __init__(self, db: sqlite3.Connection, meta: Mapping[str, str], searched: Searched) -> None:
        self.generation = int(meta["generation"])
        self.recipe: Mapping[str, Any] = json.loads(meta["recipe"])
        self._db = db
        self._lock = threading.Lock()
        self._words, self._vectors = searched[PASSAGES]
        self._asked_words, self._asked_vectors = searched[QUESTIONS]
        self._ids: dict[int, str] = {}
        self._sources: dict[int, Source] = {}
        for number, id_, source in db.execute("SELECT number, id, source FROM documents"):
            self._ids[number] = id_
            self._sources[number] = read_source(json.loads(source))
        self._covered: frozenset[int] | None = None
        self._read: dict[int, tuple[Chunk, Source]] = {}
        self._barred: dict[Filter, tuple[list[int], NDArray[np.int64] | None]] = {}
        self.close = weakref.finalize(self, db.close)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the database at this generation."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def sources(self) -> dict[str, Source]:
        """Document id → Source."""
        return {self._ids[number]: source for number, source in self._sources.items()}

    def passages(self, document_id: str, article: str | None) -> list[Hit]:
        """The passages of a document, or of one article of it, in order of the text."""
        where = "document = (SELECT number FROM documents WHERE id = ?)"
        values = [document_id]
        if article is not None:
            where += " AND article = ?"
            values.append(article)
        with self._lock:
            found = list(passage_rows(self._db, f"{where} ORDER BY start", values))
        return [
            Hit(read_chunk(self._ids[row[1]], row), self._sources[row[1]], 0.0, id=row[0]) for row in found
        ]

    def passage(self, number: int) -> Hit | None:
        """The passage of that number, if it is there."""
        with self._lock:
            row = next(passage_rows(self._db, "number = ?", [number]), None)
        return Hit(read_chunk(self._ids[row[1]], row), self._sources[row[1]], 0.0, id=row[0]) if row else None

    def search_text(self, question: str, k: int, where: Filter) -> list[Hit]:
        """The best by words, best first."""
        barred, _ = self._leave_out(where)
        return self._hits(self._words.search(question, k, barred))

    def search_vector(self, vector: Vector, k: int, where: Filter) -> list[Hit]:
        """The best by meaning, best first."""
        _, among = self._leave_out(where)
        return self._hits(self._vectors.search(vector, k, among))

    def search_questions(self, question: str, vector: Vector, k: int, where: Filter) -> list[Match]:
        """The questions of the bank that are like it, with the passages that answer them.

        Where ``where`` bars most of what comes up, more is looked through.
        """
        barred = set(self._leave_out(where)[0])
        depth = k
        while True:
            found = self._matches(question, vector, depth, barred)
            if not barred or len(found) >= k or depth >= _MOST_QUESTIONS:
                return found[: 2 * k]
            depth *= 10

    def _matches(self, question: str, vector: Vector, k: int, barred: Set[int]) -> list[Match]:
        words = dict(self._asked_words.search(question, k))
        cosines = dict(self._asked_vectors.search(vector, k))
        by_turns = (n for pair in zip_longest(words, cosines) for n in pair if n is not None)
        with self._lock:
            asked = matches(self._db, list(dict.fromkeys(by_turns)))
        found = []
        for number, (text, places) in asked.items():
            passages = [passage for document, passage in places if document not in barred]
            if passages:
                hits = self._hits([(passage, 0.0) for passage in passages])
                found.append(Match(text, tuple(hits), words.get(number), cosines.get(number)))
        return found

    def covered(self) -> frozenset[int]:
        """The passages that some question of the bank is answered by."""
        if self._covered is None:
            rows = self.rows(
                "SELECT passages.number FROM (SELECT DISTINCT document, start, end FROM answers) AS answers"
                " JOIN passages ON passages.document = answers.document"
                " AND passages.start >= answers.start AND passages.start < answers.end"
            )
            self._covered = frozenset(row[0] for row in rows)
        return self._covered

    def vectors(self, passages: Sequence[int]) -> Vectors:
        """(passages, dimensions)."""
        return self._vectors.of(passages)

    def own_score(self, question: str) -> float:
        """About the BM25 score that a question of the bank gets when asked itself."""
        return self._asked_words.own_score(question)

    def rarity(self, words: Sequence[str]) -> dict[str, float]:
        """Search token → -ln of the share of passages that hold it."""
        return self._words.rarity(words)

    def _hits(self, found: Sequence[tuple[int, float]]) -> list[Hit]:
        read = self._read
        if len(read) > _MOST_READ:
            read = self._read = {}
        missing = [passage for passage, _ in found if passage not in read]
        if missing:
            marks = ",".join("?" * len(missing))
            with self._lock:
                rows = list(passage_rows(self._db, f"number IN ({marks})", missing))
            for row in rows:
                read[row[0]] = read_chunk(self._ids[row[1]], row), self._sources[row[1]]
        return [Hit(*read[passage], score, id=passage) for passage, score in found]

    def _leave_out(self, where: Filter) -> tuple[list[int], NDArray[np.int64] | None]:
        """The documents that ``where`` bars, and the passages that remain (None: all)."""
        known = self._barred.get(where)
        if known is None:
            barred = [number for number, source in self._sources.items() if not admits(where, source)]
            among = None
            if barred:
                left = set(self._sources) - set(barred)
                rows = self.rows("SELECT number, document FROM passages")
                among = np.array([number for number, document in rows if document in left], dtype=np.int64)
            if len(self._barred) >= 64:
                self._barred.clear()
            known = self._barred[where] = barred, among
        return known


def open_snapshot(folder: Path) -> Snapshot:
    """The last commit, whole; search files that are missing, old or damaged are made again first.

    Raises StoreBusy where a writer keeps the search files from being current for ten seconds,
    sqlite3.DatabaseError where the database cannot be read.
    """
    give_up = time.monotonic() + _WAIT_S
    while True:
        db = connect_to_read(folder)
        try:
            found = _snapshot(db, folder)
        except BaseException as error:
            db.close()
            if not isinstance(error, StoreBusy) or time.monotonic() > give_up:
                raise
            time.sleep(0.05)
            continue
        if found is not None:
            return found
        db.close()


def _snapshot(db: sqlite3.Connection, folder: Path) -> Snapshot | None:
    """What ``db`` sees, with its search files; None where these had to be made again, perhaps for a later commit.

    Raises StoreBusy while a writer is at the search files.
    """
    db.execute("BEGIN")
    meta = read_meta(db)  # the first read fixes what this connection sees
    found = open_search_files(folder, int(meta["generation"]))
    if found is not None:
        return Snapshot(db, meta, found)
    try:
        with lock_for_writing(folder):
            remake(db, folder)
    except (OSError, StoreUnwritable):  # the folder cannot be written: search files of our own, in memory
        return Snapshot(db, meta, build(db))
    return None
