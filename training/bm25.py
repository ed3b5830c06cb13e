"""BM25 over the product's own tokens, as sparse matrices: for hard negatives and for measuring."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from rag.lexical import tokens

K1, B = 1.2, 0.75
_BLOCK = 100  # questions scored at once


class BM25:
    """Scores as Lucene and tantivy give them, over ``rag.lexical.tokens``."""

    def __init__(self, passages: Sequence[str]) -> None:
        from scipy.sparse import csr_matrix

        self._ids: dict[str, int] = {}
        columns, lengths = [], []
        for passage in passages:
            found = tokens(passage)
            columns.append(np.array([self._ids.setdefault(t, len(self._ids)) for t in found], np.int32))
            lengths.append(len(found))
        matrix = csr_matrix(
            (
                np.ones(sum(lengths), np.float32),
                np.concatenate(columns),
                np.concatenate([[0], np.cumsum(lengths)]),
            ),
            shape=(len(passages), len(self._ids)),
        )
        matrix.sum_duplicates()
        length = np.repeat(np.array(lengths, np.float32), np.diff(matrix.indptr))
        seen = np.bincount(matrix.indices, minlength=len(self._ids))
        idf = np.log(1 + (len(passages) - seen + 0.5) / (seen + 0.5))
        frequency = matrix.data
        weight = frequency * (K1 + 1) / (frequency + K1 * (1 - B + B * length / np.mean(lengths)))
        matrix.data = (weight * idf[matrix.indices]).astype(np.float32)
        self._matrix = matrix.T.tocsr()

    def scores(self, questions: Sequence[str]) -> NDArray[np.float32]:
        """(questions, passages)."""
        from scipy.sparse import csr_matrix

        known = [[self._ids[t] for t in tokens(question) if t in self._ids] for question in questions]
        ends = np.cumsum([0, *map(len, known)])
        asked = csr_matrix(
            (np.ones(ends[-1], np.float32), np.fromiter(chain(*known), np.int32, int(ends[-1])), ends),
            shape=(len(questions), self._matrix.shape[0]),
        )
        return np.asarray((asked @ self._matrix).toarray(), np.float32)

    def top(self, questions: Sequence[str], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Positions and scores of each question's ``k`` best passages, best first: two (questions, k)."""
        found = [
            top_of(self.scores(questions[start : start + _BLOCK]), k)
            for start in range(0, len(questions), _BLOCK)
        ]
        return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])


def top_of(scores: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The ``k`` greatest of each row, greatest first; equal scores in the order of the columns."""
    k = min(k, scores.shape[1])
    part = np.sort(np.argpartition(-scores, k - 1, axis=1)[:, :k], axis=1)
    values = np.take_along_axis(scores, part, 1)
    order = np.argsort(-values, axis=1, kind="stable")
    return np.take_along_axis(part, order, 1), np.take_along_axis(values, order, 1)
