"""Figures from gold questions, against figures worked out by hand."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rag.errors import RagError
from rag.evaluation.measures import Report, measure
from rag.evaluation.questions import evaluate_questions, read_questions
from rag.types import (
    Answer,
    Chunk,
    Citation,
    Document,
    Filter,
    Hit,
    Section,
    Silence,
    Source,
    Span,
    Statement,
)

TEXTS = {
    "甲法.md": "第一条 工会是职工自愿结合的\n群众组织。\n第二条 每月不超过三个工作日，工资照发。待遇不变。",
    "乙法.md": "第一条 工资照发。\n第二条 按全部职工工资总额的百分之二拨缴。",
}
ABSTAINED = Answer("", (), (), abstained=True, silence=Silence("nothing_found", "没有找到"))


def hit(id_: str, article: str | None, words: str = "") -> Hit:
    """A passage of an article; ``words`` of the document are its text."""
    start = TEXTS[id_].index(words) if words else 0
    return Hit(
        Chunk(id_, Span(start, start + len(words)), (), article, article, None, words), Source(id_), 1.0
    )


def answer(*quotes: tuple[str, str]) -> Answer:
    """An answer that cites (document, words); words that do not stand there get a span all the same."""
    citations = []
    for id_, quote in quotes:
        start = max(TEXTS[id_].find(quote), 0)
        span = Span(start, start + len(quote))
        citations.append(Citation(id_, Source(id_), (), None, None, None, span, quote))
    return Answer("", (Statement("答", tuple(citations)),), (), abstained=False)


@dataclass
class FakeEngine:
    """An engine that gives what it was told, question by question, and remembers the filters."""

    found: dict[str, list[Hit]] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    passages: int = 10
    asked: list[Filter] = field(default_factory=list)

    def documents(self) -> list[Any]:
        return [SimpleNamespace(document=id_) for id_ in TEXTS]

    def document(self, document_id: str) -> Document:
        text = TEXTS[document_id]
        return Document(
            document_id, "", Source(document_id), text, Section("root", "", "", Span(0, len(text)))
        )

    def search(self, question: str, k: int, where: Filter) -> list[Hit]:
        return self.found.get(question, [])[:k]

    def ask(self, question: str, where: Filter) -> Answer:
        self.asked.append(where)
        return replace(
            self.answers.get(question, ABSTAINED), hits=tuple(self.found.get(question, ())[: self.passages])
        )


def gold(*articles: tuple[str, str], quote: str = "") -> list[dict[str, str]]:
    return [{"file": file, "article": article, "quote": quote} for file, article in articles]


@pytest.fixture
def report(tmp_path: Path) -> Any:
    """Evaluate these questions with this engine."""

    def evaluate(engine: FakeEngine, *questions: dict[str, Any], where: Filter = Filter()) -> Report:  # noqa: B008
        path = tmp_path / "gold.jsonl"
        path.write_text("\n".join(json.dumps(q, ensure_ascii=False) for q in questions), encoding="utf-8")
        return evaluate_questions(engine, path, where)  # type: ignore[arg-type]

    return evaluate


def test_measures_are_those_of_the_field():
    # one at rank 2; two of which rank 1 and 3; one at rank 6; one at rank 11; one not found
    wanted = {"a": {"x": 1}, "b": {"x": 1, "y": 1}, "c": {"x": 1}, "d": {"x": 1}, "e": {"x": 1}}
    found = {
        "a": ["1", "x"],
        "b": ["x", "2", "y"],
        "c": ["1", "2", "3", "4", "5", "x"],
        "d": [*"1234567890", "x"],
    }
    values = measure(wanted, found, ("R@1", "R@5", "R@10", "RR@10", "nDCG@10"))
    rows = {question: tuple(round(value, 4) for value in row.values()) for question, row in values.items()}
    assert rows == {
        "a": (0.0, 1.0, 1.0, 0.5, 0.6309),  # 1/log2(3)
        "b": (0.5, 1.0, 1.0, 1.0, 0.9197),  # (1 + 1/2) / (1 + 1/log2(3))
        "c": (0.0, 0.0, 1.0, 0.1667, 0.3562),  # 1/log2(7)
        "d": (0.0, 0.0, 0.0, 0.0, 0.0),
        "e": (0.0, 0.0, 0.0, 0.0, 0.0),
    }


def test_figures_are_means_overall_and_by_kind(report):
    engine = FakeEngine(
        {"一": [hit("乙法.md", "第一条"), hit("甲法.md", "第一条")], "二": [hit("甲法.md", "第一条")]}
    )
    two = gold(("甲法.md", "第一条"), ("乙法.md", "第二条"))
    figures = report(
        engine,
        {"id": "1", "question": "一", "kind": "lay", "gold": gold(("甲法.md", "第一条"))},
        {"id": "2", "question": "二", "kind": "officer", "gold": two},
        {"id": "3", "question": "三", "kind": "lay", "gold": gold(("甲法.md", "第二条"))},
        {"id": "4", "question": "四", "kind": "unanswerable", "gold": []},
    )  # fmt: skip
    assert figures.overall["questions"] == 3
    assert figures.overall["R@1"] == pytest.approx((0 + 0.5 + 0) / 3)
    assert figures.overall["R@10"] == pytest.approx((1 + 0.5 + 0) / 3)
    assert figures.overall["RR@10"] == pytest.approx((0.5 + 1 + 0) / 3)
    assert figures.kinds["lay"]["R@10"] == 0.5
    assert figures.kinds["officer"]["R@10"] == 0.5
    assert set(figures.kinds) == {"lay", "officer"}
    assert [row["ranks"] for row in figures.questions] == [[2], [1, None], [None], []]


def test_an_article_in_several_passages_counts_once_at_its_best_rank(report):
    parts = [hit("乙法.md", "第一条", "工资"), hit("乙法.md", "第一条", "照发"), hit("甲法.md", "第一条")]
    figures = report(
        FakeEngine({"问": [*parts, hit("甲法.md", "第一条", "工会")]}),
        {"id": "1", "question": "问", "gold": gold(("甲法.md", "第一条"))},
    )
    assert figures.overall["RR@10"] == 0.5
    assert figures.overall["R@10"] == 1.0


def test_the_same_article_number_of_another_document_is_another_article(report):
    figures = report(
        FakeEngine({"问": [hit("乙法.md", "第一条")]}),
        {"id": "1", "question": "问", "gold": gold(("甲法.md", "第一条")), "same_text_in": ["乙法.md"]},
    )
    assert figures.overall["R@10"] == 0.0


def test_two_quotes_of_one_article_are_one_article_to_find(report):
    figures = report(
        FakeEngine({"问": [hit("甲法.md", "第一条")]}),
        {"id": "1", "question": "问", "gold": gold(("甲法.md", "第一条"), ("甲法.md", "第一条"))},
    )
    assert figures.overall["R@1"] == 1.0


def test_abstention_is_counted_both_ways(report):
    spoke = answer(("甲法.md", "工资照发"))
    figures = report(
        FakeEngine(answers={"有一": spoke, "有二": spoke, "有三": spoke, "无一": spoke}),
        *(
            {"id": q, "question": q, "gold": gold(("甲法.md", "第一条"))}
            for q in ("有一", "有二", "有三", "有四")
        ),
        *({"id": q, "question": q, "gold": []} for q in ("无一", "无二")),
    )
    assert figures.abstention == {
        "unanswerable": 2,
        "abstained_rightly": 0.5,
        "answerable": 4,
        "abstained_wrongly": 0.25,
    }


QUOTE_CASES = [
    ("layout and width aside", "职工自愿结合的群众组织", ["工会是职工自愿结合的\n群众组织。"], True),
    ("half-width comma", "三个工作日,工资照发", ["每月不超过三个工作日，工资照发。"], True),
    ("cut short", "工资照发。待遇不变", ["每月不超过三个工作日，工资照发。"], False),
    (
        "in two that follow each other",
        "工资照发。待遇不变",
        ["待遇不变。", "不超过三个工作日，工资照发。"],
        True,
    ),
    ("in two with a gap", "工资照发。待遇不变", ["三个工作日，", "工资照发", "待遇不变。"], False),
    ("nothing shown", "工资照发", [], False),
]


@pytest.mark.parametrize(("label", "quote", "shown", "stands"), QUOTE_CASES)
def test_a_gold_quote_is_shown_when_it_stands_in_the_words_shown(report, label, quote, shown, stands):
    question = {"id": "1", "question": "问", "gold": gold(("甲法.md", "第二条"), quote=quote)}
    found = [hit("甲法.md", "第二条", words) for words in shown]
    cited = answer(*(("甲法.md", words) for words in shown))
    assert report(FakeEngine(found={"问": found}), question).quotes["in_passages"] == stands, label
    assert report(FakeEngine(answers={"问": cited}), question).quotes["in_citations"] == stands, label


def test_the_same_words_of_another_document_show_no_gold_quote(report):
    engine = FakeEngine(
        {"问": [hit("乙法.md", "第一条", "工资照发。")]}, {"问": answer(("乙法.md", "工资照发。"))}
    )
    figures = report(
        engine, {"id": "1", "question": "问", "gold": gold(("甲法.md", "第二条"), quote="工资照发")}
    )
    assert (figures.quotes["in_passages"], figures.quotes["in_citations"]) == (0.0, 0.0)


def test_passages_beyond_those_shown_show_no_quote(report):
    engine = FakeEngine({"问": [hit("乙法.md", "第二条"), hit("甲法.md", "第二条", "工资照发")]}, passages=1)
    figures = report(
        engine, {"id": "1", "question": "问", "gold": gold(("甲法.md", "第二条"), quote="工资照发")}
    )
    assert figures.quotes["in_passages"] == 0.0
    assert figures.overall["R@10"] == 1.0


def test_a_citation_with_a_changed_word_is_not_verified(report):
    engine = FakeEngine(answers={"问": answer(("甲法.md", "工资照发"), ("甲法.md", "工资停发"))})
    figures = report(engine, {"id": "1", "question": "问", "gold": gold(("甲法.md", "第二条"))})
    assert (figures.quotes["citations"], figures.quotes["verified"]) == (2, 0.5)


def test_without_citations_nothing_is_called_verified(report):
    figures = report(FakeEngine(), {"id": "1", "question": "问", "gold": gold(("甲法.md", "第二条"))})
    assert figures.quotes["verified"] is None


def test_each_question_is_asked_on_its_own_day(report):
    engine = FakeEngine()
    report(
        engine,
        {"id": "1", "question": "旧", "gold": gold(("甲法.md", "第一条")), "as_of": "2020-06-03"},
        {"id": "2", "question": "今", "gold": [], "as_of": ""},
        where=Filter(region=("北京",)),
    )
    days = [(where.region, where.in_force_on) for where in engine.asked]
    assert days == [(("北京",), date(2020, 6, 3)), (("北京",), date.today())]


def test_a_gold_file_that_is_not_in_the_index_is_named(report):
    figures = report(
        FakeEngine(), {"id": "1", "question": "问", "gold": gold(("丙法.md", "第一条"), quote="工资")}
    )
    assert [("丙法.md" in warning, "不在索引" in warning) for warning in figures.warnings] == [(True, True)]
    assert figures.overall["R@10"] == 0.0
    assert figures.quotes["in_passages"] == 0.0


GOOD = json.dumps({"id": "1", "question": "问", "gold": gold(("甲法.md", "第一条"))}, ensure_ascii=False)
BAD_FILES = [
    ("not JSON", GOOD + "\n\n{id:", "第 3 行不是 JSON"),
    ("a list", "[1]", "第 1 行不是 JSON 对象"),
    ("no gold key", '{"question": "问"}', "第 1 行不是评测题.*gold"),
    ("gold of the wrong shape", '{"question": "问", "gold": ["甲法"]}', "第 1 行不是评测题"),
    ("gold without a file", '{"question": "问", "gold": [{"article": "第一条"}]}', "第 1 行不是评测题.*file"),
    ("no question", '{"question": " ", "gold": []}', "第 1 行不是评测题.*question"),
    ("a day that is none", '{"question": "问", "gold": [], "as_of": "去年"}', "第 1 行不是评测题"),
    ("nothing to measure", '{"question": "问", "gold": []}', "没有一道题带标准答案"),
    ("empty", "", "没有一道题带标准答案"),
    ("one id twice", GOOD + "\n" + GOOD, "id 都是 1"),
]


@pytest.mark.parametrize(("label", "text", "message"), BAD_FILES)
def test_a_file_that_cannot_be_used_is_refused_with_its_line(tmp_path, label, text, message):
    path = tmp_path / "gold.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RagError, match=message):
        read_questions(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(RagError, match="nowhere"):
        read_questions(tmp_path / "nowhere.jsonl")


def test_without_ir_measures_the_way_to_install_it_is_named(report, monkeypatch):
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    with pytest.raises(RagError, match=r"pip install -e \.\[eval\]"):
        report(FakeEngine(), {"id": "1", "question": "问", "gold": gold(("甲法.md", "第一条"))})


def test_the_report_is_json_and_a_table(report):
    from rich.console import Console

    figures = report(
        FakeEngine({"问": [hit("乙法.md", "第一条"), hit("甲法.md", "第一条")]}),
        {"id": "1", "question": "问", "kind": "lay", "gold": gold(("甲法.md", "第一条"), quote="群众组织")},
    )
    printed = json.loads(json.dumps(figures.as_json()))
    assert printed["overall"] == {
        "questions": 1,
        "R@1": 0,
        "R@5": 1,
        "R@10": 1,
        "RR@10": 0.5,
        "nDCG@10": 0.6309,
    }
    assert set(printed["milliseconds"]) == {"p50", "p95"}
    console = Console(width=120)
    with console.capture() as screen:
        console.print(figures.table())
    rows = [line for line in screen.get().splitlines() if "lay" in line]
    assert [figure in rows[0] for figure in ("0.000", "1.000", "0.500", "0.631")] == [True] * 4
    assert "误拒：有答案的 1 题中 100.0%" in screen.get()


@pytest.mark.shared
def test_the_shared_questions_can_be_read(shared):
    questions = read_questions(shared / "questions" / "union-dev.jsonl")
    assert len(questions) == 120
    assert sum(not question.gold for question in questions) == 12
