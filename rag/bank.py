"""The question bank: questions as people ask them, each attached to the article that answers it, wherever it stands."""

from __future__ import annotations

import csv
import hashlib
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

from rag.chunking import split
from rag.lexical import fold
from rag.structure import articles
from rag.types import Document, Span

SHIPPED = Path(__file__).with_name("bank.csv")
COLUMNS = ["law", "article", "signature", "language", "kind", "question"]

_LABEL = re.compile(r"第[〇零一二三四五六七八九十百千\d]{1,9}条(?:之[一二三四五六七八九十\d]{1,3})?")
_LETTERS = re.compile(r"[^\W_]+")
_COUNTRY = "中华人民共和国"
# A note that tells versions of one law apart (2007年原文, 2025年修订), not the number of a series, as in 解释（二）.
_EDITION = re.compile(r"[(][^()]{0,30}\d{4}[^()]{0,30}[)]")


@dataclass(frozen=True, slots=True)
class Question:
    """One question, and the article that answers it.

    ``article`` is its number in the text that the question was written for (of a notice its heading's), '' for
    a text that answers as a whole;
    ``signature`` is that of the article's words, and decides to what the question attaches.
    """

    law: str
    article: str
    signature: str
    language: str
    kind: str
    question: str


class Bank:
    """Questions by the law and the words that they were written for."""

    def __init__(self, questions: Iterable[Question]) -> None:
        found: dict[tuple[str, str], list[Question]] = defaultdict(list)
        for question in questions:
            found[name_key(question.law), question.signature].append(question)
        self._found: Mapping[tuple[str, str], list[Question]] = found

        self._laws = frozenset(law for law, _ in found)

    def attach(self, document: Document) -> list[tuple[Span, Question]]:
        """The questions that the document answers, each with where it does: one of what is attachable().

        The law's name and the article's words must both be those that a question was written for. The number
        may be another one: a renumbered article keeps its questions, an amended one loses them.
        """
        law = name_key(document.source.title)
        if law not in self._laws:
            return []
        return [
            (span, question)
            for _, span in attachable(document)
            for question in self._found.get((law, signature(span.of(document.text))), ())
        ]


def parts(document: Document) -> list[tuple[str, Span]]:
    """第X条 and where it stands, for each article; of a document without articles the whole text, as '',
    and what stands under its numbered headings."""
    found = [(article.label, article.span) for article in articles(document.outline)]
    if found:
        return found
    headings = [(child.label, child.span) for child in document.outline.children if child.level == "heading"]
    return [("", Span(0, len(document.text))), *headings]


def attachable(document: Document) -> list[tuple[str, Span]]:
    """All that a question can be attached to: the parts(), and the passages that are of no article.

    These (a preamble, an appendix, a part of a case) carry the number of the heading above them, or ''.
    """
    found = parts(document)
    known = {span for _, span in found}
    inside = sorted(article.span for article in articles(document.outline))
    for chunk in split(document):
        above = bisect_right(inside, chunk.span.start, key=lambda span: span.start) - 1
        if chunk.span not in known and not (above >= 0 and chunk.span.start < inside[above].end):
            found.append((chunk.article or "", chunk.span))
    return found


def signature(text: str) -> str:
    """What an article says, in 16 hexadecimal digits: sha256 of its folded letters and digits.

    Its number, punctuation, blanks and traditional characters do not count; every other change does.

    >>> signature("第二条 工会經費，２％。") == signature("第三条　工会经费2%")
    True
    >>> signature("第二条 工会经费3%") == signature("第二条 工会经费2%")
    False
    """
    folded = fold(text).strip()
    label = _LABEL.match(folded)
    letters = "".join(_LETTERS.findall(folded[label.end() :] if label else folded))
    return hashlib.sha256(letters.encode("utf-8", "replace")).hexdigest()[:16]


def name_key(title: str) -> str:
    """A law's name as it is compared: its letters, without the country and without notes on the edition.

    >>> name_key("中华人民共和国仲裁法（2025年修订）"), name_key("解释（二）")
    ('仲裁法', '解释二')
    >>> name_key("某市实施《中华人民共和国工会法》办法")
    '某市实施工会法办法'
    """
    return "".join(_LETTERS.findall(_EDITION.sub("", fold(title)))).replace(_COUNTRY, "")


def read_bank(path: Path = SHIPPED) -> Iterator[Question]:
    """The questions of a bank file: CSV of COLUMNS, UTF-8."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        next(rows)
        for row in rows:
            yield Question(*row)


@cache
def bank_digest() -> str:
    """sha256 of the shipped bank: an index that was built with another one attaches its questions anew."""
    with SHIPPED.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_bank(own: Iterable[Question] = ()) -> Bank:
    """The shipped questions, joined by the user's ``own``."""
    return Bank(chain(read_bank(), own))
