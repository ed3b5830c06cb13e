"""Models made small: an int8 ONNX folder, run by onnxruntime and tokenizers, without torch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.embedding.folders import digest, read_json
from rag.embedding.prompts import Prompts
from rag.embedding.unit import finite, unit
from rag.errors import ModelMissing

if TYPE_CHECKING:
    from rag.types import Vector, Vectors

FORMAT = 1
GRAPH, TOKENIZER, DESCRIPTION = "model.onnx", "tokenizer.json", "embedder.json"
INSTALL = "请运行：pip install 'union-policy-rag[onnx]'"
_DIGESTED = (".onnx", ".data", ".json")
_SIBLINGS = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"


def is_exported(folder: Path) -> bool:
    """Whether a folder is one that export_onnx wrote."""
    return (folder / DESCRIPTION).is_file()


class OnnxEmbedder:
    """The vectors of an exported folder.

    The folder holds ``model.onnx`` (token ids of one text → its vector; pooling, dense layers and
    normalisation are in the graph), ``tokenizer.json`` with the truncation that the model had, and
    ``embedder.json``: format, source (name, digest), dimensions, longest (tokens), pooling, normalised, weights,
    prompts (question, passage).

    Texts run one by one: int8 ranges are taken over all that runs together, so a text among others would get
    a vector a little other than alone, and on a CPU a batch is no faster.
    """

    def __init__(self, folder: Path, name: str) -> None:
        description = read_json(folder / DESCRIPTION)
        try:
            if description["format"] != FORMAT:
                raise ModelMissing(
                    f"模型 {folder} 是用另一个版本导出的（格式 {description['format']}）。请重新导出。"
                )
            self._prompts = Prompts(**description["prompts"])
            self.dimensions = int(description["dimensions"])
        except (KeyError, TypeError, ValueError) as error:
            raise _damaged(folder, error) from error
        self._tokenizer = _tokenizer(folder)
        self._session = _session(folder)
        given = self._session.get_outputs()[0].shape[-1]
        if given != self.dimensions:
            raise _damaged(folder, f"{DESCRIPTION} 写的是 {self.dimensions} 维，模型给出 {given} 维")
        self.name = name
        self.digest = digest(folder, _DIGESTED)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """(texts, dimensions)."""
        return self._encode([self._prompts.passage + text for text in texts])

    def encode_question(self, text: str) -> Vector:
        """(dimensions,)."""
        vector: Vector = self.encode_questions([text])[0]
        return vector

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """(questions, dimensions)."""
        return self._encode([self._prompts.question + text for text in texts])

    def _encode(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        found = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in zip(found, texts, strict=True):
            ids = self._tokenizer.encode(text).ids
            if ids:
                row[:] = self._session.run(None, {"input_ids": np.array([ids], np.int64)})[0][0]
        return unit(finite(found, self.name))


def _tokenizer(folder: Path) -> Any:
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as error:  # tokenizers raises bare Exception
        raise _damaged(folder, error) from error


def _session(folder: Path) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelMissing(f"模型 {folder} 要用 onnxruntime 运行，本机没有安装它。{INSTALL}") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _cores()  # left to itself it pins each thread to one core
    # Waiting threads that spin take the time of everything else on an office PC.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(folder / GRAPH), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no common ancestor of their own
        raise _damaged(folder, error) from error


def _damaged(folder: Path, error: Exception | str) -> ModelMissing:
    return ModelMissing(f"导出的模型 {folder} 读不出（{error}）。请用 rag export-model 重新导出。")


def _cores() -> int:
    """The physical cores that this process may use; the logical ones where the system does not tell them apart."""
    try:
        allowed = os.sched_getaffinity(0)
        return len({Path(_SIBLINGS.format(core)).read_text(encoding="ascii") for core in allowed})
    except (AttributeError, OSError):
        return os.cpu_count() or 1
