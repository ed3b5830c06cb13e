"""Retrieval: the addresses that a question names, then words, vectors and the question bank, in one ranking."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from rag.bank import name_key, signature
from rag.named import named_passages
from rag.ranking import Candidate, Ranker, signals
from rag.references import Reference
from rag.regions import NATIONAL
from rag.types import Filter, Hit, Source
from rag.versions import ENDED, as_of

if TYPE_CHECKING:
    from rag.store import LocalStore
    from rag.store.asked import Match
    from rag.types import Vector

_OWN_TEXT = re.compile("本(?:法|条例|办法|规定|决定|解释|细则|规则|章程|通知)")
FLOOR = -1.0  # the z-score of a passage that a channel did not return
ALIKE = 50  # questions of the bank that each of its two searches brings up
BESIDE = 4  # places within which a national text stands beside the one of the place asked about
SAME = 100.0  # what a passage gains where the bank has this very question: more than all else
TELLING = 30  # passages that a ranking must have for its figures to mean anything
RERANKED = 60  # passages whose words are read to rank them anew


@dataclass(frozen=True, slots=True)
class Query:
    """A question made ready for all channels.

    ``asked`` is the question as it came, ``text`` with what the glossary adds to it, which is what the words
    channel reads, ``vector`` the same for the dense one; ``matter`` is what a passage must bear out, each
    line one way to put it; of a foreign question, what the glossary gave. ``references`` are the addresses that it names,
    ``regions`` the places.
    """

    asked: str
    text: str
    matter: str
    vector: Vector
    references: tuple[Reference, ...] = ()
    regions: tuple[str, ...] = ()

    @property
    def documents(self) -> tuple[str, ...]:
        """The documents that the question names, each once."""
        return tuple(dict.fromkeys(r.document_id for r in self.references if r.document_id))

    @property
    def named(self) -> frozenset[str]:
        """The documents that the question names without an article."""
        return frozenset(r.document_id for r in self.references if r.document_id and not r.article)


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts beside BM25 (weight 1), in standard deviations of a channel.

    ``dense``: the vectors. ``bank``: a question of the bank that is the very question asked. ``named``: given to
    the passages of a document that the question names without an article. ``there``: given to the rules of the
    place that it names. ``elsewhere``: taken from the rules of another place. ``local``: taken from any local rule
    where no place is named, since a national text holds everywhere and a local one only there.
    """

    dense: float = 1.4
    bank: float = 8.0
    named: float = 5.0
    there: float = 1.0
    elsewhere: float = 3.0
    local: float = 3.0


@dataclass(frozen=True, slots=True)
class Found:
    """What each channel gave for one question; ``covered`` are the passages that the bank has questions about."""

    exact: Sequence[Hit]
    words: Sequence[Hit]
    dense: Sequence[Hit]
    asked: Sequence[Match]
    covered: Set[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Ranking:
    """The passages, best first, and how likely they answer the question, 0 to 1; None where they are too few to tell
    by how they rank."""

    hits: list[Hit]
    confidence: float | None


def retrieve(
    query: Query, store: LocalStore, where: Filter, candidates: int, weights: Weights, ranker: Ranker, k: int
) -> Ranking:
    """The ``k`` best passages, best first; ``ranks`` tells where each channel had them.

    What a reference names exactly comes first, in the order of the references.
    """
    return rank(query, search(query, store, where, candidates), store, weights, ranker, k, where.in_force_on)


def search(query: Query, store: LocalStore, where: Filter, candidates: int) -> Found:
    """Ask every channel."""
    return Found(
        exact=named_passages(query.references, store, where),
        words=store.search_text(query.text, candidates, where),
        dense=store.search_vector(query.vector, candidates, where),
        asked=store.search_questions(query.asked, query.vector, ALIKE, where),
        covered=store.covered(),
    )


def rank(
    query: Query, found: Found, store: LocalStore, weights: Weights, ranker: Ranker, k: int, day: date | None
) -> Ranking:
    """The ``k`` best of what the channels gave: fused, the head ranked anew by what the passages say."""
    fused = fuse(query, found, store, weights, max(k, RERANKED), day)
    head, tail = fused[:RERANKED], fused[RERANKED:]
    if not head:
        return Ranking(list(found.exact)[:k], 1.0 if found.exact else None)
    matrix = signals(query, head, store)
    scores = ranker.scores(matrix)
    sure = ranker.confidence(matrix, scores) if len(head) >= TELLING else None
    asked = _letters(query.asked)
    same = {hit.id for match in found.asked if _letters(match.question) == asked for hit in match.hits}
    ranked = [_rescored(one.hit, float(x), one.hit.id in same) for one, x in zip(head, scores, strict=True)]
    ranked.sort(key=lambda hit: -hit.score)
    if tail:  # goes on from the head's last score
        shift = ranked[-1].score - head[-1].hit.score
        hits = [one.hit for one in tail]
        ranked += [Hit(h.chunk, h.source, h.score + shift, h.ranks, h.highlights, h.id) for h in hits]
    hits = once(put_first(found.exact, beside(ranked, query.regions)), query.documents)
    return Ranking(hits[:k], 1.0 if found.exact or any(hit.ranks.get("known") for hit in ranked) else sure)


def _rescored(hit: Hit, score: float, known: bool) -> Hit:
    """The hit with its score; ``known``: whoever put this very question into the bank has said that it answers."""
    if not known:
        return replace(hit, score=score)
    return replace(hit, score=score + SAME - (hit.source.status in ENDED), ranks={**hit.ranks, "known": 1})


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def fuse(
    query: Query,
    found: Found,
    store: LocalStore,
    weights: Weights,
    depth: int | None = None,
    day: date | None = None,
) -> list[Candidate]:
    """The passages found, or the first ``depth``, best first by the sum of what the channels say for them.

    Words and vectors speak in z-scores over their own list, FLOOR where it lacks the passage; the bank in
    closeness (0 to 1), so that it is silent where it knows no such question; then what the source speaks for.
    Measured on 1,000 lay questions: the sum of z-scores beat reciprocal rank fusion, and both of its parts.
    """
    bm25, cosine = channel(found.words), channel(found.dense)
    bank = closeness(found.asked, store, query.asked)
    bank_rank = {id_: place for place, id_ in enumerate(sorted(bank, key=lambda i: -sum(bank[i][:2])), 1)}
    hits = {hit.id: hit for match in found.asked for hit in match.hits}
    hits |= {hit.id: hit for hit in (*found.dense, *found.words)}
    named, absent, silent = query.named, (None, FLOOR), (0.0, 0.0, 0)
    priors = {id_: prior(hit, named, query.regions, weights) for id_, hit in hits.items()}
    # What holds for all says nothing: among local rules alone none is too local.
    most = max(priors.values(), default=0.0)
    scored = []
    for id_, source in priors.items():
        source -= most
        near = bank.get(id_, silent)
        score = bm25.get(id_, absent)[1] + weights.dense * cosine.get(id_, absent)[1] + source
        scored.append((-(score + weights.bank * (near[0] + near[1]) / 2), id_, source))
    scored.sort()
    fused = []
    standing: dict[Source, Source] = {}
    for less, id_, source in scored[:depth]:
        (words_rank, words_z), (dense_rank, dense_z) = bm25.get(id_, absent), cosine.get(id_, absent)
        ranks = {"exact": None, "bm25": words_rank, "dense": dense_rank, "bank": bank_rank.get(id_)}
        hit = hits[id_]
        if day and hit.source not in standing:
            standing[hit.source] = as_of(hit.source, day)
        one = Hit(hit.chunk, standing.get(hit.source, hit.source), -less, ranks, (), id_)
        fused.append(Candidate(one, words_z, dense_z, *bank.get(id_, silent), id_ in found.covered, source))
    return fused


def closeness(
    asked: Sequence[Match], store: LocalStore, question: str
) -> dict[int, tuple[float, float, int]]:
    """Passage → how close the bank's questions about it come: by words and by meaning, 0 to 1; their number.

    By words: BM25 as a share of what the question would score against itself. By meaning: how far the cosine
    stands from the median of those brought up, as a share of the way to 1; models differ in what
    cosine they call near.
    """
    most = store.own_score(question)
    cosines = [match.cosine for match in asked if match.cosine is not None]
    middle = float(np.median(cosines)) if cosines else 1.0
    found: dict[int, tuple[float, float, int]] = {}
    for match in asked:
        words = min((match.bm25 or 0.0) / most, 1.0) if most else 0.0
        meaning = max((match.cosine or 0.0) - middle, 0.0) / max(1.0 - middle, 1e-6)
        for hit in match.hits:
            before = found.get(hit.id, (0.0, 0.0, 0))
            found[hit.id] = max(before[0], words), max(before[1], meaning), before[2] + 1
    return found


def channel(found: Sequence[Hit]) -> dict[int, tuple[int | None, float]]:
    """Passage → its rank and z-score in one list."""
    scores = z_scores([hit.score for hit in found])
    return {hit.id: (rank, max(z, FLOOR)) for rank, (hit, z) in enumerate(zip(found, scores, strict=True), 1)}


def z_scores(scores: Sequence[float]) -> list[float]:
    """Scores as distances from their mean in standard deviations; zeros where they are all the same.

    >>> z_scores([3.0, 1.0])
    [1.0, -1.0]
    """
    if not scores:
        return []
    values = np.asarray(scores, dtype=np.float64)
    spread = float(values.std())
    return [0.0] * len(scores) if spread < 1e-9 else ((values - values.mean()) / spread).tolist()


def prior(hit: Hit, named: Collection[str], regions: Sequence[str], weights: Weights) -> float:
    """What the source speaks for the passage, before its words are read."""
    bonus = weights.named if hit.chunk.document_id in named else 0.0
    region = hit.source.region
    if region == NATIONAL:
        return bonus
    if not regions:
        return bonus - weights.local
    return bonus + (weights.there if region in regions else -weights.elsewhere)


def once(hits: Sequence[Hit], named: Collection[str] = ()) -> list[Hit]:
    """The same words once, at their best place, what else says them in ``also``.

    Of editions of a law the one that the question names speaks, else one that was not replaced; an address that was
    asked for stays itself. Words that speak of the text they stand in (本条例) are the same only in one law.
    """
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        words = _words(hit.chunk.text)
        law = name_key(hit.source.title) if _OWN_TEXT.search(hit.chunk.text) else ""
        groups.setdefault(f"{words} {law}", []).append(hit)
    found = []
    for group in groups.values():
        exact = [hit for hit in group if hit.ranks.get("exact")]
        speakers = exact or [min(group, key=lambda hit: _standing(hit, named))]
        others = tuple(hit for hit in group if not any(hit is one for one in speakers))
        first, *rest = speakers
        found += [replace(first, score=group[0].score, also=others) if others else first, *rest]
    return found


# What is found is found again and again in a warm process.
_words = lru_cache(maxsize=20_000)(signature)


def _standing(hit: Hit, named: Collection[str]) -> tuple[bool, bool]:
    return hit.chunk.document_id not in named, hit.source.status in ENDED


def beside(hits: Sequence[Hit], regions: Collection[str]) -> list[Hit]:
    """Where a question names a place: its rule and the national one both among the first BESIDE, and the rules of
    other places behind all others."""
    if not regions:
        return list(hits)
    fitting = [hit for hit in hits if hit.source.region in (NATIONAL, *regions)]
    strange = [hit for hit in hits if hit.source.region not in (NATIONAL, *regions)]
    for wanted in ((NATIONAL,), regions):
        at = next((i for i, hit in enumerate(fitting) if hit.source.region in wanted), 0)
        if at >= BESIDE:
            raised = fitting.pop(at)
            fitting.insert(BESIDE - 1, replace(raised, score=fitting[BESIDE - 2].score))
    return [*fitting, *strange]


def put_first(exact: Sequence[Hit], ranked: Sequence[Hit]) -> list[Hit]:
    """The exact ones before all others, each passage once, scores falling."""
    once: dict[int, Hit] = {}
    for hit in exact:  # two 款 of one article are two references and one passage
        earlier = once.get(hit.id, hit)
        highlights = tuple(dict.fromkeys((*earlier.highlights, *hit.highlights)))
        once[hit.id] = replace(earlier, highlights=highlights)
    top = ranked[0].score if ranked else 0.0
    others = {hit.id: hit for hit in ranked}
    first = []
    for place, hit in enumerate(once.values()):
        seen = others.pop(hit.id, None)
        ranks = {**(seen.ranks if seen else hit.ranks), "exact": hit.ranks["exact"]}
        first.append(replace(hit, score=top + len(exact) - place, ranks=ranks))
    return [*first, *others.values()]
