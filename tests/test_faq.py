"""The users' own questions: from a CSV, and marked on the page."""

import json
from contextlib import closing

import pytest
from typer.testing import CliRunner

from rag.cli import app
from rag.engine import Engine
from rag.errors import QuestionError, RagError
from rag.ingest import ingest
from rag.settings import Settings

LAW = (
    "某国甲法\n\n第一条 为了保护职工，制定本法。\n\n第二条 职工每周工作时间不超过四十小时。\n\n"
    "第三条 会员每月按本人工资收入的千分之五交纳会费。\n\n第四条 本法自2020年1月1日起施行。\n"
)
NOTICE = "关于做好慰问工作的通知\n\n各级工会：\n一、总体要求\n逢年过节慰问会员。\n二、标准\n每人五百元。\n"


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "甲法.txt").write_text(LAW, encoding="utf-8")
    (tmp_path / "texts" / "通知.txt").write_text(NOTICE, encoding="utf-8")
    settings = Settings(index=tmp_path / "index")
    assert ingest([tmp_path / "texts"], settings).failed == []
    return settings


@pytest.fixture
def engine(settings):
    with closing(Engine.open(settings)) as engine:
        yield engine


def table(tmp_path, text, encoding="utf-8", name="常见问题.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def first(engine, question):
    return engine.search(question, 1)[0].chunk.article


DUES = "小票上那五块钱是啥名堂"  # nothing in the text says it in these words


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_of_own_questions_finds_the_articles(engine, tmp_path, encoding):
    path = table(tmp_path, f"问题,文件,条\n{DUES},某国甲法,第三条\n", encoding)
    report = engine.add_faq(path)
    assert (report.taken, report.failed) == (1, [])
    assert first(engine, DUES) == "第三条"


@pytest.mark.parametrize("article", ["第三条", "三", "3", "第3条", "3条"])
def test_an_article_may_be_written_in_any_way(engine, tmp_path, article):
    assert engine.add_faq(table(tmp_path, f"question,law,article\n{DUES},某国甲法,{article}\n")).failed == []


def test_rows_that_lead_nowhere_are_told_and_the_rest_goes_in(engine, tmp_path):
    rows = f"问题,文件,条\n{DUES},某国甲法,第三条\n问,某国甲法,第三条\n能上几小时班,乙法,第三条\n能上几小时班,某国甲法,第九条\n"
    report = engine.add_faq(table(tmp_path, rows + "能上几小时班,某国甲法,\n能上几小时班,某国甲法,总则\n"))
    assert report.taken == 1
    assert [line for line, _ in report.failed] == [3, 4, 5, 6, 7]
    assert "4条" in report.failed[2][1]  # out of range, with the range
    assert "第几条" in report.failed[3][1]


def test_a_notice_is_pointed_to_without_an_article(engine, tmp_path):
    report = engine.add_faq(table(tmp_path, f"问题,文件,条\n{DUES},关于做好慰问工作的通知,\n"))
    assert report.failed == []
    assert engine.search(DUES, 1)[0].chunk.document_id == "通知.txt"


def test_a_file_given_again_takes_its_own_place(engine, tmp_path):
    engine.add_faq(table(tmp_path, f"问题,文件,条\n{DUES},某国甲法,第三条\n"))
    engine.add_faq(table(tmp_path, "问题,文件,条\n周末能不上班吗,某国甲法,第二条\n"))
    assert [one.question for one in engine.own_questions()] == ["周末能不上班吗"]
    assert engine.remove_faq("常见问题.csv") == 1
    assert engine.own_questions() == []
    assert engine.status()["questions"] == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [("甲,乙\n1,2\n", "表头"), ("", "表头"), ('问题,文件\n"未完,甲法\n', "CSV")],
)
def test_a_file_that_is_no_such_table_is_refused(engine, tmp_path, text, told):
    with pytest.raises(RagError, match=told):
        engine.add_faq(table(tmp_path, text))
    with pytest.raises(RagError, match="不能读取"):
        engine.add_faq(tmp_path / "没有.csv")


def test_what_answered_is_found_first_by_the_next_who_asks_alike(engine):
    hit = next(hit for hit in engine.search("会费", 5) if hit.chunk.article == "第三条")
    engine.answered(DUES, hit.id, hit.chunk.document_id)
    assert first(engine, "小票上五块钱什么名堂") == "第三条"
    engine.answered(DUES, hit.id, hit.chunk.document_id)  # once more changes nothing
    assert len(engine.own_questions()) == 1


def test_what_cannot_be_kept_is_told(engine):
    hit = engine.search("会费", 1)[0]
    with pytest.raises(QuestionError, match="500"):
        engine.answered("问" * 501, hit.id, hit.chunk.document_id)
    with pytest.raises(RagError, match="已不在"):
        engine.answered(DUES, hit.id, "通知.txt")
    with pytest.raises(RagError, match="已不在"):
        engine.answered(DUES, 10**9, "甲法.txt")


def test_own_questions_outlive_a_new_reading_and_a_rebuild(settings, tmp_path):
    with closing(Engine.open(settings)) as engine:
        engine.add_faq(table(tmp_path, f"问题,文件,条\n{DUES},某国甲法,第三条\n"))
    (tmp_path / "texts" / "甲法.txt").write_text(LAW + "\n（附注）\n", encoding="utf-8")
    for rebuild in (False, True):
        ingest([tmp_path / "texts"], settings, rebuild=rebuild)
        with closing(Engine.open(settings)) as engine:
            assert first(engine, DUES) == "第三条"


def test_own_questions_do_not_pass_to_an_amended_article(settings, tmp_path):
    with closing(Engine.open(settings)) as engine:
        engine.add_faq(table(tmp_path, f"问题,文件,条\n{DUES},某国甲法,第三条\n"))
    (tmp_path / "texts" / "甲法.txt").write_text(LAW.replace("千分之五", "百分之一"), encoding="utf-8")
    ingest([tmp_path / "texts"], settings)
    with closing(Engine.open(settings)) as engine:
        assert engine.status()["questions"] == 0
        assert len(engine.own_questions()) == 1  # kept: the words may come back


def test_the_command_takes_lists_and_takes_back(settings, tmp_path):
    def call(*arguments):
        return CliRunner().invoke(app, ["faq", *map(str, arguments), "--index", str(settings.index)])

    path = table(tmp_path, f"问题,文件,条\n{DUES},某国甲法,第三条\n别的,乙法,一\n")
    done = call(path)
    assert done.exit_code == 1
    assert "第 3 行" in done.output
    assert "加入 1 个问题" in done.output
    listed = call()
    assert listed.stdout.splitlines() == ["问题,文件,条,来自", f"{DUES},某国甲法,第三条,faq:常见问题.csv"]
    assert json.loads(call("--json").stdout)[0]["article"] == "第三条"
    assert call(path, "--remove").exit_code == 0
    assert call(path, "--remove").exit_code == 1


def test_a_mark_from_before_a_rebuild_lands_on_no_other_passage(settings, tmp_path):
    with closing(Engine.open(settings)) as engine:
        hit = next(hit for hit in engine.search("会费", 5) if hit.chunk.article == "第三条")
    (tmp_path / "texts" / "通知.txt").unlink()
    ingest([tmp_path / "texts"], settings, rebuild=True)
    with closing(Engine.open(settings)) as engine, pytest.raises(RagError, match="已不在"):
        engine.answered(DUES, hit.id, hit.chunk.document_id)
