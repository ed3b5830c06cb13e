import csv
import json
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pytest

from rag.cleaning import clean
from rag.loaders import load
from rag.metadata import describe, manifest, override
from rag.metadata.dates import first_date
from rag.regions import regions_named
from rag.types import LEVELS, STATUSES, Source

CASES = json.loads((Path(__file__).parent / "cases" / "metadata.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_a_text_tells_what_it_is(case):
    source = describe(case["text"], case.get("path", "文件.txt"), case.get("head"))
    facts = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in asdict(source).items()
    }
    assert {name: facts[name] for name in case["source"]} == case["source"]
    assert {name: source.origin.get(name) for name in case.get("origin", {})} == case.get("origin", {})


def test_values_are_of_the_lists_that_filters_know():
    for case in CASES:
        source = describe(case["text"], "文件.txt", case.get("head"))
        assert source.level in LEVELS
        assert source.status in STATUSES
        assert set(source.origin.values()) <= {"正文", "文件名", "修改决定", "推断"}


def test_the_folder_tells_level_and_region_where_the_text_does_not():
    source = describe("若干规定\n第一条 甲。", "地方性法规/浙江/若干规定.md")
    assert (source.level, source.region, source.origin["level"]) == ("地方性法规", "浙江", "文件名")


def test_an_empty_text_is_called_by_its_file():
    source = describe("", "某规定(2021-12-24).md")
    assert (source.title, source.issued, source.origin["title"]) == ("某规定", date(2021, 12, 24), "文件名")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("二〇二一年十二月二十四日", date(2021, 12, 24)),
        ("２０２１年１月１日", date(2021, 1, 1)),
        ("二○○八年九月十八日", date(2008, 9, 18)),
        ("一九九四年十二月六日", date(1994, 12, 6)),
        ("2017年1月 1日", date(2017, 1, 1)),
        ("2021-12-24", date(2021, 12, 24)),
        ("2021.2.3", date(2021, 2, 3)),
        ("解释_20250731", date(2025, 7, 31)),
        ("2021年2月30日", None),
        ("公布之日", None),
        ("第13号", None),
    ],
)
def test_dates_in_every_way_of_writing(written, day):
    assert first_date(written) == day


@pytest.mark.parametrize(
    ("question", "regions"),
    [
        ("郑州和宁波的失业保险", ("河南", "浙江")),
        ("深圳经济特区", ("广东",)),
        ("在内蒙古自治区工作", ("内蒙古",)),
        ("工会法第十条", ()),
        ("白银首饰厂的工会", ()),
        ("白银市的工会", ("甘肃",)),
        ("云江市的疗休养标准", ("云江",)),
    ],
)
def test_places_that_a_question_names(question, regions):
    assert regions_named(question) == regions


# --- the manifest -------------------------------------------------------------------------------------

HEADER = (
    "file,title,issuing_body,doc_number,date_issued,date_effective,level,region,status,superseded_by_or_note"
)


def rows(folder, *lines, header=HEADER, encoding="utf-8-sig"):
    (folder / "manifest.csv").write_text("\n".join([header, *lines]), encoding=encoding)
    return manifest(folder)


def test_a_manifest_gives_a_row_for_each_file(tmp_path):
    found = rows(tmp_path, "法律/甲.md,甲法,人大,,2021-12-24,2022-01-01,法律,全国,现行有效,")
    assert found["法律/甲.md"] == {
        "file": "法律/甲.md", "title": "甲法", "issuer": "人大", "issued": "2021-12-24", "effective": "2022-01-01",
        "level": "法律", "region": "全国", "status": "现行有效",
    }  # fmt: skip


def test_simple_column_names_and_other_encodings_are_read_too(tmp_path):
    found = rows(
        tmp_path, r"甲\乙.md,某发〔2020〕1号,2030-01-01", header="文件,number,repealed", encoding="gb18030"
    )
    assert found["甲/乙.md"] == {"file": "甲/乙.md", "number": "某发〔2020〕1号", "repealed": "2030-01-01"}


def test_a_bad_row_is_skipped_and_told(tmp_path, caplog):
    found = rows(tmp_path, "甲.md,甲法", ",乙法,,,,,,,,", "丙.md,丙法,,,,,,,,")
    assert list(found) == ["丙.md"]
    assert caplog.text.count("已跳过") == 2


def test_a_folder_without_a_manifest_has_no_rows(tmp_path, caplog):
    assert manifest(tmp_path) == {}
    assert rows(tmp_path, "甲", header="name") == {}
    assert "没有 file 列" in caplog.text


TEXT = Source(
    "甲法",
    issued=date(2012, 12, 28),
    effective=date(2012, 12, 28),
    origin={"issued": "正文", "effective": "推断"},
)


def test_a_row_overrides_what_the_text_told():
    row = {
        "file": "甲",
        "title": "甲法（修正）",
        "level": "法律",
        "status": "现行有效",
        "region": "河南",
        "number": "令",
    }
    source = override(TEXT, row)
    assert (source.title, source.level, source.status, source.region, source.number) == (
        "甲法（修正）", "法律", "现行有效", "河南", "令",
    )  # fmt: skip
    assert source.origin["title"] == source.origin["status"] == "清单"
    assert source.issued == TEXT.issued


def test_no_row_changes_nothing():
    assert override(TEXT, {}) is TEXT


def test_a_level_or_status_that_is_none_is_passed_over():
    assert override(TEXT, {"file": "甲", "level": "法津", "status": "有效吗"}) == TEXT


@pytest.mark.parametrize(
    ("row", "effective", "origin"),
    [
        ({"effective": "2013-07-01"}, date(2013, 7, 1), "清单"),
        ({"effective": "2012-12-01"}, date(2012, 12, 1), "清单"),
        ({"effective": "2008-01-01"}, date(2012, 12, 28), "推断"),  # the original law's day
        ({"effective": "公布之日"}, date(2012, 12, 28), "推断"),
        ({"effective": "公布之日", "issued": "2013-01-05"}, date(2013, 1, 5), "推断"),
        ({"issued": "2014-01-01"}, date(2014, 1, 1), "推断"),
        ({}, date(2012, 12, 28), "推断"),
    ],
)
def test_the_day_of_effect_is_that_of_this_version(row, effective, origin):
    source = override(TEXT, {"file": "甲", **row})
    assert (source.effective, source.origin["effective"]) == (effective, origin)


@pytest.mark.parametrize(
    ("note", "repealed"),
    [
        ("甲法(2023-12-29)，自2024-07-01施行", date(2024, 7, 1)),
        ("甲法(2025-09-12修订)，自2026-03-01施行", date(2026, 3, 1)),
        ("法释〔2020〕16号废止，由法释〔2020〕26号取代，2021-01-01", date(2021, 1, 1)),
        ("乙条例(2022-02-25)施行后废止（2022-05-01）", date(2022, 5, 1)),
        ("某条例，2023-01-01", date(2023, 1, 1)),
        ("2013、2018、2023年先后修改", date(2013, 1, 1)),
        ("2025年法定节假日增加后由人社部发〔2025〕2号取代", date(2025, 1, 1)),
        ("甲法(2021-12-24)（其间2013-08-27仅改援引的法名）", None),
        ("文件名标2021-11-26，但正文只到2016年；不是2021年文本", None),
        ("甲法(2007-01-01)，自2008-01-01施行", None),  # before this version began
        ("", None),
    ],
)
def test_a_note_tells_from_when_a_text_no_longer_applies(note, repealed):
    assert override(TEXT, {"file": "甲", "status": "被取代", "note": note}).repealed == repealed


def test_a_note_on_a_text_in_force_repeals_nothing():
    row = {"file": "甲", "status": "现行有效", "note": "第三十二条自2025-09-01起废止"}
    assert override(TEXT, row).repealed is None


def test_a_date_that_the_note_disowns_is_not_the_texts():
    row = {"file": "甲", "issued": "2021-11-26", "note": "文件名日期2021-11-26与正文不符"}
    assert override(TEXT, row).issued == TEXT.issued


# --- the corpus ---------------------------------------------------------------------------------------


@pytest.mark.shared
def test_the_corpus_is_described_from_its_texts_alone(shared):
    """Rates against the manifest, which the texts cannot all reach: it holds facts that stand in no text."""
    root = shared / "corpora" / "union-law"
    with (root / "manifest.csv").open(encoding="utf-8-sig", newline="") as file:
        wanted = list(csv.DictReader(file))
    columns = {
        "title": "title",
        "number": "doc_number",
        "issuer": "issuing_body",
        "level": "level",
        "region": "region",
    }
    right = dict.fromkeys(columns, 0)
    for row in wanted:
        raw = clean(load(root / row["file"]))
        source = describe(raw.text, Path(row["file"]).name, raw.head)
        for name, column in columns.items():
            right[name] += (getattr(source, name) or "") == row[column]
    rates = {name: count / len(wanted) for name, count in right.items()}
    least = {"title": 0.96, "number": 0.89, "issuer": 0.91, "level": 0.99, "region": 1.0}
    assert {name: rate for name, rate in rates.items() if rate < least[name]} == {}


@pytest.mark.shared
def test_no_version_of_the_corpus_applies_years_before_it_was_made(shared):
    root = shared / "corpora" / "union-law"
    stated = manifest(root)
    assert len(stated) == 156
    for path, row in stated.items():
        raw = clean(load(root / path))
        source = override(describe(raw.text, path, raw.head), row)
        if source.effective and source.issued:
            assert (source.issued - source.effective).days <= 180, path


@pytest.mark.parametrize(
    ("column", "value"),
    [("level", "法规"), ("status", "有效"), ("issued", "去年"), ("repealed", "2024-13-40")],
)
def test_a_value_of_a_manifest_that_cannot_be_used_is_told_and_the_rest_holds(column, value, caplog):
    source = override(Source("甲"), {"file": "甲.txt", "title": "甲办法", column: value})
    assert source.title == "甲办法"
    assert (source.level, source.status, source.issued, source.repealed) == ("其他", "待核实", None, None)
    assert "甲.txt" in caplog.text
    assert value in caplog.text
