"""rag.db: its tables, its connections, its lock, and the errors that a damaged or full one becomes."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rag.errors import RagError, StoreBusy, StoreDamaged, StoreMismatch, StoreUnwritable
from rag.store.records import dump

FORMAT = 3
DATABASE = "rag.db"

_JOURNALS = ("-wal", "-shm")
# What keeps a sound database from being opened beside its journal: a folder that cannot be written.
_NO_JOURNAL = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_IOERR,
)
_META = "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)"
_TABLES = """
CREATE TABLE documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, root TEXT NOT NULL,
    digest TEXT NOT NULL, described TEXT NOT NULL, source TEXT NOT NULL, text TEXT NOT NULL, outline TEXT NOT NULL,
    pages TEXT NOT NULL, checksum TEXT NOT NULL, fixes TEXT NOT NULL, problem TEXT,
    labels TEXT NOT NULL, article_count INTEGER NOT NULL, chunk_count INTEGER NOT NULL, page_count INTEGER NOT NULL);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL REFERENCES documents(number) ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL, path TEXT NOT NULL, article TEXT, locator TEXT,
    page INTEGER, text TEXT NOT NULL, lead TEXT NOT NULL, vector BLOB NOT NULL);
CREATE INDEX passages_document ON passages(document, article);
CREATE INDEX passages_place ON passages(document, start);
CREATE TABLE questions (number INTEGER PRIMARY KEY AUTOINCREMENT, question TEXT NOT NULL UNIQUE, vector BLOB NOT NULL);
CREATE TABLE answers (
    question INTEGER NOT NULL REFERENCES questions(number) ON DELETE CASCADE,
    document INTEGER NOT NULL REFERENCES documents(number) ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL, PRIMARY KEY (question, document, start)) WITHOUT ROWID;
CREATE INDEX answers_place ON answers(document, start, end);
"""
# What the users of this index have added themselves: no rebuild takes it away.
_OWN = """
CREATE TABLE IF NOT EXISTS own (
    law TEXT NOT NULL, article TEXT NOT NULL, signature TEXT NOT NULL, language TEXT NOT NULL, kind TEXT NOT NULL,
    question TEXT NOT NULL, PRIMARY KEY (question, law, signature, kind))
"""


def initialise(folder: Path, recipe: Mapping[str, object]) -> None:
    """Make an empty database in ``folder``, whole or not at all. The caller holds the writer lock."""
    unfinished = folder / f"{DATABASE}.unfinished"
    unfinished.unlink(missing_ok=True)
    db = sqlite3.connect(unfinished)
    try:
        db.execute(_META)
        make_tables(db)
        write_meta(db, "generation", "0")
        write_meta(db, "recipe", dump(recipe))
        db.commit()
        db.execute("PRAGMA journal_mode = WAL")
    finally:
        db.close()
    for suffix in _JOURNALS:  # of a database that was deleted: its commits are not the new one's
        (folder / f"{DATABASE}{suffix}").unlink(missing_ok=True)
    unfinished.replace(folder / DATABASE)


def make_tables(db: sqlite3.Connection) -> None:
    """Make all tables but the users' own anew and empty, within the transaction that is open."""
    counted = _counted(db)
    for table in ("answers", "questions", "passages", "documents"):
        db.execute(f"DROP TABLE IF EXISTS {table}")
    db.execute(_OWN)
    for statement in _TABLES.split(";"):
        db.execute(statement)
    # A number never comes back: a page that is still open names passages by it.
    db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('passages', ?)", (counted,))


def _counted(db: sqlite3.Connection) -> int:
    """The last number given to a passage."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").fetchone():
        return 0
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").fetchone()
    return int(row[0]) if row else 0


def set_aside(folder: Path) -> None:
    """Move a damaged database and its journal out of the way. The caller holds the writer lock."""
    for suffix in ("", *_JOURNALS):
        path = folder / f"{DATABASE}{suffix}"
        if path.exists():
            path.replace(folder / f"{DATABASE}.damaged{suffix}")


def connect_to_read(folder: Path) -> sqlite3.Connection:
    """A connection that cannot write; works in a folder that cannot be written as well."""
    try:
        return _readable(folder, "mode=ro")
    except sqlite3.OperationalError as error:
        if _kind(error) not in _NO_JOURNAL:
            raise
    return _readable(folder, "mode=ro&immutable=1")  # the file alone, which after a checkpoint holds all


def _readable(folder: Path, mode: str) -> sqlite3.Connection:
    db = _connect(folder, mode)
    try:
        read_meta(db)
    except sqlite3.Error:
        db.close()
        raise
    return db


def connect_to_write(folder: Path) -> sqlite3.Connection:
    """A connection for one transaction; a commit is on the disk when it returns."""
    db = _connect(folder, "mode=rw", timeout_s=10)
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA synchronous = FULL")
    return db


def checkpoint(folder: Path) -> None:
    """Bring what the journal holds into rag.db, as far as open readers and permissions allow; waits for no one.

    Done whole, rag.db alone is the index: it can be copied, and read where nothing can be written.
    """
    with suppress(OSError, sqlite3.Error):
        if (folder / f"{DATABASE}-wal").stat().st_size == 0:
            return
        db = _connect(folder, "mode=rw", timeout_s=0)
        try:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            db.close()


def _connect(folder: Path, mode: str, timeout_s: float = 5.0) -> sqlite3.Connection:
    address = f"{(folder / DATABASE).resolve().as_uri()}?{mode}"
    return sqlite3.connect(
        address, uri=True, isolation_level=None, check_same_thread=False, timeout=timeout_s
    )


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
    """Turn what a broken database raises into StoreDamaged, what keeps a sound one shut into RagError."""
    try:
        yield
    except (sqlite3.DatabaseError, json.JSONDecodeError, KeyError) as error:
        if isinstance(error, sqlite3.OperationalError) and not is_damage(error):
            raise RagError(f"打不开索引 {folder}（{error}）。请检查权限和磁盘空间，稍后再试。") from error
        raise damaged(folder, f"数据库已损坏（{str(error)[:100]}）") from error


def is_damage(error: sqlite3.OperationalError) -> bool:
    """Whether the database is not ours (a table is missing) or broken, rather than out of reach."""
    return _kind(error) == sqlite3.SQLITE_ERROR


def _kind(error: sqlite3.OperationalError) -> int:
    """SQLite's primary result code; text that is no UTF-8 has none and counts as SQLITE_ERROR."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


def damaged(folder: Path, what: str) -> StoreDamaged:
    """The error that names what is damaged, and the command that mends it."""
    return StoreDamaged(
        f"索引 {folder} 的{what}。请重建索引：rag ingest 原来的文件夹 --rebuild --index {folder}；原始文件不受影响。"
    )


@contextmanager
def lock_for_writing(folder: Path) -> Iterator[None]:
    """Hold the folder's writer lock.

    Raises StoreBusy at once where another process holds it, StoreUnwritable where the folder cannot be written.
    """
    try:
        file = (folder / "writer.lock").open("a+b")
    except OSError as error:
        raise StoreUnwritable(
            f"不能写索引 {folder}（{error.strerror}）。请检查权限，或用 --index 换一个文件夹。"
        ) from error
    with file:
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
