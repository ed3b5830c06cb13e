"""rag.db: its tables, its connections, its lock, and the errors that a damaged or full one becomes."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rag.errors import StoreBusy, StoreDamaged, StoreMismatch
from rag.store.records import dump

FORMAT = 1
DATABASE = "rag.db"

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, root TEXT NOT NULL,
    digest TEXT NOT NULL, described TEXT NOT NULL, source TEXT NOT NULL, text TEXT NOT NULL, outline TEXT NOT NULL,
    pages TEXT NOT NULL, fixes TEXT NOT NULL, problem TEXT,
    labels TEXT NOT NULL, article_count INTEGER NOT NULL, chunk_count INTEGER NOT NULL, page_count INTEGER NOT NULL);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL REFERENCES documents(number) ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL, path TEXT NOT NULL, article TEXT, locator TEXT,
    page INTEGER, text TEXT NOT NULL, lead TEXT NOT NULL, vector BLOB NOT NULL);
CREATE INDEX passages_document ON passages(document, article);
"""


def initialise(folder: Path, recipe: Mapping[str, object]) -> None:
    """Make an empty database in ``folder``, whole or not at all."""
    unfinished = folder / f"{DATABASE}.unfinished"
    unfinished.unlink(missing_ok=True)
    db = sqlite3.connect(unfinished)
    try:
        db.executescript(_SCHEMA)
        write_meta(db, "generation", "0")
        write_meta(db, "recipe", dump(recipe))
        db.commit()
        db.execute("PRAGMA journal_mode = WAL")
    finally:
        db.close()
    unfinished.replace(folder / DATABASE)


def connect_to_read(folder: Path) -> sqlite3.Connection:
    """A connection that cannot write; works in a folder that cannot be written as well."""
    address = (folder / DATABASE).resolve().as_uri()
    db = sqlite3.connect(f"{address}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
    try:
        read_meta(db)
    except sqlite3.OperationalError:  # no journal can be opened beside a read-only file: read the file alone
        db.close()
        address += "?mode=ro&immutable=1"
        db = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
        read_meta(db)
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


def connect_to_write(folder: Path) -> sqlite3.Connection:
    """A connection for one transaction; a commit is on the disk when it returns."""
    db = sqlite3.connect(folder / DATABASE, isolation_level=None, check_same_thread=False, timeout=10)
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA synchronous = FULL")
    return db


def read_meta(db: sqlite3.Connection) -> dict[str, str]:
    """``generation``, a number, and ``recipe``, JSON."""
    return dict(db.execute("SELECT key, value FROM meta"))


def write_meta(db: sqlite3.Connection, key: str, value: str) -> None:
    """Set one value of meta."""
    db.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
    )


def data_version(db: sqlite3.Connection) -> int:
    """Changes whenever another connection has committed."""
    return int(db.execute("PRAGMA data_version").fetchone()[0])


def check_recipe(folder: Path, built: Mapping[str, Any], asked: Mapping[str, object]) -> None:
    """Raise StoreMismatch, naming what differs, unless both recipes are the same."""
    differs = [name for name in asked if built.get(name) != asked[name]]
    if differs:
        was = "，".join(f"{name}={built.get(name)}" for name in differs)
        now = "，".join(f"{name}={asked[name]}" for name in differs)
        raise StoreMismatch(
            f"索引 {folder} 建立时用的是 {was}；现在的设置是 {now}。"
            f"请改回原来的设置，或重建索引：rag ingest 原来的文件夹 --rebuild --index {folder}"
        )


@contextmanager
def damage_reported(folder: Path) -> Iterator[None]:
    """Turn what a broken database raises into StoreDamaged, with the way out."""
    try:
        yield
    except sqlite3.OperationalError:
        raise
    except (sqlite3.DatabaseError, json.JSONDecodeError, KeyError) as error:
        raise StoreDamaged(
            f"索引 {folder} 的数据库已损坏（{error}）。请删除或移走这个文件夹，再运行 rag ingest 重建；原始文件不受影响。"
        ) from error


@contextmanager
def lock_for_writing(folder: Path) -> Iterator[None]:
    """Hold the folder's writer lock. Raises StoreBusy at once where another process holds it."""
    with (folder / "writer.lock").open("a+b") as file:
        try:
            _lock(file.fileno())
        except OSError as error:
            raise StoreBusy(f"另一个程序正在写索引 {folder}。请等它完成后再试。") from error
        yield  # closing the file releases the lock


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
