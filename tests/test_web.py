"""The page without a browser: words in two languages, HTML of answers, the reader."""

from __future__ import annotations

import logging
import re
from dataclasses import fields, replace
from datetime import date
from html import unescape
from string import Formatter
from typing import Any, cast

import pytest
from fake_engine import HOSTILE, SOURCES, FakeEngine

from rag.types import LEVELS, STATUSES, Answer, Filter, Section, Silence, Source, Span
from rag.web.asking import Desk, Form, Gate, parse_day, respond
from rag.web.cards import card
from rag.web.examples import example_questions
from rag.web.markup import esc, marked, quoted, titled
from rag.web.passages import Passage, passages
from rag.web.reader import anchors, render_reader, render_unknown
from rag.web.rendering import Scope, render_answer, render_footer
from rag.web.texts import EN, LANGUAGES, ZH, Texts
from rag.wire import answer_json

TODAY = date(2026, 11, 22)
LAW, NOTICE, OLD, HOSTILE_ID = SOURCES
ENGINE = FakeEngine()
STATUS = ENGINE.status()


def desk(engine: Any = ENGINE, gate: Gate | None = None) -> Desk:
    return Desk(cast(Any, engine), gate or Gate(), 2000)


def shown(question: str, texts: Texts = ZH, **form: Any) -> str:
    return respond(desk(), Form(question, **form), texts, lambda: TODAY)


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]{0,2000}>", "", html))


def passage(**changes: Any) -> Passage:
    known = Passage((), "a.md", Source("某办法"), (), ("第二条",), None, "", "原文。", (), (Span(0, 3),))
    return replace(known, **changes)


# --- words -------------------------------------------------------------------------------------------------


def test_both_languages_fill_in_the_same_values() -> None:
    def blanks(text: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(text)} - {None}

    for field in fields(Texts):
        zh, en = getattr(ZH, field.name), getattr(EN, field.name)
        if isinstance(zh, str):
            assert blanks(zh) == blanks(en), field.name


def test_every_level_and_status_has_an_english_name() -> None:
    assert [name for name in (*LEVELS, *STATUSES) if EN.name(name) == name] == []


def test_a_day_is_written_as_the_language_does() -> None:
    assert ZH.on_day(TODAY) == "2026年11月22日"
    assert EN.on_day(TODAY) == "22 November 2026"


@pytest.mark.parametrize(
    "text", ["2020-05-01", "2020/5/1", "2020.5.1", "2020年5月1日", "20200501", " 2020-05-01 "]
)
def test_a_day_may_be_written_in_many_ways(text: str) -> None:
    assert parse_day(text) == date(2020, 5, 1)


@pytest.mark.parametrize("text", ["昨天", "2020", "2020-13-01", "2023-02-29", "1-1-2020", "99999-01-01"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of datetime or our own, all the same
        parse_day(text)


# --- markup ------------------------------------------------------------------------------------------------


def test_nothing_of_a_value_becomes_markup_or_template() -> None:
    escaped = esc(HOSTILE)
    assert not set("<>\"'{}$`") & set(escaped)
    assert unescape(escaped) == HOSTILE


def test_marks_that_overlap_or_leave_the_text_are_set_right() -> None:
    html = marked("按百分之二拨缴", [Span(3, 5), Span(1, 4), Span(6, 99), Span(2, 2)])
    assert html == "按<mark>百分之二</mark>拨<mark>缴</mark>"


def test_direction_marks_and_control_characters_are_shown_as_unreadable() -> None:
    assert esc("甲\u202e乙\x00\ud800") == "甲\ufffd乙\ufffd\ufffd"


def test_titles_and_quotations_nest_as_the_standard_says() -> None:
    assert titled("关于印发《某办法》的通知") == "《关于印发〈某办法〉的通知》"
    assert quoted("称为“会员”，\n　　包括：") == "“称为‘会员’，包括：”"


# --- the answer --------------------------------------------------------------------------------------------


def test_the_numbers_of_the_page_are_those_of_the_json() -> None:
    answer = ENGINE.ask("会员会费怎样交纳")
    cited, _ = passages(answer)
    told = [(n, c.quote) for p in cited for n, c in zip(p.numbers, p.citations, strict=True)]
    assert sorted(told) == [(c["id"], c["quote"]) for c in answer_json(answer)["citations"]]


def test_two_quotations_of_one_passage_share_its_card() -> None:
    answer = ENGINE.ask("会员会费怎样交纳")
    first = answer.statements[0]
    citation = first.citations[0]
    other = replace(citation, span=Span(citation.span.start, citation.span.start + 2), quote="会员")
    both = replace(answer, statements=(first, replace(first, text="会员", citations=(other,))))
    cited, related = passages(both)
    assert [p.numbers for p in cited] == [(1, 2)]
    assert cited[0].spans == (citation.span, other.span)
    html = render_answer(both, Scope(TODAY, TODAY), STATUS, ZH)
    assert 'href="#passage-2"' in html
    assert 'id="passage-2"' in html
    assert len(related) == len(answer.hits) - 1


def test_a_citation_outside_every_passage_shows_its_own_words() -> None:
    answer = replace(ENGINE.ask("会员会费怎样交纳"), hits=())
    cited, _ = passages(answer)
    assert cited[0].text == answer.statements[0].citations[0].quote
    assert cited[0].marks == (Span(0, len(cited[0].text)),)


def test_the_copied_citation_names_number_address_and_words() -> None:
    source = Source("关于印发《某办法》的通知", "云工发〔2023〕12号")
    assert (
        passage(source=source).reference
        == "《关于印发〈某办法〉的通知》（云工发〔2023〕12号）第二条：“原文。”"
    )
    assert passage(locators=()).reference == "《某办法》：“原文。”"


@pytest.mark.parametrize(
    ("source", "edition"),
    [
        (Source("法", effective=TODAY, status="现行有效"), "（2026年11月22日起施行的文本）"),
        (Source("法", effective=TODAY, status="已废止"), "（2026年11月22日起施行的文本，已废止）"),
        (Source("法", "某〔2020〕1号", status="被取代"), "（某〔2020〕1号，已被取代）"),
        (
            Source("法", effective=TODAY, issued=TODAY, origin={"effective": "推断"}),
            "（2026年11月22日的文本）",
        ),
        (Source("法", effective=TODAY, origin={"effective": "推断"}), ""),
        (Source("法", status="已废止"), "（已废止）"),
    ],
)
def test_the_copied_citation_names_the_edition(source: Source, edition: str) -> None:
    assert passage(source=source).reference == f"《法》{edition}第二条：“原文。”"


def test_the_copied_citation_gives_the_article_once() -> None:
    assert passage(text="第二条　原文。").reference == "《某办法》第二条：“原文。”"
    assert (
        passage(text="第二条规定的，从其规定。").reference == "《某办法》第二条：“第二条规定的，从其规定。”"
    )
    answer = ENGINE.ask("会员会费怎样交纳")
    citation = answer.statements[0].citations[0]
    whole = replace(citation, quote=f"{citation.article}　原文。", locator="第二条第一款")
    assert passage(citations=(whole,)).reference.endswith("第二条第一款：“原文。”")


def test_a_day_that_no_text_states_is_told_as_inferred() -> None:
    source = replace(SOURCES[LAW], origin={"effective": "推断"})
    assert "本版本自2024年1月1日起施行（推断）" in plain(card(passage(source=source), ZH))
    document = replace(ENGINE.document(LAW), source=source)
    assert "施行日期（推断）2024年1月1日" in plain(render_reader(document, [], ZH, "1"))
    assert "推断" not in plain(render_reader(ENGINE.document(LAW), [], ZH, "1"))


def test_a_card_tells_number_level_region_validity_dates_and_page() -> None:
    source = Source(
        "某办法",
        "某〔2020〕1号",
        None,
        None,
        date(2020, 1, 1),
        date(2024, 1, 1),
        "被取代",
        "部门规章",
        "全国",
    )
    html = card(passage(source=source, page=7, path=("第一章 总则", "第二条"), lead="有下列情形之一的："), ZH)
    assert "被取代2020年1月1日起施行2024年1月1日起失效某〔2020〕1号部门规章全国第 7 页" in plain(html)
    assert "第一章 总则" in plain(html)
    assert "有下列情形之一的：" in plain(html)


def test_a_text_that_is_not_in_force_is_never_shown_without_a_warning() -> None:
    html = shown("会员会费百分之一", any_day=True)
    assert re.search(r"依据 (\[\d\])+ 的效力状态为“已废止”", plain(html))


def test_the_answer_says_whose_law_and_which_days() -> None:
    html = shown("会员会费", levels=("地方性法规",), regions=("浙江",), day="2025-01-01")
    assert "按2025年1月1日施行的规定；层级：地方性法规；地区：浙江及全国" in plain(html)
    assert "Any date" in plain(shown("会员会费", EN, any_day=True))


def test_the_rules_of_a_place_and_of_the_whole_country_apply_there() -> None:
    asked: list[Filter] = []

    class Listening(FakeEngine):
        def ask(self, question: str, where: Filter = Filter()) -> Answer:  # noqa: B008 - a frozen value
            asked.append(where)
            return super().ask(question, where)

    chosen: list[tuple[str, ...]] = [(), ("浙江",), ("浙江", "全国"), ("全国",)]
    told = [
        plain(respond(desk(Listening()), Form("会费", regions=some), ZH, lambda: TODAY)) for some in chosen
    ]
    assert [where.region for where in asked] == [(), ("浙江", "全国"), ("浙江", "全国"), ("全国",)]
    assert "地区" not in told[0].split("施行的规定")[1][:10]
    assert "地区：浙江及全国" in told[1]
    assert "地区：浙江及全国" in told[2]
    assert "地区：全国" in told[3]


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("会员会费怎样交纳", {}),
        ("会员买彩票", {}),
        ("请出错", {}),
        ("会费<b>", {"day": "去年"}),
        ("会" * 2001, {}),
    ],
)
def test_every_result_stands_under_its_question(question: str, form: dict[str, Any]) -> None:
    heading = re.search(r'<h2 class="asked">(.*?)</h2>', shown(question, **form))
    assert heading
    assert unescape(heading[1]) == (question if len(question) < 300 else "会" * 300 + "…")


def test_an_abstention_says_each_thing_once() -> None:
    told = plain(shown("会员买彩票"))
    assert told.count("没有找到") == told.count(ZH.advice) == told.count("所查文件") == 1
    asked = replace(ENGINE.ask("会员买彩票"), silence=Silence("which_article", "请写明要查第几条。"))
    assert ZH.advice not in render_answer(asked, Scope(TODAY, TODAY), STATUS, ZH)
    assert "say which article" in render_answer(asked, Scope(TODAY, TODAY), STATUS, EN)


def test_an_abstention_gives_reason_scope_and_the_closest_passages() -> None:
    html = shown("会员买彩票")
    assert 'class="note"' not in html
    told = plain(html)
    for words in (
        "所查文件都没有提到“彩票”。",
        "已查 4 份文件、9 条条文",
        "按2026年11月22日（今天）施行的规定",
        "不构成回答",
    ):
        assert words in told


@pytest.mark.parametrize(("texts", "words"), [(ZH, "甲法共3条，没有第九条。"), (EN, "has no such article")])
def test_an_address_that_cannot_be_shown_is_told_above_the_answer(texts: Texts, words: str) -> None:
    missing = Silence("out_of_range", "甲法共3条，没有第九条。")
    answer = replace(FakeEngine().ask("会费"), unshown=(missing,))
    html = render_answer(answer, Scope(None, TODAY), STATUS, texts)
    assert words in plain(html[: html.index("<ol")])


def test_an_answer_without_passages_still_abstains() -> None:
    nothing = Answer("x", (), (), True, None)
    html = render_answer(nothing, Scope(None, TODAY), STATUS, ZH)
    assert "没有找到可靠依据" in html
    assert "不构成回答" not in html


@pytest.mark.parametrize("texts", LANGUAGES, ids=lambda texts: texts.lang)
def test_hostile_words_are_only_words(texts: Texts) -> None:
    html = shown(f"会费与脚本{HOSTILE}", texts, any_day=True)
    assert HOSTILE in plain(html)
    assert not re.search(r"<(script|img)|\$\{|\{\{", html)


@pytest.mark.parametrize(
    ("form", "told"),
    [
        (Form("  "), ZH.empty),
        (Form("会" * 2001), "最多 2000 字"),
        (Form("会费", day="上周"), "看不懂日期“上周”"),
        (Form("会费", day="\ud800"), "看不懂日期“\ufffd”"),
    ],
)
def test_what_cannot_be_asked_is_explained(form: Form, told: str) -> None:
    assert told in plain(respond(desk(), form, ZH, lambda: TODAY))


def test_the_page_asks_for_the_law_of_today_unless_told_otherwise() -> None:
    asked: list[Filter] = []

    class Listening(FakeEngine):
        def ask(self, question: str, where: Filter = Filter()) -> Answer:  # noqa: B008 - a frozen value
            asked.append(where)
            return super().ask(question, where)

    for form in (Form("会费"), Form("会费", day="2020-01-01"), Form("会费", any_day=True, day="2020-01-01")):
        respond(desk(Listening()), form, ZH, lambda: TODAY)
    assert [where.in_force_on for where in asked] == [TODAY, date(2020, 1, 1), None]


def test_when_every_place_is_taken_the_user_is_told_to_wait() -> None:
    gate = Gate(at_once=1, patience_s=0.0)
    with gate.place():
        assert ZH.busy in plain(respond(desk(gate=gate), Form("会费"), ZH))
    assert ZH.busy not in plain(respond(desk(gate=gate), Form("会费"), ZH))


def test_an_unforeseen_error_is_logged_by_number_without_the_question(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        html = plain(shown("出错 canary"))
    number = re.search(r"编号 ([0-9a-f]{8})", html)
    assert number
    assert number[1] in caplog.text
    assert "RuntimeError" in caplog.text
    assert "canary" not in caplog.text


def test_the_foot_of_an_empty_index_says_what_to_do() -> None:
    assert "rag ingest" in render_footer({"documents": 0}, "1", ZH)


def test_examples_come_from_the_texts_in_force() -> None:
    assert example_questions(cast(Any, ENGINE)) == ["云山省工会工作条例对工会的经费有哪些规定？"]


# --- the reader --------------------------------------------------------------------------------------------


def law_text(html: str) -> str:
    """The words of the law in a reader's page, a line for each paragraph."""
    inside = html.split('<article class="law" lang="zh-CN">')[1].split("</article>")[0]
    return plain("\n".join(re.findall(r"<p class=\"(?!page-number)[a-z]+\">(.*?)</p>", inside)))


@pytest.mark.parametrize("document_id", SOURCES)
@pytest.mark.parametrize("marks", [[], [Span(0, 40)], [Span(9, 30), Span(31, 999)]])
def test_the_reader_shows_the_text_letter_for_letter(document_id: str, marks: list[Span]) -> None:
    document = ENGINE.document(document_id)
    assert law_text(render_reader(document, marks, ZH, "1")) == document.text


def test_the_reader_marks_exactly_the_cited_words() -> None:
    document = ENGINE.document(LAW)
    span = ENGINE.ask("用人单位拨缴经费").statements[0].citations[0].span
    html = render_reader(document, [span], ZH, "1")
    lines = [plain(mark) for mark in re.findall(r"<mark[^>]*>(.*?)</mark>", html)]
    assert "\n".join(lines) == span.of(document.text)
    assert html.count('id="cited"') == 1


def test_pages_are_numbered_where_the_file_has_pages() -> None:
    assert "第 2 页" in render_reader(ENGINE.document(NOTICE), [], ZH, "1")
    assert "第 1 页" not in render_reader(ENGINE.document(LAW), [], ZH, "1")


def test_every_place_has_an_anchor_of_its_own() -> None:
    def leaf(level: str, label: str, start: int, *children: Section) -> Section:
        return Section(level, label, "", Span(start, 100), children)

    first = leaf("paragraph", "第一款", 5, leaf("item", "第一项", 7))
    only = leaf("article", "第二条", 20, leaf("paragraph", "第一款", 20, leaf("item", "第一项", 22)))
    outline = leaf(
        "root", "", 0,
        leaf("chapter", "第一章", 0,
             leaf("article", "第一条", 5, first, leaf("paragraph", "第二款", 9)), only),
        leaf("appendix", "附件1", 50, leaf("heading", "一", 60, leaf("subheading", "（一）", 70)),
             leaf("heading", "一", 80)),
    )  # fmt: skip
    assert [anchor.name for anchor in anchors(outline)] == [
        "第一章", "第一条", "第一条第一款", "第一条第一款第一项", "第一条第二款", "第二条", "第二条第一项",
        "附件1", "附件1一", "附件1一（一）", "附件1一～2",
    ]  # fmt: skip


def test_the_reader_tells_what_the_document_is() -> None:
    told = plain(render_reader(ENGINE.document(NOTICE), [], ZH, "1"))
    for words in ("文号云工发〔2023〕12号", "发布机关云山省总工会", "公布日期2023年5月6日", "效力效力待核实"):
        assert words in told


def test_only_the_web_is_linked_to() -> None:
    hostile = ENGINE.document(HOSTILE_ID)
    assert 'href="javascript' not in render_reader(hostile, [], ZH, "1")
    public = replace(hostile, source=replace(hostile.source, url="https://example.org/?a=1&b=2"))
    assert 'href="https://example.org/?a=1&amp;b=2" rel="noopener' in render_reader(public, [], ZH, "1")


def test_a_document_that_is_gone_is_a_calm_page() -> None:
    assert "去提问" in render_unknown(ZH, "1")
