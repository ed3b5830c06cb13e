"""Evaluation: figures of search, quotes and abstention from questions whose right answers are known."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import RagError
from rag.evaluation.measures import Report, load_measures, mean, measure, percentiles, read_json_lines
from rag.types import EVERYTHING, Answer, Filter, Hit, Span

if TYPE_CHECKING:
    from rag.engine import Engine


DEPTH = 100  # passages asked for each question
MEASURES = ("R@1", "R@5", "R@10", "RR@10", "nDCG@10")


@dataclass(frozen=True, slots=True)
class Gold:
    """An article that answers, and its decisive words ('' where the question names none)."""

    file: str
    article: str | None
    quote: str

    @property
    def unit(self) -> str:
        return _unit(self.file, self.article)


@dataclass(frozen=True, slots=True)
class Question:
    """One gold question; without ``gold`` the right answer is to abstain."""

    id: str
    text: str
    kind: str
    gold: tuple[Gold, ...]
    as_of: date | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the engine gave for a question; ``ms`` is the time of the search alone."""

    question: Question
    hits: tuple[Hit, ...]
    answer: Answer
    ms: float


def evaluate_questions(engine: Engine, path: Path, where: Filter = EVERYTHING) -> Report:
    """Ask every gold question of a JSON-lines file and measure what comes back.

    Passages of one article count once, at its best rank. Search measures are means over the questions that
    have an answer; the day asked for is the question's ``as_of``, else that of ``where``, else today.
    Raises RagError on a file that is no list of gold questions, and where the measures are not installed.
    """
    began = time.perf_counter()
    questions = read_questions(path)
    load_measures()
    engine.search(questions[0].text, 1, where)  # loads model and index, which is no part of the times
    asked = [_ask(engine, question, where) for question in questions]
    answerable = [one for one in asked if one.question.gold]
    found = {one.question.id: _units(one.hits) for one in answerable}
    gold = {one.question.id: {g.unit: 1 for g in one.question.gold} for one in answerable}
    figures = measure(gold, found, MEASURES)
    kinds = dict.fromkeys(one.question.kind for one in answerable)
    return Report(
        overall=mean(figures.values()),
        kinds={
            kind: mean(figures[a.question.id] for a in answerable if a.question.kind == kind)
            for kind in kinds
        },
        milliseconds=percentiles([one.ms for one in asked]),
        seconds=time.perf_counter() - began,
        abstention=_abstention(asked),
        quotes=_quotes(engine, asked),
        questions=[_row(one, found.get(one.question.id, [])) for one in asked],
        warnings=_not_indexed(engine, questions),
    )


def read_questions(path: Path) -> list[Question]:
    """The gold questions of a JSON-lines file. Raises RagError, naming the line, where it cannot be used."""
    questions = [_question(path, number, record) for number, record in read_json_lines(path)]
    seen: set[str] = set()
    for question in questions:
        if question.id in seen:
            raise RagError(f"{path} 里有两道题的 id 都是 {question.id}。请改成不同的 id。")
        seen.add(question.id)
    if not any(question.gold for question in questions):
        raise RagError(f"{path} 里没有一道题带标准答案（gold），无法评测。请至少给一道题写上 gold。")
    return questions


def _question(path: Path, number: int, record: Mapping[str, Any]) -> Question:
    try:
        gold = tuple(_gold(row) for row in record["gold"])
        as_of = date.fromisoformat(record["as_of"]) if record.get("as_of") else None
        text = record["question"]
        if not (isinstance(text, str) and text.strip()):
            raise ValueError("question")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RagError(
            f"{path} 第 {number} 行不是评测题（{error}）。"
            '应有 question（文字）和 gold（[{"file", "article", "quote"}]，没有答案时为 []）；'
            "as_of 如有，应为 YYYY-MM-DD。"
        ) from error
    return Question(str(record.get("id", number)), text, str(record.get("kind") or "未分类"), gold, as_of)


def _gold(row: Mapping[str, Any]) -> Gold:
    return Gold(str(row["file"]), row.get("article"), (row.get("quote") or "").strip())


def _ask(engine: Engine, question: Question, where: Filter) -> Asked:
    where = replace(where, in_force_on=question.as_of or where.in_force_on or date.today())
    began = time.perf_counter()
    hits = engine.search(question.text, DEPTH, where)
    ms = 1000 * (time.perf_counter() - began)
    return Asked(question, tuple(hits), engine.ask(question.text, where), ms)


def _unit(document_id: str, article: str | None) -> str:
    return f"{document_id}\n{article or ''}"


def _units(hits: Iterable[Hit]) -> list[str]:
    """The articles of the hits and of what says the same, each once, best first: a long article stands in several
    passages."""
    places = (place for hit in hits for place in (hit, *hit.also))
    return list(dict.fromkeys(_unit(place.chunk.document_id, place.chunk.article) for place in places))


def _row(asked: Asked, units: Sequence[str]) -> dict[str, Any]:
    question = asked.question
    ranks = [units.index(gold.unit) + 1 if gold.unit in units else None for gold in question.gold]
    return {"id": question.id, "kind": question.kind, "ranks": ranks, "abstained": asked.answer.abstained}


def _abstention(asked: Sequence[Asked]) -> dict[str, float | None]:
    without = [one.answer.abstained for one in asked if not one.question.gold]
    having = [one.answer.abstained for one in asked if one.question.gold]
    return {
        "unanswerable": len(without),
        "abstained_rightly": _share(without),
        "answerable": len(having),
        "abstained_wrongly": _share(having),
    }


def _quotes(engine: Engine, asked: Sequence[Asked]) -> dict[str, float | None]:
    """Gold quotes that reach the reader, in the passages shown and in the citations; citations that stand."""
    texts = _Texts(engine)
    passages: list[bool] = []
    cited: list[bool] = []
    verified: list[bool] = []
    for one in asked:
        citations = [citation for statement in one.answer.statements for citation in statement.citations]
        for gold in one.question.gold:
            if not gold.quote:
                continue
            spans = [hit.chunk.span for hit in one.answer.hits if hit.chunk.document_id == gold.file]
            passages.append(_stands(gold.quote, spans, texts[gold.file]))
            spans = [citation.span for citation in citations if citation.document_id == gold.file]
            cited.append(_stands(gold.quote, spans, texts[gold.file]))
        verified += [_blankless(c.quote) in _blankless(texts[c.document_id]) for c in citations]
    return {
        "gold": len(passages),
        "in_passages": _share(passages),
        "in_citations": _share(cited),
        "citations": len(verified),
        "verified": _share(verified),
    }


class _Texts(dict[str, str]):
    """Document id → its text, read once; '' for a document that is not in the index."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine
        self._known = _indexed(engine)

    def __missing__(self, document_id: str) -> str:
        self[document_id] = self._engine.document(document_id).text if document_id in self._known else ""
        return self[document_id]


def _stands(quote: str, spans: Iterable[Span], text: str) -> bool:
    """Whether the quote stands in one of the spans, or in several that follow each other, layout aside."""
    return any(_folded(quote) in _folded(run.of(text)) for run in _joined(spans, text))


def _joined(spans: Iterable[Span], text: str) -> list[Span]:
    """The spans in order, those with nothing but white space between them made one."""
    runs: list[Span] = []
    for span in sorted(spans):
        if runs and not text[runs[-1].end : span.start].strip():
            runs[-1] = Span(runs[-1].start, max(runs[-1].end, span.end))
        else:
            runs.append(span)
    return runs


def _blankless(text: str) -> str:
    return "".join(text.split())


def _folded(text: str) -> str:
    return _blankless(unicodedata.normalize("NFKC", text))


def _indexed(engine: Engine) -> set[str]:
    return {listing.document for listing in engine.documents()}


def _not_indexed(engine: Engine, questions: Sequence[Question]) -> list[str]:
    known = _indexed(engine)
    files = dict.fromkeys(gold.file for question in questions for gold in question.gold)
    return [f"标准答案所在的文件不在索引里：{file}" for file in files if file not in known]


def _share(claims: Sequence[bool]) -> float | None:
    return sum(claims) / len(claims) if claims else None
