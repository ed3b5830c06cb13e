"""“This answered me”: what the API keeps and refuses to, and what the cards offer."""

from __future__ import annotations

import json
import logging
import re
from datetime import date
from html import unescape
from typing import Any, cast

import pytest
from fake_engine import HOSTILE, SOURCES, FakeEngine
from fastapi import FastAPI
from starlette.testclient import TestClient

from rag.errors import RagError, StoreBusy, StoreUnwritable
from rag.screen import show_status
from rag.types import EVERYTHING, Answer, Filter
from rag.web.api import add_api
from rag.web.asking import Desk, Form, Gate, respond
from rag.web.guard import Guard
from rag.web.texts import EN, LANGUAGES, ZH, Texts

QUESTION = "会员每月怎样交纳会费和拨缴经费？"
ADDRESS = "/api/v1/answered"
LAW, NOTICE, *_ = SOURCES
BODY: dict[str, str | int] = {"question": QUESTION, "passage": 3, "document": LAW}


def opened(engine: Any, *, keeps: bool = True) -> TestClient:
    app = FastAPI()
    add_api(app, Desk(engine, Gate(), 2000, keeps))
    app.add_middleware(Guard, hosts={"testserver"})
    return TestClient(app)


def shown(question: str, texts: Texts = ZH, *, keeps: bool = True, engine: Any = None) -> str:
    return respond(Desk(engine or cast(Any, FakeEngine()), Gate(), 2000, keeps), Form(question), texts)


# --- the API -----------------------------------------------------------------------------------------------


def test_what_answered_is_kept() -> None:
    engine = FakeEngine()
    told = opened(engine).post(ADDRESS, json=BODY)
    assert (told.status_code, told.json()) == (200, {"kept": True})
    assert engine.kept == [(QUESTION, 3)]


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"\xff"])
def test_what_is_no_mark_is_a_400_with_a_reason(body: bytes) -> None:
    told = opened(FakeEngine()).post(ADDRESS, content=body)
    assert told.status_code == 400
    assert told.json()["error"].endswith("。")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("question", "1"), ("question", f'"{"q" * 501}"'),
        ("passage", "null"), ("passage", '"3"'), ("passage", "true"), ("passage", "3.0"), ("passage", "0"),
        ("passage", "-1"), ("passage", "9223372036854775808"), ("passage", "1e999"), ("passage", "9" * 5000),
        ("document", "null"), ("document", '""'), ("document", "3"), ("document", f'["{LAW}"]'),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_used_is_a_400_that_names_it(name: str, value: str) -> None:
    engine = FakeEngine()
    known = {key: json.dumps(one) for key, one in BODY.items()} | {name: value}
    body = "{" + ", ".join(f'"{key}": {one}' for key, one in known.items()) + "}"
    told = opened(engine).post(ADDRESS, content=body.encode())
    assert told.status_code == 400
    assert told.json()["error"].endswith("。")
    assert (
        name in told.json()["error"] or "500 个字" in told.json()["error"] or "JSON" in told.json()["error"]
    )
    assert engine.kept == []


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_another_site_cannot_keep_anything(headers: dict[str, str]) -> None:
    engine = FakeEngine()
    assert opened(engine).post(ADDRESS, json=BODY, headers=headers).status_code == 403
    assert opened(engine).post(ADDRESS, json=BODY, headers={"Origin": "http://testserver"}).is_success
    assert engine.kept == [(QUESTION, 3)]


def test_an_address_that_is_only_opened_keeps_nothing() -> None:
    engine = FakeEngine()
    told = opened(engine).get(ADDRESS, params=BODY)
    assert told.status_code in (404, 405)
    assert engine.kept == []


def test_a_body_that_is_too_large_is_refused() -> None:
    assert opened(FakeEngine()).post(ADDRESS, content=b"x" * 70_000).status_code == 413


def test_a_server_for_others_keeps_nothing_for_them() -> None:
    engine = FakeEngine()
    told = opened(engine, keeps=False).post(ADDRESS, json=BODY)
    assert told.status_code == 403
    assert "本机" in told.json()["error"]
    assert engine.kept == []


@pytest.mark.parametrize(
    ("passage", "document"),
    [
        pytest.param(1000, LAW, id="no such passage"),
        pytest.param(3, NOTICE, id="a rebuilt index gave its number to another document"),
        pytest.param(3, "没有.md", id="no such document"),
        pytest.param(3, "\ud800", id="no name of a file"),
    ],
)
def test_a_passage_that_is_gone_is_told(passage: int, document: str) -> None:
    engine = FakeEngine()
    body = json.dumps({"question": QUESTION, "passage": passage, "document": document})
    told = opened(engine).post(ADDRESS, content=body)
    assert (told.status_code, told.json()) == (404, {"error": "这段条文已不在索引里。请重新提问。"})
    assert engine.kept == []


@pytest.mark.parametrize(
    "error", [StoreBusy("正在写入。"), StoreUnwritable("不能写入。"), RagError("不再增加。")]
)
def test_an_index_that_cannot_be_written_now_says_why(error: RagError) -> None:
    class Failing(FakeEngine):
        def answered(self, question: str, passage: int, document: str) -> None:
            raise error

    told = opened(Failing()).post(ADDRESS, json=BODY)
    assert (told.status_code, told.json()) == (503, {"error": str(error)})


def test_an_unforeseen_error_is_a_number_and_the_question_is_in_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        client = opened(FakeEngine())
        told = client.post(ADDRESS, json={**BODY, "question": "出错 canary"})
        assert client.post(ADDRESS, json={**BODY, "question": "canary"}).is_success
    assert told.status_code == 500
    assert re.search(r"编号 [0-9a-f]{8}", told.json()["error"])
    assert "RuntimeError" in caplog.text
    assert "canary" not in caplog.text


# --- the cards ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("texts", LANGUAGES, ids=lambda texts: texts.lang)
@pytest.mark.parametrize("question", [QUESTION, "会员买彩票"])
def test_each_passage_offers_it_with_its_number_and_the_question(texts: Texts, question: str) -> None:
    html = shown(question, texts)
    hits = FakeEngine().ask(question, Filter(in_force_on=date.today())).hits
    cards = re.findall(
        r'<article[^>]* data-passage="(\d+)" data-document="([^"]*)">(.*?)</article>', html, re.DOTALL
    )
    named = sorted((int(number), unescape(document)) for number, document, _ in cards)
    assert named == sorted((hit.id, hit.chunk.document_id) for hit in hits)
    assert all(f">{texts.answered}</button>" in card for *_, card in cards)
    assert set(re.findall(r' data-question="([^"]*)"', html)) == {question}


def test_words_outside_every_passage_found_offer_nothing() -> None:
    class Alone(FakeEngine):
        def ask(self, question: str, where: Filter = EVERYTHING) -> Answer:
            found = super().ask(question, where)
            return Answer(question, found.statements, (), False)

    html = shown(QUESTION, engine=Alone())
    assert '<article class="card cited"' in html
    assert "data-passage" not in html
    assert 'data-do="answered"' not in html


def test_a_server_for_others_offers_nothing() -> None:
    html = shown(QUESTION, keeps=False)
    assert '<article class="card cited"' in html
    assert 'data-do="answered"' not in html
    assert "data-question" not in html


@pytest.mark.parametrize("texts", LANGUAGES, ids=lambda texts: texts.lang)
def test_a_hostile_question_stays_inside_its_attribute(texts: Texts) -> None:
    html = shown(f'会费与脚本" onclick="window.hacked=4{HOSTILE}', texts)
    assert not re.search(r"<(script|img)|\$\{|\{\{", html)
    assert re.search(r' data-question="[^"<>]*&quot; onclick=&quot;[^"<>]*">', html)


def test_both_languages_say_that_it_stays_on_this_machine() -> None:
    assert "本机" in ZH.answered_hint
    assert "this machine" in EN.answered_hint


# --- rag status --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ((120, 3, 40, 100), "题库：120 个问题，覆盖 40/100 条（40.0%）；自己加入的 3 个"),
        ((120, 0, 40, 100), "题库：120 个问题，覆盖 40/100 条（40.0%）"),
        ((0, 0, 0, 0), "题库：0 个问题，覆盖 0/0 条"),
    ],
)
def test_the_status_says_how_far_the_bank_reaches(
    found: tuple[int, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = "questions", "own_questions", "articles_with_questions", "articles"
    show_status({"index": "甲", **dict(zip(names, found, strict=True))})
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["索引：甲", told, f"条文：{found[3]}"]
