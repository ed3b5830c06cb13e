"""Walk: the files below the paths to ingest, with their ids, and what a manifest says of each."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rag.errors import NothingToRead
from rag.loaders import LOADERS
from rag.metadata import manifest

# What lies in a folder of texts without being one: descriptions, and what office and desktop programs leave.
_NOT_TEXTS = {"manifest.csv", "readme.md", "readme.txt", "thumbs.db", "desktop.ini"}
_NOT_PREFIXES = (".", "~$")


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read: where it stands, its id (path below ``root``), and its row of the root's manifest."""

    path: Path
    id: str
    root: str
    row: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Failure:
    """A file, or a folder with all that lies in it, that was not read, why, and what its owner can do."""

    document: str
    reason: str
    remedy: str

    def covers(self, id_: str) -> bool:
        """Whether the document of that id is what was not read, or lies in it.

        >>> [Failure("规定", "", "").covers(id_) for id_ in ("规定/甲.txt", "规定二/甲.txt")]
        [True, False]
        """
        return PurePosixPath(id_).is_relative_to(self.document)


def find_files(paths: Sequence[Path], roots: Iterable[str] = ()) -> tuple[list[Found], list[Failure]]:
    """All readable files of the paths, in order of id, and those that cannot be read, with the remedy.

    A folder is a root: ids are paths below it. A file alone belongs to the root among ``roots`` that holds
    it, else to its own folder. Only regular files below the root are taken: links and devices are reported,
    and so is a folder that cannot be listed (the root itself as ``.``).
    Raises NothingToRead where a path does not exist, or nothing readable is found in any.
    """
    files: dict[Path, Found] = {}
    failed: list[Failure] = []
    for path in paths:
        place = path.resolve()
        if place.is_dir():
            root, members = place, _walk(place, failed)
        elif place.exists():
            root, members = _root_of(place, roots), iter([place])
        else:
            raise NothingToRead(f"找不到 {path}。请检查路径是否写对。")
        rows = manifest(root)
        for member in members:
            id_ = member.relative_to(root).as_posix()
            failure = _refusal(member, id_)
            if failure:
                failed.append(failure)
            elif member not in files:
                files[member] = Found(member, id_, str(root), rows.get(id_, {}))
    if not files:
        where = "、".join(str(path) for path in paths)
        why = "".join(f"{failure.document}：{failure.reason}。" for failure in failed[:3])
        raise NothingToRead(f"{where} 里没有可以读取的文件。{why}能读的格式：{'、'.join(LOADERS)}。")
    return sorted(files.values(), key=lambda found: found.id), failed


def _walk(root: Path, failed: list[Failure]) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        below = Path(error.filename or root).relative_to(root).as_posix()
        failed.append(Failure(below, f"读不了这个文件夹（{error.strerror}）", "请检查文件夹的访问权限"))

    for folder, subfolders, names in os.walk(root, onerror=unreadable, followlinks=False):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(names):
            if name.lower() not in _NOT_TEXTS and not name.startswith(_NOT_PREFIXES):
                yield Path(folder, name)


def _root_of(file: Path, roots: Iterable[str]) -> Path:
    holding = [Path(root) for root in roots if file.is_relative_to(root)]
    return max(holding, key=lambda root: len(root.parts), default=file.parent)


def _refusal(path: Path, id_: str) -> Failure | None:
    """Why a file is not even opened; None where it may be."""
    try:
        id_.encode()
        mode = path.lstat().st_mode
    except UnicodeEncodeError:
        return Failure(ascii(id_), "文件名的编码有误", "请改文件名")
    except OSError as error:
        return Failure(id_, f"读不了这个文件（{error.strerror}）", "请检查文件的访问权限")
    if stat.S_ISLNK(mode):
        return Failure(id_, "这是一个链接，不跟随", "请把文件本身放进文件夹")
    if not stat.S_ISREG(mode):
        return Failure(id_, "这不是普通文件", "请移走它")
    if path.suffix.lower() not in LOADERS:
        kind = path.suffix or "（无后缀）"
        return Failure(id_, f"还不能读 {kind} 格式", f"请另存为其中一种：{'、'.join(LOADERS)}")
    return None
