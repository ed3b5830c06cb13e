import os

import pytest

from rag.errors import NothingToRead
from rag.walk import find_files


def write(path, text="第一条 甲。"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def ids(found):
    return [one.id for one in found]


def test_ids_are_paths_below_the_folder(tmp_path):
    write(tmp_path / "法律" / "甲.txt")
    write(tmp_path / "乙.md")
    found, failed = find_files([tmp_path])
    assert ids(found) == ["乙.md", "法律/甲.txt"]
    assert failed == []
    assert {one.root for one in found} == {str(tmp_path)}


def test_a_file_alone_belongs_to_its_own_folder(tmp_path):
    found, _ = find_files([write(tmp_path / "法律" / "甲.txt")])
    assert ids(found) == ["甲.txt"]


def test_a_file_below_a_known_root_keeps_its_id(tmp_path):
    found, _ = find_files([write(tmp_path / "法律" / "甲.txt")], [str(tmp_path)])
    assert ids(found) == ["法律/甲.txt"]


def test_a_file_named_twice_is_read_once(tmp_path):
    path = write(tmp_path / "甲.txt")
    assert ids(find_files([tmp_path, path], [str(tmp_path)])[0]) == ["甲.txt"]


@pytest.mark.parametrize("name", ["README.md", "manifest.csv", "~$甲.docx", ".甲.txt", "Thumbs.db"])
def test_what_is_no_text_is_passed_over(tmp_path, name):
    write(tmp_path / "甲.txt")
    write(tmp_path / name, "file,title\n" if name == "manifest.csv" else "x")
    found, failed = find_files([tmp_path])
    assert (ids(found), failed) == (["甲.txt"], [])


def test_an_unknown_format_is_reported_with_what_can_be_read(tmp_path):
    write(tmp_path / "甲.txt")
    write(tmp_path / "乙.dwg")
    _, failed = find_files([tmp_path])
    assert [(one.document, ".dwg" in one.reason, ".docx" in one.remedy) for one in failed] == [
        ("乙.dwg", True, True)
    ]


def test_links_and_devices_are_reported_and_not_followed(tmp_path):
    secret = write(tmp_path / "outside" / "secret.txt")
    root = tmp_path / "root"
    write(root / "甲.txt")
    (root / "link.txt").symlink_to(secret)
    (root / "folder").symlink_to(secret.parent)
    os.mkfifo(root / "pipe.txt")
    found, failed = find_files([root])
    assert ids(found) == ["甲.txt"]
    assert sorted(one.document for one in failed) == ["link.txt", "pipe.txt"]


def test_a_path_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(NothingToRead, match="找不到"):
        find_files([tmp_path / "nothing"])


def test_an_empty_folder_is_an_error_that_names_the_formats(tmp_path):
    with pytest.raises(NothingToRead, match=r"\.docx"):
        find_files([tmp_path])


def test_the_manifest_of_the_folder_describes_its_files(tmp_path):
    write(tmp_path / "甲.txt")
    write(tmp_path / "manifest.csv", "file,title\n甲.txt,甲规定\n")
    found, _ = find_files([tmp_path])
    assert found[0].row["title"] == "甲规定"


@pytest.fixture
def closed(monkeypatch):
    """Folders of these names cannot be listed, as without permission (tests may run as root)."""
    names, listing = set(), os.scandir

    def refuse(folder):
        if str(folder).endswith(tuple(names)):
            raise PermissionError(13, "Permission denied", str(folder))
        return listing(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    return names


def test_a_folder_that_cannot_be_listed_is_reported(tmp_path, closed):
    write(tmp_path / "甲.txt")
    write(tmp_path / "法律" / "地方" / "乙.txt")
    closed.add("地方")
    found, failed = find_files([tmp_path])
    assert ids(found) == ["甲.txt"]
    assert [(one.document, "权限" in one.remedy) for one in failed] == [("法律/地方", True)]
    assert failed[0].covers("法律/地方/乙.txt")


def test_a_root_that_cannot_be_listed_is_an_error_with_its_reason(tmp_path, closed):
    write(tmp_path / "texts" / "甲.txt")
    closed.add("texts")
    with pytest.raises(NothingToRead, match="Permission denied"):
        find_files([tmp_path / "texts"])
