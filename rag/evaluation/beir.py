"""BEIR: figures of retrieval alone, from a folder of corpus.jsonl, queries.jsonl and qrels."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.bank import Bank, load_bank
from rag.embedding import open_embedder
from rag.engine import Engine, recipe
from rag.errors import RagError, StoreMismatch
from rag.evaluation.measures import (
    CHANNELS,
    Report,
    load_measures,
    mean,
    measure,
    percentiles,
    read_json_lines,
)
from rag.glossary import load_glossary
from rag.ingest import put_documents
from rag.store import LocalStore
from rag.types import LEVELS, Chunk, Document, Hit, Section, Source, Span

if TYPE_CHECKING:
    from rag.settings import Settings
    from rag.types import Embedder

MEASURES = ("R@5", "R@10", "R@50", "R@100", "RR@10", "nDCG@10")
DEPTH = 100
_ALL = 1_000_000  # every passage that a channel gave, whatever settings.candidates is
_BATCH_CHUNKS = 8_000  # passages encoded at once: bounds memory

Grades = dict[str, dict[str, int]]  # query id → corpus id → grade, from 1


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the corpus; ``law`` and ``article`` where its metadata name them, else its title and None."""

    id: str
    law: str
    article: str | None
    heads: tuple[str, ...]
    category: str
    day: date | None
    text: str


def evaluate_beir(
    folder: Path,
    settings: Settings,
    *,
    index: Path | None = None,
    only: Path | None = None,
    model: str | None = None,
) -> Report:
    """Index the corpus as the product does, ask every query that has judgements, measure the ranking.

    ``channels`` holds the same measures for the words alone and the vectors alone. ``index`` keeps the built
    index for the next time (else it is dropped); ``only`` is a file of query ids, one a line, ``model`` takes
    the place of ``settings.model``. Raises RagError on a folder or file that cannot be used, and where
    ``index`` holds something else.
    """
    began = time.perf_counter()
    load_measures()
    settings = settings.model_copy(update={"model": model}) if model else settings
    rows = read_corpus(folder)
    queries = read_queries(folder)
    judged = read_judgements(folder)
    asked, warnings = _choose(judged, queries, {row.id for row in rows}, only)
    laws = by_law(rows)
    with _engine_over(laws, settings, index) as engine:
        engine.search(queries[asked[0]], 1)  # loads what is loaded late, which is no part of the times
        found, ms = _ask_all(engine, {query: queries[query] for query in asked}, _places(laws))
    gold = {query: judged[query] for query in asked}
    figures = {channel: mean(measure(gold, runs, MEASURES).values()) for channel, runs in found.items()}
    return Report(
        overall=figures["fused"],
        kinds={},
        milliseconds=percentiles(ms),
        seconds=time.perf_counter() - began,
        channels={channel: figures[channel] for channel in CHANNELS},
        warnings=warnings,
    )


# --- the folder ---------------------------------------------------------------------------------------------


def read_corpus(folder: Path) -> list[Row]:
    """The rows of corpus.jsonl. Raises RagError, naming the line, where one cannot be used."""
    path = folder / "corpus.jsonl"
    rows = []
    for number, record in read_json_lines(path):
        try:
            rows.append(_row(record))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RagError(f"{path} 第 {number} 行不能用（{error}）。应有 _id、title 和 text。") from error
    if len({row.id for row in rows}) < len(rows):
        raise RagError(f"{path} 里有重复的 _id。请改成各不相同。")
    return rows


def _row(record: Mapping[str, Any]) -> Row:
    meta = record.get("metadata") or {}
    title = str(record.get("title") or "")
    return Row(
        id=str(record["_id"]),
        law=meta.get("law") or title,
        article=meta.get("article") if meta.get("law") else None,
        heads=tuple(meta.get("heads") or ()),
        category=meta.get("category") or "",
        day=date.fromisoformat(meta["date"]) if meta.get("date") else None,
        text=record["text"].strip() or title,
    )


def read_queries(folder: Path) -> dict[str, str]:
    """Query id → its text, of queries.jsonl. Raises RagError, naming the line, where one cannot be used."""
    path = folder / "queries.jsonl"
    queries: dict[str, str] = {}
    for number, record in read_json_lines(path):
        if not (isinstance(record.get("text"), str) and "_id" in record):
            raise RagError(f"{path} 第 {number} 行不能用。应有 _id 和 text。")
        queries[str(record["_id"])] = record["text"]
    return queries


def read_judgements(folder: Path) -> Grades:
    """qrels.tsv, or all files of qrels/: query id, corpus id, grade; a head line is passed over.

    Raises RagError where there is none, and on a line of another shape.
    """
    paths = [folder / "qrels.tsv"] if (folder / "qrels.tsv").is_file() else sorted(folder.glob("qrels/*.tsv"))
    if not paths:
        raise RagError(f"{folder} 里没有 qrels.tsv，也没有 qrels/*.tsv。请检查文件夹是否为 BEIR 格式。")
    grades: Grades = {}
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
            query, _, rest = line.partition("\t")
            row, _, grade = rest.partition("\t")
            if grade.strip().lstrip("-").isdigit():
                if int(grade) > 0:
                    grades.setdefault(query, {})[row] = int(grade)
            elif line.strip() and number > 1:
                raise RagError(f"{path} 第 {number} 行应为：题号、条目号、分数，以制表符隔开。")
    return grades


def _choose(
    judged: Grades, queries: Mapping[str, str], rows: set[str], only: Path | None
) -> tuple[list[str], list[str]]:
    """The queries to ask, and what is wrong with the judgements."""
    wanted = _read_ids(only) if only else set(queries)
    asked = [query for query in queries if query in judged and query in wanted]
    if not asked:
        raise RagError("没有一道题既在 queries.jsonl 里又有 qrels。请检查题号（和 --only 的文件）。")
    astray = {row for query in asked for row in judged[query]} - rows
    warnings = [f"qrels 里有 {len(astray)} 个条目不在 corpus.jsonl 里，例如 {min(astray)}"] if astray else []
    if only and (unknown := wanted - set(asked)):
        warnings.append(f"--only 里有 {len(unknown)} 个题号没有题目或没有 qrels，例如 {min(unknown)}")
    return asked, warnings


def _read_ids(path: Path) -> set[str]:
    try:
        return set(path.read_text(encoding="utf-8-sig").split())
    except (OSError, UnicodeDecodeError) as error:
        raise RagError(f"不能读取 {path}（{error}）。应为每行一个题号。") from error


# --- the index ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Law:
    """Rows of the corpus as one document; ``chunks`` and ``ids``, of the corpus, go together."""

    document: Document
    chunks: tuple[Chunk, ...]
    ids: tuple[str, ...]


def by_law(rows: Iterable[Row]) -> list[Law]:
    """A document for each law, with its rows as articles, as the product holds laws; a row without a law is
    a document of its own."""
    laws: dict[str, list[Row]] = {}
    for row in rows:
        laws.setdefault(row.law if row.article else row.id, []).append(row)
    return [_law(document_id, held) for document_id, held in laws.items()]


def _law(document_id: str, rows: Sequence[Row]) -> Law:
    chunks = []
    start = 0
    for row in rows:
        text = f"{row.article}　{row.text}" if row.article else row.text
        span = Span(start, start + len(text))
        path = (*row.heads, row.article) if row.article else row.heads
        chunks.append(Chunk(document_id, span, path, row.article, row.article, None, text))
        start = span.end + 1
    text = "\n".join(chunk.text for chunk in chunks)
    articles = tuple(Section("article", chunk.article, "", chunk.span) for chunk in chunks if chunk.article)
    document = Document(
        id=document_id,
        digest=hashlib.sha256(repr(rows).encode()).hexdigest(),
        source=_source(rows[0]),
        text=text,
        outline=Section("root", "", "", Span(0, len(text)), articles),
    )
    return Law(document, tuple(chunks), tuple(row.id for row in rows))


def _source(row: Row) -> Source:
    level = row.category if row.category in LEVELS else "其他"
    return Source(row.law, issued=row.day, effective=row.day, level=level)


def _places(laws: Iterable[Law]) -> dict[tuple[str, Span], str]:
    """(document id, span of the passage) → corpus id."""
    return {
        (law.document.id, chunk.span): id_
        for law in laws
        for chunk, id_ in zip(law.chunks, law.ids, strict=True)
    }


@contextmanager
def _engine_over(laws: Sequence[Law], settings: Settings, index: Path | None) -> Iterator[Engine]:
    """The product's engine over an index of the laws, in ``index`` or in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as passing:
        place = index or Path(passing)
        embedder = open_embedder(settings.model, settings.truncate_dim)
        try:
            store = LocalStore.create(place, recipe(embedder))
        except StoreMismatch as error:
            raise StoreMismatch(
                f"{place} 里的索引是用别的模型或设置建的。请用 --index 换一个空文件夹。"
            ) from error
        engine = Engine(settings.model_copy(update={"index": place}), store, embedder, load_glossary())
        try:
            _bring_in(laws, store, embedder, place)
            yield engine
        finally:
            engine.close()


def _bring_in(laws: Sequence[Law], store: LocalStore, embedder: Embedder, place: Path) -> None:
    """Put what the store does not hold as it stands now. Raises RagError where it holds anything else."""
    known = store.digests()
    foreign = set(known) - {law.document.id for law in laws}
    if foreign:
        raise RagError(
            f"{place} 里有不属于这个评测集的文件，例如 {min(foreign)}。"
            "请用 --index 换一个空文件夹，以免混在一起。"
        )
    new = [law for law in laws if known.get(law.document.id) != law.document.digest]
    bank = load_bank() if new else Bank(())
    with store.writing():
        for batch in _batches(new):
            put_documents([(law.document, law.chunks) for law in batch], store, embedder, bank)


def _batches(laws: Iterable[Law]) -> Iterator[list[Law]]:
    batch: list[Law] = []
    for law in laws:
        batch.append(law)
        if sum(len(held.chunks) for held in batch) >= _BATCH_CHUNKS:
            yield batch
            batch = []
    if batch:
        yield batch


# --- the queries --------------------------------------------------------------------------------------------


def _ask_all(
    engine: Engine, queries: Mapping[str, str], places: Mapping[tuple[str, Span], str]
) -> tuple[dict[str, dict[str, list[str]]], list[float]]:
    """Channel → query → corpus ids, best first, for the fused ranking and its parts; milliseconds a query.

    Every passage of the fused ranking carries its rank in each channel, which gives the parts.
    """
    found: dict[str, dict[str, list[str]]] = {"fused": {}, **{channel: {} for channel in CHANNELS}}
    ms = []
    for query, text in queries.items():
        began = time.perf_counter()
        shown = engine.search(text, _ALL)
        ms.append(1000 * (time.perf_counter() - began))
        hits = [place for hit in shown for place in (hit, *hit.also)]
        found["fused"][query] = _ids(hits, places)
        for channel in CHANNELS:
            ranked = [(rank, hit) for hit in hits if (rank := hit.ranks.get(channel)) is not None]
            found[channel][query] = _ids([hit for _, hit in sorted(ranked, key=itemgetter(0))], places)
    return found, ms


def _ids(hits: Iterable[Hit], places: Mapping[tuple[str, Span], str]) -> list[str]:
    return [places[hit.chunk.document_id, hit.chunk.span] for hit in islice(hits, DEPTH)]
