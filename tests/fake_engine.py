"""An Engine of four invented documents, for tests of the page; run it to serve the page without an index."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING
from unittest.mock import patch

from rag.errors import AddressError, QuestionError, RagError, StoreBusy
from rag.settings import Settings
from rag.types import (
    EVERYTHING,
    Answer,
    Chunk,
    Citation,
    Document,
    Filter,
    Hit,
    Page,
    Section,
    Silence,
    Source,
    Span,
    Statement,
)

if TYPE_CHECKING:
    from rag.store import Listing

HOSTILE = (
    "<script>window.hacked=1</script><img src=x onerror=window.hacked=2>${window.hacked=3}{{value}}\\users"
)

LAW = """云山省工会工作条例
第一章　总则
第一条　为了做好本省的工会工作，制定本条例。
第二章　工会的经费
第二条　会员每月按本人工资收入的千分之五交纳会费。
新入会的会员，自批准入会的次月起交纳。
第三条　用人单位按全部职工工资总额的百分之二，按月向工会拨缴经费；拨缴确有困难的，可以向上一级工会申请缓缴：
（一）连续亏损两年以上的；
（二）遭受自然灾害的。
第三章　附则
第四条　本条例自2024年1月1日起施行。"""
NOTICE = """关于印发《会费收缴办法（试行）》的通知
各级工会：
一、总体要求
会费由基层工会按季度收缴，不得跨年度预收。
二、工作安排
（一）各基层工会每年三月底前公布上一年度会费收支。"""
OLD = """云山省工会工作条例（旧）
第一条　会员每月按本人工资收入的百分之一交纳会费。"""

SOURCES = {
    "地方性法规/云山省工会工作条例.md": Source(
        "云山省工会工作条例", None, "云山省人民代表大会常务委员会", date(2023, 11, 1), date(2024, 1, 1), None,
        "现行有效", "地方性法规", "浙江",
    ),
    "总工会文件/会费 收缴办法#1.pdf": Source(
        "关于印发《会费收缴办法（试行）》的通知", "云工发〔2023〕12号", "云山省总工会", date(2023, 5, 6),
        None, None, "待核实", "总工会文件", "全国",
    ),
    "地方性法规/旧条例.md": Source(
        "云山省工会工作条例", None, None, date(1999, 1, 1), date(1999, 3, 1), date(2024, 1, 1),
        "已废止", "地方性法规", "浙江",
    ),
    "其他/敌意.txt": Source(
        f"敌意文件{HOSTILE}", "〔“'\"〕", None, None, date(2030, 1, 1), None, "尚未施行", "其他", "北京",
        "javascript:alert(1)",
    ),
}  # fmt: skip
TEXTS = dict(zip(SOURCES, (LAW, NOTICE, OLD, f"第一条　会费与脚本{HOSTILE}无关。"), strict=True))


class FakeEngine:
    """Answers by the two-character words that question and passage share; 彩票 is never answered.

    A question of 同文 finds its best passage's words in every other document too.

    A passage that was marked as the answer of a question comes first when it is asked again.
    """

    def __init__(self) -> None:
        self._documents = {id_: _document(id_, text) for id_, text in TEXTS.items()}
        self.kept: list[tuple[str, int]] = []

    def ask(self, question: str, where: Filter = EVERYTHING) -> Answer:
        if len(question) > 2000:
            raise QuestionError("问题太长。")
        if "出错" in question:
            raise RuntimeError(f"secret: {question}")
        if "慢" in question:
            time.sleep(1)
        hits = tuple(self.search(question, 10, where))
        if "彩票" in question or not hits:
            silence = Silence("not_borne_out", "所查文件都没有提到“彩票”。")
            return Answer(question, (), hits, True, silence, 0.01)
        statements = [_statement(hit) for hit in hits[:2]]
        return Answer(question, tuple(statements), hits, False, None, 0.01)

    def search(self, question: str, k: int, where: Filter = EVERYTHING) -> list[Hit]:
        if not question.strip():
            raise QuestionError("问题是空的。")
        words = {question[i : i + 2] for i in range(len(question) - 1)}
        hits = [hit for document in self._documents.values() for hit in _hits(document, words, where)]
        hits.sort(key=lambda hit: ((question, hit.id) not in self.kept, -hit.score))
        if "同文" in question and hits:
            hits[0] = replace(hits[0], also=self._outside(hits[0].chunk.document_id))
        return hits[:k]

    def _outside(self, document_id: str) -> tuple[Hit, ...]:
        others = (document for id_, document in self._documents.items() if id_ != document_id)
        return tuple(hit for document in others for hit in _hits(document, {""}, EVERYTHING))

    def answered(self, question: str, passage: int, document: str) -> None:
        if len(question) > 500:
            raise QuestionError("只能记下 2 到 500 个字的问题。")
        if "占用" in question:
            raise StoreBusy("另一个程序正在写入索引。请稍后再试。")
        if "出错" in question:
            raise RuntimeError(f"secret: {question}")
        if document != dict(enumerate(TEXTS)).get((passage - 1) // 100):
            raise AddressError("这段条文已不在索引里。请重新提问。")
        self.kept.append((question, passage))

    def document(self, document_id: str) -> Document:
        if document_id not in self._documents:
            raise RagError("索引里没有这份文件。")
        return self._documents[document_id]

    def documents(self) -> list[Listing]:
        from rag.store import Listing

        return [
            Listing(d.id, d.source, (), d.text.count("\n第"), 4, len(d.pages), (), None)
            for d in self._documents.values()
        ]

    def status(self) -> Mapping[str, object]:
        return {"documents": 4, "chunks": 9, "model": "假模型", "dimensions": 2}

    def facets(self) -> Mapping[str, list[str]]:
        return {
            "level": sorted({source.level for source in SOURCES.values()}),
            "region": sorted({source.region for source in SOURCES.values()}),
        }

    def close(self) -> None:
        self._documents.clear()
        print("closed", flush=True)


def _document(document_id: str, text: str) -> Document:
    outline = _outline(text)
    pages = (Page(1, Span(0, 30)), Page(2, Span(30, len(text)))) if document_id.endswith("pdf") else ()
    return Document(document_id, "0" * 64, SOURCES[document_id], text, outline, pages)


def _outline(text: str) -> Section:
    """Chapters, articles and the headings of a notice, each one line and what follows it."""
    marks = {"章": "chapter", "条": "article", "、": "heading"}
    at, found = 0, []
    for line in text.split("\n"):
        end = next((i for i, char in enumerate(line[:5]) if char in marks), None)
        if end is not None and line[0] in "第一二三":
            label = line[: end + 1].rstrip("、")
            heading = "" if line[end] == "条" else line[end + 1 :].strip()
            found.append(Section(marks[line[end]], label, heading, Span(at, len(text))))
        at += len(line) + 1
    ends = [section.span.start - 1 for section in found[1:]] + [len(text)]
    spanned = [replace(s, span=Span(s.span.start, e)) for s, e in zip(found, ends, strict=True)]
    top: list[Section] = []
    for section in spanned:
        if section.level == "article" and top and top[-1].level == "chapter":
            top[-1] = replace(top[-1], children=(*top[-1].children, section))
        else:
            top.append(section)
    return Section("root", "", "", Span(0, len(text)), tuple(top))


def _hits(document: Document, words: set[str], where: Filter) -> list[Hit]:
    source = document.source
    if (where.level and source.level not in where.level) or (
        where.region and source.region not in where.region
    ):
        return []
    day = where.in_force_on
    if day and (
        (source.effective and day < source.effective) or (source.repealed and day >= source.repealed)
    ):
        return []
    found = []
    first = 100 * list(TEXTS).index(document.id) + 1
    for number, (above, section) in enumerate(_leaves(document.outline, ()), first):
        text = section.span.of(document.text)
        score = sum(word in text for word in words)
        if score:
            article = section.label
            page = 2 if document.pages else None
            chunk = Chunk(document.id, section.span, (*above, section.name), article, article, page, text)
            found.append(Hit(chunk, source, float(score), {"bm25": 1}, id=number))
    return found


def _leaves(section: Section, above: tuple[str, ...]) -> list[tuple[tuple[str, ...], Section]]:
    rows = []
    for child in section.children:
        rows += _leaves(child, (*above, child.name)) if child.children else [(above, child)]
    return rows


def _statement(hit: Hit) -> Statement:
    """The first sentence of the passage, in its own words."""
    chunk = hit.chunk
    start = chunk.span.start + chunk.text.index("　") + 1 if "　" in chunk.text else chunk.span.start
    end = start + (chunk.text[start - chunk.span.start :] + "。").index("。") + 1
    span = Span(start, min(end, chunk.span.end))
    quote = chunk.text[span.start - chunk.span.start : span.end - chunk.span.start]
    place = f"{chunk.article}第一款" if chunk.article and "条" in chunk.article else chunk.article
    citation = Citation(
        chunk.document_id, hit.source, chunk.path, chunk.article, place, chunk.page, span, quote
    )
    return Statement(quote, (citation,))


def main(port: int) -> None:
    """The page over the fake engine, at 127.0.0.1, until it is stopped."""
    from rag.engine import Engine
    from rag.web.server import serve

    with patch.object(Engine, "open", lambda _: FakeEngine()):
        serve(Settings(port=port))


if __name__ == "__main__":
    main(int(sys.argv[1]))
