"""Latent semantic analysis: the vectors that the training starts from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SCALE = 0.1  # mean absolute value of a coordinate, which the learning rate is made for


def token_factors(
    documents: Sequence[Sequence[int]], size: int, dimensions: int, seed: int
) -> NDArray[np.float32]:
    """One vector for each of ``size`` tokens, (size, dimensions), from the tokens of ``documents``.

    tf-idf rows of unit length, truncated SVD, token factors over the root of the singular values; idf is
    kept in the vector's length, since the model itself weighs all tokens alike. A token never seen is zero.
    """
    from scipy.sparse import csr_matrix, diags
    from scipy.sparse.linalg import norm, svds

    lengths = np.fromiter((len(tokens) for tokens in documents), np.int64, len(documents))
    columns = np.fromiter((t for tokens in documents for t in tokens), np.int64, int(lengths.sum()))
    matrix = csr_matrix(
        (np.ones(len(columns), np.float32), columns, np.concatenate([[0], np.cumsum(lengths)])),
        shape=(len(documents), size),
    )
    matrix.sum_duplicates()
    matrix.data = 1 + np.log(matrix.data)
    seen = np.bincount(matrix.indices, minlength=size)
    idf = np.log((1 + len(documents)) / (1 + seen)).astype(np.float32)
    weighted = matrix @ diags(idf)
    weighted = diags(1 / np.maximum(norm(weighted, axis=1), 1e-9)) @ weighted
    start = np.random.default_rng(seed).standard_normal(min(weighted.shape))
    _, strengths, tokens = svds(weighted.astype(np.float64), k=dimensions, v0=start, solver="arpack")
    order = np.argsort(-strengths)
    factors = (tokens[order] / np.sqrt(strengths[order])[:, None]).T * idf[:, None]
    factors[seen == 0] = 0
    return np.asarray(factors * (SCALE / np.abs(factors[seen > 0]).mean()), np.float32)
