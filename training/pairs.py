"""Training pairs that statutes give without a label: what stands together means alike."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from training.data import Article, short_name

MOST = 95_000  # pairs of one kind
REPEATS = {"sentence": 1, "halves": 1, "law": 4, "reference": 2}

_SENTENCE = re.compile(r"[^。；\n]{1,2000}[。；\n]?")
_REFERENCE = re.compile(
    r"(?:《([^》]{2,40})》|本法|本条例|本规定|本办法|本解释|本细则|本规则)"
    r"(第[一二三四五六七八九十百千零〇]{1,9}条)"
)
_SHORTEST = 8  # characters of a sentence that can stand alone


@dataclass(frozen=True, slots=True)
class Pair:
    """A question-like text and the passage that it belongs to; ``article`` tells false negatives apart."""

    question: str
    passage: str
    article: int


def statute_pairs(articles: Sequence[Article], seed: int) -> list[Pair]:
    """All pairs of one pass: at most MOST of a kind, each kind as often as REPEATS says."""
    kinds = {
        "sentence": list(sentence_pairs(articles)),
        "halves": list(half_pairs(articles)),
        "law": list(law_pairs(articles)),
        "reference": list(reference_pairs(articles)),
    }
    chosen: list[Pair] = []
    for number, (kind, pairs) in enumerate(kinds.items()):
        random.Random(seed * 10 + number).shuffle(pairs)  # noqa: S311 - reproducible, not secret
        chosen.extend(pairs[:MOST] * REPEATS[kind])
    return chosen


def sentences(text: str) -> list[str]:
    """An article's sentences; the items of a list are sentences of their own.

    >>> sentences("工资照发。其他待遇不受影响；\\n（一）工资")
    ['工资照发。', '其他待遇不受影响；', '（一）工资']
    """
    return [part for found in _SENTENCE.findall(text) if (part := found.strip())]


def sentence_pairs(articles: Sequence[Article]) -> Iterator[Pair]:
    """Each sentence with the rest of its article."""
    for number, article in enumerate(articles):
        parts = sentences(article.text)
        for skip, part in enumerate(parts):
            rest = "".join(parts[:skip] + parts[skip + 1 :])
            if min(len(part), len(rest)) >= _SHORTEST:
                yield Pair(part, _titled(article, rest), number)


def half_pairs(articles: Sequence[Article]) -> Iterator[Pair]:
    """The first half of an article with the second."""
    for number, article in enumerate(articles):
        parts = sentences(article.text)
        middle = len(parts) // 2
        first, second = "".join(parts[:middle]), "".join(parts[middle:])
        if min(len(first), len(second)) >= _SHORTEST:
            yield Pair(first, second, number)


def law_pairs(articles: Sequence[Article]) -> Iterator[Pair]:
    """The law's name and the headings with the article's own words."""
    for number, article in enumerate(articles):
        yield Pair(" ".join((article.law, *article.heads)), article.text, number)


def reference_pairs(articles: Sequence[Article]) -> Iterator[Pair]:
    """A sentence that refers to an article, the reference cut out, with the article it refers to."""
    numbers: Mapping[tuple[str, str], int] = {
        (article.law, article.label): number for number, article in enumerate(articles)
    }
    for article in articles:
        for part in sentences(article.text):
            rest = _REFERENCE.sub("", part)
            for law, label in _REFERENCE.findall(part):
                target = numbers.get((short_name(law) if law else article.law, label))
                if target is not None and len(rest) >= _SHORTEST:
                    yield Pair(rest, articles[target].passage, target)


def _titled(article: Article, text: str) -> str:
    return " ".join((article.law, *article.heads, text))
