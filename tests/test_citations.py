import pytest

from rag.citations import cite, locate
from rag.errors import QuoteNotFound
from rag.structure import parse
from rag.types import Document, Page, Source, Span

TEXT = """某市规定

第一章 总则

第一条 主席任期未满时，不得随
意调动其工作。
因工作需要调动时，应当征得同意。

第二条 有下列情形之一的，可以申请：
（一）职工满２０人的；
（二）有独立经费的。
"""


def law(**more):
    return Document("某市规定.txt", "d", Source("某市规定"), TEXT, parse(TEXT), **more)


def test_a_quote_survives_a_line_break_from_the_page():
    span = locate("不得随意调动其工作", TEXT)
    assert span is not None
    assert span.of(TEXT) == "不得随\n意调动其工作"


@pytest.mark.parametrize("quote", ["职工满20人的", "职工满２０人的", "职工满 20 人的", " 职工满２０人的 "])
def test_width_and_blanks_are_layout(quote):
    assert locate(quote, TEXT) is not None


@pytest.mark.parametrize(
    "altered",
    ["可以随意调动其工作", "不得随意调动工作", "职工满30人的", "", "   ", "主席任期已满时", "得随意调动；"],
)
def test_any_other_change_is_refused(altered):
    assert locate(altered, TEXT) is None
    with pytest.raises(QuoteNotFound, match="某市规定"):
        cite(law(), altered)


def test_latin_words_keep_the_blank_between_them():
    assert locate("trade union", "the trade\nunion act") == Span(4, 15)
    assert locate("tradeunion", "the trade union act") is None


def test_of_several_places_the_one_in_the_passage_is_taken():
    text = "应当征得同意。另外，应当征得同意。"
    assert locate("征得同意", text) == Span(2, 6)
    assert locate("征得同意", text, Span(8, len(text))) == Span(12, 16)
    assert locate("征得 同意", text, Span(8, len(text))) == Span(12, 16)


def test_the_citation_has_the_address_of_the_smallest_section_that_holds_the_words():
    assert cite(law(), "有独立经费的").locator == "第二条第二项"
    assert cite(law(), "因工作需要调动时").locator == "第一条第二款"
    whole = cite(law(), "（一）职工满２０人的；（二）有独立经费的。")
    assert (whole.locator, whole.article) == ("第二条", "第二条")
    assert whole.path == ("第一章 总则", "第二条")


def test_the_citation_names_the_page():
    middle = TEXT.index("第二条")
    pages = (Page(1, Span(0, middle)), Page(2, Span(middle, len(TEXT))))
    assert cite(law(pages=pages), "有独立经费的").page == 2
    assert cite(law(), "有独立经费的").page is None


def test_the_quote_is_the_source_letter_for_letter():
    citation = cite(law(), "职工满20人的")
    assert citation.quote == "职工满２０人的" == citation.span.of(TEXT)
