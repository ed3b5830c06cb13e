import pytest

from rag.lexical import WordIndex, fold, tokens


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("勞動合同法", "劳动合同法"),
        ("２０％", "20%"),
        ("ABC", "abc"),
        ("〔2017〕", "〔2017〕"),
        ("職工", "职工"),
    ],
)
def test_fold_makes_forms_of_one_word_alike(written, folded):
    assert fold(written) == folded


def test_tokens_of_mixed_text_keep_numbers_and_words_whole():
    assert tokens("满25人 trade union") == ["满", "25", "人", "trade", "union"]


def test_tokens_of_nothing_are_nothing():
    assert tokens(" 。！") == []


def index(*texts):
    words = WordIndex()
    words.write((), [(number, number, text) for number, text in enumerate(texts, 1)])
    return words


def test_the_passage_with_the_rarer_word_comes_first():
    words = index("工会工会", "工会经费", "工会会员")
    assert words.search("工会经费", 9)[0][0] == 2


def test_traditional_questions_find_simplified_passages():
    assert index("劳动合同应当书面订立").search("勞動合同", 1)


def test_barred_documents_are_left_out():
    words = index("工会经费", "工会会员")
    assert [passage for passage, _ in words.search("工会", 9, without=[1])] == [2]


def test_removed_documents_are_gone_and_added_ones_are_found():
    words = index("工会经费")
    words.write([1], [(7, 2, "工会会员")])
    assert [passage for passage, _ in words.search("工会", 9)] == [7]


def test_a_question_without_words_finds_nothing():
    assert index("工会").search("？！", 5) == []


def test_rarity_is_higher_for_rarer_words():
    found = index("工会 经费", "工会 会员").rarity(["工会", "经费", "没有"])
    assert found["没有"] > found["经费"] > found["工会"]
