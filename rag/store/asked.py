"""The bank's questions in the store: which are like a question, and the passages that answer them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from rag.types import Hit

# A question's answer is a span of a document: all passages that begin in it.
_PLACES = """
    SELECT questions.number, questions.question, answers.document, passages.number
    FROM questions JOIN answers ON answers.question = questions.number
    JOIN passages ON passages.document = answers.document
         AND passages.start >= answers.start AND passages.start < answers.end
    WHERE questions.number IN ({marks})
"""


@dataclass(frozen=True, slots=True)
class Match:
    """A question of the bank, the passages that answer it, its BM25 score and its cosine with the one asked.

    A score is None where that search did not bring it up.
    """

    question: str
    hits: tuple[Hit, ...]
    bm25: float | None
    cosine: float | None


def matches(db: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, tuple[str, list[tuple[int, int]]]]:
    """Question → its words and the (document, passage) that answer it, in the order of ``numbers``."""
    found: dict[int, tuple[str, list[tuple[int, int]]]] = {}
    sql = _PLACES.format(marks=",".join("?" * len(numbers)))  # marks alone are put in
    for number, text, document, passage in db.execute(sql, tuple(numbers)):
        found.setdefault(number, (text, []))[1].append((document, passage))
    return {number: found[number] for number in numbers if number in found}
