"""The search files beside rag.db: they follow each commit, are checked at each opening, remade when damaged."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.chunking import passage_text
from rag.lexical import WordIndex
from rag.store.database import read_meta
from rag.store.records import dump, read_source
from rag.types import Chunk, Span
from rag.vectors import VectorIndex, file_digest

_SEAL = "search.json"
_COLUMNS = "number, document, start, end, path, article, locator, page, text, lead"

Numbers = Iterable[int]


def read_chunk(document_id: str, row: tuple[Any, ...]) -> Chunk:
    """The Chunk of a row of passages (columns as passage_rows gives them)."""
    _, _, start, end, path, article, locator, page, text, lead = row
    names = tuple(path.split("\n")) if path else ()
    return Chunk(document_id, Span(start, end), names, article, locator, page, text, lead)


def passage_rows(db: sqlite3.Connection, where: str, values: Iterable[object]) -> Iterator[tuple[Any, ...]]:
    """Rows of passages, without their vectors. ``where`` is SQL of ours; values are bound."""
    return db.execute(f"SELECT {_COLUMNS} FROM passages WHERE {where}", tuple(values))  # noqa: S608 - our own SQL


def _passage_texts(db: sqlite3.Connection, documents: Numbers | None) -> Iterator[tuple[int, int, str]]:
    """(passage, document, searched text) of these documents, or of all."""
    chosen = (
        [row[0] for row in db.execute("SELECT number FROM documents")] if documents is None else documents
    )
    for number in chosen:
        id_, record = db.execute("SELECT id, source FROM documents WHERE number = ?", (number,)).fetchone()
        source = read_source(json.loads(record))
        for row in passage_rows(db, "document = ?", (number,)):
            yield row[0], number, passage_text(source, read_chunk(id_, row))


def _question_texts(db: sqlite3.Connection, questions: Numbers | None) -> Iterator[tuple[int, int, str]]:
    """(question, question, its words) of these questions of the bank, or of all."""
    if questions is None:
        yield from db.execute("SELECT number, number, question FROM questions")
        return
    for number in questions:
        yield from db.execute("SELECT number, number, question FROM questions WHERE number = ?", (number,))


@dataclass(frozen=True, slots=True)
class Shelf:
    """Rows of one table of rag.db that are searched together: by words in one folder, by vectors in one file.

    ``texts`` gives (row, the number it is dropped by, searched text) for some such numbers, or for all.
    """

    table: str
    words: str
    vectors: str
    texts: Callable[[sqlite3.Connection, Numbers | None], Iterator[tuple[int, int, str]]]


PASSAGES = Shelf("passages", "words", "vectors", _passage_texts)
QUESTIONS = Shelf("questions", "asked-words", "asked-vectors", _question_texts)
SHELVES = (PASSAGES, QUESTIONS)

Searched = Mapping[Shelf, tuple[WordIndex, VectorIndex]]
Changes = Mapping[Shelf, tuple[Numbers, Numbers]]  # what to drop, what to take in


def build(db: sqlite3.Connection) -> Searched:
    """All that is searched, in memory."""
    dimensions = _generation(db)[1]
    return {shelf: (_words(db, shelf), _vectors(db, shelf, dimensions)) for shelf in SHELVES}


def _words(db: sqlite3.Connection, shelf: Shelf, folder: Path | None = None) -> WordIndex:
    index = WordIndex(folder)
    index.write((), shelf.texts(db, None))
    return index


def _vectors(db: sqlite3.Connection, shelf: Shelf, dimensions: int) -> VectorIndex:
    index = VectorIndex.empty(dimensions)
    rows = db.execute(f"SELECT number, vector FROM {shelf.table} ORDER BY number")  # noqa: S608 - our own SQL
    while batch := rows.fetchmany(20_000):
        numbers = np.fromiter((row[0] for row in batch), dtype=np.int64, count=len(batch))
        vectors = np.frombuffer(b"".join(row[1] for row in batch), dtype=np.float16)
        index.add(numbers, vectors.reshape(len(batch), dimensions).astype(np.float32))
    return index


def follow(db: sqlite3.Connection, folder: Path, changes: Changes) -> None:
    """Bring the search files from the generation before to that of ``db``.

    Where they do not stand there, they are made anew. The caller holds the writer lock.
    """
    generation, dimensions = _generation(db)
    if not _sealed(folder, generation - 1):
        remake(db, folder)
        return
    (folder / _SEAL).unlink()  # from here until the new seal, the files vouch for nothing
    try:
        words = {shelf: WordIndex(folder / shelf.words) for shelf in SHELVES}
    except ValueError:
        remake(db, folder)
        return
    for shelf, (removed, added) in changes.items():
        removed, added = list(removed), list(added)
        if removed or added:
            words[shelf].write(removed, shelf.texts(db, added))
    _save_vectors(db, folder, generation, dimensions)
    _seal(folder, generation)


def remake(db: sqlite3.Connection, folder: Path) -> None:
    """Make the search files anew. The caller holds the writer lock."""
    generation, dimensions = _generation(db)
    (folder / _SEAL).unlink(missing_ok=True)
    for shelf in SHELVES:
        unfinished = folder / f"{shelf.words}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        _words(db, shelf, unfinished)
        if (folder / shelf.words).exists():
            shutil.rmtree(folder / shelf.words)
        unfinished.rename(folder / shelf.words)
    _save_vectors(db, folder, generation, dimensions)
    _seal(folder, generation)


def _save_vectors(db: sqlite3.Connection, folder: Path, generation: int, dimensions: int) -> None:
    for shelf in SHELVES:
        _vectors(db, shelf, dimensions).save(folder / _vectors_name(shelf, generation))


def _vectors_name(shelf: Shelf, generation: int) -> str:
    return f"{shelf.vectors}-{generation}.faiss"


def open_search_files(folder: Path, generation: int) -> Searched | None:
    """All that is searched at this generation; None unless it is there, whole and unchanged."""
    if not _sealed(folder, generation):
        return None
    try:
        found = {
            shelf: (
                WordIndex(folder / shelf.words),
                VectorIndex.load(folder / _vectors_name(shelf, generation)),
            )
            for shelf in SHELVES
        }
    except (OSError, ValueError, RuntimeError):
        return None
    return found if _sealed(folder, generation) else None  # a writer may have moved on in between


def _generation(db: sqlite3.Connection) -> tuple[int, int]:
    meta = read_meta(db)
    return int(meta["generation"]), int(json.loads(meta["recipe"])["dimensions"])


def _digests(folder: Path, generation: int) -> dict[str, str]:
    files = [folder / _vectors_name(shelf, generation) for shelf in SHELVES]
    for shelf in SHELVES:
        files += [path for path in (folder / shelf.words).iterdir() if not path.name.endswith(".lock")]
    return {path.relative_to(folder).as_posix(): file_digest(path) for path in sorted(files)}


def _seal(folder: Path, generation: int) -> None:
    """Vouch for the files as they stand; then drop the vectors of other generations."""
    seal = folder / f"{_SEAL}.unfinished"
    seal.write_text(dump({"generation": generation, "files": _digests(folder, generation)}), encoding="utf-8")
    seal.replace(folder / _SEAL)
    for shelf in SHELVES:
        for path in folder.glob(f"{shelf.vectors}-*"):
            if path.name != _vectors_name(shelf, generation):
                with suppress(OSError):  # still open elsewhere: it goes with a later commit
                    path.unlink()


def _sealed(folder: Path, generation: int) -> bool:
    """Whether the search files are those of this generation, byte for byte."""
    try:
        seal = json.loads((folder / _SEAL).read_text(encoding="utf-8"))
        return bool(seal["generation"] == generation and seal["files"] == _digests(folder, generation))
    except (OSError, ValueError, KeyError, TypeError):
        return False
