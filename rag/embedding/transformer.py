"""Larger models, through SentenceTransformer and torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.embedding.folders import EMBEDDERS, digest
from rag.embedding.prompts import prompts_for
from rag.embedding.unit import finite, unit
from rag.errors import ModelMissing

if TYPE_CHECKING:
    from rag.types import Vector, Vectors

_QUIET: Mapping[str, Any] = {"convert_to_numpy": True, "show_progress_bar": False}


class TransformerEmbedder:
    """A model of a folder that ``check_folder`` has passed. ``model`` is the SentenceTransformer itself."""

    def __init__(self, folder: Path, name: str) -> None:
        from sentence_transformers import SentenceTransformer

        try:
            self.model = load_safely(SentenceTransformer, folder)
        except Exception as error:  # whatever a foreign model's files make the libraries raise
            raise ModelMissing(f"模型 {name} 载入失败：{error}。{EMBEDDERS.ways_out}") from error
        dimensions = self.model.get_embedding_dimension()
        if not dimensions:
            raise ModelMissing(f"模型 {name} 不给出句向量，不能用于检索。{EMBEDDERS.ways_out}")
        self.prompts = prompts_for(name, self.model.prompts)
        self.name = name
        self.digest = digest(folder)
        self.dimensions = int(dimensions)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """(texts, dimensions)."""
        return self._rows(self.model.encode_document(list(texts), prompt=self.prompts.passage, **_QUIET))

    def encode_question(self, text: str) -> Vector:
        """(dimensions,)."""
        vector: Vector = self.encode_questions([text])[0]
        return vector

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """(questions, dimensions)."""
        return self._rows(self.model.encode_query(list(texts), prompt=self.prompts.question, **_QUIET))

    def _rows(self, found: Any) -> Vectors:
        import numpy as np

        return unit(finite(np.asarray(found, np.float32).reshape(-1, self.dimensions), self.name))


def load_safely(kind: Callable[..., Any], folder: Path, **more: Any) -> Any:
    """A model of that kind from this disk, with none of its own code and no weights in pickles.

    On a CPU in float32: few CPUs compute in bfloat16, the others emulate it slowly.
    """
    import torch
    from sentence_transformers.util import get_device_name
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]  # it would stand between a command's lines
    device = get_device_name()
    exact = {"dtype": torch.float32} if device == "cpu" else {}
    return kind(
        str(folder),
        device=device,
        trust_remote_code=False,
        local_files_only=True,
        model_kwargs={"use_safetensors": True, **exact},
        **more,
    )
