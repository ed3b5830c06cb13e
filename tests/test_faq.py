"""The users' own questions: from a CSV, and marked on the page."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rag.bank import Question, signature
from rag.cli import app
from rag.engine import Engine
from rag.errors import QuestionError, RagError, SettingsError
from rag.faq import mark_answered
from rag.faq_table import as_csv, read_rows
from rag.ingest import ingest
from rag.screen import show_status
from rag.settings import Settings, load_settings
from rag.types import Span

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
    (one,) = json.loads(call("--json").stdout)
    assert one["article"] == "第三条"
    assert listed.stdout.splitlines() == [
        "问题,文件,条,签名,来自",
        f"{DUES},某国甲法,第三条,{one['signature']},faq:常见问题.csv",
    ]
    unknown = call("没有.csv", "--remove")
    assert unknown.exit_code == 1
    assert "常见问题.csv" in unknown.stderr
    assert call(path, "--remove").exit_code == 0
    assert call(path, "--remove").exit_code == 1
    nothing = call("--remove")
    assert nothing.exit_code == 2
    assert "请写明" in nothing.stderr


def test_a_mark_from_before_a_rebuild_lands_on_no_other_passage(settings, tmp_path):
    with closing(Engine.open(settings)) as engine:
        hit = next(hit for hit in engine.search("会费", 5) if hit.chunk.article == "第三条")
    (tmp_path / "texts" / "通知.txt").unlink()
    ingest([tmp_path / "texts"], settings, rebuild=True)
    with closing(Engine.open(settings)) as engine, pytest.raises(RagError, match="已不在"):
        engine.answered(DUES, hit.id, hit.chunk.document_id)


# --- what a mark is kept for -------------------------------------------------------------------------------

APPENDED = (
    "某市丙办法\n\n为了规范互助金，制定本办法。\n\n第一条 互助金专款专用。\n\n第二条 本办法自2021年1月1日起施行。\n\n"
    "附件1\n互助金章程\n\n第一条 住院的会员每天补助五十元。\n\n第二条 章程由会员大会修改。\n"
)
CASES = "工会典型案例\n\n" + "\n\n".join(
    f"案例{number}\n{matter}。{'双方经调解达成协议，工会全程参与。' * 30}"
    for number, matter in (
        ("一", "木工老王讨要加班费"),
        ("二", "保洁员小李休产假被辞退"),
        ("三", "快递员摔伤"),
    )
)


def read(settings, tmp_path, name, text):
    (tmp_path / "texts" / name).write_text(text, encoding="utf-8")
    assert ingest([tmp_path / "texts"], settings).failed == []


def shown(engine, words):
    """The passage that holds the words."""
    hits = (hit for hit in engine.search(words, 20) if words in hit.chunk.text)
    return next(hits)


def answers(engine, question):
    """The passages that the bank's own question leads to."""
    store = engine._store
    vector = engine._embedder.encode_question(question)
    (match,) = (m for m in store.search_questions(question, vector, 5) if m.question == question)
    return [hit.chunk.text for hit in match.hits]


ASKED = "躺病房一宿给几个钱"


@pytest.mark.parametrize(
    "words", ["住院的会员每天补助五十元", "为了规范互助金", "互助金专款专用"],
    ids=["an article of an appendix", "a preamble", "an article"],
)  # fmt: skip
def test_a_mark_is_for_what_was_shown_and_outlives_a_rebuild(settings, tmp_path, words):
    read(settings, tmp_path, "丙.txt", APPENDED)
    with closing(Engine.open(settings)) as engine:
        hit = shown(engine, words)
        engine.answered(ASKED, hit.id, "丙.txt")
        assert answers(engine, ASKED) == [hit.chunk.text]
    ingest([tmp_path / "texts"], settings, rebuild=True)
    with closing(Engine.open(settings)) as engine:
        assert answers(engine, ASKED) == [hit.chunk.text]


def test_a_mark_in_a_case_is_for_its_passage_alone(settings, tmp_path):
    read(settings, tmp_path, "案例.txt", CASES)
    with closing(Engine.open(settings)) as engine:
        hit = shown(engine, "小李休产假")
        engine.answered(ASKED, hit.id, "案例.txt")
        assert answers(engine, ASKED) == [hit.chunk.text]


def test_a_mark_that_would_attach_to_nothing_is_not_kept(engine):
    hit = engine.search("会费", 1)[0]
    (law,) = (one for one in engine.search("会费", 9) if one.chunk.article == "第一条")
    torn = replace(law, chunk=replace(law.chunk, span=Span(0, law.chunk.span.end)))
    with pytest.raises(RagError, match="没有记下"):
        mark_answered(DUES, torn, engine._store, engine._embedder)
    with pytest.raises(QuestionError, match="没有文字"):
        engine.answered("？？？", hit.id, hit.chunk.document_id)
    assert engine.own_questions() == []


# --- the table, out and in ---------------------------------------------------------------------------------


def test_what_is_listed_can_be_taken_in_again_and_points_to_the_same_words(settings, tmp_path):
    read(settings, tmp_path, "丙.txt", APPENDED)
    with closing(Engine.open(settings)) as engine:
        engine.add_faq(table(tmp_path, f"问题,文件,条\n{DUES},某国甲法,第三条\n=几点下班,某国甲法,2\n"))
        hit = shown(engine, "住院的会员每天补助五十元")
        engine.answered(ASKED, hit.id, "丙.txt")
    newer = LAW.replace("第四条", "第五条").replace("第三条", "第四条").replace("第二条", "第三条")
    read(settings, tmp_path, "甲法.txt", newer.replace("第三条", "第二条 工会代表职工。\n\n第三条", 1))
    with closing(Engine.open(settings)) as engine:
        told = {one.question: (one.law, one.article) for one in engine.own_questions()}
        assert told == {
            DUES: ("某国甲法", "第四条"),
            "=几点下班": ("某国甲法", "第三条"),
            ASKED: ("某市丙办法", "第一条"),
        }
        before = {text: answers(engine, text) for text in told}
        report = engine.add_faq(table(tmp_path, as_csv(engine.own_questions()), name="导出.csv"))
        assert (report.taken, report.failed) == (3, [])
        assert {text: answers(engine, text) for text in told} == before
        for kind in ("answered", "常见问题.csv"):
            assert engine.remove_faq(kind) > 0
        assert {text: answers(engine, text) for text in told} == before


def test_words_that_are_gone_are_told_and_not_guessed(engine, tmp_path):
    signed = signature("第三条 会员每月交纳的会费由工会另行规定。")
    rows = f"问题,文件,条,签名\n{DUES},某国甲法,第三条,{signed}\n能上几小时班,某国甲法,第二条,不是签名\n"
    report = engine.add_faq(table(tmp_path, rows))
    assert report.failed == [(2, "条文已改或不在索引里"), (3, "条文已改或不在索引里")]
    assert engine.own_questions() == []


@pytest.mark.parametrize(
    "text", ["=1+1", "'=1", "+86 电话", "-元", "@工会", "'引文'", "'", "''@甲", '“=”,"甲"']
)
def test_a_cell_is_no_formula_and_reads_back_the_same(tmp_path, text):
    out = as_csv([Question(text, "第一条", "0" * 16, "zh", "answered", text)])
    assert out.splitlines()[1][0] not in "=+-@"
    (row,) = read_rows(table(tmp_path, out))
    assert (row.question, row.law) == (text, text)


@pytest.mark.parametrize(
    "text",
    [
        f"问题;文件;条\n{DUES};某国甲法;第三条\n",
        f"问题\t文件\t条\n{DUES}\t某国甲法\t第三条\n",
        f"问题，文件，条\n{DUES}，某国甲法，第三条\n",
        f"問題,文件,條\r\n{DUES},某國甲法,第三條\r\n",
        f"Question,LAW,Article\n{DUES},《某国甲法》,第三条\n",
        f'问题,文件,条\n{DUES},"某国\n甲法",第三条\n',
        f"条,备注,文件,问题\n3,见\u2028下,某国甲法,{DUES}\n",
    ],
    ids=["semicolons", "tabs", "wide commas", "traditional", "latin", "line break in a cell", "U+2028"],
)
def test_a_table_is_read_however_it_was_saved(engine, tmp_path, text):
    report = engine.add_faq(table(tmp_path, text))
    assert (report.taken, report.failed) == (1, [])
    assert [(one.question, one.article) for one in engine.own_questions()] == [(DUES, "第三条")]


def test_a_row_with_more_cells_than_the_heading_says_why(engine, tmp_path):
    report = engine.add_faq(table(tmp_path, "问题,文件,条\n每月交多少,怎么交,某国甲法,第三条\n"))
    ((line, reason),) = report.failed
    assert line == 2
    assert "加引号" in reason


def test_the_line_of_a_row_is_where_it_begins(engine, tmp_path):
    text = '问题,文件,条\n\n"能上\n几小时",乙法,一\n能上几小时,乙法,一\n'
    assert [line for line, _ in engine.add_faq(table(tmp_path, text)).failed] == [3, 5]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f'问题,文件\n"{"长" * 140_000}",甲法\n', "131,072"),
        ('问题,文件\n"甲"乙,甲法\n', "引号后面"),
        ('问题,文件\n"甲,乙\n', "没有成对"),
    ],
)
def test_what_is_wrong_with_a_table_is_told_in_chinese(engine, tmp_path, text, told):
    with pytest.raises(RagError, match=f"第 2 行起.*{told}"):
        engine.add_faq(table(tmp_path, text))


@pytest.mark.parametrize(
    ("law", "article"),
    [
        ("某国甲法》第三条", ""), ("《某国甲法", "第三条"), ("某国甲法第三条", ""), ("某国甲法第一条", "第三条"),
        ("某国甲法、某国丁法", "第三条"), ("《某国甲法》《某国丁法》", "第三条"), ("某国甲法和某国丁法", "3"),
        ("某国甲法", "第一条、第三条"), ("某国甲法", "第一条至第三条"), ("某国甲法", "第三条第九款"),
        ("某国甲法", "第三条等"), ("某国甲法", "第3.5条"), ("某国甲法", "第三条和某国丁法"), ("《》", "第三条"),
        ("", "第三条"), ("Trade Union Law", "Article 99"), ("总工办发〔2017〕33号", "第二条"),
    ],
)  # fmt: skip
def test_a_row_that_does_not_lead_to_exactly_one_article_is_refused(settings, tmp_path, law, article):
    read(settings, tmp_path, "丁法.txt", LAW.replace("甲法", "丁法"))
    with closing(Engine.open(settings)) as engine:
        report = engine.add_faq(table(tmp_path, f'问题,文件,条\n{DUES},"{law}","{article}"\n'))
        assert [line for line, _ in report.failed] == [2]
        assert engine.own_questions() == []


@pytest.mark.parametrize(
    ("law", "article", "label"),
    [
        ("《某国甲法》", "第三条第一款", "第三条"),
        ("某国甲法", "Article 3", "第三条"),
        ("总工办发〔2017〕32号", "第二条", "第二条"),
        ("《某市实施〈某国甲法〉办法》", "二", "第二条"),
        ("某市实施《某国甲法》办法", "二", "第二条"),
        ("Trade Union Law", "Article 2", "第二条"),
        ("Trade Union Law", "2", "第二条"),
    ],
)
def test_a_row_may_name_a_law_as_a_citation_does(settings, tmp_path, law, article, label):
    numbered = "总工办发〔2017〕32号\n\n某会经费办法\n\n第一条 为了规范，制定本办法。\n\n第二条 经费专用。\n"
    read(settings, tmp_path, "号.txt", numbered)
    read(settings, tmp_path, "实施.txt", LAW.replace("某国甲法", "某市实施《某国甲法》办法", 1))
    read(settings, tmp_path, "工会法.txt", LAW.replace("某国甲法", "中华人民共和国工会法", 1))
    with closing(Engine.open(settings)) as engine:
        report = engine.add_faq(table(tmp_path, f"问题,文件,条\n{DUES},{law},{article}\n"))
        assert (report.taken, report.failed) == (1, [])
        assert [one.article for one in engine.own_questions()] == [label]


def test_a_row_for_a_text_no_longer_in_force_goes_in_and_is_told(settings, tmp_path):
    rows = "file,title,status\n甲法.txt,某国甲法,已废止\n"
    (tmp_path / "texts" / "manifest.csv").write_text(rows, encoding="utf-8")
    ingest([tmp_path / "texts"], settings)
    path = table(tmp_path, f"问题,文件,条\n{DUES},某国甲法,第三条\n")
    done = CliRunner().invoke(app, ["faq", str(path), "--index", str(settings.index)])
    assert done.exit_code == 0
    assert "第 2 行" in done.stderr
    assert "《某国甲法》第三条已废止" in done.stderr
    told = json.loads(
        CliRunner().invoke(app, ["faq", str(path), "--json", "--index", str(settings.index)]).stdout
    )
    assert [(told["taken"], told["failed"]), [one["line"] for one in told["warned"]]] == [(1, []), [2]]


# --- whose question it is ----------------------------------------------------------------------------------


def test_a_question_of_two_files_stays_with_the_other(engine, tmp_path):
    for name in ("甲.csv", "乙.csv"):
        engine.add_faq(table(tmp_path, f"问题,文件,条\n{DUES},某国甲法,第三条\n", name=name))
    assert engine.status()["own_questions"] == 1
    assert engine.remove_faq("乙.csv") == 1
    assert [one.kind for one in engine.own_questions()] == ["faq:甲.csv"]
    assert first(engine, DUES) == "第三条"


def test_the_marks_of_the_page_can_be_withdrawn(settings, tmp_path):
    with closing(Engine.open(settings)) as engine:
        hit = shown(engine, "千分之五")
        engine.answered(DUES, hit.id, hit.chunk.document_id)
    done = CliRunner().invoke(app, ["faq", "answered", "--remove", "--index", str(settings.index)])
    assert (done.exit_code, done.stdout) == (0, "已撤回 1 个问题\n")
    with closing(Engine.open(settings)) as engine:
        assert engine.own_questions() == []


@pytest.mark.parametrize("rows", ["", f"{DUES},乙法,第三条\n"], ids=["no row", "no usable row"])
def test_a_file_without_a_usable_row_takes_nothing_away(settings, tmp_path, rows):
    with closing(Engine.open(settings)) as engine:
        engine.add_faq(table(tmp_path, f"问题,文件,条\n{DUES},某国甲法,第三条\n"))
    path = table(tmp_path, f"问题,文件,条\n{rows}")
    done = CliRunner().invoke(app, ["faq", str(path), "--index", str(settings.index)])
    assert done.exit_code == 1
    assert "没有变" in done.stdout
    with closing(Engine.open(settings)) as engine:
        assert first(engine, DUES) == "第三条"


def test_different_questions_are_counted_once(engine, tmp_path):
    rows = f"问题,文件,条\n{DUES},某国甲法,第三条\n{DUES},某国甲法,3\n{DUES},某国甲法,第二条\n"
    assert engine.add_faq(table(tmp_path, rows)).taken == 1
    assert engine.remove_faq("常见问题.csv") == 1


def test_the_status_tells_of_questions_whose_article_was_amended(settings, tmp_path, capsys):
    with closing(Engine.open(settings)) as engine:
        engine.add_faq(table(tmp_path, f"问题,文件,条\n{DUES},某国甲法,3\n几点下班,某国甲法,2\n"))
        assert engine.status()["own_detached"] == 0
    read(settings, tmp_path, "甲法.txt", LAW.replace("千分之五", "百分之一"))
    with closing(Engine.open(settings)) as engine:
        found = engine.status()
        assert (found["own_questions"], found["own_detached"]) == (2, 1)
        show_status(found)
        assert "自己加入的 2 个（其中 1 个的条文已改，暂不起作用）" in capsys.readouterr().out


# --- settings ----------------------------------------------------------------------------------------------


def test_one_glossary_needs_no_list(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("rag.toml").write_text('glossary = "our.csv"\n', encoding="utf-8")
    assert load_settings().glossary == (Path("our.csv"),)
    for given, meant in (("my.csv", ("my.csv",)), ('["a.csv", "b.csv"]', ("a.csv", "b.csv")), ("", ())):
        monkeypatch.setenv("RAG_GLOSSARY", given)
        assert load_settings().glossary == tuple(map(Path, meant))


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("GLOSSARY", '["a.csv"', "JSON 列表"), ("GLOSSARY", "[1]", "路径"),
        ("PORT", "abc", "应是整数，给的是 abc"), ("PORT", "70000", "不能大于 65535"), ("PASSAGES", "0", "不能小于 1"),
        ("DENSE_WEIGHT", "x", "应是数字"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_named_with_what_is_allowed(monkeypatch, name, value, told):
    monkeypatch.setenv(f"RAG_{name}", value)
    with pytest.raises(SettingsError, match=f"RAG_{name}.*{told}") as refused:
        load_settings()
    assert "nput should" not in str(refused.value)


def test_an_unknown_setting_is_told_with_those_that_there_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("rag.toml").write_text('glossery = "our.csv"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="glossery：没有这个设置.*glossary"):
        load_settings()


def test_what_the_users_have_answered_themselves_is_said(tmp_path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "甲法.txt").write_text(LAW, encoding="utf-8")
    local = "上海市甲办法\n\n第一条 为了本市职工，制定本办法。\n\n第二条 高温天气停工的，由工会发放清凉饮料。\n\n第三条 本办法自2021年1月1日起施行。\n"
    (tmp_path / "texts" / "上海市甲办法.txt").write_text(local, encoding="utf-8")
    settings = Settings(index=tmp_path / "index")
    ingest([tmp_path / "texts"], settings)
    asked = "大热天歇着的时候给多少补贴"  # asks for a number, names no place, shares no word
    with closing(Engine.open(settings)) as engine:
        assert engine.ask(asked).abstained
        assert engine.add_faq(table(tmp_path, f"问题,文件,条\n{asked},上海市甲办法,第二条\n")).taken == 1
        answer = engine.ask(asked)
    assert [c.article for s in answer.statements for c in s.citations][:1] == ["第二条"]
    assert answer.confidence == 1.0
