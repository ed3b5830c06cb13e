from dataclasses import replace
from datetime import date

import pytest

from rag.cleaning import clean
from rag.loaders import load
from rag.metadata import describe, manifest, override
from rag.types import Source
from rag.versions import in_force, same_law, standing, timeline

TODAY = date(2026, 11, 22)
OLD = Source(
    "中华人民共和国工会法（2001年修正）",
    issued=date(2001, 10, 27),
    effective=date(2001, 10, 27),
    level="法律",
)
NEW = Source(
    "中华人民共和国工会法",
    issued=date(2021, 12, 24),
    effective=date(2021, 12, 24),
    origin={"effective": "推断"},
)


def test_the_later_version_ends_the_earlier_on_its_first_day():
    dated = timeline(
        {"old": OLD, "new": replace(NEW, effective=date(2022, 1, 1), origin={"effective": "正文"})}
    )
    assert (dated["old"].repealed, dated["old"].status) == (date(2022, 1, 1), "被取代")
    assert dated["old"].origin["repealed"] == "推断"
    assert (dated["new"].repealed, dated["new"].status) == (None, "待核实")


def test_a_day_that_a_manifest_gives_for_the_end_begins_the_next_version():
    old = replace(
        OLD, repealed=date(2022, 1, 1), status="已修改", origin={"repealed": "清单", "status": "清单"}
    )
    dated = timeline({"old": old, "new": NEW})
    assert dated["new"].effective == date(2022, 1, 1)
    assert dated["old"] == old


def test_what_a_manifest_fixed_stays():
    old = replace(
        OLD, status="现行有效", repealed=date(2030, 1, 1), origin={"status": "清单", "repealed": "清单"}
    )
    new = replace(NEW, effective=date(2022, 6, 1), origin={"effective": "清单"})
    dated = timeline({"old": old, "new": new})
    assert dated == {"old": old, "new": new}


def test_three_versions_follow_each_other_in_any_order():
    middle = replace(NEW, issued=date(2009, 8, 27), effective=date(2009, 8, 27))
    dated = timeline({"c": NEW, "a": OLD, "b": middle})
    assert [dated[d].repealed for d in "abc"] == [date(2009, 8, 27), date(2021, 12, 24), None]


def test_copies_of_one_version_do_not_end_each_other():
    copy = replace(NEW, issued=date(2021, 12, 30))
    dated = timeline({"a": NEW, "b": copy, "old": OLD})
    assert [dated[d].repealed for d in ("a", "b")] == [None, None]
    assert dated["old"].repealed == date(2021, 12, 24)


def test_documents_without_dates_and_other_laws_are_left_alone():
    undated = Source("中华人民共和国工会法")
    other = Source("中华人民共和国劳动法", issued=date(1994, 7, 5))
    assert timeline({"a": undated, "b": other}) == {"a": undated, "b": other}


def test_rules_of_two_regions_are_two_rules():
    a = Source("实施办法", issued=date(2000, 1, 1), region="河南")
    b = Source("实施办法", issued=date(2010, 1, 1), region="浙江")
    assert timeline({"a": a, "b": b}) == {"a": a, "b": b}


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("中华人民共和国仲裁法", "仲裁法（2025年修订）", True),
        (
            "北京市实施《中华人民共和国工会法》办法",
            "北京市实施《中华人民共和国工会法》办法（2015修订）",
            True,
        ),
        ("某市总工会关于印发《某市经费细则》的通知", "某市经费细则（2024年修订）", True),
        ("关于审理劳动争议案件的解释（一）", "关于审理劳动争议案件的解释（二）", False),
        ("劳动法", "劳动合同法", False),
        ("中华人民共和国工会法", "工会法2021", True),
        ("中华人民共和国工会法", "工会法（2021修正）", True),
        ("中华人民共和国工会法", "工会法(2021)", True),
        ("劳动合同法（2012年修正）", "劳动合同法2007年原文", True),
        ("某市最低工资规定2024", "某市最低工资规定（试行）", False),
    ],
)
def test_titles_of_one_law(a, b, same):
    assert (same_law(Source(a)) == same_law(Source(b))) is same


def test_two_notices_of_one_title_are_two_notices():
    title = "某市总工会关于做好高温慰问工作的通知"
    sources = {"a": Source(title, issued=date(2024, 6, 1)), "b": Source(title, issued=date(2025, 6, 1))}
    assert timeline(sources) == sources


FORCE = Source(
    "甲法", issued=date(2012, 12, 28), effective=date(2013, 7, 1), repealed=date(2022, 1, 1), status="被取代"
)


@pytest.mark.parametrize(
    ("source", "day", "applied", "shown"),
    [
        (FORCE, date(2013, 6, 30), False, "尚未施行"),
        (FORCE, date(2013, 7, 1), True, "现行有效"),
        (FORCE, date(2021, 12, 31), True, "现行有效"),
        (FORCE, date(2022, 1, 1), False, "被取代"),
        (replace(FORCE, status="待核实"), date(2015, 1, 1), True, "待核实"),
        (replace(FORCE, status="待核实"), date(2022, 1, 1), False, "已废止"),
        (replace(FORCE, repealed=None), date(2015, 1, 1), False, "被取代"),  # ended, nobody knows when
        (replace(FORCE, repealed=None, status="现行有效"), TODAY, True, "现行有效"),
        (replace(FORCE, effective=None, repealed=None, status="待核实"), date(2012, 1, 1), False, "尚未施行"),
        (replace(FORCE, effective=None, repealed=None, status="待核实"), date(2013, 1, 1), True, "待核实"),
        (Source("甲法"), date(1900, 1, 1), True, "待核实"),
        (Source("甲法", status="已废止"), TODAY, False, "已废止"),
        (Source("甲法", effective=date(2027, 1, 1), status="尚未施行"), TODAY, False, "尚未施行"),
        (Source("甲法", effective=date(2026, 1, 1), status="尚未施行"), TODAY, True, "现行有效"),
        (Source("甲法", repealed=date(2028, 9, 1), status="现行有效"), date(2028, 9, 1), False, "已废止"),
    ],
)
def test_what_was_in_force_on_a_day_and_what_is_shown(source, day, applied, shown):
    assert (in_force(source, day), standing(source, day)) == (applied, shown)


LAWS = (
    ("工会法(2001-10-27).txt", "2001-10-27", "2022-01-01"), ("工会法(2021-12-24).md", "2022-01-01", None),
    ("劳动合同法(2007-06-29).txt", "2008-01-01", "2013-07-01"), ("劳动合同法(2012-12-28).md", "2013-07-01", None),
    ("公司法(2018-10-26).md", "2018-10-26", "2024-07-01"), ("公司法(2023-12-29).md", "2024-07-01", None),
    ("民事诉讼法(2021-12-24).md", "2022-01-01", "2024-01-01"), ("民事诉讼法(2023-09-01).md", "2024-01-01", None),
    ("职业教育法(1996-05-15).md", "1996-09-01", "2022-05-01"), ("职业教育法(2022-04-20).md", "2022-05-01", None),
    ("仲裁法(2017-09-01).md", "2018-01-01", "2026-03-01"), ("中华人民共和国仲裁法_20250912.docx", "2026-03-01", None),
    ("妇女权益保障法(2018-10-26).md", "2018-10-26", "2023-01-01"), ("妇女权益保障法(2022-10-30).md", "2023-01-01", None),
)  # fmt: skip


@pytest.mark.shared
@pytest.mark.parametrize("with_manifest", [True, False])
def test_the_laws_of_the_corpus_follow_each_other_without_a_gap(shared, with_manifest):
    root = shared / "corpora" / "union-law"
    stated = manifest(root) if with_manifest else {}
    sources = {}
    for path in sorted((root / "法律").iterdir()):
        raw = clean(load(path))
        described = describe(raw.text, f"法律/{path.name}", raw.head)
        sources[path.name] = override(described, stated.get(f"法律/{path.name}", {}))
    dated = timeline(sources)
    found = [(name, dated[name].effective, dated[name].repealed) for name, *_ in LAWS]
    assert found == [
        (name, date.fromisoformat(begun), ended and date.fromisoformat(ended)) for name, begun, ended in LAWS
    ]


@pytest.mark.parametrize("origin", ["正文", "清单", "修改决定"])
def test_a_first_day_that_is_known_stays_and_is_no_guess(origin):
    old = Source("甲法", issued=date(2009, 1, 1), repealed=date(2022, 1, 5), status="被取代")
    new = Source("甲法", issued=date(2021, 12, 24), effective=date(2022, 1, 1), origin={"effective": origin})
    dated = timeline({"old": old, "new": new})
    assert dated["new"].effective == date(2022, 1, 1)
    assert dated["new"].origin["effective"] == origin
