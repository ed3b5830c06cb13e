import os
import sqlite3
import subprocess
import sys
import threading

import pytest

from rag.errors import IndexMissing, StoreBusy, StoreDamaged, StoreMismatch
from rag.store import LocalStore
from rag.types import Filter
from tests.store_contract import DIMENSIONS, StoreContract, axis, document, put

RECIPE = {"format": 1, "model": "four axes", "dimensions": DIMENSIONS}


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
