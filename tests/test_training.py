"""Training: pairs, tokenizer, vectors and figures are what the recipe says, and the same every time."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from rag.embedding import SHIPPED, StaticEmbedder
from rag.lexical import tokens
from training import build, crossvalidate, pairs, recipe
from training.bm25 import BM25, top_of
from training.data import Article, read_bank, read_law, short_name
from training.evaluate import fuse, measures, table
from training.lsa import token_factors
from training.model import Model, load_model, unit_means
from training.save import save_model
from training.tokenizer import build_tokenizer, choose_words, count_words, encode
from training.train import Bags, Lessons, Schedule, drop, learn_labels, learn_statutes

SHARED = Path(__file__).resolve().parents[1].parent / "shared"

LAW = [
    Article(
        "a1",
        "工会法",
        "第一条",
        ("第一章 总则",),
        "为保障工会的地位，制定本法。工会是群众组织，依本章程工作。",
    ),
    Article("a2", "工会法", "第二条", ("第一章 总则",), "职工有权参加工会。"),
    Article(
        "a3",
        "工会法",
        "第三条",
        ("第二章 责任",),
        "违反本法第二条规定，阻挠职工参加工会的，由有关部门责令改正。",
    ),
    Article("a4", "劳动法", "第九条", (), "依照《中华人民共和国工会法》第一条的规定组织工会，维护职工权益。"),
]


def test_a_sentence_is_paired_with_the_rest_of_its_article_only():
    found = list(pairs.sentence_pairs(LAW))
    assert [(p.question, p.article) for p in found] == [
        ("为保障工会的地位，制定本法。", 0),
        ("工会是群众组织，依本章程工作。", 0),
    ]
    assert all(p.question not in p.passage for p in found)


def test_a_reference_leads_to_the_article_it_names_in_its_own_or_another_law():
    found = list(pairs.reference_pairs(LAW))
    assert [p.article for p in found] == [1, 0]
    assert all("第二条" not in p.question and "第一条" not in p.question for p in found)
    assert found[1].passage == LAW[0].passage


def test_every_article_is_found_by_its_law_and_headings():
    found = list(pairs.law_pairs(LAW))
    assert (found[2].question, found[2].passage) == ("工会法 第二章 责任", LAW[2].text)
    assert len(found) == len(LAW)


def test_pairs_are_capped_repeated_and_the_same_for_the_same_seed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pairs, "MOST", 2)
    chosen = pairs.statute_pairs(LAW, seed=7)
    assert Counter(Counter(chosen).values()) == {4: 2, 2: 2, 1: 3}  # law, reference, sentence and halves
    assert chosen == pairs.statute_pairs(LAW, seed=7)
    assert chosen != pairs.statute_pairs(LAW, seed=8)


def test_a_law_file_is_split_where_a_line_opens_an_article(tmp_path: Path):
    path = tmp_path / "工会法(2021-12-24).md"
    path.write_text("# 工会法\n\n第一条 甲。\n依照第二条的规定。\n第十条之一　乙。\n", encoding="utf-8")
    assert [(a.law, a.label, a.text) for a in read_law(path)] == [
        ("工会法", "", "# 工会法"),
        ("工会法", "第一条", "甲。\n依照第二条的规定。"),
        ("工会法", "第十条之一", "乙。"),
    ]


def test_a_bank_question_finds_its_article_among_those_known_or_in_the_file(tmp_path: Path):
    (tmp_path / "新规.md").write_text("第一条 甲乙丙丁。\n第二条 戊。\n", encoding="utf-8")
    asked = [
        {"file": "x.md", "law": "中华人民共和国工会法", "article": "第二条", "question": "q1", "lang": "zh"},
        {"file": "新规.md", "law": "新规", "article": "第一条", "question": "q2", "lang": "en"},
        {"file": "新规.md", "law": "新规", "article": "第九条", "question": "q3", "lang": "en"},
    ]
    bank = tmp_path / "bank.jsonl"
    bank.write_text("\n".join(json.dumps(row) for row in asked), encoding="utf-8")
    (tmp_path / "x.md").write_text("第二条 另文。", encoding="utf-8")
    added, labels = read_bank(bank, tmp_path, LAW)
    by_id = {article.id: article for article in [*LAW, *added]}
    assert [(label.question, by_id[label.gold[0]].text) for label in labels] == [
        ("q1", "职工有权参加工会。"),
        ("q2", "甲乙丙丁。"),
    ]
    assert short_name("中华人民共和国工会法") == "工会法"


@pytest.fixture(scope="module")
def tokenizer():
    pytest.importorskip("rjieba", reason="the extra [train] is not installed")
    statutes = count_words([article.passage for article in LAW] * 5)
    questions = count_words(["was I dismissed", "is dismissal legal", "dismissing me", "扣奖金", "扣奖金吗"])
    return build_tokenizer(choose_words(statutes, questions, size=200))


def test_words_of_statutes_and_questions_are_tokens_and_numerals_are_not(tokenizer):
    known = tokenizer.get_vocab()
    assert {"工会", "职工", "奖金", "dismis"} <= set(known)
    assert not {"第二条", "第一条", "第一章"} & set(known)


def test_folded_text_is_split_into_likely_words_and_the_unknown_is_left_out(tokenizer):
    def words(text: str) -> list[str]:
        return [tokenizer.id_to_token(token) for token in encode(tokenizer, [text])[0]]

    assert words("職工，工會") == ["职工", "工会"]
    assert words("DISMISSALS") == ["dismissal"]
    assert words("☃ 囍") == []


def test_factors_put_words_that_stand_together_near_each_other():
    documents = [[1, 2], [1, 2], [1, 2, 3], [4, 5], [4, 5], [4, 5, 3], [2, 1], [5, 4]]
    factors = token_factors(documents, size=7, dimensions=2, seed=1)
    unit = factors / np.maximum(np.linalg.norm(factors, axis=1, keepdims=True), 1e-9)
    assert unit[1] @ unit[2] > 0.9 > 0.1 > abs(unit[1] @ unit[4])
    assert not factors[6].any()  # never seen
    assert np.abs(factors[1:6]).mean() == pytest.approx(0.1, rel=1e-5)


def test_bags_give_back_their_texts_in_any_order():
    bags = Bags.of([[1, 2], [], [3], [4, 5, 6]])
    ids, begins = bags.take(np.array([3, 1, 0]))
    assert ids.tolist() == [4, 5, 6, 1, 2]
    assert begins.tolist() == [0, 3, 3]


def test_dropping_keeps_one_token_of_every_text_that_has_one():
    bag = Bags.of([[1, 2], [], [3], [4, 5, 6], []]).take(np.arange(5))
    ids, begins = drop(bag, 1.0, np.random.default_rng(0))
    assert (ids.tolist(), begins.tolist()) == ([1, 3, 4], [0, 1, 1, 2, 3])
    same_ids, same_begins = drop(bag, 0.0, np.random.default_rng(0))
    assert same_ids.tolist() == bag[0].tolist()
    assert same_begins.tolist() == bag[1].tolist()


def _toy() -> tuple[np.ndarray, Bags, Bags]:
    start = np.random.default_rng(5).standard_normal((41, 8)).astype(np.float32)
    start[0] = 0
    questions = Bags.of([[1 + i, 21 + i] for i in range(20)])
    passages = Bags.of([[21 + (i + 7) % 20, 21 + (i + 7) % 20] for i in range(20)])
    return start, questions, passages


def _hits(vectors: np.ndarray, questions: Bags, passages: Bags) -> int:
    likeness = unit_means(vectors, questions) @ unit_means(vectors, passages).T
    return int((likeness.argmax(1) == np.arange(len(likeness))).sum())


def test_training_on_pairs_brings_each_question_to_its_passage():
    start, questions, passages = _toy()
    plan = Schedule(passes=80, batch=20, rate=5e-2, dropped=0.0)
    learnt = learn_statutes(start, questions, passages, np.arange(20), 1, plan, say=lambda _: None)
    assert _hits(start, questions, passages) < 5
    assert _hits(learnt, questions, passages) == 20
    assert not learnt[0].any()  # the unknown token is in no text and stays zero


def test_training_on_labels_is_the_same_for_the_same_seed_and_touches_no_other_row():
    start, questions, passages = _toy()
    rows = np.arange(10)
    lessons = Lessons(rows, rows, np.stack([rows + 1, rows + 2], 1), [frozenset({row}) for row in range(20)])
    plan = Schedule(passes=40, batch=5, rate=5e-2, dropped=0.2)
    first, again = (learn_labels(start, questions, passages, lessons, 1, plan) for _ in range(2))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != learn_labels(start, questions, passages, lessons, 2, plan).tobytes()
    assert (first[11:21] == start[11:21]).all()
    assert _hits(first, questions, passages) > _hits(start, questions, passages)


def test_bm25_scores_by_the_formula():
    passages = ["工会经费", "工会主席的任期", "经费"]
    bags = [tokens(passage) for passage in passages]
    average = np.mean([len(bag) for bag in bags])

    def score(term: str, bag: list[str]) -> float:
        seen = sum(term in other for other in bags)
        tf = bag.count(term)
        norm = 1.2 * (1 - 0.75 + 0.75 * len(bag) / average)
        return float(np.log(1 + (3 - seen + 0.5) / (seen + 0.5)) * tf * 2.2 / (tf + norm))

    expected = [sum(score(term, bag) for term in tokens("经费呢")) for bag in bags]
    np.testing.assert_allclose(BM25(passages).scores(["经费呢"])[0], expected, rtol=1e-5)


def test_the_best_come_first_and_equals_keep_their_order():
    positions, scores = top_of(np.array([[1, 3, 2, 3, 0]], np.float32), 3)
    assert positions.tolist() == [[1, 3, 2]]
    assert scores.tolist() == [[3, 3, 2]]


def test_fusion_sums_standard_scores_and_floors_what_a_list_lacks():
    words = np.array([[1, 2, 3]]), np.array([[9.0, 6.0, 4.0]], np.float32)
    dense = np.array([[2, 4, 5]]), np.array([[0.9, 0.8, 0.1]], np.float32)
    assert fuse(words, dense, 1.0)[0][:2] == [2, 1]
    assert fuse(words, dense, 0.1)[0][0] == 1
    assert set(fuse(words, dense, 1.0)[0]) == {1, 2, 3, 4, 5}


def test_measures_by_hand():
    found = measures([[9, 1, 8, 2], [5]], [frozenset({1, 2}), frozenset({6})])
    assert found["R@5"] == found["R@10"] == found["R@100"] == 0.5
    assert found["RR@10"] == 0.25
    ideal = 1 + 1 / np.log2(3)
    assert found["nDCG@10"] == pytest.approx((1 / np.log2(3) + 1 / np.log2(5)) / ideal / 2)
    assert table({"words": {"R@5": 0.5}}).splitlines()[-1] == "| words | 0.500 |"


def test_the_same_vectors_are_saved_as_the_same_bytes_and_the_card_stays(tmp_path: Path, tokenizer):
    vectors = np.random.default_rng(1).standard_normal((tokenizer.get_vocab_size(), 8)).astype(np.float32)
    vectors[0] = 0
    sums = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        (folder / "README.md").write_text("card")
        save_model(folder, Model(tokenizer, vectors))
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        sums.append([(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in files])
    assert sums[0] == sums[1]
    assert "README.md" in dict(sums[0])
    opened = StaticEmbedder(tmp_path / "one", "one", simplify=True)
    expected = load_model(tmp_path / "two").unit(["职工参加工会"])
    np.testing.assert_allclose(opened.encode_passages(["职工参加工会"]), expected, atol=1e-6)


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A tiny invented copy of the training data: 40 articles of two laws, 20 questions, a bank of two."""
    pytest.importorskip("rjieba", reason="the extra [train] is not installed")
    things = re.findall(
        "..", "苹果香蕉桌子椅子电脑手机汽车飞机轮船火车大象老虎狮子猴子兔子月亮太阳星星高山大海"
    )
    numerals = "一二三四五六七八九十"

    def write(path: str, rows: list[dict[str, object]]) -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (tmp_path / path).write_text(text, encoding="utf-8")

    corpus = [
        {
            "_id": f"a{number}",
            "title": "",
            "text": f"{thing}应当{verb}，由{thing}的主人办理。{thing}{verb}时，不得损坏{thing}。",
            "metadata": {"law": law, "article": f"第{numerals[number % 10]}条", "heads": ["第一章 总则"]},
        }
        for number, (thing, (law, verb)) in enumerate(
            (thing, law) for law in (("保管法", "保管"), ("运输法", "运输")) for thing in things
        )
    ]
    write("stard/corpus.jsonl", corpus)
    write("stard/queries.jsonl", [{"_id": f"q{n}", "text": f"咋弄我的{t}"} for n, t in enumerate(things)])
    lines = ["query-id\tcorpus-id\tscore", *(f"q{n}\ta{n}\t1" for n in range(20))]
    (tmp_path / "stard/qrels.tsv").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "corpora/union-law").mkdir(parents=True)
    (tmp_path / "corpora/union-law/会费法.md").write_text("第一条 会费应当按月缴纳。\n第二条 会费用于职工。")
    bank = {"file": "会费法.md", "law": "会费法", "kind": "en", "lang": "en"}
    asked = [("第一条", "when are dues paid"), ("第二条", "what are dues spent on")]
    write("questions/bank-seed.jsonl", [bank | {"article": a, "question": q} for a, q in asked])
    gold = [{"file": "会费法.md", "article": "第二条", "quote": "职工"}]
    write("questions/union-dev.jsonl", [{"question": "会费用在职工身上吗", "kind": "lay", "gold": gold}])
    return tmp_path


def test_the_whole_recipe_learns_and_gives_the_same_file_twice(
    shared: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(recipe, "DIMENSIONS", 8)
    for name in ("one", "two"):
        build.main(
            ["--shared", str(shared), "--out", str(shared / name), "--statutes", str(shared / "first")]
        )
    assert "42 articles, 22 labelled questions" in capsys.readouterr().out
    one, two = ((shared / name / "model.safetensors").read_bytes() for name in ("one", "two"))
    assert one == two, "a first stage that is read again leads to the same file"
    model = load_model(shared / "one")
    asked, passages = model.unit(["what are dues spent on"]), model.unit(["会费用于职工。", "老虎应当保管"])
    assert np.argmax(asked @ passages.T) == 0


def test_cross_validation_scores_no_question_that_it_trained_on(shared: Path):
    ground = recipe.Ground.read(shared)
    folds, laws = crossvalidate.stard_parts(ground, 7), crossvalidate.law_parts(ground)
    assert all(not set(asked) & set(known) for asked, known in folds + laws)
    assert sorted(row for asked, _ in folds for row in asked) == list(range(20))
    assert [sorted(asked) for asked, _ in laws] == [[20, 21]]  # one law in this bank: out as a whole


def test_cross_validation_prints_words_vectors_and_both(
    shared: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(recipe, "DIMENSIONS", 8)
    crossvalidate.main(["--shared", str(shared)])
    printed = capsys.readouterr().out
    assert printed.count("| words |") == 3
    assert printed.count("| vectors |") == 2
    assert "+ STARD + bank: hybrid 1:1.0" in printed


def test_the_shipped_file_is_small_and_its_unknown_token_weighs_nothing():
    assert (SHIPPED / "model.safetensors").stat().st_size <= 15_000_000
    assert not load_model(SHIPPED).vectors[0].any()
