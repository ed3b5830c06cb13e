"""Union questions over union texts: where a model trained on other fields of law carries over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.bm25 import BM25, top_of
from training.data import Article, read_law, rows
from training.evaluate import DEPTH, Ranked, Ranking
from training.model import Model

K = 5


@dataclass(frozen=True, slots=True)
class UnionSet:
    """Pieces of the union texts, the questions, and for each question its kind and gold pieces."""

    pieces: Sequence[Article]
    questions: Sequence[str]
    kinds: Sequence[str]
    gold: Sequence[Sequence[frozenset[int]]]  # per question: per gold article the pieces that are it

    @staticmethod
    def read(questions: Path, corpus: Path) -> UnionSet:
        """The answerable questions of a gold file, over the .md and .txt texts of ``corpus``."""
        pieces: list[Article] = []
        where: dict[tuple[str, str], set[int]] = defaultdict(set)
        for path in sorted(p for p in corpus.rglob("*") if p.suffix in {".md", ".txt"}):
            for piece in read_law(path):
                where[path.relative_to(corpus).as_posix(), piece.label].add(len(pieces))
                pieces.append(piece)
        asked = [row for row in rows(questions) if row["gold"]]
        gold = [
            [frozenset(where[str(g["file"]), str(g["article"] or "")]) for g in row["gold"]]  # type: ignore[attr-defined]
            for row in asked
        ]
        return UnionSet(pieces, [str(r["question"]) for r in asked], [str(r["kind"]) for r in asked], gold)

    def words(self) -> Ranked:
        """BM25's list for each question."""
        return BM25([piece.passage for piece in self.pieces]).top(self.questions, DEPTH)

    def recall(self, rankings: Sequence[Ranking]) -> Mapping[str, float]:
        """Mean share of gold articles among the first K pieces, by kind and over all."""
        found: dict[str, list[float]] = defaultdict(list, {"all": []})
        for ranking, gold, kind in zip(rankings, self.gold, self.kinds, strict=True):
            best = set(list(ranking)[:K])
            share = float(np.mean([bool(best & right) for right in gold]))
            found[kind].append(share)
            found["all"].append(share)
        return {kind: float(np.mean(shares)) for kind, shares in found.items()}

    def dense(self, model: Model) -> Ranked:
        """The vectors' list for each question."""
        passages = model.unit([piece.passage for piece in self.pieces])
        return top_of(model.unit(self.questions) @ passages.T, DEPTH)
