"""Train rag/ranker.json on questions that its model has not seen: python -m training.ranker --shared ../shared."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rag.bank import SHIPPED, Bank, name_key, read_bank
from rag.chunking import split
from rag.embedding import StaticEmbedder
from rag.engine import Engine, recipe
from rag.evaluation.beir import by_law, read_corpus
from rag.glossary import load_glossary
from rag.ingest import put_documents
from rag.ranking import SIGNALS, WEIGHTS, Ranker, signals
from rag.regions import NATIONAL
from rag.retrieval import RERANKED, Found, Query, Weights, fuse, search
from rag.settings import Settings
from rag.store import LocalStore
from rag.types import EVERYTHING, Chunk, Document, Span
from rag.versions import ENDED
from training.data import Label, read_documents
from training.network import ABSENT, List, fit, fit_order, measures
from training.recipe import Ground, School, first_stage
from training.save import save_model

FOLDS = 5
OF_BANK = {"known": 700, "unknown": 400}  # of the bank's questions, asked in each fold
SMALL, TEXTS_OF_SMALL, OF_SMALL = 8, 8, 30  # indexes of a few texts; of each: texts, questions of either kind
FEW = "few texts"

Texts = Sequence[tuple[Document, Sequence[Chunk]]]


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows of the labels: what its model is not trained on, by how it is asked.

    ``stard``: lay questions over national law. ``known``: questions of the bank whose articles have others.
    ``unknown``: all questions about some laws, asked as if the bank knew nothing of these laws.
    """

    stard: Sequence[int]
    known: Sequence[int]
    unknown: Sequence[int]

    @property
    def rows(self) -> frozenset[int]:
        return frozenset((*self.stard, *self.known, *self.unknown))


def folds(ground: Ground, seed: int) -> list[Fold]:
    """STARD's questions in FOLDS; of the bank half the laws whole, the questions about the other half at random."""
    random = np.random.default_rng(seed)
    fold = random.integers(0, FOLDS, len(ground.labels))
    laws = sorted({name_key(label.law) for label in ground.labels[ground.stard_labels :]})
    place = dict(zip((laws[i] for i in random.permutation(len(laws))), range(len(laws)), strict=True))
    found = []
    for number in range(FOLDS):
        stard, known, unknown = [], [], []
        for row, label in enumerate(ground.labels):
            if row < ground.stard_labels:
                if fold[row] == number:
                    stard.append(row)
            elif (law := place[name_key(label.law)]) % (2 * FOLDS) < FOLDS:
                if law % FOLDS == number:
                    unknown.append(row)
            elif fold[row] == number:
                known.append(row)
        found.append(Fold(stard, known, unknown))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Teach a model for each fold, ask it the fold's questions, fit the network, write it down."""
    parser = argparse.ArgumentParser(prog="training.ranker", description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder of the training data")
    parser.add_argument("--bank", type=Path, default=SHIPPED, help="the question bank")
    parser.add_argument("--statutes", type=Path, help="folder of the first stage: read if it stands")
    parser.add_argument("--lists", type=Path, help="file of the candidates: read if it stands, else kept")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args(arguments)
    began = time.monotonic()
    if given.lists and given.lists.is_file():
        lists = load_lists(given.lists)
    else:
        lists = ask_all(given.shared, given.bank, given.statutes, given.seed, began)
        if given.lists:
            save_lists(given.lists, lists)
    print(table(lists, given.seed), flush=True)
    write(given.out, fit(lists, given.seed))
    print(f"{time.monotonic() - began:.0f} s, {given.out}")


def ask_all(shared: Path, bank: Path, statutes: Path | None, seed: int, began: float) -> list[List]:
    """The candidates of every fold's questions, from a model that was not trained on any of them."""
    ground = Ground.read(shared, bank)
    questions = Bank(read_bank(bank))
    school = School.prepare(ground, first_stage(ground, seed, statutes))
    print(f"{time.monotonic() - began:5.0f} s  ready", flush=True)
    union: Texts = [
        (document, split(document)) for document in read_documents(shared / "corpora" / "union-law")
    ]
    laws = by_law(read_corpus(shared / "stard"))
    stard: Texts = [(law.document, law.chunks) for law in laws]
    ids = {(law.document.id, c.span): id_ for law in laws for c, id_ in zip(law.chunks, law.ids, strict=True)}
    held = {name_key(document.source.title) for document, _ in union}
    lists: list[List] = []
    for number, fold in enumerate(folds(ground, seed)):
        random = np.random.default_rng((seed, number))
        taught = school.teach([row for row in range(len(ground.labels)) if row not in fold.rows], seed)
        with tempfile.TemporaryDirectory() as folder:
            save_model(Path(folder) / "model", taught)
            embedder = StaticEmbedder(Path(folder) / "model", "fold", simplify=True)
            with engine_over(union, embedder, questions, Path(folder) / "union") as (engine, store):
                for group, rows in (("known", fold.known), ("unknown", fold.unknown)):
                    for row in random.permutation(rows)[: OF_BANK[group]]:
                        lists += _of_bank(engine, store, ground.labels[row].question, group, number, random)
                for row in fold.stard:
                    if not {name_key(ground.articles[gold].law) for gold in ground.gold[row]} & held:
                        lists.append(_unanswered(engine, store, ground.labels[row].question, number))
            for place in range(SMALL):
                chosen = [union[i] for i in random.permutation(len(union))[:TEXTS_OF_SMALL]]
                with engine_over(chosen, embedder, questions, Path(folder) / f"small{place}") as (
                    engine,
                    store,
                ):
                    lists += _of_small(engine, store, ground, fold.known, number, random)
            with engine_over(stard, embedder, questions, Path(folder) / "stard") as (engine, store):
                lists += _of_stard(engine, store, [ground.labels[row] for row in fold.stard], ids, number)
        print(f"{time.monotonic() - began:5.0f} s  fold {number + 1}, {len(lists)} questions", flush=True)
    return lists


@contextmanager
def engine_over(
    texts: Texts, embedder: StaticEmbedder, bank: Bank, place: Path, ranker: Ranker | None = None
) -> Iterator[tuple[Engine, LocalStore]]:
    """The product over an index of the texts."""
    store = LocalStore.create(place, recipe(embedder))
    put_documents(texts, store, embedder, bank)
    engine = Engine(Settings(index=place), store, embedder, load_glossary(), ranker)
    try:
        yield engine, store
    finally:
        engine.close()


def _of_bank(
    engine: Engine, store: LocalStore, question: str, group: str, fold: int, random: np.random.Generator
) -> Iterator[List]:
    """A question of the bank, asked of an index whose bank lacks it.

    The bank knows nothing of half the laws, drawn anew for each question: where ``unknown``, of those that answer
    it too, else not of these. Were all others known, it would be what the bank does not know that answers.
    """
    query = engine.read(question)
    found = search(query, store, EVERYTHING, Settings().candidates)
    itself = next((match for match in found.asked if match.question == question), None)
    if itself is None or (not query.regions and all(hit.source.region != NATIONAL for hit in itself.hits)):
        return  # who names no place asks about national law
    answering = {hit.chunk.document_id for hit in itself.hits}
    others = sorted({hit.chunk.document_id for hit in (*found.words, *found.dense)} - answering)
    hidden = {law for law, tail in zip(others, random.random(len(others)) < 0.5, strict=True) if tail}
    if group == "unknown":
        hidden |= answering
    asked = []
    for match in found.asked:
        hits = tuple(hit for hit in match.hits if hit.chunk.document_id not in hidden)
        if hits and match is not itself:
            asked.append(replace(match, hits=hits))
    laws = {hit.id: hit.chunk.document_id for hit in (*found.words, *found.dense)}
    covered = {passage for passage in found.covered if laws.get(passage) not in hidden}
    valid = {hit.id for hit in itself.hits if hit.source.status not in ENDED}
    gold = valid or {hit.id for hit in itself.hits}
    one = _list(query, replace(found, asked=asked, covered=covered), store, gold, 1, group, fold)
    yield replace(one, laws=frozenset(name_key(hit.source.title) for hit in itself.hits))


def _of_small(
    engine: Engine,
    store: LocalStore,
    ground: Ground,
    rows: Sequence[int],
    fold: int,
    random: np.random.Generator,
) -> Iterator[List]:
    """Questions of the bank asked of a few texts: some that these answer, and as many about other texts."""
    held = {name_key(source.title) for source in store.sources().values()}
    here, elsewhere = list[str](), list[str]()
    for row in random.permutation(rows):
        label = ground.labels[row]
        (here if name_key(label.law) in held else elsewhere).append(label.question)
    for question in here[:OF_SMALL]:
        for one in _of_bank(engine, store, question, "known", fold, random):
            yield replace(one, group=FEW)
    for question in elsewhere[:OF_SMALL]:
        yield _unanswered(engine, store, question, fold)


def _unanswered(engine: Engine, store: LocalStore, question: str, fold: int) -> List:
    """A question about other laws than those of the index."""
    query = engine.read(question)
    found = search(query, store, EVERYTHING, Settings().candidates)
    return _list(query, found, store, frozenset(), 1, ABSENT, fold)


def _of_stard(
    engine: Engine, store: LocalStore, labels: Sequence[Label], ids: Mapping[tuple[str, Span], str], fold: int
) -> Iterator[List]:
    for label in labels:
        query = engine.read(label.question)
        found = search(query, store, EVERYTHING, Settings().candidates)
        hits = {hit.id: hit.chunk for hit in (*found.words, *found.dense)}
        gold = {id_ for id_, chunk in hits.items() if ids[chunk.document_id, chunk.span] in label.gold}
        yield _list(query, found, store, gold, len(label.gold), "stard", fold)


def _list(
    query: Query, found: Found, store: LocalStore, gold: Set[int], golds: int, group: str, fold: int
) -> List:
    fused = fuse(query, found, store, Weights())
    head = fused[:RERANKED]
    matrix = signals(query, head, store).astype(np.float32)
    right = np.array([one.hit.id in gold for one in head])
    late = tuple(place for place, one in enumerate(fused) if place >= RERANKED and one.hit.id in gold)
    return List(matrix, right, late, golds, group, fold)


def table(lists: Sequence[List], seed: int) -> str:
    """Figures of the fused order and of a network that saw no list of the fold, by group."""
    lines = ["| questions | order | R@1 | R@5 | R@10 | R@100 | nDCG@10 |", "|---|---|---|---|---|---|---|"]
    orders: dict[str, dict[str, list[Mapping[str, float]]]] = {}
    for fold in range(FOLDS):
        ranker = fit_order([one for one in lists if one.fold != fold], seed)
        for one in lists:
            if one.fold == fold:
                group = orders.setdefault(one.group, {"fused": [], "ranked": []})
                group["fused"].append(measures(one, np.arange(len(one.right))))
                ranked = np.argsort(-ranker.scores(one.matrix.astype(np.float64)), kind="stable")
                group["ranked"].append(measures(one, ranked))
    orders.pop(ABSENT, None)
    for name, by_order in orders.items():
        for order, rows in by_order.items():
            figures = " | ".join(f"{np.mean([row[m] for row in rows]):.3f}" for m in rows[0])
            lines.append(f"| {name} ({len(rows)}) | {order} | {figures} |")
    return "\n".join(lines)


def write(path: Path, ranker: Ranker) -> None:
    """The weights as the product reads them, four digits each."""
    values = {
        name: np.vectorize(lambda x: float(f"{x:.4g}"))(getattr(ranker, name)).tolist()
        for name in Ranker.__slots__
    }
    path.write_text(json.dumps({"signals": SIGNALS, **values}, ensure_ascii=False) + "\n", encoding="utf-8")


def save_lists(path: Path, lists: Sequence[List]) -> None:
    """Keep the candidates: the network can be fitted anew without asking again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    about = [[one.late, one.golds, one.group, one.fold, sorted(one.laws), len(one.right)] for one in lists]
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            matrices=np.concatenate([one.matrix for one in lists]),
            right=np.concatenate([one.right for one in lists]),
            about=np.array(json.dumps(about, ensure_ascii=False)),
        )


def load_lists(path: Path) -> list[List]:
    """What save_lists() kept."""
    held = np.load(path)
    matrices, right, start = held["matrices"], held["right"], 0
    found = []
    for late, golds, group, fold, laws, size in json.loads(str(held["about"])):
        part = slice(start, start + size)
        found.append(List(matrices[part], right[part], tuple(late), golds, group, fold, frozenset(laws)))
        start += size
    return found


if __name__ == "__main__":
    main()
