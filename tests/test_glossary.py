"""The glossary: the shipped file is sound, and questions get the terms that the statutes use."""

import csv
import re
from collections import Counter

import pytest

from rag.errors import SettingsError
from rag.glossary import COLUMNS, SHIPPED, language, load_glossary

HEADER = ",".join(COLUMNS)
ROWS = list(csv.reader(SHIPPED.read_text(encoding="utf-8").splitlines()))


@pytest.fixture(scope="module")
def glossary():
    return load_glossary()


@pytest.fixture
def extra(tmp_path):
    def write(*lines, encoding="utf-8"):
        path = tmp_path / "own.csv"
        path.write_text("\n".join((HEADER, *lines)), encoding=encoding)
        return path

    return write


def test_the_shipped_file_holds_well_over_a_thousand_terms():
    assert ROWS[0] == COLUMNS
    assert len(ROWS) - 1 >= 1200
    assert sum(bool(lay) for _, lay, _ in ROWS[1:]) >= 600


def test_no_term_stands_twice():
    assert [zh for zh, count in Counter(row[0] for row in ROWS).items() if count > 1] == []


def test_every_row_has_a_chinese_term_and_english_and_no_blank_field():
    for zh, lay, en in ROWS[1:]:
        assert re.search("[\u4e00-\u9fff]", zh), zh
        words = [zh, *(lay.split("|") if lay else []), *en.split("|")]
        assert all(word and word == word.strip() for word in words), zh


def test_english_is_lower_case_and_no_synonym_is_repeated():
    for zh, lay, en in ROWS[1:]:
        assert en == en.lower(), zh
        assert len(set(en.split("|"))) == len(en.split("|")), zh
        assert not lay or len(set(lay.split("|"))) == len(lay.split("|")), zh
        assert zh not in lay.split("|"), zh


def test_an_everyday_word_and_an_english_phrase_point_to_few_terms(glossary):
    for word, terms in (*glossary.lay.items(), *glossary.foreign.items()):
        assert len(terms) <= 4, (word, terms)


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("Who audits the union dues?", "审计 会费"),
        ("collective bargaining", "平等协商 集体协商"),
        ("How is severance pay calculated?", "经济补偿 经济补偿金 计算"),
        ("night shifts for nursing mothers", "夜班 夜班劳动 哺乳期 哺乳未满1周岁婴儿"),
        ("probation period", "试用期"),
        ("non-compete clause", "竞业限制"),
        ("noncompete", "竞业限制"),
        ("paid annual leave", "年休假 带薪年休假"),
        ("trade-union funds", "工会经费"),
    ],
)
def test_english_phrases_give_statute_terms(glossary, question, terms):
    assert glossary.expand(question) == terms


def test_an_english_question_about_unions_gives_the_terms_of_the_union_law(glossary):
    terms = glossary.expand(
        "Can relatives of the company's boss be elected to the union committee? Who recalls the union chair?"
    ).split()
    assert {"近亲属", "企业主要负责人", "选举产生", "工会委员会", "罢免", "工会主席"} <= set(terms)


def test_the_longest_phrase_wins(glossary):
    assert glossary.expand("maternity leave") == "产假"
    assert "休假" not in glossary.expand("sick leave").split()
    assert "解除劳动合同" not in glossary.expand("fire safety").split()


@pytest.mark.parametrize(
    ("inflected", "plain"),
    [
        ("dismissed", "dismiss"),
        ("dismissing pregnant workers", "dismiss pregnant worker"),
        ("hiring child laborers", "hiring child laborer"),
        ("duties of employers", "duty of employer"),
        ("women employees", "woman employee"),
        ("the worker’s payslips", "worker payslip"),
        ("Labour Unions", "labor union"),
        ("UNIONIZED", "unionised"),
        ("kept my ID cards", "keep id card"),
    ],
)
def test_plural_verb_form_case_and_spelling_make_no_difference(glossary, inflected, plain):
    assert glossary.expand(inflected) == glossary.expand(plain) != ""


@pytest.mark.parametrize("word", ["evening", "boss's", "thing", "being", "this", "process"])
def test_a_suffix_is_cut_only_where_a_word_of_the_glossary_remains(glossary, word):
    expected = {"boss's": "企业主要负责人 用人单位", "process": "程序"}
    assert glossary.expand(word) == expected.get(word, "")


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("老板三个月不给工资", "用人单位 拖欠工资"),
        ("被公司炒鱿鱼了", "解除劳动合同"),
        ("职代会多久开一次", "职工代表大会 每年至少召开一次"),
        ("喂奶时间一天多长", "哺乳时间"),
        ("996合法吗", "延长工作时间 违法"),
        ("裁员给N+1吗", "裁减人员 经济性裁员 额外支付劳动者一个月工资 经济补偿"),
        ("資遣費怎麼發", "经济补偿 经济补偿金"),
        ("annual leave 有几天", "日 年休假 带薪年休假"),
    ],
)
def test_everyday_words_give_statute_terms(glossary, question, terms):
    assert glossary.expand(question) == terms


@pytest.mark.parametrize(
    "question",
    [
        "工会法第四十三条规定了什么",
        "基层工会委员会每届任期",
        "集体合同草案由谁通过",
        "劳动争议仲裁委员会如何设立",
        "",
        "？！",
        "노동조합 가입",
    ],
)
def test_a_question_in_statute_terms_gets_nothing(glossary, question):
    assert glossary.expand(question) == ""


def test_a_word_inside_a_longer_known_word_is_left_alone(glossary):
    assert "延长劳动时间" not in glossary.expand("加班费").split()  # 加班 calls for it, 加班费 does not
    assert glossary.expand("养老人员") == ""


def test_a_number_is_not_cut_in_two(glossary):
    assert "48小时之内经抢救无效死亡" in glossary.expand("48小时").split()
    assert glossary.expand("148小时") == ""
    assert glossary.expand("19960人") == ""


def test_a_term_is_given_once_and_not_where_the_question_has_it(glossary):
    terms = glossary.expand("union chair, union president and union chairperson").split()
    assert terms == ["工会主席"]
    assert "工会主席" not in glossary.expand("工会主席 union chair").split()


def test_a_long_question_of_many_inflections_is_read_to_its_end(glossary):
    assert glossary.expand("working benefits listed wages " * 60 + "strike").endswith("停工、怠工事件")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("工会经费怎么交", "zh"),
        ("勞動合同", "zh"),
        ("公司HR说KPI不达标就辞退，合法吗", "zh"),
        ("鲜の每日公司的工会经费由谁审查监督", "zh"),
        ("Who pays the dues?", "en"),
        ("What does 工会法 say about dues?", "en"),
        ("Quel est le salaire minimum ?", "en"),
        ("残業代はいくらですか", "other"),
        ("労働組合の専従者", "other"),
        ("노동조합 가입", "other"),
        ("Сколько дней отпуска?", "other"),
        ("12345", "other"),
        ("", "other"),
    ],
)
def test_language_is_told_by_script(question, expected):
    assert language(question) == expected


def test_an_extra_file_adds_terms_and_words(extra):
    path = extra(
        "工会会员服务卡,会员服务卡片|惠工卡,benefit card", "工会,娘家人,syndicat", encoding="utf-8-sig"
    )
    own = load_glossary([path])
    assert own.expand("惠工卡丢了") == "工会会员服务卡"
    assert own.expand("lost benefit cards").endswith("工会会员服务卡")
    assert own.expand("syndicats") == own.expand("trade unions") == own.expand("娘家人") == "工会"
    assert len(own.terms) == len(load_glossary().terms) + 1


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("工会,union", "2 列"),
        ("工会,厂里,union,extra", "4 列"),
        (",厂里,union", "中文术语"),
        ("union,厂里,union", "中文术语"),
        ("工会,,", "不能都为空"),
        ("工会,厂里||会里,union", "至少两个字"),
        ("工会,会,union", "至少两个字"),
        ("工会,,union|", "拉丁字母"),
        ("工会,,工人联合会", "拉丁字母"),
        ("职工,,staff", "已有一行"),
        ('工会,"厂里"x,union', "CSV"),
    ],
)
def test_a_bad_row_is_refused_with_file_and_line(extra, row, reason):
    path = extra("职工,,worker", row)
    with pytest.raises(SettingsError, match=reason) as refused:
        load_glossary([path])
    assert str(path) in str(refused.value)
    assert "第 3 行" in str(refused.value)


def test_a_file_without_the_header_is_refused(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("工会,,union\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"第 1 行.*zh,lay,en"):
        load_glossary([path])


def test_a_missing_file_and_another_encoding_are_refused(tmp_path, extra):
    with pytest.raises(SettingsError, match="无法读取"):
        load_glossary([tmp_path / "none.csv"])
    with pytest.raises(SettingsError, match="UTF-8"):
        load_glossary([extra("工会,厂工会,union", encoding="gb18030")])
