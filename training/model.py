"""A tokenizer and its token vectors, while they are still being made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.tokenizer import encode
from training.train import Bags


@dataclass(frozen=True, slots=True)
class Model:
    """What save_model() writes down."""

    tokenizer: Any
    vectors: NDArray[np.float32]

    def bags(self, texts: Sequence[str]) -> Bags:
        """Texts as the training takes them."""
        return Bags.of(encode(self.tokenizer, texts))

    def unit(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts, dimensions), rows of unit length or zero."""
        return unit_means(self.vectors, self.bags(texts))


def unit_means(vectors: NDArray[np.float32], bags: Bags) -> NDArray[np.float32]:
    """The mean vector of each text at unit length; a text without a token is zero."""
    from scipy.sparse import csr_matrix

    counts = csr_matrix((np.ones(len(bags.ids), np.float32), bags.ids, bags.ends), (len(bags), len(vectors)))
    sums = np.asarray(counts @ vectors, np.float32)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return (sums / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def load_model(folder: Path) -> Model:
    """A model that save_model() wrote."""
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    vectors = load_file(folder / "model.safetensors")["embedding.weight"].astype(np.float32)
    return Model(Tokenizer.from_file(str(folder / "tokenizer.json")), vectors)
