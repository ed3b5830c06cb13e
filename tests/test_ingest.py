import os

import pytest

from rag.errors import NothingToRead, StoreDamaged, StoreMismatch
from rag.ingest import ingest
from rag.settings import Settings
from rag.store import LocalStore

RULE = "某市工会{name}规定\n\n第一条 {words}。\n\n第二条 本规定自2024年7月1日起施行。\n"


def write(path, name, words="职工可以加入工会"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(RULE.format(name=name, words=words), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "texts"
    write(root / "甲.txt", "甲")
    write(root / "规定" / "乙.md", "乙", "工会经费专款专用")
    return root


@pytest.fixture
def settings(tmp_path):
    return Settings(index=tmp_path / "index")


def indexed(settings):
    store = LocalStore.open(settings.index)
    try:
        return sorted(store.digests())
    finally:
        store.close()


def test_a_folder_goes_in_and_a_second_time_nothing_is_read(folder, settings):
    first = ingest([folder], settings)
    assert (first.added, first.failed) == (["甲.txt", "规定/乙.md"], [])
    second = ingest([folder], settings)
    assert (second.added, second.changed, second.unchanged, second.removed) == ([], [], 2, [])


def test_a_changed_file_is_read_again_and_a_vanished_one_removed(folder, settings):
    ingest([folder], settings)
    write(folder / "甲.txt", "甲", "职工有权退出工会")
    (folder / "规定" / "乙.md").unlink()
    report = ingest([folder], settings)
    assert (report.changed, report.removed, report.unchanged) == (["甲.txt"], ["规定/乙.md"], 0)
    store = LocalStore.open(settings.index)
    assert [hit.chunk.article for hit in store.search_text("退出", 5)] == ["第一条"]
    assert store.search_text("经费", 5) == []
    store.close()


def test_a_broken_file_is_reported_and_the_rest_goes_in(folder, settings):
    (folder / "坏.docx").write_bytes(b"PK\x03\x04 not a zip")
    (folder / "空.txt").write_bytes(b"")
    report = ingest([folder], settings)
    assert report.added == ["甲.txt", "规定/乙.md"]
    assert sorted(failure.document for failure in report.failed) == ["坏.docx", "空.txt"]
    assert all(failure.reason and failure.remedy for failure in report.failed)


def test_a_file_that_breaks_later_keeps_what_was_read(folder, settings):
    ingest([folder], settings)
    (folder / "甲.txt").write_bytes(b"")
    report = ingest([folder], settings)
    assert [failure.document for failure in report.failed] == ["甲.txt"]
    assert indexed(settings) == ["甲.txt", "规定/乙.md"]


def test_a_folder_that_cannot_be_listed_keeps_its_documents(folder, settings, monkeypatch):
    ingest([folder], settings)
    (folder / "甲.txt").unlink()
    write(folder / "丙.txt", "丙")
    listing = os.scandir

    def refuse(path):
        if str(path).endswith("规定"):
            raise PermissionError(13, "Permission denied", str(path))
        return listing(path)

    monkeypatch.setattr(os, "scandir", refuse)
    report = ingest([folder], settings)
    assert ([failure.document for failure in report.failed], report.removed) == (["规定"], ["甲.txt"])
    assert indexed(settings) == ["丙.txt", "规定/乙.md"]


def test_a_rebuild_of_a_damaged_index_moves_it_aside_and_goes_on(folder, settings):
    ingest([folder], settings)
    (settings.index / "rag.db").write_bytes(b"")
    with pytest.raises(StoreDamaged, match="--rebuild"):
        ingest([folder], settings)
    assert ingest([folder], settings, rebuild=True).added == ["甲.txt", "规定/乙.md"]
    assert (settings.index / "rag.db.damaged").exists()


def test_another_folder_joins_and_removes_nothing_of_the_first(folder, settings, tmp_path):
    ingest([folder], settings)
    other = tmp_path / "more"
    write(other / "丙.txt", "丙")
    ingest([other], settings)
    assert indexed(settings) == ["丙.txt", "甲.txt", "规定/乙.md"]


def test_another_file_of_the_same_name_replaces_nothing(folder, settings, tmp_path):
    ingest([folder], settings)
    other = tmp_path / "more"
    write(other / "甲.txt", "另一个甲")
    report = ingest([other], settings)
    assert [(failure.document, "同名" in failure.reason) for failure in report.failed] == [("甲.txt", True)]


def test_a_folder_that_was_moved_is_the_same_folder(folder, settings, tmp_path):
    ingest([folder], settings)
    moved = folder.rename(tmp_path / "moved")
    assert ingest([moved], settings).unchanged == 2
    assert indexed(settings) == ["甲.txt", "规定/乙.md"]


def test_an_empty_folder_does_not_empty_the_index(folder, settings):
    ingest([folder], settings)
    for path in folder.rglob("*.*"):
        path.unlink()
    with pytest.raises(NothingToRead):
        ingest([folder], settings)
    assert indexed(settings) == ["甲.txt", "规定/乙.md"]


def test_a_manifest_overrides_and_its_change_is_seen(folder, settings):
    ingest([folder], settings)
    (folder / "manifest.csv").write_text("file,title,level\n甲.txt,某市甲办法,规范性文件\n", encoding="utf-8")
    assert ingest([folder], settings).changed == ["甲.txt"]
    store = LocalStore.open(settings.index)
    assert store.sources()["甲.txt"].title == "某市甲办法"
    store.close()


def test_another_recipe_is_refused_until_a_rebuild(folder, settings):
    ingest([folder], settings)
    store = LocalStore.open(settings.index)
    with store.writing():
        store.clear({**store.recipe, "chunking": "another"})
    store.close()
    with pytest.raises(StoreMismatch, match="--rebuild"):
        ingest([folder], settings)
    assert ingest([folder], settings, rebuild=True).added == ["甲.txt", "规定/乙.md"]


def test_a_rebuild_brings_back_the_other_folders_too(folder, settings, tmp_path):
    other = tmp_path / "more"
    write(other / "丙.txt", "丙")
    ingest([folder], settings)
    ingest([other], settings)
    ingest([other], settings, rebuild=True)
    assert indexed(settings) == ["丙.txt", "甲.txt", "规定/乙.md"]


def test_progress_counts_the_files(folder, settings):
    seen = []
    ingest([folder], settings, progress=lambda done, total, name: seen.append((done, total)))
    assert seen == [(0, 2), (1, 2), (2, 2)]
