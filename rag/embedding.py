"""Texts to vectors: the shipped static model without torch, every other one through SentenceTransformer."""

from __future__ import annotations

import hashlib
import json
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from rag.errors import ModelMissing, RagError
from rag.lexical import fold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.types import Embedder, Vector, Vectors

SHIPPED = Path(__file__).parent / "model"
SHORT_NAMES: Mapping[str, str] = {
    "granite-embedding-97m-multilingual-r2": "ibm-granite/granite-embedding-97m-multilingual-r2",
    "granite-embedding-311m-multilingual-r2": "ibm-granite/granite-embedding-311m-multilingual-r2",
    "multilingual-e5-small": "intfloat/multilingual-e5-small",
    "bge-m3": "BAAI/bge-m3",
    "Qwen3-Embedding-0.6B": "Qwen/Qwen3-Embedding-0.6B",
}
LARGER = (
    "更大的模型更懂口语问题（已公布的 AIR-Bench 法律中文 nDCG@1：BM25 0.368，multilingual-e5-large 0.724）。"
    "轻便的一种是 granite-embedding-97m-multilingual-r2（195 MB，MTEB 多语检索 60.3）："
    "设环境变量 RAG_MODEL=granite-embedding-97m-multilingual-r2，再运行 rag ingest 原来的路径 --rebuild"
)


@dataclass(frozen=True, slots=True)
class Prompts:
    """What stands before a question and before a passage; None leaves it to the model's own configuration."""

    question: str | None = None
    passage: str | None = None


# Families whose configuration on the hub lacks the prompts that their model cards ask for.
FAMILIES: Sequence[tuple[re.Pattern[str], Prompts]] = (
    (re.compile(r"e5-(?:small|base|large)(?:-v2)?\Z", re.I), Prompts("query: ", "passage: ")),
    (
        re.compile(r"bge-(?:small|base|large)-zh(?:-v1\.5)?\Z", re.I),
        Prompts("为这个句子生成表示以用于检索相关文章：", ""),
    ),
    (
        re.compile(r"bge-(?:small|base|large)-en(?:-v1\.5)?\Z", re.I),
        Prompts("Represent this sentence for searching relevant passages: ", ""),
    ),
)

_HUB_NAME = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}\Z")
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_DIGESTED = (".json", ".txt", ".model", ".safetensors")
_WHOLE = 64 * 2**20  # bytes; of a longer file the first and last MiB and its size stand for it
_FETCHED = ["*.safetensors", "*.json", "*.txt", "*.model", "*.jinja"]
_UNUSED = ["onnx/*", "openvino/*"]
_CONNECT_S = 2.0
_BATCH = 1024  # texts tokenized at once
_WAYS_OUT = (
    "办法一：在能上网的机器上下载该模型（需含 safetensors 权重），拷来后把 RAG_MODEL 设为那个文件夹；"
    "办法二：设 HF_ENDPOINT 为可用的镜像地址后重试；办法三：设 RAG_MODEL=shipped，用内置模型。"
)


def open_embedder(model: str) -> Embedder:
    """The embedder named: ``shipped``, a folder, a short name, or a hub name (owner/model).

    A hub name is looked for in the local cache first, and downloaded only when the hub (or HF_ENDPOINT)
    takes a connection within two seconds.
    Raises ModelMissing when there is no such model here, or when its files are not safe to load.
    """
    if model == "shipped":
        return StaticEmbedder(SHIPPED, "shipped", simplify=True)
    folder, name = find_folder(model)
    check_folder(folder)
    if is_static(folder):
        return StaticEmbedder(folder, name)
    return TransformerEmbedder(folder, name)


class StaticEmbedder:
    """The mean of token vectors, at unit length, from a StaticEmbedding + Normalize folder, without torch.

    The same vectors as SentenceTransformer gives. ``simplify`` folds the text first as the search tokens do
    (traditional characters → simplified), which the shipped model is trained for.
    A text without a known token gets the zero vector: its cosine with everything is 0 (SentenceTransformer
    divides zero by zero in half precision and gives NaN).
    """

    def __init__(self, folder: Path, name: str, *, simplify: bool = False) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        if not folder.is_dir():
            raise ModelMissing(f"内置模型的文件夹不在了：{folder}。请重新安装本软件。")
        inside = folder / _modules(folder)[0]["path"]
        try:
            self._tokenizer = Tokenizer.from_file(str(inside / "tokenizer.json"))
            self._vectors = load_file(inside / "model.safetensors")["embedding.weight"].astype("float32")
        except Exception as error:  # tokenizers raises bare Exception, safetensors its own
            raise ModelMissing(f"模型文件读不出：{folder}（{error}）。请重新取得该模型。") from error
        self._tokenizer.no_padding()
        self._simplify = simplify
        self.name = name
        self.digest = digest(folder)
        self.dimensions = int(self._vectors.shape[1])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """(texts, dimensions)."""
        import numpy as np

        found = np.zeros((len(texts), self.dimensions), np.float32)
        for start in range(0, len(texts), _BATCH):
            found[start : start + _BATCH] = self._means(texts[start : start + _BATCH])
        return found

    def encode_question(self, text: str) -> Vector:
        """(dimensions,)."""
        vector: Vector = self.encode_passages([text])[0]
        return vector

    def _means(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        folded = [fold(text) for text in texts] if self._simplify else list(texts)
        sums = np.zeros((len(texts), self.dimensions), np.float32)
        # Text by text: one text's rows stay in the processor's cache, five times sooner than a whole batch.
        encoded = self._tokenizer.encode_batch_fast(folded, add_special_tokens=False)
        for row, one in zip(sums, encoded, strict=True):
            self._vectors[one.ids].sum(axis=0, out=row)
        return _unit(sums)


class TransformerEmbedder:
    """Any other model, through SentenceTransformer, from a folder that ``check_folder`` has passed."""

    def __init__(self, folder: Path, name: str) -> None:
        from sentence_transformers import SentenceTransformer

        try:
            self._model = SentenceTransformer(
                str(folder),
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"use_safetensors": True},
            )
        except Exception as error:  # whatever a foreign model's files make the libraries raise
            raise ModelMissing(f"模型 {name} 载入失败：{error}。{_WAYS_OUT}") from error
        dimensions = self._model.get_embedding_dimension()
        if not dimensions:
            raise ModelMissing(f"模型 {name} 不给出句向量，不能用于检索。{_WAYS_OUT}")
        self._prompts = prompts_for(name, self._model.prompts)
        self.name = name
        self.digest = digest(folder)
        self.dimensions = dimensions

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """(texts, dimensions)."""
        return self._checked(self._model.encode_document(list(texts), prompt=self._prompts.passage, **_QUIET))

    def encode_question(self, text: str) -> Vector:
        """(dimensions,)."""
        found = self._model.encode_query([text], prompt=self._prompts.question, **_QUIET)
        vector: Vector = self._checked(found)[0]
        return vector

    def _checked(self, found: Any) -> Vectors:
        import numpy as np

        vectors = np.asarray(found, np.float32).reshape(-1, self.dimensions)
        if not np.isfinite(vectors).all():
            raise RagError(f"模型 {self.name} 给出了无效的向量（NaN）。请换一个模型，或重新下载它。")
        return _unit(vectors)


_QUIET: Mapping[str, Any] = {"convert_to_numpy": True, "show_progress_bar": False}


def prompts_for(name: str, configured: Mapping[str, str | None]) -> Prompts:
    """The prompts to add for a model of this name; none where its configuration brings its own.

    >>> prompts_for("intfloat/multilingual-e5-small", {})
    Prompts(question='query: ', passage='passage: ')
    >>> prompts_for("Qwen/Qwen3-Embedding-0.6B", {"query": "Instruct: "})
    Prompts(question=None, passage=None)
    """
    if not any(configured.values()):
        for family, prompts in FAMILIES:
            if family.search(name.rstrip("/\\")):
                return prompts
    return Prompts()


def find_folder(model: str) -> tuple[Path, str]:
    """Where a model's files stand and what it is called: given as a folder, in the hub's cache, or fetched now.

    A folder's model goes by the folder's own name, so that it may be moved without a rebuild of the index.
    Raises ModelMissing.
    """
    if model and (folder := Path(model).expanduser()).is_dir():
        return folder, folder.resolve().name
    name = SHORT_NAMES.get(model, model)
    if not _HUB_NAME.match(name):
        known = "、".join(["shipped", *SHORT_NAMES])
        raise ModelMissing(f"没有这个模型：{model}。可用：{known}，或「作者/模型名」，或模型文件夹的路径。")
    return _cached(name) or _downloaded(name), name


def _cached(name: str) -> Path | None:
    """A snapshot in the hub's cache, if it holds weights; a download cut short holds none."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, local_files_only=True))
    except LocalEntryNotFoundError:
        return None
    return folder if any(file.suffix in {".safetensors", *_PICKLES} for file in folder.rglob("*")) else None


def _downloaded(name: str) -> Path:
    from huggingface_hub import constants, snapshot_download

    if constants.HF_HUB_OFFLINE or not reachable(constants.ENDPOINT):
        raise ModelMissing(f"本机没有模型 {name}，也连不上 {constants.ENDPOINT}。{_WAYS_OUT}")
    try:
        return Path(snapshot_download(name, allow_patterns=_FETCHED, ignore_patterns=_UNUSED))
    except Exception as error:  # the network's errors and the hub's own have no common ancestor
        raise ModelMissing(f"模型 {name} 下载失败：{error}。{_WAYS_OUT}") from error


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


def check_folder(folder: Path) -> None:
    """Pass a model folder that holds data only.

    Raises ModelMissing on one that brings its own code (``auto_map``, modules of another package;
    CVE-2026-4372) or keeps its weights in pickles (CVE-2025-32434).
    """
    modules = _modules(folder)
    for path in sorted(folder.rglob("*config*.json")):
        if "auto_map" in _json(path):
            raise ModelMissing(
                f"模型 {folder} 要运行自带的程序（{path.name} 的 auto_map），已拒绝。请换一个模型。"
            )
    for module in modules:
        if not str(module.get("type", "")).startswith("sentence_transformers."):
            raise ModelMissing(
                f"模型 {folder} 要运行自带的程序（{module.get('type')}），已拒绝。请换一个模型。"
            )
    for place in sorted({folder, *(folder / module["path"] for module in modules)}):
        names = [file.name for file in place.iterdir()] if place.is_dir() else []
        pickles = [name for name in names if name.endswith(_PICKLES)]
        if pickles and not any(name.endswith(".safetensors") for name in names):
            raise ModelMissing(
                f"模型 {folder} 的权重是 pickle 格式（{pickles[0]}），载入时可能运行代码，已拒绝。"
                "请用含 .safetensors 的版本，或先在可信的机器上转换。"
            )
    if not any(folder.rglob("*.safetensors")):
        raise ModelMissing(f"{folder} 里没有模型权重（.safetensors）。{_WAYS_OUT}")


def is_static(folder: Path) -> bool:
    """Whether a folder is StaticEmbedding + Normalize and nothing else, prompts included."""
    kinds = [str(module.get("type", "")).rpartition(".")[2] for module in _modules(folder)]
    settings = folder / "config_sentence_transformers.json"
    prompts = _json(settings).get("prompts", {}) if settings.exists() else {}
    return kinds == ["StaticEmbedding", "Normalize"] and not any(prompts.values())


def digest(folder: Path) -> str:
    """sha256 over names, sizes and contents of a model's weights, tokenizer and configuration.

    Of a file over 64 MiB only the first and the last MiB are read: a second of start-up is worth more
    than finding two models that differ in the middle alone.
    """
    whole = hashlib.sha256()
    for path in sorted(file for file in folder.rglob("*") if file.suffix in _DIGESTED and file.is_file()):
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


def _modules(folder: Path) -> list[dict[str, str]]:
    path = folder / "modules.json"
    return [dict(row) for row in _json(path)] if path.exists() else []


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelMissing(f"模型文件读不出：{path}（{error}）。请重新取得该模型。") from error


def _unit(vectors: NDArray[np.float32]) -> Vectors:
    """Rows at unit length; a zero row stays zero."""
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
