"""Terms that are typed by ear or in pinyin."""

import pytest

from rag.slips import Slips

SLIPS = Slips(
    ["劳动合同", "工伤", "工伤认定", "年休假", "工龄", "医疗期", "经济补偿", "职工代表大会", "女职工", "一审"]
)


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("劳动和同没签怎么办", ["劳动合同"]),
        ("公伤认定要几天", ["工伤认定"]),
        ("经计补偿给几个月", ["经济补偿"]),
        ("病假 医疗其 工令8年", ["医疗期", "工龄"]),
        ("女植工几个月能歇", ["女职工"]),
        ("nianxiujia ji tian", ["年休假"]),
        ("nian xiu jia you ji tian", ["年休假"]),
        ("laodonghetong meiqian", ["劳动合同"]),
        ("勞動和同", ["劳动合同"]),
    ],
)
def test_what_sounds_like_a_term_is_heard_as_it(question, terms):
    assert SLIPS.meant(question) == terms


@pytest.mark.parametrize(
    "question",
    [
        "劳动合同没签怎么办",  # written right
        "分别为几年",  # the sound crosses two words
        "公司的食堂",  # 工时 is no term here, and nothing else sounds alike
        "How long is the probation period?",
        "Can a man change the gang?",  # some of its words could be pinyin
        "women",
        "",
        "12345 ……",
    ],
)
def test_nothing_is_heard_where_nothing_slipped(question):
    assert SLIPS.meant(question) == []


def test_a_term_of_two_characters_must_stand_alone():
    assert SLIPS.meant("工令 怎么算") == ["工龄"]
    assert SLIPS.meant("加工令牌") == []


def test_long_input_is_no_burden():
    assert SLIPS.meant("啊" * 2000) == []
    assert SLIPS.meant("a" * 2000) == []
    assert SLIPS.meant("jia" * 700) == []
