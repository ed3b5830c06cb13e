"""Model folders: where a model stands, whether it may be loaded, and what it is known by."""

from __future__ import annotations

import hashlib
import json
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from rag.errors import ModelMissing

SHORT_NAMES: Mapping[str, str] = {
    "granite-embedding-97m-multilingual-r2": "ibm-granite/granite-embedding-97m-multilingual-r2",
    "granite-embedding-311m-multilingual-r2": "ibm-granite/granite-embedding-311m-multilingual-r2",
    "multilingual-e5-small": "intfloat/multilingual-e5-small",
    "bge-m3": "BAAI/bge-m3",
    "Qwen3-Embedding-0.6B": "Qwen/Qwen3-Embedding-0.6B",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What a model is sought for: the setting that names it, the short names it may go by, the way without."""

    setting: str
    short_names: Mapping[str, str]
    built_in: tuple[str, ...]
    without: str

    @property
    def ways_out(self) -> str:
        """What a user can do who lacks the model."""
        return (
            f"办法一：在能上网的机器上下载该模型（需含 safetensors 权重），拷来后把 {self.setting} 设为那个文件夹；"
            f"办法二：设 HF_ENDPOINT 为可用的镜像地址后重试；办法三：{self.without}。"
        )


EMBEDDERS = Kind("RAG_MODEL", SHORT_NAMES, ("shipped",), "设 RAG_MODEL=shipped，用内置模型")

_HUB_NAME = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}\Z")
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_DIGESTED = (".json", ".txt", ".model", ".safetensors")
_WHOLE = 64 * 2**20  # bytes; of a longer file the first and last MiB and its size stand for it
_FETCHED = ["*.safetensors", "*.json", "*.txt", "*.model", "*.jinja"]
_UNUSED = ["onnx/*", "openvino/*"]
_CONNECT_S = 2.0


def find_folder(model: str, kind: Kind = EMBEDDERS) -> tuple[Path, str]:
    """Where a model's files stand and what it is called: given as a folder, in the hub's cache, or fetched now.

    A folder's model goes by the folder's own name, so that it may be moved without a rebuild of the index.
    Raises ModelMissing.
    """
    if model and (folder := Path(model).expanduser()).is_dir():
        return folder, folder.resolve().name
    name = kind.short_names.get(model, model)
    if not _HUB_NAME.match(name):
        known = "、".join([*kind.built_in, *kind.short_names])
        raise ModelMissing(f"没有这个模型：{model}。可用：{known}，或「作者/模型名」，或模型文件夹的路径。")
    return _cached(name) or _downloaded(name, kind), name


def _cached(name: str) -> Path | None:
    """A snapshot in the hub's cache, if it holds weights; a download cut short holds none."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, local_files_only=True))
    except LocalEntryNotFoundError:
        return None
    return folder if any(file.suffix in {".safetensors", *_PICKLES} for file in folder.rglob("*")) else None


def _downloaded(name: str, kind: Kind) -> Path:
    from huggingface_hub import constants, snapshot_download

    if constants.HF_HUB_OFFLINE or not reachable(constants.ENDPOINT):
        raise ModelMissing(f"本机没有模型 {name}，也连不上 {constants.ENDPOINT}。{kind.ways_out}")
    try:
        return Path(snapshot_download(name, allow_patterns=_FETCHED, ignore_patterns=_UNUSED))
    except Exception as error:  # the network's errors and the hub's own have no common ancestor
        raise ModelMissing(f"模型 {name} 下载失败：{error}。{kind.ways_out}") from error


def reachable(address: str) -> bool:
    """Whether the host of a URL, or the proxy that leads to it, takes a connection within two seconds."""
    scheme = urlsplit(address).scheme
    way = urlsplit(getproxies().get(scheme) or address)
    try:
        port = way.port or (443 if way.scheme == "https" else 80)
        with socket.create_connection((way.hostname or "", port), timeout=_CONNECT_S):
            return True
    except (OSError, ValueError):
        return False


def check_folder(folder: Path, kind: Kind = EMBEDDERS) -> None:
    """Pass a model folder that holds data only.

    Raises ModelMissing on one that brings its own code (``auto_map``, modules of another package;
    CVE-2026-4372) or keeps its weights in pickles (CVE-2025-32434).
    """
    parts = modules(folder)
    for path in sorted(folder.rglob("*config*.json")):
        if "auto_map" in read_json(path):
            raise ModelMissing(
                f"模型 {folder} 要运行自带的程序（{path.name} 的 auto_map），已拒绝。请换一个模型。"
            )
    for part in parts:
        if not str(part.get("type", "")).startswith("sentence_transformers."):
            raise ModelMissing(
                f"模型 {folder} 要运行自带的程序（{part.get('type')}），已拒绝。请换一个模型。"
            )
    for place in sorted({folder, *(folder / part["path"] for part in parts)}):
        names = [file.name for file in place.iterdir()] if place.is_dir() else []
        pickles = [name for name in names if name.endswith(_PICKLES)]
        if pickles and not any(name.endswith(".safetensors") for name in names):
            raise ModelMissing(
                f"模型 {folder} 的权重是 pickle 格式（{pickles[0]}），载入时可能运行代码，已拒绝。"
                "请用含 .safetensors 的版本，或先在可信的机器上转换。"
            )
    if not any(folder.rglob("*.safetensors")):
        raise ModelMissing(f"{folder} 里没有模型权重（.safetensors）。{kind.ways_out}")


def is_static(folder: Path) -> bool:
    """Whether a folder is StaticEmbedding + Normalize and nothing else, prompts included."""
    kinds = [str(part.get("type", "")).rpartition(".")[2] for part in modules(folder)]
    settings = folder / "config_sentence_transformers.json"
    prompts = read_json(settings).get("prompts", {}) if settings.exists() else {}
    return kinds == ["StaticEmbedding", "Normalize"] and not any(prompts.values())


def digest(folder: Path, suffixes: Sequence[str] = _DIGESTED) -> str:
    """sha256 over names, sizes and contents of a model's weights, tokenizer and configuration.

    Of a file over 64 MiB only the first and the last MiB are read: a second of start-up is worth more
    than finding two models that differ in the middle alone.
    """
    whole = hashlib.sha256()
    for path in sorted(file for file in folder.rglob("*") if file.suffix in suffixes and file.is_file()):
        size = path.stat().st_size
        whole.update(f"{path.relative_to(folder).as_posix()}\0{size}\0".encode())
        for part in _parts(path, size):
            whole.update(part)
    return whole.hexdigest()


def _parts(path: Path, size: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        if size <= _WHOLE:
            yield file.read()
        else:
            yield file.read(2**20)
            file.seek(-(2**20), 2)
            yield file.read()


def modules(folder: Path) -> list[dict[str, str]]:
    """The rows of a sentence-transformers folder's modules.json; none where it has no such file."""
    path = folder / "modules.json"
    return [dict(row) for row in read_json(path)] if path.exists() else []


def read_json(path: Path) -> Any:
    """What a model's JSON file holds. Raises ModelMissing where it cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelMissing(f"模型文件读不出：{path}（{error}）。请重新取得该模型。") from error
