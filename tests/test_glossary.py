"""The glossary: the shipped file is sound, and questions get the terms that the statutes use."""

import csv
import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from rag.errors import SettingsError
from rag.glossary import COLUMNS, SHIPPED, language, load_glossary
from rag.lexical import fold
from rag.settings import load_settings

CASES = json.loads((Path(__file__).parent / "cases" / "glossary.json").read_text(encoding="utf-8"))
HEADER = "zh,lay,en"
# Percentages by themselves, and stages of life that the statutes know by their figure.
PERCENTAGES = re.compile("百分之[一二三四五六七八九十]{0,3}")
FIGURES = {"怀孕7个月以上", "哺乳未满1周岁婴儿"}
ROWS = list(csv.reader(SHIPPED.read_text(encoding="utf-8").splitlines()))
TABLE = [dict(zip(COLUMNS, row, strict=True)) for row in ROWS[1:]]


@pytest.fixture(scope="module")
def glossary():
    return load_glossary()


@pytest.fixture
def extra(tmp_path):
    def write(*lines, header=HEADER, encoding="utf-8"):
        path = tmp_path / "own.csv"
        path.write_text("\n".join((header, *lines)), encoding=encoding)
        return path

    return write


def test_the_shipped_file_holds_well_over_a_thousand_terms():
    assert ROWS[0] == COLUMNS
    assert len(ROWS) - 1 >= 1200
    assert sum(bool(row["lay"]) for row in TABLE) >= 600


@pytest.mark.parametrize("column", COLUMNS[3:])
def test_every_further_language_is_spoken_in_over_six_hundred_rows(column):
    assert sum(bool(row[column]) for row in TABLE) >= 600


def test_words_of_taiwan_and_hong_kong_are_other_words_and_not_other_characters():
    for row in TABLE:
        assert fold(row["zh"]) not in map(fold, row["zh-Hant"].split("|")), row["zh"]


def test_no_term_stands_twice():
    assert [zh for zh, count in Counter(row[0] for row in ROWS).items() if count > 1] == []


def test_a_term_is_what_a_question_is_about_and_not_the_figure_that_answers_it():
    for row in TABLE:
        if re.search("[0-9０-９%％]|百分之", row["zh"]) and row["zh"] not in FIGURES:
            assert PERCENTAGES.fullmatch(row["zh"]), row["zh"]


def test_every_row_has_a_chinese_term_and_english():
    for row in TABLE:
        assert re.search("[\u4e00-\u9fff]", row["zh"]), row
        assert row["en"], row


def test_words_are_composed_trimmed_and_stand_once():
    for row in TABLE:
        for column, cell in row.items():
            words = cell.split("|") if cell else []
            assert all(word and word == word.strip() for word in words), (row["zh"], column)
            assert len(set(words)) == len(words), (row["zh"], column)
            assert cell == unicodedata.normalize("NFC", cell), (row["zh"], column)
        assert row["en"] == row["en"].lower(), row["zh"]
        assert row["zh"] not in row["lay"].split("|"), row["zh"]


@pytest.mark.parametrize("column", COLUMNS[1:])
def test_a_word_points_to_few_terms(glossary, column):
    for word, terms in glossary.called(column).items():
        assert word, (column, terms)
        assert len(terms) <= 6 if column not in ("lay", "en") else len(terms) <= 4, (column, word, terms)


@pytest.mark.parametrize(
    ("column", "question", "terms"),
    [pytest.param(c, q, t, id=f"{c}: {q}") for c, cases in CASES.items() for q, t in cases],
)
def test_questions_in_other_languages_get_statute_terms(glossary, column, question, terms):
    found = glossary.expand(question).split()
    assert set(terms) <= set(found), found


@pytest.mark.parametrize("column", COLUMNS[3:])
def test_every_further_language_has_questions_of_its_own(column):
    assert len(CASES[column]) >= 8


@pytest.mark.parametrize(
    ("inflected", "plain"),
    [
        ("Überstunden", "ueberstunden"),
        ("Ein befristeter Arbeitsvertrag", "befristete Arbeitsverträge"),
        ("mit den Betriebsräten", "der Betriebsrat"),
        ("heures supplémentaires", "HEURES SUPPLEMENTAIRES"),
        ("les salariées licenciées", "le salarié licencié"),
        ("représentantes syndicales", "représentant syndical"),
        ("los contratos temporales", "contrato temporal"),
        ("trabajadoras embarazadas", "trabajadora embarazada"),
        ("vacaciones: ¿cuantos dias de descanso?", "vacaciones: ¿cuántos días de descanso?"),
        ("сверхурочную", "сверхурочные"),
        ("трудовыми договорами", "трудовой договор"),
        ("председателем профсоюза", "председатель профсоюза"),
        ("увольнением беременных", "увольнение беременной"),
        ("thỏa ước tập thể", "thoả ước tập thể"),
        ("ban chấp hành công đoàn", "ban chap hanh cong doan"),
        ("부당 해고를", "부당해고"),
        ("육아 휴직", "육아휴직"),
    ],
)
def test_endings_accents_and_blanks_make_no_difference_in_other_languages(glossary, inflected, plain):
    assert glossary.expand(inflected) == glossary.expand(plain) != ""


@pytest.mark.parametrize(
    "question",
    [
        "chat",
        "pain",
        "fin",
        "rat",
        "kinder",
        "brand",
        "prime",
        "stage",
        "arrest the patron",
        "Is there pain in the main hand?",
        "Can you chat with a rat on a stage?",
        "The prime brand of the cachet",
        "What did the audience see?",
        "to own an atelier",
    ],
)
def test_an_english_word_is_not_read_as_french_german_spanish_or_vietnamese(glossary, question):
    assert glossary.expand(question) == ""


def test_english_keeps_its_meaning_where_others_share_the_word(glossary):
    assert glossary.expand("Did a worker die?") == "劳动者 职工 死亡"
    assert glossary.expand("a birthday gift") == "生日慰问"
    assert glossary.expand("accident") == "事故 意外伤害"


@pytest.mark.parametrize(
    "question",
    [
        "Où est le pain pour le chat ?",
        "À la fin du mois, quelle main ?",
        "Die Ratten sind im Garten",
        "Das Gift ist für die Ratte",
        "Son las ocho y no hay nadie",
        "điều kiện",
        "chất lượng",
        "アパートとデパートは大丈夫です",
        "コストはどうですか",
        "행사 장소에서 만나요",
    ],
)
def test_a_word_of_another_language_is_not_read_as_a_term(glossary, question):
    assert glossary.expand(question) == ""


def test_a_french_word_that_english_has_too_counts_where_the_question_is_french(glossary):
    assert glossary.expand("À combien est la prime ?") == "奖金"
    assert glossary.expand("prime") == ""


def test_words_of_taiwan_count_in_traditional_characters_alone(glossary):
    assert "休息日" in glossary.expand("例假日出勤給薪嗎").split()
    assert "休息日" not in glossary.expand("来例假不舒服").split()
    assert glossary.translate("資遣費怎麼算") == " 经济补偿 经济补偿金  计算 "
    assert "社会保险" in glossary.expand("勞保").split()
    assert "社会保险" not in glossary.expand("劳保").split()


def test_english_in_a_chinese_question_stays_english(glossary):
    assert glossary.expand("prime 工会") == ""
    assert "年休假" in glossary.expand("annual leave 有几天").split()


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
    ("question", "terms"),
    [
        ("Who sells fire extinguishers?", "消防安全"),
        ("a camp fire", ""),
        ("Can they fire me?", "解除劳动合同"),
        ("an office chair", ""),
        ("the chair of the union", "工会主席"),
        ("the party secretary", "中国共产党"),
        ("a birthday party", ""),
        ("Both parties are present", "当事人 双方当事人"),
        ("She wants me to leave", ""),
        ("days of leave", "休假"),
        ("the notice board", ""),
        ("a board meeting", "董事会"),
        ("customs dues", ""),
        ("Who pays the dues?", "会费 缴纳会费"),
        ("It strikes me as odd", ""),
        ("They go on strike", "停工 停工、怠工事件"),
    ],
)
def test_an_english_word_of_many_meanings_needs_company(glossary, question, terms):
    assert glossary.expand(question) == terms


@pytest.mark.parametrize(
    ("question", "term"),
    [
        ("Combien de jours de congé maternité", "产假"),
        ("Combien de jours de congé maladie ?", "病假"),
        ("Сколько дней отпуск по беременности", "产假"),
        ("Сколько дней отпуска по уходу за ребенком", "育儿假"),
        ("¿Cuántos días de permiso de maternidad?", "产假"),
        ("출산휴가는 며칠", "产假"),
        ("병가는 며칠인가요", "病假"),
        ("How many days of sick leave?", "病假"),
    ],
)
def test_days_of_another_leave_are_not_days_of_annual_leave(glossary, question, term):
    found = glossary.expand(question)
    assert term in found.split()
    assert "年休假" not in found


def test_the_longer_of_two_overlapping_phrases_has_the_say(extra):
    own = load_glossary([extra("甲乙,,glim brack", "丙丁,,brack snood plim", "戊己,,glim")])
    assert own.expand("glim brack snood plim") == "戊己 丙丁"
    assert own.expand("glim brack snood") == "甲乙"


def test_a_story_gets_its_six_most_telling_terms_in_its_own_order(extra):
    rows = [
        f"术语{han},,{word}"
        for han, word in zip("甲乙丙丁戊己庚", "aab abbb bbbbb accc addd aeee afff".split(), strict=True)
    ]
    own = load_glossary([extra(*rows, "工会,,gloomph grattle", "次要,,bbbbb")])
    assert own.expand("afff aab bbbbb gloomph grattle abbb accc addd aeee") == (
        "术语庚 术语丙 术语乙 术语丁 术语戊 术语己"
    )
    assert own.expand("aab bbbbb gloomph grattle") == "术语甲 术语丙 次要 工会"


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
        ("职代会多久开一次", "职工代表大会 召开"),
        ("喂奶时间一天多长", "哺乳时间"),
        ("996合法吗", "延长工作时间 违法"),
        ("裁员给N+1吗", "裁减人员 经济性裁员 额外支付 经济补偿"),
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
        "Где находится библиотека?",
        "오늘 날씨가 좋네요",
        "今日はいい天気です",
    ],
)
def test_a_question_in_statute_terms_gets_nothing(glossary, question):
    assert glossary.expand(question) == ""


def test_a_word_inside_a_longer_known_word_is_left_alone(glossary):
    assert "延长劳动时间" not in glossary.expand("加班费").split()  # 加班 calls for it, 加班费 does not
    assert glossary.expand("养老人员") == ""


def test_a_number_is_not_cut_in_two(glossary):
    assert "抢救无效死亡" in glossary.expand("48小时").split()
    assert glossary.expand("148小时") == ""
    assert glossary.expand("19960人") == ""


def test_a_term_is_given_once_and_not_where_the_question_has_it(glossary):
    terms = glossary.expand("union chair, union president and union chairperson").split()
    assert terms == ["工会主席"]
    assert "工会主席" not in glossary.expand("工会主席 union chair").split()


def test_a_long_question_of_many_inflections_is_read_to_its_end(glossary):
    assert glossary.expand("working benefits listed wages " * 60 + "wildcat strike").endswith(
        "停工、怠工事件"
    )


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
        ("残業手当 計算方法", "other"),
        ("加班費怎麼算", "zh"),
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


def test_an_extra_file_may_have_any_columns_in_any_order(extra):
    path = extra(
        "dịch vụ hội viên,会员普惠服务,Добрая карта|карта льгот,복지카드",
        ",工会,,",
        "syndikatet,工会,,노조원들의 모임",
        header="vi, zh ,ru,ko",
    )
    with pytest.raises(SettingsError, match="第 3 行"):
        load_glossary([path])
    path = extra(
        "dịch vụ hội viên,会员普惠服务,Добрая карта|карта льгот,복지 카드",
        "",
        "syndikatet,工会,,",
        header="vi, zh ,ru,ko",
    )
    own = load_glossary([path])
    assert own.expand("карты льгот") == "会员普惠服务"
    assert own.expand("복지카드를 잃어버렸어요").split()[0] == "会员普惠服务"
    assert own.expand("syndikatet") == own.expand("công đoàn") == own.expand("trade union") == "工会"


def test_words_of_several_extra_files_are_joined(tmp_path):
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("zh,fr\n惠工卡,carte avantages\n", encoding="utf-8")
    second.write_text("fr,zh\ncarte du comité | carte verte,惠工卡\n", encoding="utf-8")
    own = load_glossary([first, second])
    assert own.expand("cartes avantages") == own.expand("carte verte") == "惠工卡"


def test_settings_name_the_extra_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_settings().glossary == ()
    (tmp_path / "rag.toml").write_text('glossary = ["our-terms.csv"]', encoding="utf-8")
    assert load_settings().glossary == (Path("our-terms.csv"),)
    monkeypatch.setenv("RAG_GLOSSARY", '["a.csv", "b.csv"]')
    assert load_settings().glossary == (Path("a.csv"), Path("b.csv"))


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


@pytest.mark.parametrize(
    ("column", "words", "reason"),
    [
        ("ja", "残業|業", "ja 列"),
        ("ja", "overtime", "ja 列.*假名"),
        ("ko", "야근|overtime", "ko 列.*谚文"),
        ("ko", "돈", "ko 列"),
        ("ru", "overtime", "ru 列.*西里尔"),
        ("fr", "heures||sup", "fr 列.*拉丁"),
        ("de", "加班", "de 列.*拉丁"),
        ("vi", " |tăng ca", "vi 列.*拉丁"),
        ("zh-Hant", "糧", "zh-Hant 列.*两个字"),
        ("es", "", "es 列不能为空"),
    ],
)
def test_a_word_in_another_script_is_refused(extra, column, words, reason):
    with pytest.raises(SettingsError, match=f"第 2 行.*{reason}"):
        load_glossary([extra(f"加班,{words}", header=f"zh,{column}")])


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("zh,lay,it", "“it”.*zh,lay,en,ja,ko,vi,fr,es,de,ru,zh-Hant"),
        ("zh,lay,zh-hant", "“zh-hant”"),
        ("lay,en", "zh 列"),
        ("zh", "至少一个其他列"),
        ("zh,en,en", "重复"),
        ("", "zh 列|“”"),
    ],
)
def test_a_heading_that_cannot_be_used_is_refused(extra, header, reason):
    with pytest.raises(SettingsError, match=f"第 1 行.*(?:{reason})") as refused:
        load_glossary([extra("工会,厂里,union", header=header)])
    assert "own.csv" in str(refused.value)


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
