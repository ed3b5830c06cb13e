"""The question bank: what a question attaches to, and what becomes of it when the text changes."""

from collections import Counter, defaultdict
from contextlib import closing

import pytest

from rag.bank import COLUMNS, SHIPPED, Bank, Question, attachable, name_key, parts, read_bank, signature
from rag.chunking import split
from rag.embedding import open_embedder
from rag.engine import recipe
from rag.ingest import put_documents
from rag.store import LocalStore
from rag.structure import parse
from rag.types import EVERYTHING, Document, Filter, Source

DUES = "第二条 会员每月按本人工资收入的千分之五交纳会费。"
TEXT = f"第一条 职工可以加入工会。\n{DUES}\n第三条 工会经费专款专用。"


def document(text=TEXT, id_="a.txt", title="甲市工会条例", **facts):
    return Document(id_, f"digest of {text}", Source(title, **facts), text, parse(text))


def question(text, words=DUES, law="甲市工会条例", article="第二条"):
    return Question(law, article, signature(words), "zh", "lay", text)


ASKED = question("入会以后每个月扣我多少钱")


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.replace("第二条 ", "第二条　　").replace("，", ","),
        TEXT.replace("交纳会费", "交納會費"),
        TEXT.replace("第三条", "第四条").replace("第二条", "第三条"),  # renumbered, not amended
    ],
)
def test_a_question_stays_with_the_words_it_was_written_for(text):
    given = document(text)
    ((span, found),) = Bank([ASKED]).attach(given)
    assert found is ASKED
    assert span.of(given.text).strip() == next(line for line in given.text.splitlines() if "千分之五" in line)


@pytest.mark.parametrize(
    "given",
    [
        document(TEXT.replace("千分之五", "百分之一")),  # amended
        document(TEXT.replace(DUES, "第二条 会费的标准另行规定。")),  # another text under the same number
        document(title="乙市工会条例"),  # another law with the same words
    ],
    ids=["amended", "replaced", "another law"],
)
def test_a_question_does_not_pass_to_other_words(given):
    assert Bank([ASKED]).attach(given) == []


def test_editions_of_one_law_share_the_articles_that_did_not_change():
    old = document(TEXT.replace("专款专用", "由会员大会决定"), "old.txt", "甲市工会条例（2008年原文）")
    bank = Bank([ASKED, question("经费能挪作他用吗", "第三条 工会经费专款专用。", article="第三条")])
    assert [q.article for _, q in bank.attach(old)] == ["第二条"]
    assert [q.article for _, q in bank.attach(document())] == ["第二条", "第三条"]


def test_a_notice_is_asked_about_as_a_whole_or_by_its_headings():
    notice = document(
        "关于做好慰问工作的通知\n各级工会：\n一、总体要求\n逢年过节慰问会员。\n二、标准\n每人五百元。"
    )
    assert [label for label, _ in parts(notice)] == ["", "一", "二"]


def test_passages_of_no_article_can_be_asked_about():
    given = document(
        f"甲市工会条例\n为了规范经费，制定本条例。\n\n{TEXT}\n\n附件1\n经费标准表\n每人五百元。\n"
    )
    whole = [(label, span.of(given.text).split()[0]) for label, span in attachable(given)]
    assert whole[:3] == [("第一条", "第一条"), ("第二条", "第二条"), ("第三条", "第三条")]
    assert [label for label, _ in whole[3:]] == ["", ""]
    beside = question("补助标准是多少", attachable(given)[-1][1].of(given.text), article="")
    ((span, found),) = Bank([beside]).attach(given)
    assert found is beside
    assert "五百元" in span.of(given.text)
    assert "千分之五" not in span.of(given.text)


def test_a_passage_in_a_long_article_is_no_part_of_its_own():
    long = "".join(f"\n{'会员应当按照规定交纳会费并参加活动。' * 12}" for _ in range(6))
    given = document(f"第一条 职工可以加入工会。\n第二条 会员的义务。{long}\n第三条 工会经费专款专用。")
    assert len(split(given)) > 3
    assert attachable(given) == parts(given)


def test_names_of_laws_are_compared_without_country_and_edition():
    assert name_key("《中华人民共和国工会法》（2021年修正）") == name_key("工会法")
    assert name_key("劳动争议解释（一）") != name_key("劳动争议解释（二）")


@pytest.fixture(scope="module")
def embedder():
    return open_embedder("shipped")


@pytest.fixture
def store(tmp_path, embedder):
    with closing(LocalStore.create(tmp_path / "index", recipe(embedder))) as store:
        yield store


def put(store, embedder, bank, *documents):
    put_documents([(one, split(one)) for one in documents], store, embedder, bank)


def alike(store, embedder, text, where=EVERYTHING):
    found = store.search_questions(text, embedder.encode_question(text), 10, where)
    return {match.question: [hit.chunk.locator for hit in match.hits] for match in found}


def test_the_passages_of_an_article_are_found_by_its_questions(store, embedder):
    put(store, embedder, Bank([ASKED]), document())
    assert alike(store, embedder, "入会后每月扣多少钱") == {ASKED.question: ["第二条"]}
    assert store.status()["questions"] == 1
    assert store.status()["articles_with_questions"] == 1


def test_a_question_scores_full_marks_against_itself(store, embedder):
    others = [question(f"{word}怎么办") for word in ("加班", "工伤", "产假", "停工", "辞退")]
    put(store, embedder, Bank([ASKED, *others]), document())
    text = ASKED.question
    best = max(store.search_questions(text, embedder.encode_question(text), 10), key=lambda m: m.bm25 or 0)
    assert best.question == text
    assert best.bm25 == pytest.approx(store.own_score(text), rel=0.35)  # it is longer than average here
    assert best.cosine == pytest.approx(1.0, abs=0.01)


def test_questions_go_with_their_last_document(store, embedder):
    bank = Bank([ASKED])
    put(store, embedder, bank, document(), document(id_="b.txt", title="甲市工会条例（2008年原文）"))
    assert alike(store, embedder, ASKED.question)[ASKED.question] == ["第二条", "第二条"]
    with store.writing():
        store.remove("a.txt")
    assert alike(store, embedder, ASKED.question)[ASKED.question] == ["第二条"]
    with store.writing():
        store.remove("b.txt")
    assert alike(store, embedder, ASKED.question) == {}
    assert store.status()["questions"] == 0


def test_an_amended_text_loses_its_questions_and_gets_them_back(store, embedder):
    put(store, embedder, Bank([ASKED]), document())
    put(store, embedder, Bank([ASKED]), document(TEXT.replace("千分之五", "百分之一")))
    assert alike(store, embedder, ASKED.question) == {}
    put(store, embedder, Bank([ASKED]), document())
    assert alike(store, embedder, ASKED.question) == {ASKED.question: ["第二条"]}


def test_a_filter_holds_for_what_the_bank_finds(store, embedder):
    put(store, embedder, Bank([ASKED]), document(region="北京"))
    assert alike(store, embedder, ASKED.question, Filter(region=("上海",))) == {}


def test_a_rebuilt_index_holds_the_same_questions(store, embedder, tmp_path):
    put(store, embedder, Bank([ASKED]), document())
    with store.writing():
        store.clear(recipe(embedder))
        put(store, embedder, Bank([ASKED]), document())
    assert alike(store, embedder, ASKED.question) == {ASKED.question: ["第二条"]}


def test_the_shipped_bank_is_whole():
    rows = list(read_bank())
    with SHIPPED.open(encoding="utf-8") as lines:
        assert next(lines).strip().split(",") == COLUMNS
    assert len({row.question for row in rows}) >= 15_000
    assert len({(name_key(row.law), row.signature) for row in rows}) >= 2_500
    assert len({row.question for row in rows if row.kind == "multi"}) >= 500
    languages = Counter(row.language for row in rows)
    assert set(languages) == {"zh", "en", "ja", "ko", "vi", "fr", "es", "de", "ru", "zh-Hant"}
    assert min(languages.values()) >= 300
    kinds = defaultdict(Counter)
    for row in rows:
        kinds[name_key(row.law), row.signature][row.kind] += 1
    wanted = Counter(lay=4, officer=1, typing=1)
    assert sum(wanted <= found for found in kinds.values()) >= 2_500
    assert len({(name_key(row.law), row.signature, row.question) for row in rows}) == len(rows)
    assert all(row.law and row.signature and row.question.strip() == row.question for row in rows)
    assert len(set(rows)) == len(rows)
