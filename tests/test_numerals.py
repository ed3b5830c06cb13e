"""Numerals: every label that a statute can carry is read, written and refused as promised."""

import pytest

from rag.numerals import numeral, to_chinese


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("一", 1),
        ("十", 10),
        ("十九", 19),
        ("二十", 20),
        ("一十二", 12),
        ("九十八", 98),
        ("一百", 100),
        ("一百零七", 107),
        ("一百〇七", 107),
        ("一百○七", 107),
        ("一百一十九", 119),
        ("一百十", 110),
        ("两百", 200),
        ("二百九十一", 291),
        ("一千二百六十", 1260),
        ("一千零一", 1001),
        ("一千零一十", 1010),
        ("一千五十", 1050),
        ("九千九百九十九", 9999),
        ("二〇二一", 2021),
        ("二零二六", 2026),
        ("一九九四", 1994),
        ("〇", 0),
        ("43", 43),
        ("４３", 43),
        ("１0", 10),
    ],
)
def test_a_numeral_has_its_value(text: str, value: int) -> None:
    assert numeral(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "第三",
        "三条",
        "十十",
        "百千",
        "百",
        "一百二",
        "一百零",
        "一百零零五",
        "三十零",
        "零十",
        "三.5",
        "4三",
        "-1",
        " 3",
        "²",
        "٣",
    ],
)
def test_what_is_no_numeral_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a numeral"):
        numeral(text)


def test_every_label_number_comes_back() -> None:
    assert all(numeral(to_chinese(number)) == number for number in range(10_000))


@pytest.mark.parametrize("number", [-1, 10_000])
def test_a_number_without_a_label_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="no label"):
        to_chinese(number)
