"""Figures on questions not trained on: python -m training.crossvalidate --shared ../shared."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.bm25 import BM25, top_of
from training.evaluate import DEPTH, Ranked, fuse, measures, table
from training.model import Model, unit_means
from training.recipe import Ground, School, first_stage
from training.union import UnionSet

FOLDS = 5
WEIGHTS = (0.7, 1.0, 1.4, 2.0)  # of the vectors, tried in the fusion; the words weigh 1
# Laws of the bank kept out together: what is left says whether their neighbours carry over.
LAW_GROUPS = 4

Table = dict[str, Mapping[str, float]]
Part = tuple[NDArray[np.int64], NDArray[np.int64]]  # rows of the labels: asked, trained on


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one table for each question asked of the recipe."""
    parser = argparse.ArgumentParser(prog="training.crossvalidate", description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder of the training data")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--statutes", type=Path, help="folder of the first stage: read if it stands, else kept"
    )
    parser.add_argument("--without-bank", action="store_true", help="train on STARD's labels alone")
    parser.add_argument("--only", choices=("stard", "laws", "union"), help="one of the tables")
    given = parser.parse_args(arguments)

    began = time.monotonic()
    ground = Ground.read(given.shared, bank=not given.without_bank)
    start = first_stage(ground, given.seed, given.statutes)
    school = School.prepare(ground, start)
    if given.only in (None, "stard"):
        parts = stard_parts(ground, given.seed)
        print(table(measured(ground, school, given.seed, parts, ground.stard_articles)), flush=True)
    if given.only in (None, "laws") and not given.without_bank:
        parts = law_parts(ground)
        print(table(measured(ground, school, given.seed, parts, len(ground.articles))), flush=True)
    if given.only in (None, "union"):
        print(table(union_table(given.shared, ground, school, given.seed)), flush=True)
    print(f"{time.monotonic() - began:.0f} s")


def stard_parts(ground: Ground, seed: int) -> list[Part]:
    """STARD's questions in folds; the bank, where there is one, helps to train every fold."""
    asked = np.arange(ground.stard_labels)
    bank = np.arange(ground.stard_labels, len(ground.labels))
    fold = np.random.default_rng(seed).permutation(len(asked)) % FOLDS
    return [(asked[fold == part], np.concatenate([asked[fold != part], bank])) for part in range(FOLDS)]


def law_parts(ground: Ground) -> list[Part]:
    """The bank's questions, the laws in groups; no question about a law of the group is trained on."""
    laws = sorted({label.law for label in ground.labels if label.law})
    groups = [frozenset(laws[start::LAW_GROUPS]) for start in range(min(LAW_GROUPS, len(laws)))]
    return [
        (
            np.array([row for row, label in enumerate(ground.labels) if label.law in group]),
            np.array([row for row, label in enumerate(ground.labels) if label.law not in group]),
        )
        for group in groups
    ]


def measured(
    ground: Ground,
    school: School,
    seed: int,
    parts: Sequence[Part],
    articles: int,
) -> Table:
    """Words, vectors and both over the first ``articles``."""
    words = BM25(ground.passages[:articles])
    asked = np.concatenate([part for part, _ in parts])
    gold = [ground.gold[row] for row in asked]
    by_words = words.top([ground.questions[row] for row in asked], DEPTH)
    untaught = _dense(school, school.start, asked, articles)
    taught = [_dense(school, school.teach(known.tolist(), seed), part, articles) for part, known in parts]
    dense = np.concatenate([t[0] for t in taught]), np.concatenate([t[1] for t in taught])
    lines: Table = {
        "words": measures(by_words[0].tolist(), gold),
        "statutes alone": measures(untaught[0].tolist(), gold),
        "vectors": measures(dense[0].tolist(), gold),
    }
    for weight in WEIGHTS:
        lines[f"hybrid 1:{weight}"] = measures(fuse(by_words, dense, weight), gold)
    return lines


def _dense(school: School, model: Model, asked: NDArray[np.int64], articles: int) -> Ranked:
    passages = unit_means(model.vectors, school.passages)[:articles]
    questions = unit_means(model.vectors, school.questions)[asked]
    return top_of(questions @ passages.T, DEPTH)


def union_table(shared: Path, ground: Ground, school: School, seed: int) -> Table:
    """Questions over the union texts, none of them trained on; R@5 by kind."""
    union = UnionSet.read(shared / "questions" / "union-dev.jsonl", shared / "corpora" / "union-law")
    words = union.words()
    stard = range(ground.stard_labels)
    models = {"statutes": school.start, "+ STARD": school.teach(stard, seed)}
    if len(ground.labels) > len(stard):
        models["+ STARD + bank"] = school.teach(range(len(ground.labels)), seed)
    lines: Table = {"words": union.recall(words[0].tolist())}
    for label, model in models.items():
        dense = union.dense(model)
        lines[f"{label}: vectors"] = union.recall(dense[0].tolist())
        for weight in WEIGHTS:
            lines[f"{label}: hybrid 1:{weight}"] = union.recall(fuse(words, dense, weight))
    return lines


if __name__ == "__main__":
    main()
