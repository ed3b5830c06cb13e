import json
import re
from contextlib import closing
from datetime import date

import pytest

from rag.citations import locate
from rag.engine import Engine
from rag.errors import IndexMissing, QuestionError, StoreMismatch
from rag.evaluation import evaluate_questions
from rag.ingest import ingest
from rag.settings import Settings
from rag.store import LocalStore
from rag.types import Filter

TEXTS = {
    "法律/甲保护法.txt": "甲保护法\n\n（2019年10月1日通过）\n\n第一条 职工有权参加工会，任何人不得阻挠。\n\n"
    "第二条 职工每周工作时间不超过四十小时。\n用人单位安排孕妇的，不得安排夜班：\n（一）怀孕七个月以上的；\n（二）哺乳期的。\n\n"
    "第三条 本法自2020年1月1日起施行。\n",
    "乙市工会经费办法（2015年）.md": "# 乙市工会经费办法\n\n乙工发〔2015〕3号\n\n第一条 节日慰问每人每年不超过一千元。\n\n"
    "第二条 本办法自2015年3月1日起施行。\n\n乙市总工会\n2015年2月1日\n",
    "乙市工会经费办法（2022年）.md": "# 乙市工会经费办法\n\n乙工发〔2022〕9号\n\n第一条 节日慰问每人每年不超过一千八百元。\n\n"
    "第二条 本办法自2022年6月1日起施行。\n\n乙市总工会\n2022年5月1日\n",
}
NOW = Filter(in_force_on=date(2026, 1, 1))


def write(folder, texts):
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("engine")
    write(folder / "texts", TEXTS)
    settings = Settings(index=folder / "index")
    assert ingest([folder / "texts"], settings).failed == []
    return settings


@pytest.fixture(scope="module")
def engine(settings):
    with closing(Engine.open(settings)) as engine:
        yield engine


def quotes(answer):
    return [citation.quote for statement in answer.statements for citation in statement.citations]


def test_the_version_in_force_on_the_day_answers(engine):
    question = "乙市节日慰问每人多少钱"
    assert quotes(engine.ask(question, NOW)) == ["节日慰问每人每年不超过一千八百元。"]
    assert quotes(engine.ask(question, Filter(in_force_on=date(2018, 1, 1)))) == [
        "节日慰问每人每年不超过一千元。"
    ]


def test_an_address_gives_exactly_its_words(engine):
    answer = engine.ask("甲保护法第二条第二款第一项", NOW)
    assert quotes(answer) == ["（一）怀孕七个月以上的；"]
    assert answer.statements[0].citations[0].locator == "第二条第二款第一项"


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("甲保护法第一条和第九条", "3条"),
        ("甲保护法第一条和第二条第五款", "没有第二条第五款"),
        ("甲保护法第一条和《丙条例》第二条", "丙条例"),
    ],
)
def test_beside_what_is_answered_an_address_that_cannot_be_shown_is_told(engine, question, told):
    answer = engine.ask(question, NOW)
    assert quotes(answer) == ["职工有权参加工会，任何人不得阻挠。"]
    assert [told in silence.reason for silence in answer.unshown] == [True]


def test_a_part_that_does_not_exist_comes_with_its_article_as_the_closest(engine):
    answer = engine.ask("甲保护法第二条第五款", NOW)
    assert answer.silence is not None
    assert answer.silence.kind == "out_of_range"
    assert answer.hits[0].chunk.article == "第二条"


def test_a_number_of_a_document_is_an_address_too(engine):
    assert quotes(engine.ask("乙工发〔2022〕9号第一条", NOW)) == ["节日慰问每人每年不超过一千八百元。"]


def test_an_english_question_finds_chinese_words(engine):
    hits = engine.search("Can anyone stop workers from joining a trade union?", 3, NOW)
    assert hits[0].chunk.article == "第一条"
    assert hits[0].source.title == "甲保护法"


@pytest.mark.parametrize(
    ("question", "where", "kind", "told"),
    [
        ("甲保护法第九条", NOW, "out_of_range", "3条"),
        ("《丙条例》第二条规定了什么", NOW, "unknown_document", "丙条例"),
        ("第二条怎么规定", NOW, "no_law_named", "哪一部"),
        ("甲保护法第一条", Filter(in_force_on=date(2019, 1, 1)), "not_in_force", "2019-01-01"),
        ("动车组列车的车票怎样改签", NOW, "not_borne_out", "没有找到"),
        ("甲保护法里职工参加工会要交多少钱", NOW, "no_quantity", "金额"),
    ],
)
def test_a_silence_says_why(engine, question, where, kind, told):
    answer = engine.ask(question, where)
    assert answer.abstained
    assert answer.statements == ()
    assert answer.silence is not None
    assert answer.silence.kind == kind
    assert told in (answer.reason or "")


def test_a_superseded_version_is_shown_as_such_on_the_day(engine):
    on = {day: engine.search("乙工发〔2015〕3号第一条", 1, Filter(in_force_on=day))[0].source.status
          for day in (date(2018, 1, 1), date(2026, 1, 1))}  # fmt: skip
    assert on[date(2018, 1, 1)] != "被取代"
    assert on[date(2026, 1, 1)] == "被取代"


def test_filters_leave_out_other_levels(engine):
    hits = engine.search("节日慰问", 10, Filter(level=("法律",)))
    assert {hit.source.title for hit in hits} <= {"甲保护法"}


@pytest.mark.parametrize("question", ["", "   ", "？！……", "工" * 2001])
def test_a_question_that_cannot_be_asked_is_an_error(engine, question):
    with pytest.raises(QuestionError):
        engine.ask(question)


def test_a_commit_of_another_process_is_seen_by_the_next_question(settings, tmp_path):
    settings = Settings(index=tmp_path / "index")
    write(tmp_path / "texts", TEXTS)
    ingest([tmp_path / "texts"], settings)
    with closing(Engine.open(settings)) as engine:
        assert engine.ask("《丁章程》第一条").silence.kind == "unknown_document"
        write(
            tmp_path / "texts",
            {"丁章程.txt": "丁章程\n\n第一条 丁会由职工组成。\n\n第二条 本章程自通过之日起施行。\n"},
        )
        ingest([tmp_path / "texts"], settings)
        assert quotes(engine.ask("丁章程第一条")) == ["丁会由职工组成。"]


def test_an_index_that_is_not_there_or_of_another_model_is_refused(settings, tmp_path):
    with pytest.raises(IndexMissing, match="rag ingest"):
        Engine.open(Settings(index=tmp_path / "nothing"))
    with closing(LocalStore.open(settings.index)) as store:
        recipe = dict(store.recipe)
    other = tmp_path / "other"
    LocalStore.create(other, {**recipe, "model": "another"}).close()
    with pytest.raises(StoreMismatch, match="another"):
        Engine.open(Settings(index=other))


def test_facets_name_what_the_index_holds(engine):
    facets = engine.facets()
    assert "全国" in facets["region"]
    assert set(facets["level"]) == {row.source.level for row in engine.documents()}


# --- over real texts -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def union(shared, tmp_path_factory):
    settings = Settings(index=tmp_path_factory.mktemp("union") / "index")
    report = ingest([shared / "corpora" / "union-law"], settings)
    assert (len(report.added), report.failed) == (156, [])
    with closing(Engine.open(settings)) as engine:
        yield engine


@pytest.fixture(scope="module")
def asked(shared, union):
    lines = (shared / "questions" / "union-dev.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    days = [date.fromisoformat(row["as_of"]) if row["as_of"] else date(2026, 11, 22) for row in rows]
    return [union.ask(row["question"], Filter(in_force_on=day)) for row, day in zip(rows, days, strict=True)]


@pytest.mark.shared
def test_every_citation_over_the_dev_questions_stands_in_its_document(union, asked):
    citations = [c for answer in asked for statement in answer.statements for c in statement.citations]
    assert len(citations) > 100
    for citation in citations:
        text = union.document(citation.document_id).text
        assert citation.span.of(text) == citation.quote
        assert re.sub(r"\s", "", citation.quote) in re.sub(r"\s", "", text)
        assert locate(citation.quote, text) is not None


@pytest.mark.shared
def test_statements_are_the_words_of_their_citations(asked):
    for answer in asked:
        for statement in answer.statements:
            cited = "".join(citation.quote for citation in statement.citations)
            assert re.sub(r"\s", "", statement.text) == re.sub(r"\s", "", cited)


@pytest.mark.shared
def test_the_articles_that_answer_the_dev_questions_are_found(shared, union):
    report = evaluate_questions(union, shared / "questions" / "union-dev.jsonl")
    assert report.overall["R@5"] >= 0.75
    assert report.kinds["exact_ref"]["R@1"] >= 0.9
    assert report.kinds["numeric"]["R@5"] >= 0.85
    assert report.kinds["officer"]["R@5"] >= 0.85


@pytest.mark.shared
@pytest.mark.parametrize(
    ("document", "articles"),
    [
        ("法律/劳动合同法(2012-12-28).md", 98),
        ("法律/劳动争议调解仲裁法(2007-12-29).md", 54),
        ("法律/工会法(2021-12-24).md", 58),
        ("法律/劳动法(2018-12-29).md", 107),
        ("行政法规/工伤保险条例(2010-12-20).md", 67),
        ("行政法规/女职工劳动保护特别规定(2012-04-28).md", 16),
        ("法律/社会保险法(2018-12-29).md", 98),
    ],
)
def test_the_list_counts_the_articles_of_the_laws(union, document, articles):
    assert {row.document: row.articles for row in union.documents()}[document] == articles
