import pytest

from rag.evidence import content_tokens, gives_quantity, read_question, support
from rag.lexical import tokens


def flat(words):
    return dict.fromkeys(words, 1.0)


def test_a_seam_between_two_words_carries_little_weight():
    rarity = {"发": 0.5, "放": 1.0, "多": 0.7, "少": 0.9, "发放": 1.2, "放多": 6.0}
    asked = read_question("发放多", lambda words: {word: rarity[word] for word in words})
    assert asked.readings[0] == {"发放": 1.2, "放多": pytest.approx(0.3 * 6.0)}


def question(text):
    return read_question(text, flat)


def test_the_frame_of_a_question_carries_no_weight():
    assert set(question("请问工会经费怎么办？").readings[0]) == {"工会", "会经", "经费"}


def test_a_question_of_frame_words_alone_keeps_its_words():
    assert question("怎么办？").readings[0]


def test_of_several_ways_to_put_a_question_the_best_counts():
    asked = question("孕妇夜班\n怀孕女职工夜班")
    assert support(asked, "孕妇不上夜班") == support(question("孕妇夜班"), "孕妇不上夜班")
    assert support(asked, "怀孕女职工不上夜班") > support(question("孕妇夜班"), "怀孕女职工不上夜班")


def test_support_is_the_share_of_the_weight_that_a_text_holds():
    asked = question("工会经费")
    assert support(asked, "工会经费专款专用") == 1.0
    assert support(asked, "工会会员") == pytest.approx(1 / 3)
    assert support(asked, "火车") == 0.0


@pytest.mark.parametrize(
    ("asks", "answer", "other"),
    [
        ("生日慰问每人多少钱", "每人每年不超过三百元", "应当慰问会员"),
        ("按百分之几拨缴", "按工资总额的百分之二拨缴", "按月拨缴经费"),
        ("多少天内答复", "应当在二十日内答复", "应当及时答复"),
        ("多少人应当建会", "有会员二十五人以上的", "有会员的应当建会"),
    ],
)
def test_a_quantity_asked_for_must_be_given(asks, answer, other):
    assert gives_quantity(question(asks), answer)
    assert not gives_quantity(question(asks), other)


def test_a_question_without_a_quantity_needs_none():
    assert gives_quantity(question("工会主席可以随意调动吗"), "不得随意调动")


def test_content_tokens_are_a_part_of_the_search_tokens():
    text = "满25人 工会 union"
    assert set(content_tokens(text)) <= set(tokens(text))
