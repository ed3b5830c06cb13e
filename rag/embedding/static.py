"""Static models: the mean of token vectors, with tokenizers and numpy alone. The shipped model is one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.embedding.folders import digest, modules
from rag.embedding.unit import unit
from rag.errors import ModelMissing
from rag.lexical import fold

if TYPE_CHECKING:
    from rag.types import Vector, Vectors

SHIPPED = Path(__file__).parents[1] / "model"
_BATCH = 1024  # texts tokenized at once


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
        inside = folder / modules(folder)[0]["path"]
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

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """(questions, dimensions)."""
        return self.encode_passages(texts)

    def _means(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        folded = [fold(text) for text in texts] if self._simplify else list(texts)
        sums = np.zeros((len(texts), self.dimensions), np.float32)
        # Text by text: one text's rows stay in the processor's cache, five times sooner than a whole batch.
        encoded = self._tokenizer.encode_batch_fast(folded, add_special_tokens=False)
        for row, one in zip(sums, encoded, strict=True):
            self._vectors[one.ids].sum(axis=0, out=row)
        return unit(sums)
