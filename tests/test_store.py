import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, contextmanager

import pytest

from rag.chunking import split
from rag.errors import IndexMissing, StoreBusy, StoreDamaged, StoreMismatch, StoreUnwritable
from rag.store import LocalStore
from rag.store.database import FORMAT, connect_to_read
from rag.types import Filter
from tests.store_contract import DIMENSIONS, StoreContract, axis, document, put, vectors_of

RECIPE = {"format": FORMAT, "model": "four axes", "dimensions": DIMENSIONS}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "index"


@pytest.fixture
def store(folder):
    opened = LocalStore.create(folder, RECIPE)
    yield opened
    opened.close()


class TestLocalStore(StoreContract):
    @pytest.fixture
    def store(self, folder):
        opened = LocalStore.create(folder, RECIPE)
        yield opened
        opened.close()


def reopened(folder):
    return LocalStore.open(folder, RECIPE)


@contextmanager
def sql(folder):
    """The database, as a hand that is not ours would change it."""
    with closing(sqlite3.connect(folder / "rag.db")) as db, db:
        yield db


def one_document(id_="a.txt"):
    given = document(id_)
    chunks = split(given)
    return given, chunks, vectors_of(chunks)


def reader_of(folder):
    with closing(connect_to_read(folder)) as db:
        return [row[0] for row in db.execute("SELECT id FROM documents ORDER BY id")]


def found(store, words="经费"):
    return [hit.chunk.document_id for hit in store.search_text(words, 9, Filter())]


def test_what_was_committed_is_there_after_reopening(folder, store):
    put(store, document())
    store.close()
    again = reopened(folder)
    assert found(again) == ["a.txt"]
    assert {hit.chunk.article for hit in again.search_vector(axis(0), 9, Filter())} == {"第一条", "第二条"}
    again.close()


def test_a_missing_index_names_the_command(folder):
    with pytest.raises(IndexMissing, match="rag ingest"):
        LocalStore.open(folder)


def test_another_recipe_names_what_differs_and_the_command(folder, store):
    with pytest.raises(StoreMismatch, match="model=four axes.*model=other.*--rebuild"):
        LocalStore.open(folder, {**RECIPE, "model": "other"})


def test_an_open_reader_sees_the_next_commit(folder, store):
    reader = reopened(folder)
    assert found(reader) == []
    put(store, document())
    assert found(reader) == ["a.txt"]
    reader.close()


def test_a_second_writer_is_refused_at_once(folder, store):
    other = reopened(folder)
    with store.writing(), pytest.raises(StoreBusy, match="另一个程序"), other.writing():
        pass
    other.close()


def test_another_format_is_refused_without_asking_for_a_recipe(folder, store):
    with store.writing():
        store.clear({**RECIPE, "format": 1})
        store.put(*one_document())
    with pytest.raises(StoreMismatch, match="format=1.*--rebuild"):
        LocalStore.open(folder)


def test_a_rebuild_takes_over_the_tables_of_another_format(folder, store):
    put(store, document())
    store.close()
    with sql(folder) as db:
        db.execute("ALTER TABLE documents DROP COLUMN checksum")
        db.execute("UPDATE meta SET value = json_set(value, '$.format', 1) WHERE key = 'recipe'")
    rebuilt = LocalStore.create(folder, RECIPE, rebuild=True)
    with rebuilt.writing():
        rebuilt.clear(RECIPE)
        rebuilt.put(*one_document("b.txt"))
        assert list(reader_of(folder)) == ["a.txt"]  # until the commit
    assert found(rebuilt) == ["b.txt"]
    assert rebuilt.document("b.txt") == document("b.txt")
    rebuilt.close()


def test_the_database_alone_holds_all_once_the_store_is_closed(folder, store, tmp_path):
    put(store, document())
    store.close()
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(folder / "rag.db", copy)
    address = f"{(copy / 'rag.db').as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as db:
        assert db.execute("SELECT id FROM documents").fetchall() == [("a.txt",)]
    again = reopened(copy)
    assert found(again) == ["a.txt"]
    again.close()


def test_the_database_alone_holds_all_when_a_reader_that_moved_on_closes(folder, store):
    reader = reopened(folder)
    assert found(reader) == []
    put(store, document())
    store.close()
    assert found(reader) == ["a.txt"]
    reader.close()
    assert not (folder / "rag.db-wal").exists()


def test_a_commit_is_brought_into_the_database_at_once(folder, store):
    put(store, document())
    assert (folder / "rag.db-wal").stat().st_size == 0
    assert found(store) == ["a.txt"]


def test_a_journal_of_a_deleted_database_is_not_the_new_ones(folder, store):
    reader = reopened(folder)  # keeps the journal from being emptied
    put(store, document("old.txt"))
    journal = (folder / "rag.db-wal").read_bytes()
    assert journal
    reader.close()
    store.close()
    (folder / "rag.db").unlink()
    (folder / "rag.db-wal").write_bytes(journal)
    again = LocalStore.create(folder, RECIPE)
    put(again, document("new.txt"))
    assert list(again.digests()) == ["new.txt"]
    again.close()


@pytest.mark.parametrize("victim", ["vectors", "words", "seal"])
def test_damaged_search_files_are_made_again(folder, store, victim):
    put(store, document())
    store.close()
    path = {
        "vectors": next(folder.glob("vectors-*")),
        "words": max((folder / "words").iterdir(), key=lambda file: file.stat().st_size),
        "seal": folder / "search.json",
    }[victim]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)
    again = reopened(folder)
    assert found(again) == ["a.txt"]
    assert len(again.search_vector(axis(0), 9, Filter())) == 2
    again.close()


def test_search_files_that_lag_behind_the_database_are_made_again(folder, store):
    """As after a kill between the database's commit and the search files."""
    put(store, document())
    store.close()
    db = sqlite3.connect(folder / "rag.db")
    with db:
        db.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")
    db.close()
    again = reopened(folder)
    assert found(again) == ["a.txt"]
    again.close()


def test_a_damaged_database_says_so(folder, store):
    put(store, document())
    store.close()
    (folder / "rag.db").write_bytes(b"no database at all" * 400)
    with pytest.raises(StoreDamaged, match="rag ingest"):
        reopened(folder)


@pytest.mark.parametrize("content", ["no bytes", "no tables", "no documents"])
def test_a_database_without_tables_is_damaged_and_a_rebuild_moves_it_aside(folder, store, content):
    put(store, document())
    store.close()
    if content == "no bytes":
        (folder / "rag.db").write_bytes(b"")
    with sql(folder) as db:
        if content == "no tables":
            db.execute("DROP TABLE meta")
        if content == "no documents":
            db.execute("DROP TABLE documents")
    (folder / "rag.db-wal").write_bytes(b"its journal")
    for recipe in (None, RECIPE):
        with pytest.raises(StoreDamaged, match="rag ingest .*--rebuild"):
            LocalStore.open(folder, recipe)
    with pytest.raises(StoreDamaged):
        LocalStore.create(folder, RECIPE)
    again = LocalStore.create(folder, RECIPE, rebuild=True)
    put(again, document("b.txt"))
    assert found(again) == ["b.txt"]
    again.close()
    assert (folder / "rag.db.damaged").exists()


@pytest.mark.parametrize(
    "change",
    [
        "text = replace(text, '职工', '员工')",
        "text = CAST(replace(CAST(text AS BLOB), x'E5B7A5', x'E5B7FF') AS TEXT)",  # no UTF-8 any more
        "outline = replace(outline, '第二条', '第三条')",
        "fixes = '['",
    ],
)
def test_a_changed_document_is_refused_by_name(folder, store, change):
    put(store, document("a.txt"), document("b.txt"))
    store.close()
    with sql(folder) as db:
        db.execute(f"UPDATE documents SET {change} WHERE id = 'a.txt'")
    again = reopened(folder)
    with pytest.raises(StoreDamaged, match=r"a\.txt.*rag ingest .*--rebuild"):
        again.document("a.txt")
    assert again.document("b.txt") == document("b.txt")
    again.close()


def test_damage_met_while_searching_is_reported_as_such(folder, store):
    put(store, document())
    with sql(folder) as db:
        db.execute("DROP TABLE passages")
    with pytest.raises(StoreDamaged, match="--rebuild"):
        store.search_text("经费", 5, Filter())


def test_a_lock_that_cannot_be_taken_for_want_of_permission_says_so(folder, store):
    put(store, document())
    store.close()
    (folder / "search.json").unlink()
    (folder / "writer.lock").unlink()
    (folder / "writer.lock").mkdir()  # cannot be opened, by root neither
    again = reopened(folder)  # searches with files of its own, in memory
    assert found(again) == ["a.txt"]
    with pytest.raises(StoreUnwritable, match="权限"), again.writing():
        pass
    again.close()


def test_an_index_that_cannot_be_written_is_still_read(folder, store):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    put(store, document())
    store.close()
    (folder / "search.json").unlink()
    folder.chmod(0o555)
    try:
        again = reopened(folder)
        assert found(again) == ["a.txt"]
        again.close()
    finally:
        folder.chmod(0o755)


def test_a_kill_in_the_middle_leaves_the_last_commit(folder, store):
    put(store, document())
    store.close()
    script = (
        "import os, signal, sys; from pathlib import Path; from rag.store.local import LocalStore\n"
        "from tests.store_contract import document, split, vectors_of\n"
        "store = LocalStore.open(Path(sys.argv[1]))\n"
        "with store.writing():\n"
        "    store.remove('a.txt'); one = document('b.txt'); chunks = split(one)\n"
        "    store.put(one, chunks, vectors_of(chunks))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(folder)], check=False, timeout=60)
    assert done.returncode == -9
    again = reopened(folder)
    assert list(again.digests()) == ["a.txt"]
    put(again, document("c.txt"))  # the dead writer holds no lock
    again.close()


def test_readers_see_whole_commits_while_another_writes(folder, store):
    """Two documents change together; no reader may see one new and one old."""
    put(store, document("a.txt", text="第一条 版本0。"), document("b.txt", text="第一条 版本0。"))
    reader = reopened(folder)
    torn = []

    def read():
        for _ in range(60):
            texts = {hit.chunk.text for hit in reader.search_text("版本", 9, Filter())}
            if len(texts) != 1:
                torn.append(texts)

    thread = threading.Thread(target=read)
    thread.start()
    for n in range(1, 8):
        text = f"第一条 版本{n}。"
        put(store, document("a.txt", text=text), document("b.txt", text=text))
    thread.join()
    reader.close()
    assert torn == []


def test_validity_follows_the_versions_that_are_there(store):
    from datetime import date

    put(store, document("old.txt", "某某办法", effective=date(2010, 1, 1), issued=date(2009, 12, 1)))
    assert store.sources()["old.txt"].repealed is None
    put(store, document("new.txt", "某某办法", effective=date(2020, 1, 1), issued=date(2019, 12, 1)))
    assert store.sources()["old.txt"].repealed == date(2020, 1, 1)
    with store.writing():
        store.remove("new.txt")
    assert store.sources()["old.txt"].repealed is None
