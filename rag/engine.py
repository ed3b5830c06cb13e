"""The engine: the ask path, top to bottom, over one index. The doors build one and render what it gives."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from rag.answering import Extractive, verify
from rag.bank import Question as OwnQuestion
from rag.chunking import CHUNKING
from rag.embedding import open_embedder
from rag.errors import AddressError, QuestionError
from rag.evidence import (
    NO_SENTENCE,
    NOT_BORNE_OUT,
    quantity_phrases,
    silence,
    unheld_places,
    unshown_addresses,
)
from rag.faq import Report as FaqReport
from rag.faq import add_file, mark_answered, own_questions, remove_file
from rag.glossary import Glossary, language, load_glossary
from rag.lexical import TOKENS
from rag.lookup import Lookup, look_up
from rag.ranking import Ranker
from rag.references import Catalogue, Entry, resolve
from rag.regions import regions_named
from rag.reranking import open_reranker, rerank
from rag.retrieval import Query, Ranking, Weights, prior, retrieve
from rag.settings import Settings
from rag.slips import Slips
from rag.store import Listing, LocalStore
from rag.store.database import FORMAT
from rag.types import EVERYTHING, Answer, Document, Embedder, Filter, Hit, Span, Writer
from rag.versions import as_of


def recipe(embedder: Embedder) -> dict[str, object]:
    """What an index is built with; an index of another recipe is not searched."""
    return {
        "format": FORMAT,
        "model": embedder.name,
        "model_digest": embedder.digest,
        "dimensions": embedder.dimensions,
        "chunking": CHUNKING,
        "tokens": TOKENS,
    }


class Engine:
    """Questions to one index. Safe for many threads."""

    def __init__(
        self,
        settings: Settings,
        store: LocalStore,
        embedder: Embedder,
        glossary: Glossary,
        ranker: Ranker | None = None,
    ) -> None:
        self._ranker = ranker or Ranker.load()
        self._settings = settings
        self._store = store
        self._embedder = embedder
        self._glossary = glossary
        self._reranker = open_reranker(settings.reranker) if settings.reranker else None
        self._slips = Slips(
            (term.zh for term in glossary.terms),
            (word for term in glossary.terms for word in (term.zh, *term.said.get("lay", ()))),
        )
        self._writer: Writer = Extractive(store.rarity)
        self._weights = Weights(dense=settings.dense_weight)
        # Asked for by generation, so that a commit elsewhere is seen at the next question.
        self._catalogue = lru_cache(maxsize=1)(self._read_catalogue)

    @classmethod
    def open(cls, settings: Settings) -> Engine:
        """The engine over ``settings.index``.

        Raises IndexMissing, StoreMismatch (built with another model), StoreDamaged, ModelMissing.
        """
        LocalStore.require(settings.index)  # before a large model loads for nothing
        embedder = open_embedder(settings.model, settings.truncate_dim)
        store = LocalStore.open(settings.index, recipe(embedder))
        return cls(settings, store, embedder, load_glossary(settings.glossary))

    # --- asking ----------------------------------------------------------------------------------------------

    def ask(self, question: str, where: Filter = EVERYTHING) -> Answer:
        """Statements with verified citations, or an abstention with its reason; the passages either way.

        Raises QuestionError on an empty question and on one longer than ``settings.question_chars``.
        """
        begun = time.perf_counter()
        query = self.read(question, where)
        day = where.in_force_on or date.today()
        ranking = self._retrieve(query, where, self._settings.passages)
        hits = ranking.hits
        # A law that is named confines the answer to itself, where a passage of it was found.
        speaking = [hit for hit in hits if hit.chunk.document_id in query.documents] or hits
        matter = query.matter if not hits or _has_han(hits[0].chunk.text) else query.asked
        query = replace(query, matter=matter)
        unshown = unshown_addresses(query, self._store)
        silent = silence(query, ranking.confidence, hits, speaking, unshown, self._store, where.in_force_on)
        drafts = [] if silent else self._writer.write(matter, speaking)
        statements, marks = verify(
            drafts, speaking, lambda document_id: self._document_as_of(document_id, day)
        )
        if not statements and silent is None:
            silent = NO_SENTENCE
        shown = tuple(replace(hit, highlights=marks.get(hit.id, ())) for hit in hits)
        seconds = time.perf_counter() - begun
        beside = () if silent else (*unshown, *unheld_places(query, self._store))
        sure = ranking.confidence if silent is None or silent.kind == NOT_BORNE_OUT else None
        return Answer(question, tuple(statements), shown, silent is not None, silent, seconds, beside, sure)

    def search(self, question: str, k: int, where: Filter = EVERYTHING) -> list[Hit]:
        """The ``k`` best passages, best first. Raises QuestionError as ask() does."""
        return self._retrieve(self.read(question, where), where, k).hits

    def cite(self, text: str, where: Filter = EVERYTHING) -> list[Lookup]:
        """Every address that a text names, with the words that stand there, or why they cannot be shown.

        Raises QuestionError as ask() does.
        """
        asked = _checked(text, self._settings.question_chars)
        day = where.in_force_on or date.today()
        catalogue = self._catalogue(self._store.generation)
        return look_up(
            asked, catalogue, self._store, lambda id_: self._document_as_of(id_, day), where.in_force_on
        )

    def answered(self, question: str, passage: int, document: str) -> None:
        """Keep that a passage (``Hit.id``) of a document answered the question, for the next who ask alike.

        It stays in this index. Raises AddressError where that passage is gone, QuestionError, and RagError
        where nothing can be kept.
        """
        hit = self._store.passage(passage)
        if hit.chunk.document_id != document:  # a rebuilt index counts its passages anew
            raise AddressError("这段条文已不在索引里。请重新提问。")
        mark_answered(question, hit, self._store, self._embedder)

    def add_faq(self, path: Path) -> FaqReport:
        """Take in a CSV of the users' own questions. Errors as rag.faq.add_file()."""
        catalogue = self._catalogue(self._store.generation)
        return add_file(path, self._store, self._embedder, catalogue)

    def remove_faq(self, name: str) -> int:
        """Take away what a file of that name gave, or what was marked (``answered``); how many questions."""
        return remove_file(name, self._store, self._embedder)

    def own_questions(self) -> list[OwnQuestion]:
        """What the users of this index have added to the bank. As rag.faq.own_questions()."""
        return own_questions(self._store)

    def read(self, question: str, where: Filter = EVERYTHING) -> Query:
        """The question made ready: its references resolved, its places named, the glossary's terms added."""
        asked = _checked(question, self._settings.question_chars)
        meant = self._slips.meant(asked)
        added = " ".join((self._glossary.expand(" ".join((asked, *meant))), *meant)).strip()
        text = f"{asked} {added}".strip()
        references = tuple(resolve(asked, self._catalogue(self._store.generation), where.in_force_on))
        beside = _without(asked, [reference.span for reference in references])
        foreign = bool(added) and language(asked) != "zh"
        ways = [""] if foreign else [beside.replace("\n", " "), self._glossary.translate(beside)]
        return Query(
            asked=asked,
            text=text,
            matter="\n".join(f"{way} {added} {quantity_phrases(asked)}".strip() for way in ways),
            vector=self._embedder.encode_question(text),
            references=references,
            regions=regions_named(asked),
        )

    def _retrieve(self, query: Query, where: Filter, k: int) -> Ranking:
        """The ``k`` best, best first, each with the status that it has on the day asked about."""
        candidates, first = self._settings.candidates, self._settings.rerank_passages if self._reranker else 0
        found = retrieve(query, self._store, where, candidates, self._weights, self._ranker, max(k, first))
        hits = found.hits
        if self._reranker:
            hits = rerank(hits, query.asked, self._reranker, first, self._prior(query))
        day = where.in_force_on or date.today()
        return replace(found, hits=[_dated(hit, day) for hit in hits[:k]])

    def _prior(self, query: Query) -> Callable[[Hit], float]:
        return lambda hit: prior(hit, query.named, query.regions, self._weights)

    def _document_as_of(self, document_id: str, day: date) -> Document:
        document = self.document(document_id)
        return replace(document, source=as_of(document.source, day))

    def _read_catalogue(self, generation: int) -> Catalogue:
        return Catalogue(
            Entry(
                document_id=row.document,
                title=row.source.title,
                number=row.source.number,
                region=row.source.region,
                level=row.source.level,
                effective=row.source.effective,
                repealed=row.source.repealed,
                issued=row.source.issued,
                status=row.source.status,
                articles=row.labels,
            )
            for row in self._store.listings()
        )

    # --- looking up ------------------------------------------------------------------------------------------

    def document(self, document_id: str) -> Document:
        """One document, whole. Raises RagError if it is not in the index."""
        return self._store.document(document_id)

    def documents(self) -> list[Listing]:
        """All documents, in order of id, with their status of today."""
        return self._store.listings(date.today())

    def facets(self) -> Mapping[str, list[str]]:
        """The levels and the regions that the index holds, the most frequent first."""
        sources = self._store.sources().values()
        return {
            "level": [value for value, _ in Counter(source.level for source in sources).most_common()],
            "region": [value for value, _ in Counter(source.region for source in sources).most_common()],
        }

    def status(self) -> Mapping[str, object]:
        """What is indexed, by what recipe."""
        return self._store.status()

    def close(self) -> None:
        """Let go of the index's files."""
        self._store.close()


def _dated(hit: Hit, day: date) -> Hit:
    """The hit, and what says the same, with the status of the day."""
    also = tuple(_dated(other, day) for other in hit.also)
    return replace(hit, source=as_of(hit.source, day), also=also)


def _checked(question: str, most_chars: int) -> str:
    """The question without blanks around it. Raises QuestionError where it cannot be asked."""
    asked = question.strip()
    if not any(char.isalnum() for char in asked):
        raise QuestionError("问题是空的。请用一句话写出要问的事，例如：工会经费按工资总额的百分之几拨缴？")
    if sum(char.isalnum() for char in asked) < 2:
        raise QuestionError("问题太短。请用一句话写出要问的事，例如：会员多少人应当建立工会？")
    if len(asked) > most_chars:
        raise QuestionError(f"问题有 {len(asked):,} 个字，最多 {most_chars:,} 个字。请只写要问的事。")
    try:
        asked.encode()
    except UnicodeEncodeError as error:
        raise QuestionError("问题里有无法识别的字符。请用 UTF-8 重新输入。") from error
    return asked


def _without(text: str, spans: Sequence[Span]) -> str:
    """The text with blanks where the spans stand: what a question asks of the laws that it names."""
    for span in spans:
        text = text[: span.start] + " " * (span.end - span.start) + text[span.end :]
    return text


def _has_han(text: str) -> bool:
    return any("\u4e00" <= char <= "\u9fff" for char in text)
