"""Chunking: what is one passage, what it is called, and that no word of a document is lost."""

import json
import re
import time
from pathlib import Path

import pytest

from rag.chunking import CHUNKING, LONGEST_CHARS, MAX_CHARS, SLACK_CHARS, passage_text, split
from rag.structure import at, parse, walk
from rag.types import Chunk, Document, Page, Source, Span

CASES = json.loads((Path(__file__).parent / "cases" / "structure.json").read_text(encoding="utf-8"))
SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "corpora" / "union-law"
MARKS = "：:、.．【】（）()"


def read(*lines: str, title: str = "某条例", pages: tuple[Page, ...] = ()) -> Document:
    text = "\n".join(lines)
    return Document("某条例.txt", "", Source(title), text, parse(text), pages)


def rows(chunks: list[Chunk]) -> list[tuple[tuple[str, ...], str | None, str | None, str]]:
    return [(chunk.path, chunk.article, chunk.locator, chunk.text) for chunk in chunks]


def sentence(length: int, end: str = "。") -> str:
    return "工" * (length - 1) + end


def assert_whole(document: Document, chunks: list[Chunk]) -> None:
    """Every character that shows stands in one chunk, but for contents, signature, and headings in paths."""
    text = document.text
    blank = [
        not char.strip("\u200b\u2060\ufeff") or char.isspace() or "\ue000" <= char <= "\uf8ff"
        for char in text
    ]
    held = [False] * len(text)
    for chunk in chunks:
        assert chunk.text == chunk.span.of(text)
        assert chunk.text.strip()
        assert len(chunk.text) <= LONGEST_CHARS
        assert not any(held[chunk.span.start : chunk.span.end])
        held[chunk.span.start : chunk.span.end] = [True] * len(chunk.text)
    names = {name for chunk in chunks for name in chunk.path}
    for section in walk(document.outline):
        whole = section.level in ("contents", "signature")
        if whole or (
            section.level == "preamble" and squeezed(section.span.of(text)) == squeezed(document.source.title)
        ):
            held[section.span.start : section.span.end] = [True] * (section.span.end - section.span.start)
        elif section.name in names:
            words, place = squeezed(section.label + section.heading), section.span.start
            while place < section.span.end and (words or text[place] in MARKS or blank[place]):
                words = words.removeprefix(text[place]) if text[place] not in MARKS else words
                held[place] = True
                place += 1
    lost = "".join(
        char for char, gone in zip(text, map(any, zip(blank, held, strict=True)), strict=True) if not gone
    )
    assert lost == ""


def squeezed(text: str) -> str:
    return re.sub(rf"[\s{MARKS}]", "", text)


def test_an_article_is_a_chunk_under_its_headings() -> None:
    document = read(
        "某条例",
        "第一章 总则",
        "第一条 制定本条例。",
        "第二节 工会",
        "第二条 工会如下：",
        "（一）市级；",
        "（二）县级。",
    )
    assert rows(split(document)) == [
        (("第一章 总则", "第一条"), "第一条", "第一条", "第一条 制定本条例。"),
        (
            ("第一章 总则", "第二节 工会", "第二条"),
            "第二条",
            "第二条",
            "第二条 工会如下：\n（一）市级；\n（二）县级。",
        ),
    ]


def test_a_long_article_is_split_at_its_paragraphs() -> None:
    first, second, third = sentence(300), sentence(200), sentence(30)
    chunks = split(read(f"第一条 {first}", second, third, "第二条 即日施行。"))
    assert rows(chunks) == [
        (("第一条",), "第一条", "第一条第一款", f"第一条 {first}"),
        (("第一条",), "第一条", "第一条第二款", second),
        (("第一条",), "第一条", "第一条第三款", third),
        (("第二条",), "第二条", "第二条", "第二条 即日施行。"),
    ]


def test_a_long_list_is_split_at_its_items_and_keeps_what_opens_it() -> None:
    items = [f"（{n}）{sentence(130, '；')}" for n in "一二三四五六七"]
    chunks = split(read("第一条 会员有下列义务：", *items, "前款义务应当公布。"))
    assert [(c.locator, c.lead) for c in chunks] == [
        ("第一条第一款第一项至第三项", ""),
        ("第一条第一款第四项至第七项", "第一条 会员有下列义务："),
        ("第一条第二款", ""),
    ]
    assert chunks[0].text.startswith("第一条 会员有下列义务：\n（一）")
    assert chunks[1].text.startswith("（四）")
    assert all(c.path == ("第一条",) and c.article == "第一条" for c in chunks)


def test_a_long_item_is_split_at_its_subitems() -> None:
    points = [f"{n}.{sentence(230, '；')}" for n in (1, 2, 3)]
    chunks = split(read("第一条 补助包括：", "（一）困难补助：", *points, "（二）其他。"))
    assert [(c.locator, c.lead) for c in chunks] == [
        ("第一条第一项第1目至第2目", ""),
        ("第一条第一项第3目", "第一条 补助包括：\n（一）困难补助："),
        ("第一条第二项", "第一条 补助包括："),
    ]
    assert chunks[0].text.startswith("第一条 补助包括：\n（一）困难补助：\n1.")


def test_a_paragraph_without_parts_is_cut_at_the_end_of_a_sentence() -> None:
    text = "".join(sentence(90) for _ in range(12))
    chunks = split(read(f"第一条 {text}"))
    assert len(chunks) == 3
    assert {c.locator for c in chunks} == {"第一条"}
    assert all(c.text.endswith("。") and len(c.text) <= MAX_CHARS + SLACK_CHARS for c in chunks)


def test_a_paragraph_up_to_the_limit_stays_whole() -> None:
    chunks = split(read(f"第一条 {sentence(LONGEST_CHARS - 4)}"))
    assert [len(c.text) for c in chunks] == [LONGEST_CHARS]


def test_a_short_rest_stays_with_the_chunk_before_it() -> None:
    items = [f"（{n}）{sentence(150, '；')}" for n in "一二三"]
    chunks = split(read("第一条 会员有下列义务：", *items, "（四）其他义务。"))
    assert [c.locator for c in chunks] == ["第一条"]


def test_a_notice_is_split_by_its_headings() -> None:
    document = read(
        "关于慰问的通知",
        "各单位：",
        "一、对象",
        "一线职工。",
        "（一）环卫工人；",
        "（二）快递员。",
        "二、本通知即日执行。",
        "特此通知。",
        "某某市总工会",
        "2024年3月8日",
    )
    assert rows(split(document)) == [
        (("引言",), None, None, "关于慰问的通知\n各单位："),
        (("一 对象",), "一", "一", "一、对象\n一线职工。\n（一）环卫工人；\n（二）快递员。"),
        (("二",), "二", "二", "二、本通知即日执行。"),
        ((), None, None, "特此通知。"),
    ]


def test_a_long_heading_is_split_at_its_subheadings() -> None:
    points = [f"（{n}）{sentence(180)}" for n in "一二三四"]
    chunks = split(read("通知", "一、任务", *points, "各单位照办。", "二、要求", "按时完成。"))
    assert [(c.path, c.article, c.locator, c.lead) for c in chunks] == [
        (("引言",), None, None, ""),
        (("一 任务",), "一", "一（一）至（二）", ""),
        (("一 任务",), "一", "一", "一、任务"),
        (("二 要求",), "二", "二", ""),
    ]
    assert chunks[2].text.endswith("各单位照办。")


def test_a_part_alone_has_its_own_name_in_the_path() -> None:
    points = [f"（{n}）{sentence(400)}" for n in "一二三"]
    chunks = split(read("一、任务", *points))
    assert [(c.path, c.locator) for c in chunks] == [
        (("一 任务", "（一）"), "一（一）"),
        (("一 任务", "（二）"), "一（二）"),
        (("一 任务", "（三）"), "一（三）"),
    ]


def test_the_words_of_a_case_are_no_article() -> None:
    chunks = split(read("拒绝加班案", "基本案情", "张某加班。", "裁判结果", "支持。", title="拒绝加班案"))
    assert rows(chunks) == [
        (("基本案情",), None, "基本案情", "基本案情\n张某加班。"),
        (("裁判结果",), None, "裁判结果", "裁判结果\n支持。"),
    ]


def test_appendices_are_chunks_without_article_unless_they_have_their_own() -> None:
    document = read(
        "第一条 见附录。",
        "第二条 见附件。",
        "附录：",
        "劳动范围",
        "一、井下作业。",
        "附件：协议范本",
        "第一条 甲方为单位。",
        "第二条 乙方为职工。",
    )
    assert rows(split(document))[2:] == [
        (("附录 劳动范围",), None, "附录", "附录：\n劳动范围\n一、井下作业。"),
        (("附件 协议范本", "第一条"), "第一条", "附件第一条", "第一条 甲方为单位。"),
        (("附件 协议范本", "第二条"), "第二条", "附件第二条", "第二条 乙方为职工。"),
    ]


def test_a_long_appendix_is_split_by_its_headings() -> None:
    document = read(
        "第一条 见附录。",
        "第二条 施行。",
        "附录：",
        "劳动范围",
        f"一、{sentence(300)}",
        f"二、{sentence(300)}",
    )
    assert [(c.path, c.article, c.locator) for c in split(document)[2:]] == [
        (("附录 劳动范围", "一"), None, "附录一"),
        (("附录 劳动范围", "二"), None, "附录二"),
    ]


def test_contents_and_signature_are_no_chunks_and_a_known_title_is_none() -> None:
    document = read(
        "某条例",
        "目录",
        "第一章 总则",
        "第二章 附则",
        "第一章 总则",
        "第一条 制定本条例。",
        "第二章 附则",
        "第二条 即日施行。",
        "某某市总工会",
        "2024年3月8日",
    )
    assert [c.locator for c in split(document)] == ["第一条", "第二条"]
    other = Document("a", "", Source("另一个题目"), document.text, document.outline)
    assert split(other)[0].text == "某条例"


def test_prose_under_a_heading_belongs_to_it_and_a_heading_over_nothing_is_kept() -> None:
    document = read(
        "某章程",
        "总则",
        "本会是群众组织。",
        "第一章 会员",
        "第一条 自愿入会。",
        "第二章 经费",
        "第三章 附则",
        "第二条 即日施行。",
    )
    assert rows(split(document)) == [
        (("引言",), None, None, "某章程"),
        (("总则",), None, "总则", "总则\n本会是群众组织。"),
        (("第一章 会员", "第一条"), "第一条", "第一条", "第一条 自愿入会。"),
        (("第二章 经费",), None, "第二章", "第二章 经费"),
        (("第三章 附则", "第二条"), "第二条", "第二条", "第二条 即日施行。"),
    ]


def test_a_text_without_structure_is_cut_by_paragraphs() -> None:
    lines = [sentence(200), sentence(200), sentence(200), sentence(1700)]
    chunks = split(read(*lines))
    assert [len(c.text) for c in chunks[:2]] == [401, 200]
    assert all((c.path, c.article, c.locator) == ((), None, None) for c in chunks)
    assert "".join("".join(c.text.split()) for c in chunks) == "".join(lines)


def test_a_chunk_knows_the_page_that_it_begins_on() -> None:
    pages = (Page(3, Span(0, 10)), Page(4, Span(11, 30)))
    document = read("第一条 制定本条例。", "第二条 即日施行。", pages=pages)
    assert [c.page for c in split(document)] == [3, 4]
    assert [c.page for c in split(read("第一条 制定本条例。"))] == [None]


def test_what_is_searched_holds_title_path_lead_and_text() -> None:
    chunk = Chunk(
        "a",
        Span(0, 5),
        ("第一章 总则", "第一条"),
        "第一条",
        "第一条第三项",
        None,
        "（三）参加培训。",
        "会员有下列义务：",
    )
    assert (
        passage_text(Source("某条例"), chunk)
        == "某条例\n第一章 总则 第一条\n会员有下列义务：\n（三）参加培训。"
    )


def test_the_recipe_names_its_limits() -> None:
    assert str(MAX_CHARS) in CHUNKING
    assert str(LONGEST_CHARS) in CHUNKING


@pytest.mark.parametrize("text", ["", " \n ", "目录\n第一章 总则\n第二章 附则\n"])
def test_a_text_that_says_nothing_has_no_chunks(text: str) -> None:
    assert split(Document("a", "", Source("题目"), text, parse(text))) == []


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
@pytest.mark.parametrize("times", [1, 60])
def test_no_word_of_a_text_is_lost(case: dict[str, object], times: int) -> None:
    lines = case["text"]
    assert isinstance(lines, list)
    text = "\n".join(line if times == 1 or len(line) < 14 else line * times for line in lines)
    document = Document("a", "", Source("题目"), text, parse(text))
    assert_whole(document, split(document))


def test_one_endless_line_is_cut_in_linear_time() -> None:
    text = "工会" * 1_000_000
    began = time.perf_counter()
    chunks = split(Document("a", "", Source("题目"), text, parse(text)))
    assert time.perf_counter() - began < 10
    assert "".join(c.text for c in chunks) == text


@pytest.mark.skipif(not SHARED.exists(), reason="the corpus of union law is not beside the repository")
@pytest.mark.shared
def test_no_word_of_any_law_is_lost_and_every_chunk_stands_where_it_says() -> None:
    for path in sorted(SHARED.rglob("*")):
        if path.suffix not in (".md", ".txt"):
            continue
        text = re.sub(r"^#{1,6} +|<!--.*?-->", "", path.read_text(encoding="utf-8-sig"), flags=re.MULTILINE)
        document = Document(path.name, "", Source("题目"), text, parse(text))
        chunks = split(document)
        assert_whole(document, chunks)
        for chunk in chunks:
            labels = [s.label for s in at(document.outline, chunk.span.start) if s.level == "article"]
            assert labels == ([chunk.article] if chunk.article and chunk.article.startswith("第") else [])
