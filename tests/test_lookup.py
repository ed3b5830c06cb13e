"""rag cite: the words at every address that a text names."""

import json
from contextlib import closing
from datetime import date

import pytest
from typer.testing import CliRunner

from rag.cli import app
from rag.engine import Engine
from rag.errors import QuestionError
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
        ("甲市工会条例第二条第五项", "out_of_range", "第二条"),
        ("《乙市条例》第二条", "unknown_document", "乙市条例"),
    ],
)
def test_what_is_not_there_is_told(engine, text, kind, told):
    (one,) = engine.cite(text, NOW)
    assert one.problem.kind == kind
    assert told in one.problem.reason
    assert one.citation is None


def test_a_text_without_an_address_gives_nothing(engine):
    assert engine.cite("会费怎么交", NOW) == []
    with pytest.raises(QuestionError):
        engine.cite("  ", NOW)


def call(index, *arguments):
    return CliRunner().invoke(app, ["cite", *arguments, "--index", str(index)])


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
