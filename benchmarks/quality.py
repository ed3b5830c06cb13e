"""The ablation table: python -m benchmarks.quality FOLDER QUESTIONS [--out benchmarks/quality.md].

What each channel finds alone, what each addition adds, and how the bar for an answer was chosen, over one folder of
texts and gold questions about them. Every row is measured in the same run, over the same index.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag import evidence
from rag.embedding import open_embedder
from rag.engine import Engine, recipe
from rag.evaluation.questions import DEPTH, Question, read_questions
from rag.glossary import Glossary, load_glossary
from rag.ingest import ingest
from rag.ranking import SIGNALS, Ranker
from rag.settings import Settings
from rag.store import LocalStore
from rag.types import Filter

K = 5
BARS = (0.1, 0.2, 0.24, 0.28, 0.32, 0.4, 0.5, 0.7)


class Muted:
    """A store of which some channels say nothing."""

    def __init__(self, store: LocalStore, silent: Sequence[str]) -> None:
        self._store = store
        self._silent = silent

    def __getattr__(self, name: str) -> Any:
        return (lambda *_: []) if name in self._silent else getattr(self._store, name)

    def covered(self) -> frozenset[int]:
        """The passages that the bank has questions about; none where the bank is silent."""
        return frozenset() if "search_questions" in self._silent else self._store.covered()


class AsFused(Ranker):
    """Leaves the sum of the channels as it is."""

    def scores(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """What fuse() gave."""
        found: NDArray[np.float64] = matrix[:, SIGNALS.index("fused")]
        return found


WORDS, VECTORS, BANK = "search_text", "search_vector", "search_questions"


@dataclass(frozen=True, slots=True)
class Way:
    """One row: which channels are silent, and what is added to what they give."""

    name: str
    silent: tuple[str, ...] = ()
    terms: bool = True
    ranked: bool = False

    def engine(self, settings: Settings) -> Engine:
        """The product with this row's parts."""
        embedder = open_embedder(settings.model)
        store = LocalStore.open(settings.index, recipe(embedder))
        glossary = load_glossary() if self.terms else Glossary(())
        ranker = Ranker.load()
        if not self.ranked:
            ranker = AsFused(*(getattr(ranker, name) for name in Ranker.__slots__))
        return Engine(settings, Muted(store, self.silent), embedder, glossary, ranker)  # type: ignore[arg-type]


WAYS = (
    Way("words", (VECTORS, BANK), terms=False),
    Way("vectors", (WORDS, BANK), terms=False),
    Way("bank", (WORDS, VECTORS), terms=False),
    Way("words + vectors", (BANK,), terms=False),
    Way("… + glossary and slips", (BANK,)),
    Way("… + bank"),
    Way("… + ranker, without the bank", (BANK,), ranked=True),
    Way("**all**", ranked=True),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print or write the tables."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("questions", type=Path)
    options.add_argument("--out", type=Path)
    given = options.parse_args(arguments)
    with tempfile.TemporaryDirectory() as place:
        settings = Settings(index=Path(place))
        ingest([given.folder], settings)
        text = "\n".join(tables(read_questions(given.questions), settings)) + "\n"
    if given.out:
        given.out.write_text(text, encoding="utf-8")
    print(text)


def tables(questions: Sequence[Question], settings: Settings) -> Iterator[str]:
    """The ablation, the same by what the bank covers, and the curve of the bar for an answer."""
    kinds = list(dict.fromkeys(question.kind for question in questions if question.gold))
    counts = {kind: sum(q.kind == kind for q in questions) for kind in kinds}
    yield "# Quality, part by part\n"
    yield f"`python -m benchmarks.quality FOLDER QUESTIONS`: recall@{K} of gold articles, {sum(counts.values())} questions"
    yield "that have an answer. Every row knows addresses, puts the place that is named and the texts that hold everywhere"
    yield "first, and shows the same words once; what differs is which channels speak and how they are weighed.\n"
    yield _row("", "all", *(f"{kind} ({n})" for kind, n in counts.items()), "covered", "uncovered")
    yield _row(*("---" for _ in range(len(kinds) + 4)))
    for way in WAYS:
        with closing(way.engine(settings)) as engine:
            covered = _covered(settings)
            found = [_recalled(engine, question) for question in questions if question.gold]
        yield _row(way.name, *_means(found, kinds, covered))
    yield "\n*Covered*: gold articles that some question of the bank is attached to, by article.\n"
    yield from curve(questions, settings)


def _covered(settings: Settings) -> set[tuple[str, str | None]]:
    with closing(LocalStore.open(settings.index)) as store:
        passages = store.covered()
        return {
            (hit.chunk.document_id, hit.chunk.article)
            for id_ in store.digests()
            for hit in store.passages(id_)
            if hit.id in passages
        }


@dataclass(frozen=True, slots=True)
class Recalled:
    """A question's kind, and for each gold article whether it was among the first K."""

    kind: str
    gold: Mapping[tuple[str, str | None], bool]


def _recalled(engine: Engine, question: Question) -> Recalled:
    hits = engine.search(question.text, DEPTH, _where(question))
    units = list(dict.fromkeys((hit.chunk.document_id, hit.chunk.article) for hit in hits))[:K]
    return Recalled(question.kind, {(g.file, g.article): (g.file, g.article) in units for g in question.gold})


def _means(
    found: Sequence[Recalled], kinds: Sequence[str], covered: set[tuple[str, str | None]]
) -> Iterator[str]:
    shares: dict[str, list[float]] = defaultdict(list)
    for one in found:
        share = sum(one.gold.values()) / len(one.gold)
        shares["all"].append(share)
        shares[one.kind].append(share)
        for unit, there in one.gold.items():
            shares["covered" if unit in covered else "uncovered"].append(float(there))
    for name in ("all", *kinds, "covered", "uncovered"):
        yield f"{np.mean(shares[name]):.2f}" if shares[name] else "–"


def curve(questions: Sequence[Question], settings: Settings) -> Iterator[str]:
    """What other bars for the confidence would do."""
    yield "\n## The bar for an answer\n"
    yield f"The product's bar for the confidence is {evidence.SURE}, chosen on these very questions. Questions without an"
    yield "answer that are declined, and questions with one that are answered:\n"
    yield _row("bar", "declined rightly", "answered")
    yield _row("---", "---", "---")
    chosen = evidence.SURE
    try:
        for bar in sorted({*BARS, chosen}):
            evidence.SURE = bar
            with closing(Way("", ranked=True).engine(settings)) as engine:
                abstained = [(bool(q.gold), engine.ask(q.text, _where(q)).abstained) for q in questions]
            without = [silent for answerable, silent in abstained if not answerable]
            having = [not silent for answerable, silent in abstained if answerable]
            mark = "**" if bar == chosen else ""
            yield _row(f"{mark}{bar}{mark}", f"{sum(without)} of {len(without)}", f"{np.mean(having):.3f}")
    finally:
        evidence.SURE = chosen


def _where(question: Question) -> Filter:
    return replace(Filter(), in_force_on=question.as_of or date.today())


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
