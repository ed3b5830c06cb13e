from dataclasses import replace

import pytest

from rag.answering import Extractive, best_words, verify
from rag.chunking import split
from rag.evidence import read_question
from rag.structure import parse
from rag.types import Chunk, Document, Draft, Hit, Source, Span

TEXT = """某市工会办法

第一条 工会主席任期未满时，不得随意调动其工作。因工作需要调动时，应当征得上一级工会的同意。

第二条 有下列情形之一的，工会可以慰问会员：
（一）结婚的；
（二）生育的。

第三条 工会经费按工资总额的百分之二拨缴。
"""


def passage(text, article=None):
    return Chunk("a.txt", Span(0, len(text)), (), article, article, None, text)


def flat(words):
    return dict.fromkeys(words, 1.0)


@pytest.fixture
def law():
    return Document("办法.txt", "d", Source("某市工会办法"), TEXT, parse(TEXT))


@pytest.fixture
def hits(law):
    return [
        Hit(chunk, law.source, 1.0, {"exact": None}, id=i)
        for i, chunk in enumerate(split(law), 1)
        if chunk.article
    ]


def answer(question, hits, law):
    return verified(Extractive(flat).write(question, hits), hits, law)


def verified(drafts, hits, law):
    statements, marks = verify(drafts, hits, lambda _: law)
    return statements, [replace(hit, highlights=marks.get(hit.id, ())) for hit in hits]


def test_the_answer_is_the_words_of_the_source_with_their_address(law, hits):
    statements, _ = answer("工会主席能随意调动吗", hits, law)
    assert statements[0].text in TEXT
    assert statements[0].text.startswith("工会主席任期未满时")
    assert statements[0].citations[0].locator == "第一条"


def test_an_item_comes_with_the_line_that_opens_its_list(law, hits):
    statements, _ = answer("会员生育能慰问吗", hits, law)
    assert "有下列情形之一的" in statements[0].text
    assert "（二）生育的" in statements[0].text


def test_a_question_of_a_share_is_answered_by_a_sentence_that_gives_one(law, hits):
    statements, _ = answer("工会经费按百分之几拨缴", hits, law)
    assert [statement.citations[0].article for statement in statements] == ["第三条"]


def test_the_words_cited_are_highlighted_in_their_passage(law, hits):
    statements, shown = answer("工会经费按百分之几拨缴", hits, law)
    marked = [span.of(hit.chunk.text) for hit in shown for span in hit.highlights]
    assert marked == [statements[0].citations[0].quote]


def test_of_a_list_the_item_that_answers_is_highlighted(law, hits):
    _, shown = answer("会员生育能慰问吗", hits, law)
    assert [span.of(hit.chunk.text) for hit in shown for span in hit.highlights] == ["（二）生育的。"]


def test_a_draft_whose_quote_is_not_in_the_source_is_dropped(law, hits):
    liar = [Draft("主席可以随意调动。", ((0, "可以随意调动"),)), Draft("经费", ((2, "百分之二"),))]
    statements, shown = verified(liar, hits, law)
    assert [statement.text for statement in statements] == ["经费"]
    assert shown[0].highlights == ()


def test_one_wrong_quote_drops_the_whole_statement(law, hits):
    assert verify([Draft("两句", ((2, "百分之二"), (2, "百分之五")))], hits, lambda _: law)[0] == []


def test_a_statement_without_a_quote_is_dropped(law, hits):
    assert verify([Draft("我认为可以。", ())], hits, lambda _: law)[0] == []


def test_what_a_reference_named_is_quoted_whole(law, hits):
    named = [Hit(hits[1].chunk, hits[1].source, 9.0, {"exact": 1}, id=2), hits[0]]
    statements, _ = answer("办法第二条", named, law)
    assert [statement.text for statement in statements] == [hits[1].chunk.text.removeprefix("第二条 ")]


def local(hit, region):
    return replace(hit, source=replace(hit.source, region=region))


@pytest.mark.parametrize(
    ("question", "regions", "cited"),
    [
        ("工会经费按百分之几拨缴", ("全国", "北京"), [0]),
        ("北京工会经费按百分之几拨缴", ("全国", "北京"), [0, 1]),
        ("上海工会经费按百分之几拨缴", ("全国", "北京"), [0]),
        ("工会经费按百分之几拨缴", ("北京",), [0]),
    ],
)
def test_a_local_rule_speaks_where_its_place_is_named_or_no_national_text_says_it(
    question, regions, cited, law, hits
):
    given = [local(hits[2], region) for region in regions]
    drafts = Extractive(flat).write(question, given)
    assert [number for draft in drafts for number, _ in draft.quotes] == cited


def test_a_long_paragraph_gives_its_best_sentence_only():
    long = "第一条 " + "前面的话说的是别的事情。" * 20 + "工会经费专款专用。" + "后面的话也是别的事情。" * 20
    span = best_words(read_question("工会经费", flat), passage(long, "第一条"))
    assert span is not None
    assert [part.of(long) for part in span] == ["工会经费专款专用。"] * 2


@pytest.mark.parametrize("text", ["四、会费交纳", "附件", "费用项目\t每人每天：元\n住宿\t二百元；"])
def test_a_heading_or_a_table_alone_answers_nothing(text):
    assert best_words(read_question("会费交纳住宿", flat), passage(text)) is None


def test_numbered_paragraphs_of_a_notice_are_no_list():
    text = "二、登记\n（一）会员可以直接登记。\n（二）会费\n会费按月交纳。"
    span = best_words(read_question("直接登记", flat), passage(text, "二"))
    assert span is not None
    assert span[0].of(text) == "（一）会员可以直接登记。"


def test_items_inside_an_article_come_with_the_line_above_whatever_it_ends_in():
    text = "第三条 可以就下列内容协商\n(一)劳动报酬；\n(二)集体合同期限。"
    span = best_words(read_question("集体合同期限", flat), passage(text, "第三条"))
    assert span is not None
    assert span[0].of(text) == "可以就下列内容协商\n(一)劳动报酬；\n(二)集体合同期限。"


def test_limbs_of_one_sentence_are_not_quoted_apart():
    text = (
        "第一条 "
        + "满一年不足五年的，最长为十二个月；满五年不足十年的，最长为十八个月；" * 4
        + "满十年的，最长为二十四个月。"
    )
    span = best_words(read_question("最长几个月", flat), passage(text, "第一条"))
    assert span is not None
    assert span[0].of(text) == text.removeprefix("第一条 ")


def test_items_of_a_passage_that_was_split_get_their_opening_line(law, hits):
    items = hits[1].chunk
    opening, _, rest = items.text.partition("\n")
    start = items.span.start + len(opening) + 1
    split_off = replace(
        items, text=rest, span=Span(start, items.span.end), lead=opening.removeprefix("第二条 ")
    )
    statements, shown = answer("会员生育能慰问吗", [replace(hits[1], chunk=split_off)], law)
    assert statements[0].text.startswith("有下列情形之一的，工会可以慰问会员：\n（一）结婚的；")
    assert [citation.locator for citation in statements[0].citations] == ["第二条", "第二条"]
    assert [span.of(rest) for span in shown[0].highlights] == ["（二）生育的。"]


def test_an_address_in_narrow_words_and_a_whole_article_are_both_quoted(law, hits):
    item = hits[1].chunk.text.index("（二）")
    narrow = replace(hits[1], ranks={"exact": 1}, highlights=(Span(item, item + 7),))
    whole = replace(hits[2], ranks={"exact": 2})
    statements, _ = answer("办法第二条第二项和第三条", [narrow, whole], law)
    assert [statement.text for statement in statements] == [
        "（二）生育的。",
        "工会经费按工资总额的百分之二拨缴。",
    ]
