"""Contrastive training of token vectors: a question's mean must lie nearest to its own passage's mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHARPNESS = 20.0  # cosine × 20, as usual for in-batch negatives

Bag = tuple[NDArray[np.int32], NDArray[np.int64]]  # token ids of some texts, and where each text begins


@dataclass(frozen=True, slots=True)
class Bags:
    """Token ids of many texts in one array; text i is ``ids[ends[i]:ends[i + 1]]``."""

    ids: NDArray[np.int32]
    ends: NDArray[np.int64]

    @staticmethod
    def of(texts: Sequence[Sequence[int]]) -> Bags:
        ends = np.concatenate([[0], np.cumsum([len(text) for text in texts])]).astype(np.int64)
        ids = np.fromiter((token for text in texts for token in text), np.int32, int(ends[-1]))
        return Bags(ids, ends)

    def __len__(self) -> int:
        return len(self.ends) - 1

    def take(self, rows: NDArray[np.int64]) -> Bag:
        """The tokens of some texts and where each begins."""
        starts, lengths = self.ends[rows], self.ends[rows + 1] - self.ends[rows]
        begins = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        where = np.arange(int(lengths.sum())) + np.repeat(starts - begins, lengths)
        return self.ids[where], begins


def drop(bag: Bag, share: float, random: np.random.Generator) -> Bag:
    """A bag without a random ``share`` of its tokens; the first token of a text always stays."""
    ids, begins = bag
    kept = random.random(len(ids)) >= share
    kept[begins[begins < len(ids)]] = True
    before = np.concatenate([[0], np.cumsum(kept)])
    return ids[kept], before[begins]


class Trainer:
    """Token vectors and Adam's two moments; a step touches only the rows that its texts use."""

    def __init__(self, vectors: NDArray[np.float32], rate: float) -> None:
        import torch

        torch.set_num_threads(1)  # sums in one order: the same seed gives the same file
        torch.use_deterministic_algorithms(True)
        self.torch = torch
        self.vectors = torch.from_numpy(vectors.copy())
        self.rate = rate
        self._mean = torch.zeros_like(self.vectors)
        self._square = torch.zeros_like(self.vectors)
        self._steps = 0

    def step(self, bags: Sequence[Bag], loss: Callable[..., Any]) -> float:
        """One step down ``loss``, a function of one matrix of unit rows for each of ``bags``."""
        torch = self.torch
        used, places = np.unique(np.concatenate([ids for ids, _ in bags]), return_inverse=True)
        rows = torch.from_numpy(used.astype(np.int64))
        leaf = self.vectors[rows].requires_grad_()
        means, start = [], 0
        for ids, begins in bags:
            inside = torch.from_numpy(places[start : start + len(ids)].astype(np.int64))
            start += len(ids)
            summed = torch.nn.functional.embedding_bag(inside, leaf, torch.from_numpy(begins), mode="sum")
            means.append(torch.nn.functional.normalize(summed, dim=1))
        value = loss(*means)
        value.backward()
        self._adam(rows, leaf.grad)
        return float(value.detach())

    def _adam(self, rows: Any, slope: Any) -> None:
        self._steps += 1
        mean = self._mean[rows].mul_(0.9).add_(slope, alpha=0.1)
        square = self._square[rows].mul_(0.999).addcmul_(slope, slope, value=0.001)
        self._mean[rows], self._square[rows] = mean, square
        size = self.rate * (1 - 0.999**self._steps) ** 0.5 / (1 - 0.9**self._steps)
        self.vectors[rows] -= size * mean / (square.sqrt() + 1e-8)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Passes over the data, pairs in a batch, Adam's rate, and the share of tokens left out at random.

    Leaving out keeps single words from standing for whole articles: a few thousand questions are soon
    learnt by heart (with 4,200 labels, cross-validated R@100 of words and vectors .845 with it, .807 without).
    """

    passes: int
    batch: int
    rate: float
    dropped: float


STATUTES = Schedule(passes=12, batch=1024, rate=5e-3, dropped=0.3)
LABELS = Schedule(passes=6, batch=256, rate=5e-3, dropped=0.5)


def learn_statutes(
    vectors: NDArray[np.float32],
    questions: Bags,
    passages: Bags,
    articles: NDArray[np.int64],
    seed: int,
    schedule: Schedule = STATUTES,
    say: Callable[[str], None] = print,
) -> NDArray[np.float32]:
    """Vectors after training on pairs; pairs of one article are no negatives of each other."""
    trainer = Trainer(vectors, schedule.rate)
    torch = trainer.torch
    random = np.random.default_rng(seed)

    def loss(asked: Any, found: Any) -> Any:
        likeness = SHARPNESS * asked @ found.T
        likeness.masked_fill_(torch.from_numpy(same), -torch.inf)
        return torch.nn.functional.cross_entropy(likeness, torch.arange(len(asked)))

    batch = min(schedule.batch, len(questions))
    for number in range(schedule.passes):
        order = random.permutation(len(questions))
        losses = []
        for start in range(0, len(order) - batch + 1, batch):
            rows = order[start : start + batch]
            same = articles[rows][:, None] == articles[rows][None, :]
            np.fill_diagonal(same, False)
            bags = [questions.take(rows), passages.take(rows)]
            losses.append(trainer.step([drop(bag, schedule.dropped, random) for bag in bags], loss))
        say(f"statutes, pass {number + 1}: loss {np.mean(losses):.4f}")
    return trainer.vectors.numpy()


@dataclass(frozen=True, slots=True)
class Lessons:
    """Labelled pairs, row by row: question, gold passage, hard negatives; ``gold`` holds all golds."""

    questions: NDArray[np.int64]  # (n,) rows of the questions' Bags
    passages: NDArray[np.int64]  # (n,) rows of the passages' Bags
    negatives: NDArray[np.int64]  # (n, h)
    gold: Sequence[Sequence[int]]  # the articles that answer each question
    about: NDArray[np.int64]  # the article that each passage is, or is answered by


def learn_labels(
    vectors: NDArray[np.float32],
    questions: Bags,
    passages: Bags,
    lessons: Lessons,
    seed: int,
    schedule: Schedule = LABELS,
) -> NDArray[np.float32]:
    """Vectors after training on labelled questions with hard negatives."""
    trainer = Trainer(vectors, schedule.rate)
    torch = trainer.torch
    random = np.random.default_rng(seed)
    right = _padded(lessons.gold)

    def loss(asked: Any, found: Any) -> Any:
        likeness = SHARPNESS * asked @ found.T
        likeness.masked_fill_(torch.from_numpy(wrong), -torch.inf)
        return torch.nn.functional.cross_entropy(likeness, torch.arange(len(asked)))

    for _ in range(schedule.passes):
        order = random.permutation(len(lessons.questions))
        for start in range(0, len(order), schedule.batch):
            rows = order[start : start + schedule.batch]
            shown = np.concatenate([lessons.passages[rows], lessons.negatives[rows].ravel()])
            asked = lessons.questions[rows]
            wrong = (right[asked][:, None, :] == lessons.about[shown][None, :, None]).any(axis=2)
            np.fill_diagonal(wrong[:, : len(rows)], False)
            bags = [questions.take(asked), passages.take(shown)]
            trainer.step([drop(bag, schedule.dropped, random) for bag in bags], loss)
    return trainer.vectors.numpy()


def _padded(gold: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """(questions, most articles that answer one), -1 where there is none."""
    table = np.full((len(gold), max(map(len, gold))), -1, np.int64)
    for row, articles in enumerate(gold):
        table[row, : len(articles)] = articles
    return table
