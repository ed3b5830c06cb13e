"""Ranking: what the channels, the source and the words of a passage say for it, weighed as questions have taught."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.evidence import read_question, share_held
from rag.lexical import tokens
from rag.structure.outline import article_key
from rag.types import Hit
from rag.versions import ENDED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.retrieval import Query
    from rag.store import LocalStore

WEIGHTS = Path(__file__).with_name("ranker.json")

_LEVELS = ("法律", "行政法规", "司法解释", "部门规章", "地方性法规", "地方政府规章", "总工会文件")
SIGNALS = (
    "words", "dense", "bank_words", "bank_meaning", "bank_both", "bank_count", "bank_alike", "covered", "source",
    "fused", "place", "behind_first",
    "held_passage", "held_text", "held_head", "head_asked",
    "same_law", "same_chapter", "law_best",
    "length", "question_length", "article", "general", "final", "liability", "in_force", "replaced",
    *_LEVELS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage found (``hit.score``: the sum of all that follows, weighed) and what each channel says for it."""

    hit: Hit
    words: float
    dense: float
    bank_words: float
    bank_meaning: float
    bank_count: int
    covered: bool
    source: float


# What tells whether the passages answer at all: the first is the best score, the second its lead over the next;
# the others are the highest of a signal among the best passages.
ASSURANCE = (
    "best",
    "lead",
    "bank_words",
    "bank_meaning",
    "held_passage",
    "held_text",
    "words",
    "dense",
    "law_best",
)
_AMONG = 5
_LED = 3  # passages that the bank leads to, whose like is sought


@dataclass(frozen=True, slots=True)
class Ranker:
    """A small network: signals → their standard scores → one hidden layer → a score, higher is better.

    Trained by ``training.ranker`` so that the softmax over a question's candidates gives the right ones weight;
    ``sure`` weighs ASSURANCE, a constant last, so that the logistic function of it is the share of such questions
    that the texts answer.
    """

    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    inner: NDArray[np.float64]  # (signals, hidden)
    inner_bias: NDArray[np.float64]
    outer: NDArray[np.float64]  # (hidden,)
    direct: NDArray[np.float64]  # (signals,) past the hidden layer
    sure: NDArray[np.float64]  # (ASSURANCE + 1,)

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Ranker:
        """The weights of a file that ``training.ranker`` wrote."""
        held = json.loads(path.read_text(encoding="utf-8"))
        if tuple(held["signals"]) != SIGNALS:
            raise ValueError(f"{path} weighs other signals: train it anew")
        return cls(*(np.array(held[name]) for name in cls.__slots__))

    def scores(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """(candidates,) from (candidates, signals)."""
        scaled = np.clip((matrix - self.mean) / self.spread, -5.0, 5.0)
        found: NDArray[np.float64] = (
            np.tanh(scaled @ self.inner + self.inner_bias) @ self.outer + scaled @ self.direct
        )
        return found

    def confidence(self, matrix: NDArray[np.float64], scores: NDArray[np.float64]) -> float:
        """How likely the texts answer the question whose candidates these are, 0 to 1."""
        if not len(scores):
            return 0.0
        weighed = float(np.append(assurance(matrix, scores), 1.0) @ self.sure)
        return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, weighed))))


def assurance(matrix: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """(ASSURANCE,) of a question's candidates and their scores."""
    best = np.argsort(-scores, kind="stable")
    following = scores[best[1 : 2 * _AMONG]]
    lead = scores[best[0]] - (following.mean() if len(following) else 0.0)
    highest = [matrix[best[:_AMONG], SIGNALS.index(name)].max() for name in ASSURANCE[2:]]
    return np.array([scores[best[0]], lead, *highest])


def signals(query: Query, candidates: Sequence[Candidate], store: LocalStore) -> NDArray[np.float64]:
    """(candidates, SIGNALS) of the candidates of one question, best fused first."""
    if not candidates:
        return np.zeros((0, len(SIGNALS)))
    question = read_question(query.matter, store.rarity)
    asked = frozenset(token for reading in question.readings for token in reading)
    laws, chapters = _neighbours(candidates)
    first = candidates[0].hit.score
    length = math.log1p(len(query.asked))
    alike = _alike(candidates, store)
    rows = []
    for place, one in enumerate(candidates):
        chunk, source = one.hit.chunk, one.hit.source
        head, body = _head(source.title, chunk.path), _body(chunk.lead, chunk.text)
        law = laws[chunk.document_id]
        key = article_key(chunk.article) if chunk.article else None
        path = "".join(chunk.path[:2])
        rows.append((
            one.words, one.dense, one.bank_words, one.bank_meaning,
            one.bank_words * one.bank_meaning, math.log1p(one.bank_count), alike[place], float(one.covered), one.source,
            one.hit.score, math.log1p(place), first - one.hit.score,
            share_held(question, head | body), share_held(question, body), share_held(question, head),
            len(head & asked) / max(len(head), 1),
            len(law) / len(candidates), chapters[chunk.document_id, chunk.path[:-1]] / len(candidates),
            max((score for other, score in law if other != one.hit.id), default=first - 20.0) - first,
            math.log1p(len(chunk.text)), length, math.log1p(key[0]) if key else 0.0,
            float("总则" in path), float("附则" in path), float("责任" in path or "罚则" in path),
            float(source.status == "现行有效"), float(source.status in ENDED),
            *(float(source.level == level) for level in _LEVELS),
        ))  # fmt: skip
    return np.array(rows, dtype=np.float64)


def _alike(candidates: Sequence[Candidate], store: LocalStore) -> NDArray[np.float64]:
    """(candidates,) how like each is to the passages that the bank's questions lead to, 0 to 1: a text that has no
    questions of its own often says what one that has them says."""
    near = np.array([(one.bank_words + one.bank_meaning) / 2 for one in candidates])
    led = np.argsort(-near, kind="stable")[:_LED]
    led = led[near[led] > 0]
    if not len(led):
        return np.zeros(len(candidates))
    vectors = store.vectors([one.hit.id for one in candidates])
    found: NDArray[np.float64] = (np.clip(vectors @ vectors[led].T, 0.0, 1.0) * near[led]).max(axis=1)
    return found


def _neighbours(
    candidates: Sequence[Candidate],
) -> tuple[Mapping[str, list[tuple[int, float]]], Counter[tuple[str, tuple[str, ...]]]]:
    """The candidates of each document, and how many stand under the same headings."""
    laws: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for one in candidates:
        laws[one.hit.chunk.document_id].append((one.hit.id, one.hit.score))
    return laws, Counter((one.hit.chunk.document_id, one.hit.chunk.path[:-1]) for one in candidates)


# Tokens of what is ranked again and again in a warm process.
@lru_cache(maxsize=20_000)
def _body(lead: str, text: str) -> frozenset[str]:
    return frozenset(tokens(f"{lead}\n{text}"))


@lru_cache(maxsize=5_000)
def _head(title: str, path: tuple[str, ...]) -> frozenset[str]:
    return frozenset(tokens("\n".join((title, *path))))
