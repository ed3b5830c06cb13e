"""rag cite: the words at every address that a text names."""

import json
from contextlib import closing
from datetime import date

import pytest
from typer.testing import CliRunner

from rag.citing import MOST, pieces
from rag.cli import app
from rag.engine import Engine
from rag.errors import QuestionError, RagError
from rag.ingest import ingest
from rag.settings import Settings
from rag.types import Filter

TEXTS = {
    "甲市工会条例（2010年）.txt": "甲市工会条例\n\n（2010年1月1日通过）\n\n第一条 旧的第一条。\n\n第二条 会费为千分之五。\n\n"
    "第三条 本条例自2010年5月1日起施行。\n",
    "甲市工会条例（2020年）.txt": "甲市工会条例\n\n（2020年1月1日通过）\n\n第一条 新的第一条。\n\n第二条 会费由会员交纳：\n"
    "（一）在职的；\n（二）退休的。\n\n第三条 本条例自2020年5月1日起施行。\n",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lookup")
    (folder / "texts").mkdir()
    for name, text in TEXTS.items():
        (folder / "texts" / name).write_text(text, encoding="utf-8")
    assert ingest([folder / "texts"], Settings(index=folder / "index")).failed == []
    return folder / "index"


@pytest.fixture(scope="module")
def engine(index):
    with closing(Engine.open(Settings(index=index))) as engine:
        yield engine


NOW = Filter(in_force_on=date(2026, 1, 1))


def quotes(found):
    return [one.citation.quote if one.citation else None for one in found]


def test_every_address_of_a_text_is_found_in_its_order(engine):
    found = engine.cite("《甲市工会条例》第二条第二项和第一条，又见同条例第三条", NOW)
    assert quotes(found) == ["（二）退休的。", "第一条 新的第一条。", "第三条 本条例自2020年5月1日起施行。"]
    assert found[0].citation.locator == "第二条第二项"


def test_the_version_of_the_day_is_cited(engine):
    (old,) = engine.cite("甲市工会条例第二条", Filter(in_force_on=date(2015, 1, 1)))
    assert old.citation.quote == "第二条 会费为千分之五。"
    (new,) = engine.cite("甲市工会条例第二条", NOW)
    assert new.citation.quote.startswith("第二条 会费由会员交纳")
    assert (old.citation.source.title, new.citation.source.title) == ("甲市工会条例", "甲市工会条例")


def test_a_title_alone_gives_the_document(engine):
    (one,) = engine.cite("甲市工会条例", NOW)
    assert one.citation is None
    assert one.document.source.title == "甲市工会条例"
    assert one.problem is None


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ("甲市工会条例第九条", "out_of_range", "3条"),
        ("甲市工会条例第二条第五项", "out_of_range", "第二条共2项，没有第五项"),
        ("甲市工会条例第一条第二项", "out_of_range", "第一条没有分项"),
        ("合同第廿条", "ambiguous", "请写明是哪一部法律"),
        ("第二条", "ambiguous", "请写明是哪一部法律"),
        ("甲市工会条例第一章", "ambiguous", "第一章"),
        ("《乙市条例》第二条", "unknown_document", "乙市条例"),
    ],
)
def test_what_is_not_there_is_told(engine, text, kind, told):
    (one,) = engine.cite(text, NOW)
    assert one.problem.kind == kind
    assert told in one.problem.reason
    assert one.citation is None


def test_every_address_of_a_list_or_range_has_its_own_number(engine):
    found = engine.cite("甲市工会条例第一条至第三条", NOW)
    assert [one.named for one in found] == [f"甲市工会条例第{n}条" for n in "一二三"]
    assert [one.citation.locator for one in found] == ["第一条", "第二条", "第三条"]
    listed = engine.cite("《甲市工会条例》第一、三条", NOW)
    assert [one.named for one in listed] == ["甲市工会条例第一条", "甲市工会条例第三条"]
    items = engine.cite("甲市工会条例〔第二条第（一）、（二）项〕", NOW)
    assert [one.named for one in items] == ["甲市工会条例第二条第一项", "甲市工会条例第二条第二项"]


def test_an_address_apart_from_its_law_is_read_or_told(engine):
    found = engine.cite("依照甲市工会条例第二条处理，依据第三条施行", NOW)
    assert [one.citation.locator for one in found] == ["第二条", "第三条"]
    first, doubtful = engine.cite("依照甲市工会条例第二条处理。第三条另有规定", NOW)
    assert first.problem is None
    assert doubtful.problem.kind == "ambiguous"
    assert doubtful.document is None


def test_a_text_without_an_address_gives_nothing(engine):
    assert engine.cite("会费怎么交", NOW) == []
    with pytest.raises(QuestionError):
        engine.cite("  ", NOW)


def call(index, *arguments, given=None):
    return CliRunner().invoke(app, ["cite", *arguments, "--index", str(index)], input=given)


def test_the_command_shows_address_and_words(index):
    done = call(index, "甲市工会条例第一条")
    assert done.exit_code == 0
    assert "《甲市工会条例》第一条" in done.stdout
    assert "新的第一条。" in done.stdout
    missing = call(index, "甲市工会条例第九条")
    assert missing.exit_code == 1
    assert "3条" in missing.stdout
    nothing = call(index, "会费怎么交")
    assert nothing.exit_code == 1
    assert "没有认出" in nothing.stdout


def test_the_command_in_json(index):
    found = json.loads(call(index, "甲市工会条例第一条和甲市工会条例第九条", "--json").stdout)["found"]
    assert [one["named"] for one in found] == ["甲市工会条例第一条", "甲市工会条例第九条"]
    assert found[0]["citation"]["verified"] is True
    assert found[0]["citation"]["locator"] == "第一条"
    assert found[1]["problem"]["kind"] == "out_of_range"


def test_many_texts_from_a_file(index, tmp_path):
    path = tmp_path / "texts.jsonl"
    path.write_text(
        '{"id": "a", "question": "甲市工会条例第一条"}\n{"id": "b", "question": ""}\n', encoding="utf-8"
    )
    done = call(index, "--questions", str(path))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 1
    assert len(lines[0]["found"]) == 1
    assert "空" in lines[1]["error"]


def test_every_line_with_a_problem_makes_the_status_one(index, tmp_path):
    path = tmp_path / "texts.jsonl"
    for question, status in (("甲市工会条例第一条", 0), ("甲市工会条例第九条", 1), ("会费怎么交", 1)):
        path.write_text(json.dumps({"question": question}), encoding="utf-8")
        assert call(index, "--questions", str(path)).exit_code == status, question


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_file_and_standard_input_of_any_length_are_read_as_one_text(index, tmp_path, encoding):
    filler = "职工代表大会听取和审议单位的发展规划和年度计划，讨论与职工切身利益有关的方案。\n" * 80
    text = f"《甲市工会条例》（以下简称《会费条例》）第一条。{filler}见《会费条例》第二条，又见《会费条例》第一条。"
    assert len(text) > Settings().question_chars
    path = tmp_path / "意见.txt"
    path.write_bytes(text.encode(encoding))
    for done in (call(index, "--file", str(path)), call(index, given=text.encode(encoding))):
        assert done.exit_code == 0, done.stdout
        assert done.stdout.count("新的第一条。") == 1
        assert "《甲市工会条例》第一条（出现 2 次）" in done.stdout
        assert "会费由会员交纳" in done.stdout
    found = json.loads(call(index, "--file", str(path), "--json").stdout)["found"]
    assert [(one["citation"]["locator"], one["count"]) for one in found] == [("第一条", 2), ("第二条", 1)]


def test_two_hundred_addresses_are_shown_and_the_rest_is_told(index):
    many = "。".join(f"甲市工会条例第{n}条" for n in range(1, 206))
    done = call(index, given=many)
    assert done.exit_code == 1
    assert "另有 5 处没有列出" in done.stdout
    assert len(json.loads(call(index, "--json", given=many).stdout)["found"]) == MOST


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "没有文字"),
        (["甲市工会条例第一条", "--as-of", "昨天"], "不是日期"),
        (["甲市工会条例第一条", "--file", "a.txt"], "只能给一样"),
        (["--file", "没有这个文件.txt"], "不能读取"),
    ],
)
def test_an_unusable_call_is_told_in_chinese(index, arguments, told):
    done = call(index, *arguments)
    assert done.exit_code != 0
    assert isinstance(done.exception, RagError)
    assert told in str(done.exception)


def test_a_text_is_cut_where_a_sentence_ends_and_nothing_is_lost():
    text = "第一句话。第二句话！" + "长" * 25 + "。末尾"
    parts = list(pieces(text, 10))
    assert "".join(parts) == text
    assert parts[0] == "第一句话。第二句话！"
    assert max(map(len, parts)) <= 10
