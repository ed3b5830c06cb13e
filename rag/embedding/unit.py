"""Vectors as every embedder gives them: finite, of unit length, whole or cut to their first dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.errors import RagError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.types import Embedder, Vector, Vectors


def unit(vectors: NDArray[np.float32]) -> Vectors:
    """Rows at unit length; a zero row stays zero."""
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def finite(vectors: NDArray[np.float32], name: str) -> NDArray[np.float32]:
    """The vectors themselves. Raises RagError where the model ``name`` gave one that is no number."""
    import numpy as np

    if not np.isfinite(vectors).all():
        raise RagError(f"模型 {name} 给出了无效的向量（NaN）。请换一个模型，或重新下载它。")
    return vectors


class Shortened:
    """An embedder's vectors cut to their first ``dimensions`` and brought back to unit length.

    Good for models trained so that the first dimensions carry the most (Matryoshka: Kusupati et al., 2022);
    of any other model it throws meaning away.
    """

    def __init__(self, whole: Embedder, dimensions: int) -> None:
        self._whole = whole
        self.name = whole.name
        self.digest = whole.digest
        self.dimensions = dimensions

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """(texts, dimensions)."""
        return unit(self._whole.encode_passages(texts)[:, : self.dimensions])

    def encode_question(self, text: str) -> Vector:
        """(dimensions,)."""
        vector: Vector = self.encode_questions([text])[0]
        return vector

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """(questions, dimensions)."""
        return unit(self._whole.encode_questions(texts)[:, : self.dimensions])
