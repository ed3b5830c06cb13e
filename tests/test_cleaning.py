import json
import re
from pathlib import Path

import pytest

from rag.cleaning import FIXES, clean
from rag.cleaning.edits import Edit, apply
from rag.loaders import load
from rag.types import Box, Page, Raw, Span

CASES = json.loads((Path(__file__).parent / "cases" / "cleaning.json").read_text(encoding="utf-8"))
HAN = re.compile(r"[\u3400-\u9fff〇]")


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_texts_come_clean(case, request):
    if case.get("expect") == "fail":
        request.applymarker(pytest.mark.xfail(strict=True))
    cleaned = clean(Raw(case["text"]))
    assert cleaned.text == case["clean"]
    assert sorted(fix.name for fix in cleaned.fixes) == sorted(case["fixes"])


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_a_clean_text_stays_as_it_is(case):
    once = clean(Raw(case["text"])).text
    assert clean(Raw(once)).text == once


def test_each_fix_tells_its_name_how_often_and_an_example():
    fix = clean(Raw("《中华人民共和国劳动合同1法》和《中华人民共和国工会2法》")).fixes[0]
    assert (fix.name, fix.count) == ("名称中的页码", 2)
    assert "劳动合同1法" in fix.example


def test_an_empty_text_is_left_alone():
    assert clean(Raw("")).text == ""


# --- pages and boxes follow their characters ---------------------------------------------------------


def paged(*pages, width=300.0):
    """A Raw of pages, each a list of (left, right, text); a line is 10 points high, 14 apart."""
    texts, made, start = [], [], 0
    for number, lines in enumerate(pages, 1):
        boxes, at = [], start
        for i, (left, right, text) in enumerate(lines):
            boxes.append(Box(Span(at, at + len(text)), left, 50 + 14 * i, right, 60 + 14 * i))
            at += len(text) + 1
        text = "\n".join(text for _, _, text in lines)
        made.append(Page(number, Span(start, start + len(text)), width, 400.0, tuple(boxes)))
        texts.append(text)
        start += len(text) + 1
    return Raw("\n".join(texts), tuple(made))


BODY, INDENT, FULL = 40, 64, 280  # a character is 12 wide: 20 to a line
PAGES = (
    [(INDENT, FULL, "第一条　工会依法维护职工的合法权益，"), (BODY, FULL, "职工有依法参加和组织工会的权利，依照本法"), (BODY, 100, "第二条的规定。")],
    [(INDENT, FULL, "第二条　各级工会应当听取和反映职工的"), (BODY, FULL, "意见和要求，关心职工的生活，帮助职工解决"), (BODY, FULL, "困难，全心全意为职工服务。工会经费主要用")],
    [(BODY, 160, "于为职工服务。"), (INDENT, FULL, "第三条　职工有依法参加工会的权利，任何"), (BODY, 200, "组织和个人不得阻挠。")],
)  # fmt: skip


def test_lines_of_a_page_are_joined_by_where_they_stand_not_by_what_they_say():
    lines = clean(paged(*PAGES)).text.split("\n")
    assert [line[:3] for line in lines] == ["第一条", "第二条", "第三条"]
    assert lines[0].endswith("依照本法第二条的规定。")
    assert "工会经费主要用于为职工服务。" in lines[1]


def test_every_box_still_holds_its_own_words():
    raw = paged(*PAGES)
    cleaned = clean(raw)
    for before, after in zip(raw.pages, cleaned.pages, strict=True):
        assert [
            box.span.of(raw.text).replace("\u3000", " ") for box in before.boxes
        ] == [box.span.of(cleaned.text) for box in after.boxes]  # fmt: skip
        assert after.span.start <= after.boxes[0].span.start
        assert after.span.end == after.boxes[-1].span.end


def test_headers_and_page_numbers_go_with_their_boxes():
    pages = [
        [(100, 200, "某市总工会文件"), *lines, (140, 160, f"－{i}－")] for i, lines in enumerate(PAGES, 1)
    ]
    cleaned = clean(paged(*pages))
    assert cleaned.text == clean(paged(*PAGES)).text
    assert [len(page.boxes) for page in cleaned.pages] == [3, 3, 3]
    assert any((fix.name, fix.count) == ("页眉页脚页码", 6) for fix in cleaned.fixes)


def test_bare_page_numbers_go_where_they_count_with_the_pages():
    pages = [[*lines, (150, 160, str(i + 4))] for i, lines in enumerate(PAGES, 1)]
    assert clean(paged(*pages)).text == clean(paged(*PAGES)).text


def test_a_number_that_does_not_count_with_the_pages_stays():
    pages = [[*PAGES[0], (150, 160, "300")], PAGES[1], PAGES[2]]
    assert "300" in clean(paged(*pages)).text


def test_a_heading_that_stands_on_one_page_is_no_header():
    pages = [[(100, 200, "某市总工会文件"), *PAGES[0]], PAGES[1], PAGES[2]]
    assert clean(paged(*pages)).text.startswith("某市总工会文件\n第一条")


# --- the applier of edits -----------------------------------------------------------------------------


def spans(text, *edits, at):
    raw = Raw(text, (Page(1, at, boxes=(Box(at, 0, 0, 1, 1),)),))
    changed = apply(raw, "试", edits)
    return changed.text, changed.pages[0].span


@pytest.mark.parametrize(
    ("edits", "at", "text", "span"),
    [
        ([Edit(2, 4)], Span(0, 2), "甲乙戊己", Span(0, 2)),
        ([Edit(2, 4)], Span(2, 6), "甲乙戊己", Span(2, 4)),
        ([Edit(2, 4)], Span(4, 6), "甲乙戊己", Span(2, 4)),
        ([Edit(2, 4)], Span(3, 6), "甲乙戊己", Span(2, 4)),
        ([Edit(2, 4)], Span(0, 3), "甲乙戊己", Span(0, 2)),
        ([Edit(2, 4, "－")], Span(2, 4), "甲乙－戊己", Span(2, 3)),
        ([Edit(3, 3, "\n")], Span(0, 3), "甲乙丙\n丁戊己", Span(0, 3)),
        ([Edit(3, 3, "\n")], Span(3, 6), "甲乙丙\n丁戊己", Span(4, 7)),
        ([Edit(0, 1), Edit(5, 6)], Span(0, 6), "乙丙丁戊", Span(0, 4)),
        ([Edit(4, 5), Edit(0, 2), Edit(1, 3)], Span(2, 6), "丙丁己", Span(0, 3)),
    ],
)
def test_spans_move_with_their_characters(edits, at, text, span):
    assert spans("甲乙丙丁戊己", *edits, at=at) == (text, span)


def test_no_edit_makes_no_fix():
    raw = Raw("甲")
    assert apply(raw, "试", []) is raw


# --- text in one line ---------------------------------------------------------------------------------

SENTENCE = "工会依照本法第十条的规定和有关法律开展工作，维护职工的合法权益，接受职工的监督，为职工服务。"
RUN = (
    "某市总工会关于印发《某市工会规定》的通知某工发〔2023〕23号各省、自治区、直辖市总工会，各单位："
    "《某市工会规定》已经通过，现印发给你们。某市总工会2023年12月28日某市工会规定第一章总则第一条"
    f"{SENTENCE}{SENTENCE}第二条{SENTENCE}下列：（一）甲；（二）乙。第二章附则第三条{SENTENCE}"
)


def test_a_document_in_one_line_gets_its_headings_back():
    lines = clean(Raw(RUN)).text.split("\n")
    starts = [line[:4] for line in lines]
    assert starts == [
        "某市总工", "某工发〔", "各省、自", "《某市工", "某市总工", "2023", "某市工会", "第一章总", "第一条工",
        "第二条工", "（一）甲", "（二）乙", "第二章附", "第三条工",
    ]  # fmt: skip
    assert "".join(lines) == RUN
    assert "依照本法第十条的规定" in lines[8]


def test_a_line_that_only_quotes_articles_is_not_broken():
    quoting = "".join(f"{who}按照本法第一条的规定，{SENTENCE}参照第二条和第三条办理。" for who in "甲乙丙丁")
    assert clean(Raw(quoting)).text == quoting


def test_a_page_of_a_site_gives_its_facts_to_the_head_and_its_menus_go():
    page = (
        "某通知的标题很长很长_政策文件\n首页\n网站地图\n高级搜索\n当前位置：首页\n[发文字号]某发〔2025〕7号\n"
        "[废止日期]\n[有效性]现行有效\n某通知的标题很长很长\n字体大小\n某通知的标题很长很长\n各区：\n一、甲。\n"
        "打印本页\n版权所有 ICP备1号\n"
    )
    cleaned = clean(Raw(page))
    assert cleaned.text == "某通知的标题很长很长\n各区：\n一、甲。\n"
    assert cleaned.head == {"发文字号": "某发〔2025〕7号", "有效性": "现行有效"}


# --- the corpus ---------------------------------------------------------------------------------------


@pytest.mark.shared
def test_no_character_of_a_policy_is_lost(shared):
    """Layout goes; Han characters stay, every one, in every file of the corpus."""
    seen = 0
    for path in sorted((shared / "corpora" / "union-law").rglob("*")):
        if path.suffix not in (".md", ".txt", ".docx"):
            continue
        raw = load(path)
        assert HAN.findall(clean(raw, path.name).text) == HAN.findall(raw.text), path.name
        seen += 1
    assert seen == 156


@pytest.mark.shared
def test_a_pdf_gives_the_paragraphs_of_the_word_file_it_was_made_of(shared):
    files = shared / "corpora" / "real-files"
    made, original = (
        [re.sub(r"\s", "", line) for line in clean(load(files / name)).text.split("\n") if line.strip()]
        for name in ("derived/劳动合同法_20121228.pdf", "docx/中华人民共和国劳动合同法_20121228.docx")
    )
    assert made == original


@pytest.mark.shared
def test_boxes_of_a_real_pdf_hold_their_words_after_cleaning(shared):
    raw = load(shared / "corpora" / "real-files" / "derived" / "劳动合同法_20121228.pdf")
    cleaned = clean(raw)
    words = "".join(box.span.of(cleaned.text) for page in cleaned.pages for box in page.boxes)
    assert re.sub(r"\s", "", words) == re.sub(r"\s", "", cleaned.text)
    assert len(cleaned.pages) == 46


@pytest.mark.shared
def test_the_web_page_and_the_retyped_text_of_one_notice_agree(shared):
    page = clean(load(shared / "corpora" / "real-files" / "txt" / "rsj_beijing_zuidi-gongzi_2025_page.txt"))
    retyped = next((shared / "corpora" / "union-law" / "规范性文件").glob("*最低工资*.txt"))
    assert page.text.split() == clean(load(retyped)).text.split()


def test_the_fixes_have_names_of_their_own():
    assert len({name for name, _ in FIXES}) == len(FIXES)
