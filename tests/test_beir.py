"""Figures of retrieval from a folder in BEIR format, through the product's own index and engine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.errors import RagError, StoreMismatch
from rag.evaluation import Report
from rag.evaluation.beir import by_law, evaluate_beir, read_corpus, read_judgements
from rag.lexical import tokens
from rag.settings import Settings

ROWS = [
    ("a1", "工会法", "第四十三条", "工会经费来源：企业按全部职工工资总额的百分之二拨缴。"),
    ("b1", "劳动法", "第四十四条", "安排劳动者延长工作时间的，支付不低于工资的百分之一百五十的报酬。"),
    ("a2", "工会法", "第十八条", "工会主席任期未满时，不得随意调动其工作。"),
    ("b2", "劳动法", "第四十五条", "国家实行带薪年休假制度。"),
]
QUERIES = {"q1": "工会经费从哪里来？", "q2": "随意调动工会主席", "q3": "年休假", "q4": "没有判断的题"}


class Hashing:
    """Words into buckets: no model, the same vectors on every run."""

    digest = ""
    dimensions = 64

    def __init__(self, name: str, truncate_dim: int | None = None) -> None:
        self.name = name

    def encode_passages(self, texts: Sequence[str]) -> Any:
        return np.stack([self.encode_question(text) for text in texts])

    def encode_question(self, text: str) -> Any:
        vector = np.zeros(self.dimensions, np.float32)
        for word in tokens(text):
            vector[hashlib.sha256(word.encode()).digest()[0] % self.dimensions] += 1
        return vector / max(float(np.linalg.norm(vector)), 1.0)

    def encode_questions(self, texts: Sequence[str]) -> Any:
        return self.encode_passages(texts)


@pytest.fixture(autouse=True)
def hashing(monkeypatch):
    monkeypatch.setattr("rag.evaluation.beir.open_embedder", Hashing)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "beir"
    folder.mkdir()
    write_corpus(folder, ROWS)
    queries = [{"_id": id_, "text": text} for id_, text in QUERIES.items()]
    write_lines(folder / "queries.jsonl", queries)
    judgements = "query-id\tcorpus-id\tscore\nq1\ta1\t1\nq2\ta2\t1\nq3\tb2\t1\nq3\ta1\t0\n"
    (folder / "qrels.tsv").write_text(judgements, encoding="utf-8")
    return folder


def write_corpus(folder: Path, rows: Sequence[tuple[str, str, str, str]]) -> None:
    write_lines(
        folder / "corpus.jsonl",
        [
            {
                "_id": id_,
                "title": law + article,
                "text": text,
                "metadata": {
                    "law": law,
                    "article": article,
                    "heads": ["第一章 总则"],
                    "category": "法律",
                    "date": "2021-12-24",
                },
            }
            for id_, law, article, text in rows
        ],
    )


def write_lines(path: Path, records: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")


def evaluate(folder: Path, **given: Any) -> Report:
    return evaluate_beir(folder, Settings(), **given)


def test_every_query_with_judgements_is_asked_and_measured_in_each_channel(folder):
    report = evaluate(folder)
    assert report.overall["questions"] == 3
    assert set(report.channels) == {"bm25", "dense"}
    for figures in (report.overall, report.channels["bm25"]):
        assert figures["R@5"] == figures["RR@10"] == figures["nDCG@10"] == 1.0
    assert set(report.milliseconds) == {"p50", "p95"}


def test_a_wrong_judgement_lowers_the_figures(folder):
    judgements = "q1\ta1\t1\nq2\tb1\t1\n"
    (folder / "qrels.tsv").write_text(judgements, encoding="utf-8")
    report = evaluate(folder)
    assert report.overall["questions"] == 2
    assert 0.5 <= report.overall["RR@10"] <= 0.75  # q1 first, q2 second at best


def test_the_words_alone_find_nothing_for_an_unknown_word(folder):
    write_lines(folder / "queries.jsonl", [{"_id": "q1", "text": "xyzzy"}])
    report = evaluate(folder)
    assert report.channels["bm25"]["R@100"] == 0.0


def test_only_the_queries_named_are_asked(folder, tmp_path):
    fold = tmp_path / "fold.txt"
    fold.write_text("q1\nq4\n", encoding="utf-8")
    report = evaluate(folder, only=fold)
    assert report.overall["questions"] == 1
    assert [("1 个题号" in warning, "q4" in warning) for warning in report.warnings] == [(True, True)]


def test_a_kept_index_is_used_again_and_follows_the_corpus(folder, tmp_path, monkeypatch):
    index = tmp_path / "kept"
    encoded: list[str] = []

    class Counting(Hashing):
        def encode_passages(self, texts: Sequence[str]) -> Any:
            encoded.extend(texts)
            return super().encode_passages(texts)

    monkeypatch.setattr("rag.evaluation.beir.open_embedder", Counting)
    first = evaluate(folder, index=index)
    assert len(encoded) == 4
    again = evaluate(folder, index=index)
    assert len(encoded) == 4
    assert again.overall == first.overall
    write_corpus(folder, [*ROWS[:3], ("b2", "劳动法", "第四十五条", "国家实行带薪年休假。")])
    evaluate(folder, index=index)
    assert len(encoded) == 6  # the two articles of the law that changed


def test_an_index_of_other_documents_is_left_alone(folder, tmp_path):
    index = tmp_path / "kept"
    evaluate(folder, index=index)
    write_corpus(folder, ROWS[:1])
    with pytest.raises(RagError, match=r"劳动法.*空文件夹"):
        evaluate(folder, index=index)


def test_an_index_of_another_model_is_left_alone(folder, tmp_path):
    index = tmp_path / "kept"
    evaluate(folder, index=index)
    with pytest.raises(StoreMismatch, match="空文件夹"):
        evaluate(folder, index=index, model="another")


def test_the_rows_of_a_law_are_articles_of_one_document(folder):
    laws = {law.document.id: law for law in by_law(read_corpus(folder))}
    assert list(laws) == ["工会法", "劳动法"]
    law = laws["工会法"]
    assert law.ids == ("a1", "a2")
    assert [chunk.span.of(law.document.text) for chunk in law.chunks] == [chunk.text for chunk in law.chunks]
    assert law.chunks[1].path == ("第一章 总则", "第十八条")
    assert [section.label for section in law.document.outline.children] == ["第四十三条", "第十八条"]
    assert law.document.source.level == "法律"


def test_a_corpus_without_laws_has_a_document_a_row(folder):
    rows = [{"_id": "x", "title": "甲", "text": "一"}, {"_id": "y", "title": "甲", "text": ""}]
    write_lines(folder / "corpus.jsonl", rows)
    laws = by_law(read_corpus(folder))
    found = [(law.document.id, law.document.source.title, law.document.text) for law in laws]
    assert found == [("x", "甲", "一"), ("y", "甲", "甲")]


def test_judgements_may_stand_in_several_files_and_grades(folder):
    (folder / "qrels.tsv").unlink()
    (folder / "qrels").mkdir()
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\ta1\t2\n", encoding="utf-8")
    (folder / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq2\ta2\t1\n", encoding="utf-8")
    assert read_judgements(folder) == {"q2": {"a2": 1}, "q1": {"a1": 2}}


def test_a_judgement_of_a_row_that_is_not_there_is_named(folder):
    (folder / "qrels.tsv").write_text("q1\ta1\t1\nq1\tz9\t1\n", encoding="utf-8")
    report = evaluate(folder)
    assert report.overall["R@100"] == 0.5
    assert ["z9" in warning for warning in report.warnings] == [True]


BAD = [
    ("corpus.jsonl", '{"_id": "a1"}\n', "corpus.jsonl 第 1 行不能用"),
    ("corpus.jsonl", '{"_id": "a", "text": "一"}\n' * 2, "重复的 _id"),
    ("corpus.jsonl", "{\n", "corpus.jsonl 第 1 行不是 JSON"),
    ("queries.jsonl", '{"_id": "q1"}\n', "queries.jsonl 第 1 行不能用"),
    ("qrels.tsv", "q1\ta1\t1\nq1 a1 1\n", "qrels.tsv 第 2 行"),
    ("qrels.tsv", "q9\ta1\t1\n", "没有一道题"),
]


@pytest.mark.parametrize(("name", "text", "message"), BAD)
def test_a_file_that_cannot_be_used_is_named(folder, name, text, message):
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(RagError, match=message):
        evaluate(folder)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(RagError, match=name):
        evaluate(folder)
