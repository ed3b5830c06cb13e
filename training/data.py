"""What the training reads: articles, labelled questions, the question bank."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rag.bank import Question as BankQuestion
from rag.bank import name_key, parts, signature
from rag.bank import read_bank as read_questions
from rag.errors import LoadError
from rag.ingest import read_document
from rag.loaders.apart import Apart
from rag.structure import at
from rag.types import Document
from rag.walk import find_files


@dataclass(frozen=True, slots=True)
class Article:
    """One article: its law's short name, 第X条, the headings above it, its words."""

    id: str
    law: str
    label: str
    heads: tuple[str, ...]
    text: str

    @property
    def passage(self) -> str:
        """What is searched: law, headings, article, text."""
        return " ".join((self.law, *self.heads, self.label, self.text))


@dataclass(frozen=True, slots=True)
class Label:
    """One question and the ids of the articles that answer it."""

    question: str
    gold: tuple[str, ...]
    law: str = ""
    lang: str = "zh"


def rows(path: Path) -> Iterator[Mapping[str, object]]:
    """The objects of a JSON-lines file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def read_articles(stard: Path) -> list[Article]:
    """STARD's corpus, in the order of its file."""
    return [
        Article(
            id=str(row["_id"]),
            law=str(row["metadata"]["law"]),  # type: ignore[index]
            label=str(row["metadata"]["article"]),  # type: ignore[index]
            heads=tuple(" ".join(head.split()) for head in row["metadata"]["heads"]),  # type: ignore[index]
            text=str(row["text"]),
        )
        for row in rows(stard / "corpus.jsonl")
    ]


def read_labels(stard: Path) -> list[Label]:
    """STARD's dev questions with their gold articles, in the order of queries.jsonl."""
    gold: dict[str, list[str]] = defaultdict(list)
    with (stard / "qrels.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            gold[row["query-id"]].append(row["corpus-id"])
    return [
        Label(str(row["text"]), tuple(gold[str(row["_id"])]))
        for row in rows(stard / "queries.jsonl")
        if gold[str(row["_id"])]
    ]


def read_bank(bank: Path, union: Path, articles: Sequence[Article]) -> tuple[list[Article], list[Label]]:
    """The bank's questions as labels, and those of their articles that ``articles`` does not hold.

    A gold article is one whose law has the name and whose words have the signature that the bank gives:
    among ``articles`` first, then in the files of the folder ``union``.
    """
    asked: dict[str, list[BankQuestion]] = defaultdict(list)
    for one in read_questions(bank):
        asked[one.question].append(one)
    wanted = {(name_key(one.law), one.signature) for rows in asked.values() for one in rows}
    known: dict[tuple[str, str], str] = {}
    for article in articles:
        known.setdefault((name_key(article.law), signature(article.text)), article.id)
    added: list[Article] = []
    for article in read_union(union):
        key = name_key(article.law), signature(article.text)
        if key in wanted and key not in known:
            known[key] = article.id
            added.append(article)
    labels = []
    for text, rows in asked.items():
        keys = dict.fromkeys((name_key(one.law), one.signature) for one in rows)
        gold = tuple(dict.fromkeys(known[key] for key in keys if key in known))
        if gold:
            labels.append(Label(text, gold, rows[0].law, rows[0].language))
    return added, labels


def read_union(folder: Path) -> Iterator[Article]:
    """The articles of a folder of texts."""
    for document in read_documents(folder):
        for number, (label, span) in enumerate(parts(document)):
            path = at(document.outline, span.start)
            heads = tuple(s.name for s in path if s.level in ("part", "chapter", "section"))
            law = short_name(document.source.title)
            yield Article(f"{document.id}#{number}", law, label, heads, span.of(document.text))


def read_documents(folder: Path) -> Iterator[Document]:
    """A folder of texts, read as the product reads them; what cannot be read is left out."""
    found, _ = find_files([folder])
    with Apart() as reader:
        for file in found:
            with suppress(LoadError):
                yield read_document(file, "", reader)


def short_name(law: str) -> str:
    """A law's name as STARD writes it, without the country.

    >>> short_name("中华人民共和国工会法")
    '工会法'
    """
    return law.replace("中华人民共和国", "").replace(" ", "")
