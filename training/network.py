"""The ranker's network: fitted to lists of candidates, so that the right ones come first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.ranking import ASSURANCE, SIGNALS, Ranker, assurance

HIDDEN = 32
PASSES = 40
BATCH = 64  # questions
RATE = 3e-3
DECAY = 0.1
PLAIN = 1e-4  # keeps the weights of the assurance small
ABSENT = "absent"  # the group of questions that the texts do not answer
# A question of STARD counts as much as three of the bank, of which there are more.
SHARE = {"stard": 3.0}


@dataclass(frozen=True, slots=True)
class List:
    """The candidates of one question, best fused first, and which of them answer it.

    ``late`` are the places of right passages behind those that are ranked anew; ``golds`` how many answers the
    question has in all, found or not; ``laws`` what it is about, where the bank says so.
    """

    matrix: NDArray[np.float32]  # (candidates, SIGNALS)
    right: NDArray[np.bool_]
    late: tuple[int, ...]
    golds: int
    group: str
    fold: int
    laws: frozenset[str] = frozenset()


def fit(lists: Sequence[List], seed: int) -> Ranker:
    """The network, and how sure it may be: the latter is learnt from lists that a network had not seen."""
    unseen = []
    folds = sorted({one.fold for one in lists})
    for fold in folds if len(folds) > 1 else ():
        ranker = fit_order([one for one in lists if one.fold != fold], seed)
        unseen += [(one, ranker.scores(one.matrix.astype(np.float64))) for one in lists if one.fold == fold]
    ranker = fit_order(lists, seed)
    unseen = unseen or [(one, ranker.scores(one.matrix.astype(np.float64))) for one in lists]
    return replace(ranker, sure=assure(unseen))


def fit_order(lists: Sequence[List], seed: int) -> Ranker:
    """The network that gives the right candidates the most weight under a softmax over each list; never sure."""
    import torch

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    used = [one for one in lists if one.right.any() and not one.right.all()]
    together = np.concatenate([one.matrix for one in used]).astype(np.float64)
    mean, spread = together.mean(axis=0), together.std(axis=0) + 1e-6
    most = max(len(one.right) for one in used)
    inputs = np.zeros((len(used), most, len(SIGNALS)), np.float32)
    target = np.zeros((len(used), most), np.float32)
    absent = np.ones((len(used), most), np.bool_)
    for row, one in enumerate(used):
        n = len(one.right)
        inputs[row, :n] = np.clip((one.matrix - mean) / spread, -5.0, 5.0)
        target[row, :n] = one.right / one.right.sum()
        absent[row, :n] = False
    x, y, gone = torch.from_numpy(inputs), torch.from_numpy(target), torch.from_numpy(absent)
    share = torch.tensor([SHARE.get(one.group, 1.0) for one in used])
    inner = torch.nn.Linear(len(SIGNALS), HIDDEN)
    outer = torch.nn.Linear(HIDDEN, 1, bias=False)
    direct = torch.nn.Linear(len(SIGNALS), 1, bias=False)
    parameters = [*inner.parameters(), *outer.parameters(), *direct.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, PASSES * (len(used) // BATCH + 1))
    for _ in range(PASSES):
        order = torch.randperm(len(used))
        for rows in torch.split(order, BATCH):
            found = (outer(torch.tanh(inner(x[rows]))) + direct(x[rows])).squeeze(-1)
            logs = torch.log_softmax(found.masked_fill(gone[rows], -1e9), dim=1)
            loss = -((y[rows] * logs).sum(1) * share[rows]).mean()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
    weights = [
        p.detach().numpy().astype(np.float64) for p in (inner.weight, inner.bias, outer.weight, direct.weight)
    ]
    return Ranker(
        mean, spread, weights[0].T, weights[1], weights[2][0], weights[3][0], np.zeros(len(ASSURANCE) + 1)
    )


def assure(scored: Sequence[tuple[List, NDArray[np.float64]]]) -> NDArray[np.float64]:
    """Weights of ASSURANCE and a constant: logistic regression of whether the texts answer, both classes alike in
    weight. A question whose answer is not among the first ten counts for neither."""
    from scipy.optimize import minimize

    rows, answered = [], []
    for one, scores in scored:
        if not len(one.right):
            continue
        matrix = one.matrix.astype(np.float64)
        first = one.right[np.argsort(-scores, kind="stable")[:10]]
        if one.group == ABSENT or first.any():
            rows.append(np.append(assurance(matrix, scores), 1.0))
            answered.append(one.group != ABSENT)
    if all(answered) or not any(answered):
        return np.append(np.zeros(len(ASSURANCE)), 9.0 if any(answered) else -9.0)
    x, y = np.array(rows), np.array(answered, dtype=np.float64)
    weight = np.where(y > 0, 0.5 / y.mean(), 0.5 / (1 - y.mean()))

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        z = x @ w
        p = 1 / (1 + np.exp(-np.clip(z, -50, 50)))
        value = (weight * (np.logaddexp(0, z) - y * z)).mean() + PLAIN * float(w[:-1] @ w[:-1])
        return float(value), x.T @ (weight * (p - y)) / len(y) + 2 * PLAIN * np.append(w[:-1], 0.0)

    found: NDArray[np.float64] = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x
    return found


def measures(one: List, order: NDArray[np.intp]) -> Mapping[str, float]:
    """R@1, R@5, R@10, R@100 and nDCG@10 of one list in an order of its candidates.

    A question of the bank counts as answered by any right passage, STARD's by each of its articles.
    """
    places = [*np.flatnonzero(one.right[order]).tolist(), *one.late]
    if one.group != "stard":
        places = places[:1]
    line = {f"R@{k}": sum(place < k for place in places) / one.golds for k in (1, 5, 10, 100)}
    ideal = sum(1 / np.log2(place + 2) for place in range(min(10, one.golds)))
    line["nDCG@10"] = sum(1 / np.log2(place + 2) for place in places if place < 10) / ideal
    return line
