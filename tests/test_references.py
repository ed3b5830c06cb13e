"""References: forms of address over a catalogue of real and invented titles, right ones and ones to leave alone."""

from __future__ import annotations

import csv
import json
import random
import re
import time
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rag.numerals import to_chinese
from rag.references import Catalogue, Entry, Reference, address, resolve, resolve_all
from rag.types import Span

Case = Mapping[str, Any]
CASES = json.loads((Path(__file__).parent / "cases" / "references.json").read_text(encoding="utf-8"))
PARTS = ("paragraph", "item", "subitem")
RIGHT = 0.99  # share of the forms that must be read exactly


def entry(row: Case) -> Entry:
    given = row["articles"]
    count = given if isinstance(given, int) else 0
    labels = [f"第{to_chinese(n)}条" for n in range(1, count + 1)] if count else given
    days = {
        name: date.fromisoformat(row[name]) for name in ("issued", "effective", "repealed") if name in row
    }
    facts = {name: row[name] for name in ("number", "region", "level", "status") if name in row}
    return Entry(row["id"], row["title"], articles=(*labels, *row.get("extra", ())), **facts, **days)


CATALOGUE = Catalogue([entry(row) for row in CASES["catalogue"]])


def resolved(case: Case) -> list[Reference]:
    day = date.fromisoformat(case["day"]) if "day" in case else None
    given = case.get("context")
    context = given and Reference(
        Span(0, 0), "", given["document"], given.get("article"), *(given.get(part) for part in PARTS)
    )
    if case.get("complete"):
        return resolve_all(case["text"], CATALOGUE, day)
    return resolve(case["text"], CATALOGUE, day, context)


def told(reference: Reference) -> dict[str, Any]:
    """A reference as a case writes it."""
    parts = {name: getattr(reference, name) for name in ("article", *PARTS, "problem")}
    unheld = reference.problem == "unknown_document"
    name = {"title": reference.title} if unheld else {"document": reference.document_id}
    return {key: value for key, value in {**name, **parts}.items() if value is not None}


def all_cases() -> Iterator[tuple[str, Case]]:
    for group, cases in CASES["cases"].items():
        for case in cases:
            yield group, case


def test_the_forms_are_read_and_none_leads_to_a_wrong_place():
    missed, wrong, count = [], [], 0
    for group, case in all_cases():
        count += 1
        found = [told(reference) for reference in resolved(case)]
        if found != case["expect"]:
            missed.append(f"[{group}] {case['text']}\n    read   {found}\n    expect {case['expect']}")
        wrong += [
            f"{case['text']}: {one}"
            for one in found
            if "document" in one and "problem" not in one and one not in case["expect"]
        ]
    assert count >= 700
    assert not wrong, "\n".join(wrong)
    assert 1 - len(missed) / count >= RIGHT, "\n".join(missed)


def test_every_reference_points_into_the_text_and_a_problem_has_its_message():
    for _, case in all_cases():
        text, before = case["text"], -1
        for reference in resolved(case):
            assert 0 <= reference.span.start < reference.span.end <= len(text), case
            assert reference.span.start >= before, case
            before = reference.span.start
            assert (reference.problem is None) == (reference.message is None), case
            assert reference.problem in (None, "out_of_range") or reference.document_id is None, case


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("依照《工会法》第四十三条，", ["《工会法》第四十三条"]),
        ("依照《工会法》。", ["《工会法》"]),
        ("勞動法第 ３ 條、 第 五 條。", ["勞動法第 ３ 條", "第 五 條"]),
        ("见总工办发〔2017〕32号第八条和第九条", ["总工办发〔2017〕32号第八条", "第九条"]),
        ("《工会法》（2001年修正）第三、五条", ["《工会法》（2001年修正）第三", "五条"]),
    ],
)
def test_a_span_covers_the_words_that_name_the_address(text: str, spans: list[str]):
    assert [reference.span.of(text) for reference in resolve(text, CATALOGUE)] == spans


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("工会法第六十五条", "工会法共58条，没有第六十五条。"),
        ("京人社劳发〔2025〕7号第九项", "关于调整北京市2025年最低工资标准的通知共4项，没有第九项。"),
        ("法（经）复〔1988〕50号第二条", "没有分条，没有第二条。"),
        ("《江苏省工会条例》第三条", "库中没有《江苏省工会条例》。"),
        ("2009年工会法第三条", "库中没有工会法2009年的文本，现有：2001年、2021年。"),
        ("原劳动法第三条", "库中没有劳动法更早的文本"),
        ("2024年时公司法第十五条", "不能确定2024年适用的是公司法的哪个文本，现有：2018年、2023年。"),
        ("中华人民共和国反不正当竞争法第三条", "库中没有《中华人民共和国反不正当竞争法》。"),
        ("本法第四十三条是什么", "请写明是哪一部法律或文件"),
        ("工会条例第三条", "河南省工会条例、上海市工会条例、重庆市工会条例"),
    ],
)
def test_a_problem_says_what_is_held_instead(text: str, message: str):
    [reference] = resolve(text, CATALOGUE)
    assert message in (reference.message or "")


def test_a_reference_keeps_the_title_as_written_and_names_the_other_versions():
    [reference] = resolve("《工會法》第四十三條", CATALOGUE)
    assert (reference.title, reference.document_id, reference.versions) == (
        "工會法",
        "工会法2021",
        ("工会法2001",),
    )
    assert address(reference) == "第四十三条"


def test_an_address_is_spelled_as_statutes_write_it():
    [reference] = resolve("劳动合同法38条1款1项", CATALOGUE)
    assert address(reference) == "第三十八条第一款第一项"
    assert address(Reference(Span(0, 3), "工会法")) == ""


def test_names_that_texts_give_are_learnt_and_an_alias_of_nothing_is_not():
    learnt = Catalogue(
        [entry(row) for row in CASES["catalogue"]], {"工资条例": "保障农民工工资支付条例", "某法规": "某法"}
    )
    assert [r.document_id for r in resolve("工资条例第三条", learnt)] == ["农民工工资条例"]
    assert resolve("某法规第三条", learnt) == []


def test_two_documents_of_one_number_are_told_apart_by_the_article():
    number = "总工发〔2030〕9号"
    notice = Entry("notice", "关于印发会费办法的通知", number, articles=("一", "二"))
    rules = Entry("rules", "会费收缴办法", number, articles=("第一条", "第二条", "第三条"))
    both = Catalogue([notice, rules])
    assert [r.document_id for r in resolve(f"{number}第三条", both)] == ["rules"]
    assert [r.problem for r in resolve(f"{number}第一条", both)] == ["ambiguous"]


@pytest.mark.parametrize(
    "title",
    [
        "工会法2021",
        "工会法（2021修正）",
        "工会法(2021)",
        "《中华人民共和国工会法》2021年修正",
        "工会法20211224",
    ],
)
@pytest.mark.parametrize("dated", [True, False])
def test_titles_that_differ_by_a_remark_on_the_version_are_one_law(title: str, dated: bool):
    old = Entry("old", "中华人民共和国工会法", issued=date(2001, 10, 27), articles=("第一条",))
    new = Entry("new", title, issued=date(2021, 12, 24) if dated else None, articles=("第一条",))
    both = Catalogue([new, old])
    found = [resolve(text, both)[0] for text in ("工会法第一条", "工会法2021年第一条", f"{title}第一条")]
    assert [(r.document_id, r.versions) for r in found] == [("new", ("old",))] * 3
    assert resolve("工会法2001年第一条", both)[0].document_id == "old"
    assert resolve("工会法第一条", both, date(2010, 1, 1))[0].document_id == "old"


@pytest.mark.parametrize(
    "title", ["劳动合同法2007年原文", "劳动合同法（原文）", "劳动合同法原文", "劳动合同法修订版"]
)
def test_words_that_are_the_title_of_one_version_lead_to_it(title: str):
    now = Entry("now", "中华人民共和国劳动合同法", issued=date(2012, 12, 28), articles=("第一条",))
    first = Entry("first", title, issued=date(2007, 6, 29), status="已修改", articles=("第一条",))
    both = Catalogue([now, first])
    for text in (f"{title}第一条", f"《{title}》第一条", f"{title}1条"):
        assert [r.document_id for r in resolve(text, both)] == ["first"], text
    assert [r.document_id for r in resolve("劳动合同法第一条", both)] == ["now"]


def test_a_part_of_interpretations_of_several_matters_is_ambiguous_with_the_list():
    title = "最高人民法院关于{}若干问题的解释（四）"
    matters = ("审理劳动争议案件适用法律", "适用《中华人民共和国公司法》")
    several = Catalogue(
        Entry(matter, title.format(matter), status=status, articles=("第一条",))
        for matter, status in zip(matters, ("已废止", "现行有效"), strict=True)
    )
    [reference] = resolve("最高法解释四第一条", several)
    assert (reference.problem, len(reference.versions)) == ("ambiguous", 2)
    assert all(matter in (reference.message or "") for matter in ("劳动争议", "公司法"))


def test_a_foreign_law_of_the_same_name_never_answers_for_ours():
    ours = Entry("ours", "中华人民共和国工会法", issued=date(2001, 1, 1), articles=("第一条",))
    theirs = Entry("theirs", "工會法", region="境外", issued=date(2013, 1, 1), articles=("第一条",))
    found = resolve("工會法第一條", Catalogue([theirs, ours]), date(2015, 1, 1))
    assert [(r.document_id, r.versions) for r in found] == [("ours", ())]


def test_copies_of_one_version_are_one_law_and_the_fuller_copy_is_cited():
    short = Entry("a.pdf", "会费收缴办法", issued=date(2020, 1, 1), articles=("第一条",))
    full = Entry("b.docx", "会费收缴办法", issued=date(2020, 1, 1), articles=("第一条", "第二条"))
    assert [r.document_id for r in resolve("会费收缴办法第二条", Catalogue([short, full]))] == ["b.docx"]


def test_an_empty_catalogue_and_an_empty_text_give_nothing_held():
    assert resolve("", CATALOGUE) == []
    assert [r.problem for r in resolve("《工会法》第三条", Catalogue([]))] == ["unknown_document"]


def test_whatever_is_typed_an_address_that_is_given_stands_in_its_document():
    words = [case["text"] for _, case in all_cases()]
    pieces = [
        *words,
        *"第 一 十 九 条 款 项 之 、 至 （ ） 《 》 〔2017〕32号 令 法 该 前 2001年 河南省 的 \n 9 ㈠ 〇".split(
            " "
        ),
    ]
    context = Reference(Span(0, 0), "", "刑法", "第二百七十六条之一", 2, 1)
    labels = {row["id"]: set(entry(row).articles) for row in CASES["catalogue"]}
    choose = random.Random(7)
    for _ in range(1500):
        text = "".join(choose.choice(pieces) for _ in range(choose.randint(1, 9)))
        for reference in resolve(text, CATALOGUE, context=choose.choice((None, context))):
            assert 0 <= reference.span.start < reference.span.end <= len(text), text
            if reference.document_id and reference.article and not reference.problem:
                assert reference.article in labels[reference.document_id], text
        for reference in resolve_all(text, CATALOGUE):
            assert 0 <= reference.span.start < reference.span.end <= len(text), text
            assert (reference.problem is None) == (reference.message is None), text


def test_a_context_that_is_not_held_is_no_context():
    assert resolve("第三条", CATALOGUE, context=Reference(Span(0, 0), "", "gone.md", "第一条")) == []


FOLLOWED = {  # addresses that stand apart from the name of their law, and follow it beyond doubt
    "公司说根据《劳动合同法》第四十条第三项解除，又说依据第四十一条，到底是哪条": (
        "劳动合同法2012",
        "第四十一条",
    ),
    "工会法第四十三条（经费来源）、第四十四条（使用）": ("工会法2021", "第四十四条"),
}


def test_with_every_address_accounted_for_no_plain_speech_leads_anywhere():
    for _, case in all_cases():
        if "context" in case or "complete" in case or case["text"] in FOLLOWED:
            continue
        day = date.fromisoformat(case["day"]) if "day" in case else None
        for reference in resolve_all(case["text"], CATALOGUE, day):
            assert reference.problem or told(reference) in case["expect"], case["text"]
    for text, address_told in FOLLOWED.items():
        last = resolve_all(text, CATALOGUE)[-1]
        assert (last.document_id, last.article) == address_told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("劳动合同法第4三条", "没有认出“第4三条”是第几条"),
        ("工会法第四十三条第3三款", "没有认出“第3三款”是第几款"),
        ("工会法第一章", "“第一章”不是一条"),
        ("劳动合同法第99999条", "劳动合同法共98条，没有第99999条。"),
        ("第四十三条", "“第四十三条”没有说是哪一部。请写明是哪一部法律"),
        ("同法第三条", "“同法”没有说是哪一部"),
        ("《员工手册》第十条", "库中没有“员工手册”"),
        ("工会法第四十三条第二款规定，前款第二项", "第四十三条第一款，还是刚写到的第四十三条第二款"),
        ("工会法第三条、第五条，本条", "不能确定“本条”指哪一条"),
    ],
)
def test_what_cannot_be_followed_is_told(text: str, message: str):
    last = resolve_all(text, CATALOGUE)[-1]
    assert message in (last.message or "")
    assert last.document_id is None


def big_catalogue(documents: int) -> Catalogue:
    cities = ("南京", "苏州", "长沙", "成都", "合肥", "福州", "兰州", "西宁", "昆明", "贵阳")
    kinds = ("工会条例", "安全生产条例", "失业保险条例", "实施《中华人民共和国工会法》办法")
    rows = [entry(row) for row in CASES["catalogue"]]
    titles = (f"{city}市{kind}" for city in cities for kind in kinds)
    rows += [Entry(title, title, region="江苏", articles=rows[0].articles) for title in titles]
    rows += [
        Entry(f"{n}", f"第{to_chinese(n)}届职工代表大会工作规定", articles=("第一条",))
        for n in range(documents - len(rows))
    ]
    return Catalogue(rows)


def seconds(text: str, catalogue: Catalogue) -> float:
    start = time.process_time()
    resolve(text, catalogue)
    return time.process_time() - start


def test_a_question_over_two_thousand_documents_takes_milliseconds_and_a_long_draft_two_seconds():
    catalogue = big_catalogue(2000)
    spent = sorted(seconds(case["text"], catalogue) for _, case in all_cases())
    assert spent[int(len(spent) * 0.95)] < 0.050
    sentence = (
        "依照《中华人民共和国工会法》第四十三条第一款的规定，用人单位每月按照全部职工工资总额向工会拨缴经费，"
    )
    filler = (
        "职工代表大会听取和审议单位的发展规划和年度计划，讨论与职工切身利益有关的方案并提出意见和建议。" * 8
    )
    assert seconds((sentence + filler) * (100_000 // len(sentence + filler)), catalogue) < 2


@pytest.mark.parametrize(
    "part",
    "第 一 （一） 《 〉 法 工会法第 第一、 工会法第一条、 〔2017〕 令第 河南 条例 人民法典第一条 年 2001年 （ § 前款 第4三条 Article".split(),
)
def test_hostile_texts_take_time_in_proportion_to_their_length(part: str):
    text = part * (20_000 // len(part))
    assert seconds(text, CATALOGUE) < 4
    start = time.process_time()
    resolve_all(text, CATALOGUE)
    assert time.process_time() - start < 4


SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "corpora" / "union-law"


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared stands only where the corpora are")
def test_in_real_texts_a_title_in_book_marks_leads_to_the_law_of_that_title():
    from rag.references.titles import law_name

    files = [path for path in sorted(SHARED.rglob("*")) if path.suffix in (".md", ".txt")]
    texts = {path.relative_to(SHARED).as_posix(): path.read_text("utf-8") for path in files}
    labels = re.compile(r"^[#\s]{0,8}(第[零〇一二三四五六七八九十百千]{1,9}条)", re.M)
    with (SHARED / "manifest.csv").open(encoding="utf-8-sig") as lines:
        rows = [row for row in csv.DictReader(lines) if row["file"] in texts]
    catalogue = Catalogue(
        Entry(row["file"], row["title"], row["doc_number"], row["region"], row["level"], status=row["status"],
              articles=tuple(dict.fromkeys(labels.findall(texts[row["file"]]))))
        for row in rows
    )  # fmt: skip
    titles = {row["file"]: law_name(row["title"]) for row in rows}
    followed = 0
    for text in texts.values():
        for reference in resolve(text, catalogue):
            words = reference.span.of(text)
            if reference.document_id and reference.article and words.startswith("《"):
                followed += 1
                assert titles[reference.document_id].endswith(law_name(reference.title)), words
                assert reference.problem is None, words
    assert followed >= 40
