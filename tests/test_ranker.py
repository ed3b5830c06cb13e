"""The ranker: folds that keep models honest, a network that learns from lists, figures by hand, the file it writes."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_training import write_bank, write_shared

from rag.ranking import ASSURANCE, SIGNALS, Ranker
from training import network, ranker, recipe
from training.data import Label
from training.network import ABSENT, List, assure, fit, measures
from training.ranker import Fold, folds
from training.recipe import Ground

# What the bank says for a passage by its own questions.
BANK = [SIGNALS.index(name) for name in ("bank_words", "bank_meaning", "bank_both", "bank_count", "covered")]


# --- folds --------------------------------------------------------------------------------------------------


def _ground(laws: int) -> Ground:
    """100 of STARD's labels, then 30 questions about each of some laws."""
    labels = [Label(f"q{row}", ("a",)) for row in range(100)]
    labels += [Label(f"b{law}-{n}", ("a",), f"第{law}法") for law in range(laws) for n in range(30)]
    return Ground([], labels, [frozenset({0})] * len(labels), 0, 100)


@pytest.mark.parametrize("seed", range(3))
def test_each_question_of_stard_is_in_one_fold(seed: int):
    found = folds(_ground(12), seed)
    assert len(found) == ranker.FOLDS
    assert sorted(row for fold in found for row in fold.stard) == list(range(100))


@pytest.mark.parametrize("seed", range(3))
def test_all_questions_of_an_unknown_law_are_in_one_fold(seed: int):
    ground = _ground(12)
    found = folds(ground, seed)

    def laws(rows: Sequence[int]) -> set[str]:
        return {ground.labels[row].law for row in rows}

    known = [row for fold in found for row in fold.known]
    unknown = [row for fold in found for row in fold.unknown]
    assert sorted(known + unknown) == list(range(100, 460)), "each question of the bank is asked once"
    assert not laws(known) & laws(unknown)
    assert len(laws(known)) == 5
    assert len(laws(unknown)) == 7
    for fold in found:
        own = laws(fold.unknown)
        assert len(fold.unknown) == 30 * len(own)


def test_the_rows_of_a_fold_are_all_that_it_asks():
    assert Fold([1, 2], [5], [7, 8]).rows == {1, 2, 5, 7, 8}


# --- the network --------------------------------------------------------------------------------------------


def _list(random: np.random.Generator, group: str = "known", fold: int = 0) -> List:
    """Twelve candidates; the right one stands out in two signals together, in none by itself."""
    matrix = random.normal(0.0, 1.0, (12, len(SIGNALS))).astype(np.float32)
    right = np.zeros(12, np.bool_)
    if group == ABSENT:
        matrix[:, BANK] -= 2.0
    else:
        at = random.integers(12)
        right[at] = True
        matrix[at, BANK[0]] += 1.5
        matrix[at, BANK[1]] += 2.5
    return List(matrix, right, (), 1, group, fold)


def _lists(count: int, seed: int, group: str = "known", fold: int = 0) -> list[List]:
    random = np.random.default_rng(seed)
    return [_list(random, group, fold) for _ in range(count)]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "PASSES", 10)
    monkeypatch.setattr(network, "RATE", 2e-2)


def _first(one: List, fitted: Ranker) -> bool:
    return bool(one.right[int(fitted.scores(one.matrix.astype(np.float64)).argmax())])


@pytest.mark.usefixtures("quick")
def test_the_right_candidates_come_first_in_lists_not_seen():
    fitted = fit(_lists(300, 1), seed=7)
    asked = _lists(200, 2)
    assert sum(one.right[0] for one in asked) < 40, "as the candidates stood"
    assert sum(_first(one, fitted) for one in asked) > 120


@pytest.mark.usefixtures("quick")
def test_the_same_seed_fits_the_same_network():
    lists = _lists(80, 1)
    first, again, other = fit(lists, 7), fit(lists, 7), fit(lists, 8)
    assert all((getattr(first, name) == getattr(again, name)).all() for name in Ranker.__slots__)
    assert (first.inner != other.inner).any()


@pytest.mark.usefixtures("quick")
def test_lists_without_a_choice_teach_the_order_nothing():
    lists = _lists(80, 1)
    nothing = List(np.full((3, len(SIGNALS)), 9.0, np.float32), np.zeros(3, np.bool_), (), 1, ABSENT, 0)
    all_right = List(np.full((2, len(SIGNALS)), 9.0, np.float32), np.ones(2, np.bool_), (), 1, "known", 0)
    first, again = fit(lists, 7), fit([nothing, *lists, all_right], 7)
    assert all((getattr(first, name) == getattr(again, name)).all() for name in Ranker.__slots__[:-1])


@pytest.mark.usefixtures("quick")
def test_questions_that_the_texts_do_not_answer_get_low_confidence():
    fitted = fit([*_lists(200, 1), *_lists(60, 3, ABSENT)], seed=7)

    def sure(lists: Sequence[List]) -> list[float]:
        matrices = [one.matrix.astype(np.float64) for one in lists]
        return [fitted.confidence(matrix, fitted.scores(matrix)) for matrix in matrices]

    assert np.median(sure(_lists(100, 4, ABSENT))) < 0.2
    assert np.median(sure(_lists(100, 5))) > 0.8
    assert fitted.confidence(np.zeros((0, len(SIGNALS))), np.zeros(0)) == 0.0


def _by_first_signal() -> Ranker:
    size = len(SIGNALS)
    direct = np.zeros(size)
    direct[0] = 1.0
    none = np.zeros(1)
    return Ranker(np.zeros(size), np.ones(size), np.zeros((size, 1)), none, none, direct, none)


def test_an_answer_behind_the_tenth_place_tells_nothing_of_assurance():
    plain = _by_first_signal()
    lists = [*_lists(30, 1), *_lists(30, 2, ABSENT)]
    shown = [one for one in lists if one.group == ABSENT or _place(one, plain) < 10]
    assert len(shown) < len(lists)
    assert (assure(_scored(plain, lists)) == assure(_scored(plain, shown))).all()


def _scored(fitted: Ranker, lists: Sequence[List]) -> list[tuple[List, Any]]:
    return [(one, fitted.scores(one.matrix.astype(np.float64))) for one in lists]


def _place(one: List, fitted: Ranker) -> int:
    order = np.argsort(-fitted.scores(one.matrix.astype(np.float64)), kind="stable")
    return int(np.flatnonzero(one.right[order])[0])


def test_both_kinds_of_question_weigh_alike_whatever_their_number():
    plain = _by_first_signal()
    answered, absent = _lists(10, 1), _lists(10, 2, ABSENT)
    np.testing.assert_allclose(
        assure(_scored(plain, [*answered, *absent])),
        assure(_scored(plain, [*answered, *absent * 5])),
        rtol=1e-3,
        atol=1e-3,
    )


def test_where_one_kind_is_missing_the_constant_decides():
    for lists, expected in ((_lists(5, 1), 9.0), (_lists(5, 1, ABSENT), -9.0)):
        assert assure(_scored(_by_first_signal(), lists)).tolist() == [*[0.0] * len(ASSURANCE), expected]


# --- figures ------------------------------------------------------------------------------------------------


GAIN = 1 / np.log2(np.arange(2, 12))  # of the first ten places
FORWARDS = np.arange(8)


@pytest.mark.parametrize(
    ("group", "golds", "order", "expected"),
    [
        # Right are places 2 and 6 of eight, and one behind them in place 70; STARD's question has a fourth.
        ("stard", 4, FORWARDS, (0, 1 / 4, 2 / 4, 3 / 4, (GAIN[2] + GAIN[6]) / GAIN[:4].sum())),
        ("stard", 4, FORWARDS[::-1], (0, 1 / 4, 2 / 4, 3 / 4, (GAIN[1] + GAIN[5]) / GAIN[:4].sum())),
        (
            "stard",
            4,
            np.roll(FORWARDS, -2),
            (1 / 4, 2 / 4, 2 / 4, 3 / 4, (GAIN[0] + GAIN[4]) / GAIN[:4].sum()),
        ),
        # One right passage is enough for a question of the bank.
        ("known", 1, FORWARDS, (0, 1, 1, 1, GAIN[2])),
        ("unknown", 1, np.roll(FORWARDS, -6), (1, 1, 1, 1, 1)),
    ],
)
def test_measures_by_hand(group: str, golds: int, order: np.ndarray, expected: Sequence[float]):
    right = np.isin(FORWARDS, [2, 6])
    one = List(np.zeros((8, len(SIGNALS)), np.float32), right, (70,), golds, group, 0)
    found = measures(one, order)
    assert list(found) == ["R@1", "R@5", "R@10", "R@100", "nDCG@10"]
    assert list(found.values()) == pytest.approx(expected)


def test_a_question_whose_answers_come_late_or_never_scores_there_only():
    nothing = np.zeros(3, np.bool_)
    late = List(np.zeros((3, len(SIGNALS)), np.float32), nothing, (60,), 1, "known", 0)
    never = List(np.zeros((3, len(SIGNALS)), np.float32), nothing, (), 1, "known", 0)
    assert list(measures(late, np.arange(3)).values()) == [0, 0, 0, 1, 0]
    assert list(measures(never, np.arange(3)).values()) == [0, 0, 0, 0, 0]


# --- all of it, on tiny data --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """One run of the command: what it printed and wrote, and what its models were taught."""

    printed: str
    out: Path
    lists: Path
    given: Sequence[str]
    ground: Ground
    taught: Sequence[frozenset[int]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    pytest.importorskip("rjieba", reason="the extra [train] is not installed")
    folder = tmp_path_factory.mktemp("ranker")
    shared, bank = write_shared(folder), write_bank(folder / "bank.csv")
    out, lists = folder / "ranker.json", folder / "kept/lists.npz"
    given = ["--shared", shared, "--bank", bank, "--lists", lists, "--out", out]
    taught: list[frozenset[int]] = []
    teach = recipe.School.teach

    def noted(school: recipe.School, labels: Sequence[int], seed: int) -> recipe.Model:
        taught.append(frozenset(labels))
        return teach(school, labels, seed)

    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as screen:
        patch.setattr(recipe, "DIMENSIONS", 8)
        patch.setattr(network, "PASSES", 3)
        patch.setattr(ranker, "FOLDS", 2)
        patch.setattr(ranker, "OF_BANK", {"known": 4, "unknown": 5})
        patch.setattr(ranker, "SMALL", 1)
        patch.setattr(recipe.School, "teach", noted)
        ranker.main([str(one) for one in given])
    return Run(screen.getvalue(), out, lists, [str(one) for one in given], Ground.read(shared, bank), taught)


def test_no_model_was_taught_a_question_that_it_is_asked(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ranker, "FOLDS", 2)
    everything = frozenset(range(len(run.ground.labels)))
    assert [everything - fold.rows for fold in folds(run.ground, 7)] == list(run.taught)


def test_the_file_holds_a_ranker(run: Run):
    read = Ranker.load(run.out)
    lists = ranker.load_lists(run.lists)
    assert read.inner.shape == (len(SIGNALS), network.HIDDEN)
    assert read.sure.shape == (len(ASSURANCE) + 1,)
    scores = read.scores(lists[0].matrix.astype(np.float64))
    assert scores.shape == (len(lists[0].right),)
    assert np.isfinite(scores).all()


def test_the_file_says_what_was_fitted_to_four_digits(tmp_path: Path):
    size = len(SIGNALS)
    random = np.random.default_rng(1)
    fitted = Ranker(
        *(random.normal(0.0, 9.0, shape) for shape in (size, size, (size, 3), 3, 3, size, len(ASSURANCE) + 1))
    )
    ranker.write(tmp_path / "ranker.json", fitted)
    read = Ranker.load(tmp_path / "ranker.json")
    for name in Ranker.__slots__:
        np.testing.assert_allclose(getattr(read, name), getattr(fitted, name), rtol=5.1e-4)


def test_a_file_of_other_signals_is_refused(run: Run, tmp_path: Path):
    held = json.loads(run.out.read_text(encoding="utf-8"))
    held["signals"] = held["signals"][::-1]
    other = tmp_path / "other.json"
    other.write_text(json.dumps(held), encoding="utf-8")
    with pytest.raises(ValueError, match="train it anew"):
        Ranker.load(other)


def test_the_table_has_two_rows_for_each_kind_of_question(run: Run):
    rows = [line.strip("| ").split(" | ") for line in run.printed.splitlines() if line.startswith("| ")]
    assert rows[0] == ["questions", "order", "R@1", "R@5", "R@10", "R@100", "nDCG@10"]
    kinds = sorted((row[0].rpartition(" ")[0], row[1]) for row in rows[1:])
    groups = (ranker.FEW, "known", "stard", "unknown")
    assert kinds == [(kind, order) for kind in groups for order in ("fused", "ranked")]
    assert ("stard (20)", "fused") in {(row[0], row[1]) for row in rows}
    assert all(0 <= float(figure) <= 1 for row in rows[1:] for figure in row[2:])


def test_figures_are_of_networks_that_saw_no_list_of_the_fold(monkeypatch: pytest.MonkeyPatch):
    lists = [one for fold in range(ranker.FOLDS) for one in _lists(2, fold, fold=fold)]
    seen: list[set[int]] = []

    def noted(some: Sequence[List], seed: int) -> Ranker:
        seen.append({one.fold for one in some})
        return _by_first_signal()

    monkeypatch.setattr(ranker, "fit_order", noted)
    last = ranker.table(lists, 7).splitlines()[-1]
    assert seen == [set(range(ranker.FOLDS)) - {fold} for fold in range(ranker.FOLDS)]
    firsts = np.mean([_place(one, _by_first_signal()) == 0 for one in lists])
    assert last.startswith(f"| known (10) | ranked | {firsts:.3f} |")


def test_candidates_that_were_kept_are_not_asked_for_again(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(network, "PASSES", 3)
    monkeypatch.setattr(ranker, "FOLDS", 2)
    monkeypatch.delattr(ranker, "ask_all")
    before = run.out.read_bytes()
    run.out.unlink()
    ranker.main(run.given)
    assert run.out.read_bytes() == before
    shown = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert shown == [line for line in run.printed.splitlines() if line.startswith("|")]


def _kept(run: Run) -> Mapping[str, list[List]]:
    kept: dict[str, list[List]] = {}
    for one in ranker.load_lists(run.lists):
        kept.setdefault(one.group, []).append(one)
    return kept


def test_a_question_is_asked_without_itself_and_of_unknown_laws_without_the_others(run: Run):
    kept = _kept(run)
    assert {group: len(kept[group]) for group in ("known", "unknown")} == {"known": 8, "unknown": 10}
    for one in kept["unknown"]:
        assert one.right.any()
        assert not one.matrix[one.right][:, BANK].any()
    covered, words = SIGNALS.index("covered"), SIGNALS.index("bank_words")
    for one in kept["known"]:
        assert one.matrix[one.right, covered].all()
    assert max(one.matrix[one.right, words].max() for one in kept["known"]) < 0.99


def test_of_the_other_laws_the_bank_knows_some_and_some_not(run: Run):
    covered = SIGNALS.index("covered")
    for group in ("known", "unknown"):
        wrong = np.concatenate([one.matrix[~one.right, covered] for one in _kept(run)[group]])
        assert 0.2 < wrong.mean() < 0.7, "of fourteen, the bank has questions about twelve"


def test_what_the_union_texts_do_not_hold_is_absent(run: Run):
    absent = _kept(run)[ABSENT]
    assert len(absent) == 5, "the questions about 运输法, which no text holds"
    assert not any(one.right.any() or one.late for one in absent)
