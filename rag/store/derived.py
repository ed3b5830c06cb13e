"""The search files beside rag.db: they follow each commit, are checked at each opening, remade when damaged."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from rag.chunking import passage_text
from rag.lexical import WordIndex
from rag.store.database import read_meta
from rag.store.records import dump, read_source
from rag.types import Chunk, Span
from rag.vectors import VectorIndex, file_digest

_WORDS = "words"
_SEAL = "search.json"
_COLUMNS = "number, document, start, end, path, article, locator, page, text, lead"


def read_chunk(document_id: str, row: tuple[Any, ...]) -> Chunk:
    """The Chunk of a row of passages (columns as passage_rows gives them)."""
    _, _, start, end, path, article, locator, page, text, lead = row
    names = tuple(path.split("\n")) if path else ()
    return Chunk(document_id, Span(start, end), names, article, locator, page, text, lead)


def passage_rows(db: sqlite3.Connection, where: str, values: Iterable[object]) -> Iterator[tuple[Any, ...]]:
    """Rows of passages, without their vectors. ``where`` is SQL of ours; values are bound."""
    return db.execute(f"SELECT {_COLUMNS} FROM passages WHERE {where}", tuple(values))  # noqa: S608 - our own SQL


def build_vectors(db: sqlite3.Connection, dimensions: int) -> VectorIndex:
    """All vectors of the database, as one index."""
    index = VectorIndex.empty(dimensions)
    rows = db.execute("SELECT number, vector FROM passages ORDER BY number")
    while batch := rows.fetchmany(20_000):
        passages = np.fromiter((row[0] for row in batch), dtype=np.int64, count=len(batch))
        vectors = np.frombuffer(b"".join(row[1] for row in batch), dtype=np.float16)
        index.add(passages, vectors.reshape(len(batch), dimensions).astype(np.float32))
    return index


def build_words(db: sqlite3.Connection, folder: Path | None = None) -> WordIndex:
    """All words of the database, as one index, in ``folder`` or in memory."""
    index = WordIndex(folder)
    index.write((), _texts(db))
    return index


def _texts(db: sqlite3.Connection, documents: Iterable[int] | None = None) -> Iterator[tuple[int, int, str]]:
    """(passage, document, searched text) of these documents, or of all."""
    chosen = (
        [row[0] for row in db.execute("SELECT number FROM documents")] if documents is None else documents
    )
    for number in chosen:
        id_, record = db.execute("SELECT id, source FROM documents WHERE number = ?", (number,)).fetchone()
        source = read_source(json.loads(record))
        for row in passage_rows(db, "document = ?", (number,)):
            yield row[0], number, passage_text(source, read_chunk(id_, row))


def follow(db: sqlite3.Connection, folder: Path, removed: Iterable[int], added: Iterable[int]) -> None:
    """Bring the search files from the generation before to that of ``db``.

    Where they do not stand there, they are made anew. The caller holds the writer lock.
    """
    generation, dimensions = _generation(db)
    if not _sealed(folder, generation - 1):
        remake(db, folder)
        return
    (folder / _SEAL).unlink()  # from here until the new seal, the files vouch for nothing
    try:
        words = WordIndex(folder / _WORDS)
    except ValueError:
        remake(db, folder)
        return
    words.write(removed, _texts(db, added))
    build_vectors(db, dimensions).save(folder / f"vectors-{generation}.faiss")
    _seal(folder, generation)


def remake(db: sqlite3.Connection, folder: Path) -> None:
    """Make the search files anew. The caller holds the writer lock."""
    generation, dimensions = _generation(db)
    unfinished = folder / f"{_WORDS}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    build_words(db, unfinished)
    (folder / _SEAL).unlink(missing_ok=True)
    if (folder / _WORDS).exists():
        shutil.rmtree(folder / _WORDS)
    unfinished.rename(folder / _WORDS)
    build_vectors(db, dimensions).save(folder / f"vectors-{generation}.faiss")
    _seal(folder, generation)


def open_search_files(folder: Path, generation: int) -> tuple[VectorIndex, WordIndex] | None:
    """Both indexes of this generation; None unless they are there, whole and unchanged."""
    if not _sealed(folder, generation):
        return None
    try:
        vectors = VectorIndex.load(folder / f"vectors-{generation}.faiss")
        words = WordIndex(folder / _WORDS)
    except (OSError, ValueError, RuntimeError):
        return None
    return (vectors, words) if _sealed(folder, generation) else None  # a writer may have moved on in between


def _generation(db: sqlite3.Connection) -> tuple[int, int]:
    meta = read_meta(db)
    return int(meta["generation"]), int(json.loads(meta["recipe"])["dimensions"])


def _digests(folder: Path, generation: int) -> dict[str, str]:
    files = [path for path in (folder / _WORDS).iterdir() if not path.name.endswith(".lock")]
    files.append(folder / f"vectors-{generation}.faiss")
    return {path.name: file_digest(path) for path in sorted(files)}


def _seal(folder: Path, generation: int) -> None:
    """Vouch for the files as they stand; then drop the vectors of other generations."""
    seal = folder / f"{_SEAL}.unfinished"
    seal.write_text(dump({"generation": generation, "files": _digests(folder, generation)}), encoding="utf-8")
    seal.replace(folder / _SEAL)
    for path in folder.glob("vectors-*"):
        if path.name != f"vectors-{generation}.faiss":
            with suppress(OSError):  # still open elsewhere: it goes with a later commit
                path.unlink()


def _sealed(folder: Path, generation: int) -> bool:
    """Whether the search files are those of this generation, byte for byte."""
    try:
        seal = json.loads((folder / _SEAL).read_text(encoding="utf-8"))
        return bool(seal["generation"] == generation and seal["files"] == _digests(folder, generation))
    except (OSError, ValueError, KeyError, TypeError):
        return False
