"""“This answered me” as a user meets it, in a real browser."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
pytestmark = pytest.mark.browser

NAME = re.compile(r"^(这条解决了我的问题|This answered me|已记下|Noted)$")
ADDRESS = "**/api/v1/answered"


def ask(page: Any, question: str) -> None:
    box = page.locator("#question textarea")
    box.fill(question)
    box.press("Enter")
    expect(page.locator(".asked")).to_have_text(question)


def button(page: Any, card: str) -> Any:
    return page.locator(card).get_by_role("button", name=NAME)


def test_by_keyboard_alone_the_passage_is_kept_and_stands_first_next_time(page: Any) -> None:
    question = "会员每月怎样交纳会费，单位怎样拨缴经费？"
    ask(page, question)
    expect(page.locator("#passage-2 h3")).to_contain_text("第三条")
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    for name in ("复制引用", "查看原文", "这条解决了我的问题"):
        page.keyboard.press("Tab")
        expect(page.locator("#passage-2 .actions :focus")).to_have_text(name)
    page.get_by_label("您的问题", exact=True).evaluate("box => { box.value = '框里已是别的话'; }")
    page.keyboard.press("Enter")
    done = page.locator("#passage-2 [data-do=answered]")
    expect(done).to_have_text("已记下")
    expect(done).to_be_focused()
    expect(done).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_role("status").filter(has_text="已记下")).to_have_count(1)
    expect(button(page, "#passage-1")).to_have_text("这条解决了我的问题")
    page.reload()  # asks again what was asked
    expect(page.locator("#passage-1 h3")).to_contain_text("第三条")


def test_once_kept_it_is_not_sent_again(page: Any) -> None:
    sent: list[Any] = []
    page.on(
        "request", lambda request: sent.append(request.post_data_json) if "answered" in request.url else None
    )
    ask(page, "会费由基层工会按季度收缴吗？")
    card = page.locator("#passage-1")
    passage, source = (card.get_attribute(f"data-{name}") for name in ("passage", "document"))
    done = button(page, "#passage-1")
    done.dblclick()
    expect(done).to_have_text("已记下")
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    ask(page, "会费")
    assert source == "总工会文件/会费 收缴办法#1.pdf"
    assert sent == [{"question": "会费由基层工会按季度收缴吗？", "passage": int(passage), "document": source}]


@pytest.mark.parametrize("width", [1280, 390])
def test_a_passage_whose_number_is_another_documents_by_now_is_not_kept(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    ask(page, "新入会的会员会费")
    card = page.locator("#passage-1")
    own = card.get_attribute("data-passage")
    card.evaluate("card => { card.dataset.passage = '301'; }")  # as if the index had been rebuilt meanwhile
    button(page, "#passage-1").click()
    expect(card.get_by_role("alert")).to_have_text("没有记下：这段条文已不在索引里。请重新提问。")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    card.evaluate("(card, own) => { card.dataset.passage = own; }", own)
    button(page, "#passage-1").click()
    expect(button(page, "#passage-1")).to_have_text("已记下")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_passage_beside_an_abstention_may_have_answered_too(page: Any) -> None:
    ask(page, "买彩票也算会费吗")
    first = button(page, ".card >> nth=0")
    first.click()
    expect(first).to_have_text("已记下")


@pytest.mark.parametrize(
    ("root", "question", "told"),
    [
        ("/", "会费被占用了吗", "没有记下：另一个程序正在写入索引。请稍后再试。"),
        ("/en/", "会费被占用了吗", "Not kept: 另一个程序正在写入索引。请稍后再试。"),
        ("/", "会费怎样交纳" * 90, "没有记下：只能记下 2 到 500 个字的问题。"),
    ],
)
def test_what_cannot_be_kept_is_told_in_the_card(page: Any, root: str, question: str, told: str) -> None:
    page.goto(root)
    box = page.locator("#question textarea")
    box.fill(question)
    box.press("Enter")
    offered = button(page, "#passage-1")
    for _ in range(2):  # it may be tried again, and is told once
        offered.click()
        expect(page.locator("#passage-1").get_by_role("alert")).to_have_text(told)
        expect(offered).not_to_have_attribute("aria-disabled", "true")
    ask(page, "会员每月会费")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_server_that_is_gone_is_told_in_the_card(page: Any) -> None:
    ask(page, "会员每月会费")
    page.route(ADDRESS, lambda route: route.abort())
    button(page, "#passage-1").click()
    expect(page.locator("#passage-1").get_by_role("alert")).to_have_text(
        "没有记下：连不上服务器，请稍后再试。"
    )
    page.unroute(ADDRESS)
    button(page, "#passage-1").click()
    expect(button(page, "#passage-1")).to_have_text("已记下")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_hostile_words_stay_words(page: Any) -> None:
    question = "会费\"'><img src=x onerror=window.hacked=1><script>window.hacked=2</script>${window.hacked=3}"
    ask(page, question)
    told: list[Any] = []

    def refuse(route: Any) -> None:
        told.append(route.request.post_data_json["question"])
        body = json.dumps({"error": "<img src=x onerror=window.hacked=4>"})
        route.fulfill(status=503, content_type="application/json", body=body)

    page.route(ADDRESS, refuse)
    button(page, "#passage-1").click()
    expect(page.locator("#passage-1").get_by_role("alert")).to_contain_text(
        "<img src=x onerror=window.hacked=4>"
    )
    assert told == [question]
    assert page.evaluate("window.hacked") is None
    expect(page.locator("#result img")).to_have_count(0)


@pytest.mark.parametrize("root", ["/", "/en/"])
def test_on_a_phone_it_has_its_place(page: Any, root: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(root)
    ask(page, "会费在小屏上怎样交纳？")
    offered = button(page, "#passage-1")
    box = offered.bounding_box()
    assert box["height"] >= 36
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    offered.click()
    expect(offered).to_have_text(re.compile("已记下|Noted"))
    assert page.evaluate("document.documentElement.scrollWidth") == 390
