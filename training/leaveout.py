"""What texts without questions of their own get: python -m training.leaveout --shared ../shared.

Gold questions are asked of models, and ranked by networks, that saw no question about the laws that answer them, over
an index whose bank holds none about these laws either: the figure for a text that nobody wrote questions for. What
they still lend is words: the tokenizer's vocabulary counts the whole bank.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from rag.bank import SHIPPED, Bank, name_key, read_bank
from rag.chunking import split
from rag.embedding import StaticEmbedder
from rag.engine import Engine
from rag.evaluation.questions import DEPTH, Question, read_questions
from rag.types import EVERYTHING
from training.data import read_documents
from training.network import fit
from training.ranker import Texts, engine_over, load_lists
from training.recipe import Ground, School, first_stage
from training.save import save_model

GROUPS = 4  # laws left out together
K = (5, 10)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the recall by kind."""
    parser = argparse.ArgumentParser(prog="training.leaveout", description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder of the training data")
    parser.add_argument("--bank", type=Path, default=SHIPPED, help="the question bank")
    parser.add_argument("--statutes", type=Path, help="folder of the first stage: read if it stands")
    parser.add_argument("--lists", type=Path, required=True, help="file that training.ranker --lists kept")
    parser.add_argument("--kinds", nargs="*", default=["lay", "noisy"])
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args(arguments)
    ground = Ground.read(given.shared, given.bank)
    school = School.prepare(ground, first_stage(ground, given.seed, given.statutes))
    documents = list(read_documents(given.shared / "corpora" / "union-law"))
    titles = {document.id: name_key(document.source.title) for document in documents}
    union: Texts = [(document, split(document)) for document in documents]
    asked = [
        q for q in read_questions(given.shared / "questions" / "union-dev.jsonl") if q.kind in given.kinds
    ]
    asked = [question for question in asked if question.gold]
    lists = load_lists(given.lists)
    found: dict[str, list[list[float]]] = defaultdict(list)
    for laws in filter(None, groups(asked, titles)):
        known = [
            row
            for row, gold in enumerate(ground.gold)
            if not {name_key(ground.articles[one].law) for one in gold} & laws
        ]
        questions = Bank(one for one in read_bank(given.bank) if name_key(one.law) not in laws)
        ranker = fit([one for one in lists if not one.laws & laws], given.seed)
        with tempfile.TemporaryDirectory() as folder:
            save_model(Path(folder) / "model", school.teach(known, given.seed))
            embedder = StaticEmbedder(Path(folder) / "model", "left out", simplify=True)
            with engine_over(union, embedder, questions, Path(folder) / "index", ranker) as (engine, _):
                for question in asked:
                    if laws_of(question, titles) <= laws:
                        found[question.kind].append(recall(engine, question))
    found["together"] = [row for rows in found.values() for row in rows]
    for kind, rows in found.items():
        figures = ", ".join(f"R@{k} {value:.3f}" for k, value in zip(K, np.mean(rows, axis=0), strict=True))
        print(f"{kind} ({len(rows)}): {figures}")


def laws_of(question: Question, titles: dict[str, str]) -> frozenset[str]:
    """The laws whose articles answer a question."""
    return frozenset(titles[gold.file] for gold in question.gold)


def groups(asked: Sequence[Question], titles: dict[str, str]) -> list[frozenset[str]]:
    """The laws in GROUPS, those of one question together."""
    found: list[set[str]] = [set() for _ in range(GROUPS)]
    for question in asked:
        laws = laws_of(question, titles)
        touched = [group for group in found if group & laws] or [min(found, key=len)]
        for group in touched[1:]:
            touched[0] |= group
            group.clear()
        touched[0] |= laws
    return [frozenset(group) for group in found]


def recall(engine: Engine, question: Question) -> list[float]:
    """The share of gold articles among the first K articles, for each of K."""
    where = replace(EVERYTHING, in_force_on=question.as_of or date.today())
    hits = engine.search(question.text, DEPTH, where)
    units = list(dict.fromkeys((hit.chunk.document_id, hit.chunk.article) for hit in hits))
    gold = {(one.file, one.article) for one in question.gold}
    return [len(gold & set(units[:k])) / len(gold) for k in K]


if __name__ == "__main__":
    main()
