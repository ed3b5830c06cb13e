"""The recipe, stage by stage: ground → statute model → labelled lessons → the model that ships."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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
    def read(shared: Path, bank: bool = True) -> Ground:
        """STARD and, unless told otherwise, the question bank below ``shared``."""
        articles, labels = read_articles(shared / "stard"), read_labels(shared / "stard")
        stard_articles, stard_labels = len(articles), len(labels)
        if bank:
            questions, union = shared / "questions" / "bank-seed.jsonl", shared / "corpora" / "union-law"
            added, asked = read_bank(questions, union, articles)
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
    """What the labelled stage needs, prepared once for many trainings."""

    start: Model
    questions: Bags
    passages: Bags
    gold: Sequence[frozenset[int]]
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
        return School(
            start,
            start.bags(ground.questions),
            start.bags(ground.passages),
            ground.gold,
            np.array(negatives),
        )

    def teach(self, labels: Sequence[int], seed: int) -> Model:
        """A model trained on these rows of the labels, and on no other."""
        pairs = [(label, gold) for label in labels for gold in sorted(self.gold[label])]
        asked = np.array([label for label, _ in pairs])
        lessons = Lessons(asked, np.array([gold for _, gold in pairs]), self.negatives[asked], self.gold)
        vectors = learn_labels(self.start.vectors, self.questions, self.passages, lessons, seed)
        return Model(self.start.tokenizer, vectors)
