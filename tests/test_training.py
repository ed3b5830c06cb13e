"""Training: pairs, tokenizer, labels and vectors are what the recipe says, and the same every time."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_training import BOTH, KEPT, TEXTS, questions, statute, write_bank, write_shared

from rag.embedding import SHIPPED, StaticEmbedder
from rag.lexical import tokens
from training import build, pairs, recipe
from training.bm25 import BM25, top_of
from training.data import Article, read_bank, read_union, short_name
from training.lsa import token_factors
from training.model import Model, load_model, unit_means
from training.recipe import Ground, School
from training.save import save_model
from training.tokenizer import build_tokenizer, choose_words, count_words, encode
from training.train import Bags, Lessons, Schedule, drop, learn_labels, learn_statutes

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


def test_texts_are_read_as_the_product_reads_them(tmp_path: Path):
    (tmp_path / "甲.md").write_text(f"{statute('工会条例', ['甲。', '依照第一条。'])}", encoding="utf-8")
    notice = "关于慰问的通知\n\n各级工会：\n\n一、范围\n\n慰问会员。\n"
    (tmp_path / "乙.txt").write_text(notice, encoding="utf-8")
    (tmp_path / "丙.txt").write_text("", encoding="utf-8")  # cannot be read, which stops nothing
    found = {(one.law, one.label): one.text for one in read_union(tmp_path)}
    assert found == {
        ("关于慰问的通知", ""): notice,
        ("关于慰问的通知", "一"): "一、范围\n\n慰问会员。",
        ("工会条例", "第一条"): "第一条 甲。",
        ("工会条例", "第二条"): "第二条 依照第一条。",
    }
    assert short_name("中华人民共和国工会法") == "工会法"


def test_a_bank_question_finds_its_article_among_those_known_first(tmp_path: Path):
    shared, bank = write_shared(tmp_path), write_bank(tmp_path / "bank.csv")
    known = Article("a1", "保管法", "第九条", (), KEPT.format("香蕉", "保管"))  # under another number
    added, labels = read_bank(bank, shared / "corpora/union-law", [known])
    gold = {label.question: label.gold for label in labels}
    assert gold["香蕉归谁管"] == ("a1",)
    assert "保管法" not in {article.law for article in added}, "the file holds it too"


def test_a_bank_question_finds_its_article_in_the_texts(tmp_path: Path):
    shared, bank = write_shared(tmp_path), write_bank(tmp_path / "bank.csv")
    added, labels = read_bank(bank, shared / "corpora/union-law", [])
    held = {article.id: article for article in added}
    assert len(held) == len(added) == sum(map(len, TEXTS.values())) + 1
    expected = {
        question: (law, language, [text])
        for law, texts in TEXTS.items()
        for text in texts
        for language, question in questions(text)
    }
    found = {
        one.question: (one.law, one.lang, [held[id_].text.split(" ")[1] for id_ in one.gold])
        for one in labels
        if one.law in TEXTS and one.question != BOTH
    }
    assert found == expected


def test_a_bank_question_is_lost_where_the_text_was_amended(tmp_path: Path):
    shared, bank = write_shared(tmp_path), write_bank(tmp_path / "bank.csv")
    amended = statute("会费法", ["会费应当按季缴纳。", *TEXTS["会费法"][1:]])
    (shared / "corpora/union-law/会费法.md").write_text(amended, encoding="utf-8")
    _, labels = read_bank(bank, shared / "corpora/union-law", [])
    asked = {label.question for label in labels}
    assert "会费一年交一次吗" not in asked, "its text was amended before"
    assert not asked & {question for _, question in questions(TEXTS["会费法"][0])}
    assert asked >= {question for _, question in questions(TEXTS["会费法"][1])}


def test_a_question_about_two_articles_is_one_label(tmp_path: Path):
    shared, bank = write_shared(tmp_path), write_bank(tmp_path / "bank.csv")
    added, labels = read_bank(bank, shared / "corpora/union-law", [])
    (label,) = [one for one in labels if one.question == BOTH]
    laws = {article.id: article.law for article in added}
    assert [laws[one] for one in label.gold] == ["会费法", "休假法"]


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
    gold = [(row,) for row in range(20)]
    lessons = Lessons(rows, rows, np.stack([rows + 1, rows + 2], 1), gold, np.arange(20))
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


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    folder = tmp_path_factory.mktemp("ground")
    return Ground.read(write_shared(folder), write_bank(folder / "bank.csv"))


def test_the_ground_is_stard_and_then_the_bank(ground: Ground):
    assert (ground.stard_articles, ground.stard_labels) == (40, 20)
    assert (len(ground.articles), len(ground.labels)) == (52, 58)
    assert [len(gold) for gold in ground.gold] == [*[1] * 57, 2]
    assert min(min(gold) for gold in ground.gold[20:56]) == 40
    assert ground.gold[56] == {1}


def test_pairs_of_a_lesson_are_labels_and_the_next_question_of_the_article(
    ground: Ground, tokenizer, monkeypatch: pytest.MonkeyPatch
):
    given: list[Lessons] = []

    def learn(vectors: np.ndarray, asked: Bags, passages: Bags, lessons: Lessons, seed: int) -> np.ndarray:
        given.append(lessons)
        return vectors

    monkeypatch.setattr(recipe, "learn_labels", learn)
    school = School.prepare(ground, Model(tokenizer, np.ones((2, 2), np.float32)))
    school.teach([0, 20, 21, 22, 47, 48, 56, 57], seed=1)
    (lessons,) = given
    pairs = Counter(zip(lessons.questions.tolist(), lessons.passages.tolist(), strict=True))
    asked = len(ground.articles)
    (article,), (other,) = ground.gold[20], ground.gold[47]
    assert pairs == {
        (0, 0): recipe.STARD_REPEATS,
        **{(row, article): 1 for row in (20, 21, 22)},
        (20, asked + 21): 1,
        (21, asked + 22): 1,
        (22, asked + 20): 1,
        (47, other): 1,
        (48, other): 1,
        (47, asked + 48): 1,
        (48, asked + 47): 1,
        (56, 1): 1,
        (57, article): 1,
        (57, other): 1,
    }
    assert lessons.about[asked + 20 : asked + 23].tolist() == [article] * 3
    for row, negatives in enumerate(school.negatives.tolist()):
        assert len(set(negatives)) == recipe.HARD_NEGATIVES
        assert not set(negatives) & ground.gold[row]


def _toy_school() -> School:
    """Ten articles without a word, each answering two questions: only the questions can pull each other."""
    vectors = np.random.default_rng(3).standard_normal((41, 8)).astype(np.float32) * 0.02
    asked = [[1 + row, 21 + row] for row in range(20)]
    gold = [(row // 2,) for row in range(20)]
    about = np.array([*range(10), *(article for (article,) in gold)])
    negatives = np.array([[(article + step) % 10 for step in range(1, 5)] for (article,) in gold])
    passages = Bags.of([*([[]] * 10), *asked])
    return School(Model(None, vectors), Bags.of(asked), passages, gold, about, 10, 0, negatives)


def test_questions_of_one_article_pull_together():
    school = _toy_school()

    def nearest(model: Model, rows: Sequence[int]) -> int:
        unit = unit_means(model.vectors, school.questions)
        likeness = unit @ unit.T - 2 * np.eye(len(unit))
        return sum(int(likeness[row].argmax()) == row ^ 1 for row in rows)

    learnt = school.teach(range(20), seed=1)
    assert nearest(school.start, range(20)) < 5
    assert nearest(learnt, range(20)) == 20
    alone = school.teach(range(0, 20, 2), seed=1)  # one of each two: none has a fellow
    assert nearest(alone, range(20)) < 5


def test_no_label_outside_those_taught_tells_on_the_model():
    school = _toy_school()
    taught, others = range(12), range(12, 20)
    asked = [[1 + row, 21 + row] if row in taught else [2, 30] for row in range(20)]
    gold = [(row // 2,) if row in taught else (0, 1) for row in range(20)]
    changed = replace(
        school,
        questions=Bags.of(asked),
        passages=Bags.of([*([[]] * 10), *asked]),
        gold=gold,
        about=np.array([*range(10), *(row // 2 if row in taught else 0 for row in range(20))]),
        negatives=np.where(np.arange(20)[:, None] < 12, school.negatives, 9),
    )
    first, again = school.teach(taught, seed=1), changed.teach(taught, seed=1)
    assert first.vectors.tobytes() == again.vectors.tobytes()
    used = {token for row in others for token in (1 + row, 21 + row)}
    assert (first.vectors[sorted(used)] == school.start.vectors[sorted(used)]).all()
    assert first.vectors.tobytes() != changed.teach(range(13), seed=1).vectors.tobytes()


def test_the_whole_recipe_learns_and_gives_the_same_file_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    pytest.importorskip("rjieba", reason="the extra [train] is not installed")
    monkeypatch.setattr(recipe, "DIMENSIONS", 8)
    shared, bank = write_shared(tmp_path), write_bank(tmp_path / "bank.csv")
    given = ["--shared", str(shared), "--bank", str(bank), "--statutes", str(tmp_path / "first")]
    for name in ("one", "two"):
        build.main([*given, "--out", str(tmp_path / name)])
    assert "52 articles, 58 labelled questions" in capsys.readouterr().out
    one, two = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("one", "two"))
    assert one == two, "a first stage that is read again leads to the same file"
    model = load_model(tmp_path / "one")
    right, wrong = "会费法 第二条 会费用于职工。", "保管法 第二条 老虎应当保管"
    asked = model.unit([words for _, words in questions("会费用于职工。")])
    assert (np.argmax(asked @ model.unit([right, wrong]).T, axis=1) == 0).all()


def test_the_shipped_file_is_small_and_its_unknown_token_weighs_nothing():
    assert sum(path.stat().st_size for path in SHIPPED.rglob("*") if path.is_file()) <= 20_000_000
    assert not load_model(SHIPPED).vectors[0].any()
