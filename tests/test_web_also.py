"""Where the same words stand too: what a card tells of other documents, without a browser."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html import unescape

import pytest
from fake_engine import HOSTILE, SOURCES, FakeEngine

from rag.types import Chunk, Hit, Source, Span
from rag.web.cards import card
from rag.web.passages import Passage, passages
from rag.web.texts import EN, LANGUAGES, ZH, Texts

LAW = Source("某法", effective=date(2022, 1, 1), status="现行有效")
OLD = replace(LAW, effective=date(2009, 8, 27), repealed=date(2022, 1, 1), status="被取代")


def other(source: Source, document: str = "乙.md", locator: str | None = "第三条") -> Hit:
    return Hit(Chunk(document, Span(5, 9), (), locator, locator, None, "原文。"), source, 0.0)


def shown(*also: Hit, texts: Texts = ZH) -> str:
    """The line of a card that tells of ``also``; empty where it has none."""
    known = Passage((), "甲.md", LAW, (), ("第二条",), None, "", "原文。", (), (Span(0, 3),), (), 7, also)
    found = re.search(r'<div class="also">.*?</div>', card(known, texts), re.DOTALL)
    return found.group() if found else ""


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]{0,2000}>", "", html))


def test_a_passage_that_stands_alone_says_nothing_of_it() -> None:
    assert shown() == ""


@pytest.mark.parametrize(
    ("status", "zh", "en"),
    [
        ("现行有效", "", ""),
        ("尚未施行", "（尚未施行）", " (not yet in force)"),
        ("已修改", "（已被修改）", " (amended)"),
        ("被取代", "（已被取代）", " (superseded)"),
        ("已废止", "（已废止）", " (repealed)"),
        ("待核实", "（效力待核实）", " (validity unverified)"),
    ],
)
def test_it_names_title_address_and_whether_that_text_holds(status: str, zh: str, en: str) -> None:
    hit = other(replace(LAW, status=status))
    assert plain(shown(hit)) == f"同文另见：《某法》第三条{zh}"
    assert plain(shown(hit, texts=EN)) == f"Same words in: 《某法》第三条{en}"


@pytest.mark.parametrize("texts", LANGUAGES, ids=lambda texts: texts.lang)
def test_each_place_opens_the_reader_at_the_words(texts: Texts) -> None:
    html = shown(other(OLD, "法律/某 法#1.txt"), texts=texts)
    address = f"{texts.root}doc/%E6%B3%95%E5%BE%8B/%E6%9F%90%20%E6%B3%95%231.txt?s=5&amp;e=9#cited"
    assert f'<a href="{address}" target="_blank" rel="noopener" ' in html


def test_a_place_without_an_article_goes_by_its_title() -> None:
    assert plain(shown(other(replace(LAW, title="关于印发《某法》的通知"), locator=None))) == (
        "同文另见：《关于印发〈某法〉的通知》"
    )


def test_editions_that_would_read_alike_are_told_apart_by_their_day() -> None:
    older = replace(OLD, effective=date(2001, 10, 27), repealed=date(2009, 8, 27))
    named = plain(shown(other(OLD), other(older, "丙.md"), other(LAW, "丁.md")))
    assert named == (
        "同文另见：《某法》第三条（2009年8月27日起施行，已被取代）；"
        "《某法》第三条（2001年10月27日起施行，已被取代）；《某法》第三条"
    )


@pytest.mark.parametrize(("count", "folded"), [(1, 0), (3, 0), (4, 1), (9, 6)])
def test_more_than_three_places_are_folded(count: int, folded: int) -> None:
    html = shown(*(other(replace(LAW, title=f"法{n}"), f"{n}.md") for n in range(count)))
    before, _, behind = html.partition("<details>")
    assert before.count("<a ") == count - folded
    assert behind.count("<a ") == folded
    assert re.findall("《(.*?)》", plain(html)) == [f"法{n}" for n in range(count)]
    assert ("<summary>另有 6 处</summary>" in behind) == (folded == 6)
    assert bool(behind) == bool(folded)


@pytest.mark.parametrize("texts", LANGUAGES, ids=lambda texts: texts.lang)
def test_hostile_words_of_another_document_stay_words(texts: Texts) -> None:
    title, locator = f'"onclick="{HOSTILE}', f"第一条{HOSTILE}"
    html = shown(other(replace(OLD, title=title), f'"><b>{HOSTILE}', locator), texts=texts)
    assert not re.search(r"<(script|img|b)\b|\$\{|\{\{", html)
    assert re.findall(r"<(\w+)", html) == ["div", "p", "a", "span"]
    assert title in plain(html)
    assert locator in plain(html)


def test_a_cited_passage_and_a_related_one_both_keep_their_other_places() -> None:
    answer = FakeEngine().ask("会员每月怎样交纳会费和拨缴经费？")
    also = (other(OLD),)
    hits = tuple(replace(hit, also=also) for hit in answer.hits)
    cited, related = passages(replace(answer, hits=hits))
    assert cited
    assert related
    assert [passage.also for passage in (*cited, *related)] == [also] * len(hits)
    alone, _ = passages(replace(answer, hits=()))  # words outside every passage that was found
    assert [passage.also for passage in alone if passage.also] == []


def test_the_index_finds_the_same_words_elsewhere_for_the_page() -> None:
    first, *rest = FakeEngine().search("会费同文", 10)
    assert {hit.chunk.document_id for hit in first.also} == set(SOURCES) - {first.chunk.document_id}
    assert [hit.also for hit in rest if hit.also] == []
