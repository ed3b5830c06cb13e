"""The page as a user meets it, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
pytestmark = pytest.mark.browser

QUESTION = "会员每月怎样交纳会费和拨缴经费？"


def ask(page: Any, question: str, label: str = "您的问题") -> None:
    box = page.get_by_label(label, exact=True)
    box.fill(question)
    box.press("Enter")


def open_filters(page: Any) -> None:
    page.get_by_role("button", name="筛选：层级、地区、日期").click()


def test_an_answer_is_numbered_statements_in_the_words_of_the_source(page: Any) -> None:
    ask(page, QUESTION)
    said = page.locator(".statements li")
    expect(said).to_have_count(2)
    expect(said.nth(0)).to_contain_text("会员每月按本人工资收入的千分之五交纳会费。")
    expect(said.nth(0).locator("a.note")).to_have_text("[1]")
    expect(page.locator(".answer .scope")).to_contain_text("（今天）施行的规定")


def test_the_button_asks_too(page: Any) -> None:
    page.get_by_label("您的问题", exact=True).fill(QUESTION)
    page.get_by_role("button", name="查询", exact=True).click()
    expect(page.locator(".statements li")).to_have_count(2)


def test_enter_that_ends_a_word_of_an_input_method_does_not_ask(page: Any) -> None:
    page.get_by_label("您的问题", exact=True).fill("会费")
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "hui", "selectionStart": 3, "selectionEnd": 3})
    session.send(
        "Input.dispatchKeyEvent", {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, "key": "Enter"}
    )
    session.send("Input.insertText", {"text": "会"})
    expect(page.get_by_label("您的问题", exact=True)).to_have_value("会费会")
    expect(page.locator("#result .start")).to_be_visible()


def test_a_note_leads_to_its_passage_and_back(page: Any) -> None:
    ask(page, QUESTION)
    page.locator("a.note").nth(1).click()
    card = page.locator("#passage-2")
    expect(card).to_be_focused()
    expect(card).to_be_in_viewport()
    expect(card).to_have_class(re.compile(r"\bflash\b"))
    card.get_by_role("button", name="回到回答").click()
    expect(page.locator("a.note").nth(1)).to_be_focused()


def test_a_passage_says_where_it_stands_and_marks_the_words(page: Any) -> None:
    ask(page, QUESTION)
    card = page.locator("#passage-1")
    expect(card.get_by_role("heading")).to_have_text("《云山省工会工作条例》第二条第一款")
    expect(card.locator(".facts")).to_contain_text("现行有效2024年1月1日起施行地方性法规浙江")
    expect(card.locator("mark")).to_have_text("会员每月按本人工资收入的千分之五交纳会费。")
    others = page.locator(".card.related")
    expect(page.get_by_role("heading", name="其他相关条文")).to_be_visible()
    expect(others.first).to_contain_text("云工发〔2023〕12号")
    expect(others.first).to_contain_text("第 2 页")


def test_the_original_opens_at_the_marked_words(page: Any, context: Any) -> None:
    ask(page, QUESTION)
    with context.expect_page() as opened:
        page.locator("#passage-2").get_by_role("link", name="查看原文").click()
    reader = opened.value
    expect(reader.locator("mark").first).to_contain_text("用人单位按全部职工工资总额的百分之二")
    expect(reader.locator("#cited")).to_be_in_viewport()
    reader.get_by_role("navigation", name="目录").get_by_role("link", name="第四条").click()
    expect(reader).to_have_url(re.compile("#%E7%AC%AC%E5%9B%9B%E6%9D%A1$"))


def test_the_reader_of_a_file_with_an_odd_name(page: Any, context: Any) -> None:
    ask(page, "会费由基层工会按季度收缴吗")
    with context.expect_page() as opened:
        page.locator(".card", has_text="云工发〔2023〕12号").first.get_by_role(
            "link", name="查看原文"
        ).click()
    expect(opened.value.get_by_text("总工会文件/会费 收缴办法#1.pdf")).to_be_visible()


def test_copying_gives_the_citation_in_official_style(page: Any, context: Any) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, QUESTION)
    page.locator("#passage-1").get_by_role("button", name="复制引用").click()
    expect(page.locator("#passage-1").get_by_role("button", name="已复制")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert (
        copied
        == "《云山省工会工作条例》（2024年1月1日起施行的文本）第二条第一款：“会员每月按本人工资收入的千分之五交纳会费。”"
    )


def test_copying_works_without_the_clipboard_of_a_secure_page(page: Any, context: Any) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    refuse = "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not secure')); }"
    page.evaluate(refuse)
    ask(page, QUESTION)
    page.locator("#passage-2").get_by_role("button", name="复制引用").click()
    expect(page.locator("#passage-2").get_by_role("button", name="已复制")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith(
        "《云山省工会工作条例》（2024年1月1日起施行的文本）第三条第一款：“用人单位"
    )


def test_filters_narrow_the_passages_and_are_told(page: Any) -> None:
    open_filters(page)
    page.get_by_role("checkbox", name="总工会文件").check()
    ask(page, QUESTION)
    expect(page.locator(".answer .scope")).to_contain_text("；层级：总工会文件")
    expect(page.locator(".card", has_text="云山省工会工作条例")).to_have_count(0)


def test_what_applies_in_a_region_is_its_own_rules_and_the_national_ones(page: Any) -> None:
    open_filters(page)
    page.get_by_role("combobox", name="适用地区").click()
    page.get_by_role("option", name="浙江").click()
    ask(page, QUESTION)
    expect(page.locator(".answer .scope")).to_contain_text("；地区：浙江及全国")
    expect(page.locator(".card", has_text="云工发").first).to_be_visible()


def test_the_list_of_regions_leaves_the_question_in_sight(page: Any) -> None:
    open_filters(page)
    field = page.get_by_role("combobox", name="适用地区")
    field.click()
    first = page.get_by_role("option").first
    expect(first).to_be_in_viewport()
    page.set_viewport_size({"width": 390, "height": 844})
    for option in page.get_by_role("option").all():
        option.click(trial=True)
    assert first.bounding_box()["y"] > field.bounding_box()["y"]


def test_the_law_of_another_day(page: Any) -> None:
    open_filters(page)
    page.get_by_label("按哪一天施行的规定回答").fill("2010年5月1日")
    ask(page, "会员每月会费")
    expect(page.locator(".answer .scope")).to_have_text("按2010年5月1日施行的规定")
    expect(page.locator(".statements li").first).to_contain_text("百分之一")
    expect(page.locator(".caution").first).to_contain_text("依据 [1] 的效力状态为“已废止”")
    expect(page.locator("#passage-1 .badge")).to_have_text("已废止")


def test_a_date_that_is_none_is_explained(page: Any) -> None:
    open_filters(page)
    page.get_by_label("按哪一天施行的规定回答").fill("去年")
    ask(page, "会费")
    expect(page.locator(".message")).to_contain_text("看不懂日期“去年”。请写成 2020-05-01 的样子")


def test_an_abstention_says_why_and_what_was_searched(page: Any) -> None:
    ask(page, "买彩票中奖要交会费吗")
    panel = page.locator(".abstained")
    expect(panel).to_contain_text("没有找到可靠依据，不作回答")
    expect(panel).to_contain_text("所查文件都没有提到“彩票”")
    expect(panel).to_contain_text("已查 4 份文件、9 条条文")
    expect(page.get_by_role("heading", name="最接近的条文（不构成回答）")).to_be_visible()
    expect(page.locator("a.note")).to_have_count(0)


@pytest.mark.parametrize(
    ("question", "told"),
    [(" ", "请先写下问题"), ("会费" * 1500, "最多 2000 字"), ("请出错", "请把编号")],
)
def test_what_cannot_be_asked_is_told_calmly(page: Any, question: str, told: str) -> None:
    ask(page, question)
    expect(page.locator(".message")).to_contain_text(told)
    expect(page.locator(".message")).not_to_contain_text("secret")


def test_a_question_asked_while_the_page_still_loads_is_answered(page: Any) -> None:
    for _ in range(8):
        page.goto("/")
        ask(page, QUESTION)
        expect(page.locator(".statements li")).to_have_count(2)


def test_an_example_asks_itself(page: Any) -> None:
    example = page.locator("a.example").first
    question = example.inner_text()
    example.click()
    expect(page.get_by_label("您的问题", exact=True)).to_have_value(question)
    expect(page.locator(".answer, .abstained")).to_be_visible()


def test_a_question_in_the_address_is_asked_and_leaves_it(context: Any, server: str) -> None:
    for number in range(8):
        page = context.new_page()
        page.goto(f"/?q=会员会费{number}")
        expect(page.locator(".answer .asked")).to_have_text(f"会员会费{number}")
        expect(page).to_have_url(f"{server}/")
        page.close()


def test_a_question_asked_while_another_is_under_way_is_answered_after_it(page: Any) -> None:
    ask(page, "慢：会员会费")
    ask(page, QUESTION)
    expect(page.locator(".answer .asked")).to_have_text(QUESTION)
    expect(page.locator("#result")).not_to_have_attribute("aria-busy", "true")


def test_until_the_answer_comes_the_last_one_is_shown_as_past(page: Any) -> None:
    ask(page, QUESTION)
    expect(page.locator(".answer .asked")).to_have_text(QUESTION)
    ask(page, "慢：会员会费")
    expect(page.locator("#result")).to_have_attribute("aria-busy", "true")
    expect(page.locator("[data-turn]")).to_have_css("opacity", "0.45")
    expect(page.locator(".answer .asked")).to_have_text("慢：会员会费")
    expect(page.locator("[data-turn]")).to_have_css("opacity", "1")


def test_without_a_server_no_old_answer_stands_under_a_new_question(page: Any, context: Any) -> None:
    ask(page, QUESTION)
    expect(page.locator(".answer")).to_be_visible()
    context.set_offline(True)
    ask(page, "会员会费")
    expect(page.get_by_role("alert").filter(has_text="与服务器的连接断了")).to_be_visible()
    expect(page.locator(".answer")).to_be_hidden()
    context.set_offline(False)
    page.get_by_role("button", name="重新载入").click()
    expect(page.locator(".answer .asked")).to_have_text("会员会费")


def test_a_reload_and_the_other_language_keep_question_and_filters(page: Any) -> None:
    open_filters(page)
    page.get_by_role("checkbox", name="地方性法规").check()
    page.get_by_role("combobox", name="适用地区").click()
    page.get_by_role("option", name="浙江").click()
    page.get_by_label("按哪一天施行的规定回答").fill("2025-05-01")
    ask(page, QUESTION)
    told = "按2025年5月1日施行的规定；层级：地方性法规；地区：浙江及全国"
    expect(page.locator(".answer .scope")).to_have_text(told)
    page.reload()
    expect(page.locator(".answer .scope")).to_have_text(told)
    expect(page.get_by_label("您的问题", exact=True)).to_have_value(QUESTION)
    open_filters(page)
    expect(page.get_by_role("checkbox", name="地方性法规")).to_be_checked()
    expect(page.get_by_label("按哪一天施行的规定回答")).to_have_value("2025-05-01")
    expect(page.locator("#region .token")).to_have_text("浙江")
    page.get_by_role("link", name="English").click()
    expect(page.locator(".answer .scope")).to_contain_text("level: Local regulation; region: Zhejiang")
    expect(page.get_by_label("Your question", exact=True)).to_have_value(QUESTION)
    page.go_back()
    expect(page.locator(".answer .scope")).to_have_text(told)
    assert page.evaluate("localStorage.length") == 0


def test_closed_filters_say_how_many_are_chosen(page: Any) -> None:
    button = page.locator("#filters > button")
    expect(button).to_have_attribute("aria-expanded", "false")
    open_filters(page)
    expect(button).to_have_attribute("aria-expanded", "true")
    page.get_by_role("checkbox", name="地方性法规").check()
    page.locator("#any-day input").check()
    button.click()
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(button.locator("span").first).to_have_attribute("data-chosen", "（已选 2 项）")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_where_the_keyboard_is_can_be_seen(page: Any, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    open_filters(page)
    ring = """() => {
      let at = document.activeElement;
      if (at.closest("#level label")) at = at.closest("#level label");
      if (at.closest("#region")) at = at.closest("#region .wrap");
      const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(at);
      return `${outlineStyle} ${outlineWidth} ${outlineColor}`;
    }"""
    colour = {"light": "rgb(179, 38, 30)", "dark": "rgb(242, 163, 157)"}[scheme]
    page.locator(".language").focus()
    for _ in range(10):
        page.keyboard.press("Tab")
        assert page.evaluate(ring) in (f"solid 3px {colour}", f"solid 2px {colour}")


def test_a_theme_in_the_address_leaves_the_page_readable(page: Any) -> None:
    page.goto("/?__theme=dark")
    page.locator("#result .start").wait_for()
    expect(page.locator("body")).not_to_have_class(re.compile("dark"))
    expect(page.locator("#result .start")).to_be_visible()


def test_copying_twice_gives_the_button_its_name_back(page: Any, context: Any) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, QUESTION)
    button = page.locator("#passage-1 [data-do=copy]")
    button.dblclick()
    expect(button).to_have_text("已复制")
    expect(button).to_have_text("复制引用")


def test_the_outline_marks_the_article_of_the_quoted_words(page: Any) -> None:
    for number, name in ((1, "第二条"), (2, "第三条")):
        page.goto("/")
        ask(page, QUESTION)
        address = (
            page.locator(f"#passage-{number}").get_by_role("link", name="查看原文").get_attribute("href")
        )
        page.goto(address)
        expect(page.locator("#outline [aria-current]")).to_have_text(name)
    page.get_by_role("navigation", name="目录").get_by_role("link", name="第四条").click()
    expect(page.locator("#outline [aria-current]")).to_have_text("第四条")


def test_english_is_one_click_away(page: Any) -> None:
    page.get_by_role("link", name="English").click()
    expect(page).to_have_title("Union policy answers")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    ask(page, QUESTION, "Your question")
    expect(page.locator("#passage-1 .badge")).to_have_text("In force")
    expect(page.locator("#passage-1 .facts")).to_contain_text("Local regulation")
    expect(page.locator("#passage-1").get_by_role("link", name="View original")).to_have_attribute(
        "href", re.compile(r"^/en/doc/")
    )
    page.get_by_role("link", name="中文").click()
    expect(page).to_have_title("工会政策问答")


@pytest.mark.parametrize("root", ["/", "/en/"])
def test_hostile_words_stay_words(page: Any, context: Any, root: str) -> None:
    page.goto(root)
    label = "您的问题" if root == "/" else "Your question"
    page.locator("#filters > button").click()
    page.locator("#any-day input").check()
    ask(page, "会费与脚本<script>window.hacked=1</script>${window.hacked=2}{{value}}", label)
    expect(page.locator("#passage-1 h3")).to_contain_text("<script>window.hacked=1</script>")
    expect(page.locator("#passage-1 h3")).to_contain_text("${window.hacked=3}{{value}}\\users")
    with context.expect_page() as opened:
        page.locator("#passage-1 a", has_text=re.compile("查看原文|View original")).click()
    reader = opened.value
    expect(reader.locator("h1")).to_contain_text("<script>window.hacked=1</script>")
    expect(reader.get_by_text("javascript:alert(1)")).to_have_js_property("tagName", "DD")
    for shown in (page, reader):
        assert shown.evaluate("window.hacked") is None
        expect(shown.locator("img")).to_have_count(0)


@pytest.mark.parametrize("root", ["/", "/en/"])
def test_a_phone_shows_everything_without_scrolling_sideways(page: Any, context: Any, root: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(root)
    page.locator("#filters > button").click()
    page.locator("#any-day input").check()
    ask(page, "会费与脚本", "您的问题" if root == "/" else "Your question")
    expect(page.locator("#passage-1")).to_be_visible()
    with context.expect_page() as opened:
        page.locator("#passage-1 a", has_text=re.compile("查看原文|View original")).click()
    reader = opened.value
    reader.set_viewport_size({"width": 390, "height": 844})
    expect(reader.locator("#cited")).to_be_in_viewport()
    for shown in (page, reader):
        assert shown.evaluate("document.documentElement.scrollWidth") == 390


def test_the_outline_of_a_phone_opens_and_closes(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/doc/地方性法规/云山省工会工作条例.md")
    outline = page.get_by_role("navigation", name="目录")
    expect(outline).to_be_hidden()
    page.get_by_role("button", name="目录").click()
    expect(outline).to_be_visible()
    page.keyboard.press("Escape")
    expect(outline).to_be_hidden()
    page.get_by_role("button", name="目录").click()
    outline.get_by_role("link", name="第三条").click()
    expect(outline).to_be_hidden()


def test_the_keyboard_alone_is_enough(page: Any, context: Any) -> None:
    box = page.get_by_label("您的问题", exact=True)
    expect(box).to_be_focused()
    expect(page.locator("#filters > button")).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Escape")
    expect(box).not_to_be_focused()
    page.keyboard.press("/")
    expect(box).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".statements li")).to_have_count(2)
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    expect(page.locator("#passage-2")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("a.note").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#passage-2")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#passage-2").get_by_role("button", name="复制引用")).to_be_focused()
    page.keyboard.press("Tab")
    with context.expect_page() as opened:
        page.keyboard.press("Enter")
    expect(opened.value.locator("#cited")).to_be_in_viewport()


def test_a_screen_reader_hears_one_line(page: Any) -> None:
    ask(page, QUESTION)
    expect(page.get_by_role("status").filter(has_text="2 句回答，2 条依据")).to_have_count(1)


def test_the_foot_counts_what_is_searched(page: Any) -> None:
    expect(page.locator("#foot")).to_contain_text("共 4 份文件、9 条条文 · 检索模型 假模型 · 版本")


def test_a_document_that_is_gone(page: Any) -> None:
    response = page.goto("/doc/没有.md")
    assert response.status == 404
    expect(page.get_by_role("heading", name="没有这份文件")).to_be_visible()
    page.get_by_role("link", name="去提问").click()
    expect(page.locator("#result .start")).to_be_visible()
