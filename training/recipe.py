"""The recipe, stage by stage: ground → statute model → labelled lessons → the model that ships."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.bank import SHIPPED
from training.bm25 import BM25
from training.data import Article, Label, read_articles, read_bank, read_labels
from training.lsa import token_factors
from training.model import Model, load_model
from training.pairs import statute_pairs
from training.save import save_model
from training.tokenizer import build_tokenizer, choose_words, count_words, encode
from training.train import Bags, Lessons, learn_labels, learn_statutes

DIMENSIONS = 256
HARD_NEGATIVES = 4
STARD_REPEATS = 8  # a pass shows its few questions as often: the bank has fifty times as many
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ground:
    """All that is learnt from: ``labels`` are STARD's, then the bank's; ``gold`` are rows of ``articles``."""

    articles: Sequence[Article]
    labels: Sequence[Label]
    gold: Sequence[frozenset[int]]
    stard_articles: int
    stard_labels: int

    @staticmethod
    def read(shared: Path, bank: Path = SHIPPED) -> Ground:
        """STARD, below ``shared``, and the question bank."""
        articles, labels = read_articles(shared / "stard"), read_labels(shared / "stard")
        stard_articles, stard_labels = len(articles), len(labels)
        added, asked = read_bank(bank, shared / "corpora" / "union-law", articles)
        articles, labels = articles + added, labels + asked
        rows = {article.id: row for row, article in enumerate(articles)}
        gold = [frozenset(rows[one] for one in label.gold) for label in labels]
        return Ground(articles, labels, gold, stard_articles, stard_labels)

    @property
    def passages(self) -> list[str]:
        """What is searched, article by article."""
        return [article.passage for article in self.articles]

    @property
    def questions(self) -> list[str]:
        """The labelled questions' words."""
        return [label.question for label in self.labels]


def first_stage(ground: Ground, seed: int, kept: Path | None, say: Say = print) -> Model:
    """The statute model, read from the folder ``kept`` if it stands, else made and kept there."""
    if kept and kept.is_dir():
        return load_model(kept)
    model = statute_model(ground, seed, say)
    if kept:
        save_model(kept, model)
    return model


def statute_model(ground: Ground, seed: int, say: Say = print) -> Model:
    """The model that statutes alone give; no label has been seen, bank questions lend only their words."""
    bank = ground.questions[ground.stard_labels :]
    words = choose_words(count_words(ground.passages), count_words(bank))
    tokenizer = build_tokenizer(words)
    say(f"{len(words)} tokens")
    factors = token_factors(encode(tokenizer, ground.passages), len(words) + 1, DIMENSIONS, seed)
    say("factors found")
    pairs = statute_pairs(ground.articles, seed)
    say(f"{len(pairs)} pairs")
    model = Model(tokenizer, factors)
    vectors = learn_statutes(
        factors,
        _bags_of_repeated(model, [pair.question for pair in pairs]),
        _bags_of_repeated(model, [pair.passage for pair in pairs]),
        np.array([pair.article for pair in pairs]),
        seed,
        say=say,
    )
    # Rounded as it is saved, so that a kept first stage leads to the same second stage.
    return Model(tokenizer, vectors.astype(np.float16).astype(np.float32))


def _bags_of_repeated(model: Model, texts: Sequence[str]) -> Bags:
    distinct = list(dict.fromkeys(texts))
    tokens = dict(zip(distinct, encode(model.tokenizer, distinct), strict=True))
    return Bags.of([tokens[text] for text in texts])


@dataclass(frozen=True, slots=True)
class School:
    """What the labelled stage needs, prepared once for many trainings.

    ``passages`` are the articles, then all questions: questions that one article answers are to lie near each
    other too, across languages, since a question is matched with the bank's.
    """

    start: Model
    questions: Bags
    passages: Bags
    gold: Sequence[tuple[int, ...]]  # rows of the articles, for each label
    about: NDArray[np.int64]  # the article that each row of ``passages`` is, or is first answered by
    articles: int
    stard_labels: int
    negatives: NDArray[np.int64]  # (labels, HARD_NEGATIVES) rows of articles that BM25 takes for answers

    @staticmethod
    def prepare(ground: Ground, start: Model) -> School:
        """Tokens and hard negatives of all labels."""
        most = max(map(len, ground.gold))
        found, _ = BM25(ground.passages).top(ground.questions, HARD_NEGATIVES + most)
        negatives = [
            [row for row in ranking if row not in gold][:HARD_NEGATIVES]
            for ranking, gold in zip(found.tolist(), ground.gold, strict=True)
        ]
        gold = [tuple(sorted(rows)) for rows in ground.gold]
        return School(
            start,
            start.bags(ground.questions),
            start.bags([*ground.passages, *ground.questions]),
            gold,
            np.array([*range(len(ground.articles)), *(rows[0] for rows in gold)]),
            len(ground.articles),
            ground.stard_labels,
            np.array(negatives),
        )

    def teach(self, labels: Sequence[int], seed: int) -> Model:
        """A model trained on these rows of the labels, and on no other."""
        pairs = [
            (label, gold)
            for label in labels
            for gold in self.gold[label] * (STARD_REPEATS if label < self.stard_labels else 1)
        ]
        pairs += [(one, self.articles + other) for one, other in self._alike(labels)]
        asked = np.array([label for label, _ in pairs])
        lessons = Lessons(
            asked, np.array([gold for _, gold in pairs]), self.negatives[asked], self.gold, self.about
        )
        vectors = learn_labels(self.start.vectors, self.questions, self.passages, lessons, seed)
        return Model(self.start.tokenizer, vectors)

    def _alike(self, labels: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Each of the bank's questions with the next one that the same article answers."""
        groups: dict[int, list[int]] = defaultdict(list)
        for label in labels:
            if label >= self.stard_labels and len(self.gold[label]) == 1:
                groups[self.gold[label][0]].append(label)
        for group in groups.values():
            if len(group) > 1:
                yield from zip(group, group[1:] + group[:1], strict=True)
