"""Measures of ranked lists, and the fusion of words and vectors that the product uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

DEPTH = 400  # passages that each list gives to the fusion
FLOOR = -1.0  # z-score of a passage that a list does not hold

Ranking = Sequence[int]
Ranked = tuple[NDArray[np.int64], NDArray[np.float32]]  # positions and scores, best first


def fuse(words: Ranked, dense: Ranked, weight: float) -> list[Ranking]:
    """Each question's passages by z-score of words + ``weight`` × z-score of vectors.

    A list's scores are standardised over its own best DEPTH; what it does not hold gets FLOOR.
    """
    return [
        _fuse_one((words[0][row], words[1][row]), (dense[0][row], dense[1][row]), weight)
        for row in range(len(words[0]))
    ]


def _fuse_one(words: Ranked, dense: Ranked, weight: float) -> Ranking:
    sums: dict[int, float] = {}
    total = FLOOR * (1 + weight)
    for (positions, scores), factor in ((words, 1.0), (dense, weight)):
        standard = (scores - scores.mean()) / (scores.std() + 1e-9)
        for position, value in zip(positions.tolist(), standard.tolist(), strict=True):
            sums[position] = sums.get(position, total) + factor * (max(value, FLOOR) - FLOOR)
    return [position for position, _ in sorted(sums.items(), key=lambda item: (-item[1], item[0]))]


def measures(rankings: Iterable[Ranking], gold: Iterable[frozenset[int]]) -> Mapping[str, float]:
    """R@5, R@10, R@100, RR@10 and nDCG@10, each the mean over the questions.

    >>> measures([[7, 3]], [frozenset({3})])["RR@10"]
    0.5
    """
    lines = [_measure(list(ranking[:100]), right) for ranking, right in zip(rankings, gold, strict=True)]
    return {name: float(np.mean([line[name] for line in lines])) for name in lines[0]}


def _measure(ranking: list[int], right: frozenset[int]) -> dict[str, float]:
    places = [place for place, position in enumerate(ranking) if position in right]
    line = {f"R@{k}": sum(place < k for place in places) / len(right) for k in (5, 10, 100)}
    line["RR@10"] = 1 / (places[0] + 1) if places and places[0] < 10 else 0.0
    ideal = sum(1 / np.log2(place + 2) for place in range(min(10, len(right))))
    line["nDCG@10"] = sum(1 / np.log2(place + 2) for place in places if place < 10) / ideal
    return line


def table(lines: Mapping[str, Mapping[str, float]]) -> str:
    """Markdown: a row for each method."""
    names = list(next(iter(lines.values())))
    head = [f"| method | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    return "\n".join(
        head
        + [
            f"| {label} | " + " | ".join(f"{row[n]:.3f}" for n in names) + " |"
            for label, row in lines.items()
        ]
    )
