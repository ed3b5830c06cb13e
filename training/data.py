"""What the training reads: articles, labelled questions, the question bank."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_ARTICLE = re.compile(
    r"^[ \t\u3000#*]{0,8}(第[一二三四五六七八九十百千零〇]{1,9}条(?:之[一二三四五六七八九十]{1,3})?)"
)
_NOTE = re.compile(r"[（(].{0,40}$")


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


def read_bank(questions: Path, union: Path, articles: Sequence[Article]) -> tuple[list[Article], list[Label]]:
    """The bank's questions as labels, and those of their articles that ``articles`` does not hold.

    A gold article is looked up by law and number among ``articles`` first; where the law is not there, the
    file in ``union`` that the bank names is split at its 第X条 lines.
    """
    known = {(article.law, article.label): article.id for article in articles}
    added: list[Article] = []
    labels: list[Label] = []
    split: set[str] = set()
    for row in rows(questions):
        law, label, file = short_name(str(row["law"])), str(row["article"]), str(row["file"])
        if (law, label) not in known and file not in split:
            split.add(file)
            for article in read_law(union / file, law):
                if known.setdefault((law, article.label), article.id) == article.id:
                    added.append(article)
        if (law, label) in known:
            labels.append(Label(str(row["question"]), (known[law, label],), law, str(row["lang"])))
    return added, labels


def short_name(law: str) -> str:
    """A law's name as STARD writes it, without the country.

    >>> short_name("中华人民共和国工会法")
    '工会法'
    """
    return law.replace("中华人民共和国", "").replace(" ", "")


def read_law(path: Path, law: str | None = None) -> list[Article]:
    """The articles of one text file, split at lines that open with 第X条; rough, for measuring only."""
    law = law or _NOTE.sub("", path.stem)
    found: list[Article] = []
    label, lines = "", list[str]()

    def close() -> None:
        if text := "\n".join(lines).strip():
            found.append(Article(f"{path.name}#{len(found)}", law, label, (), text))

    for line in path.read_text(encoding="utf-8").splitlines():
        if opening := _ARTICLE.match(line):
            close()
            label, lines = opening[1], [line[opening.end() :].strip()]
        else:
            lines.append(line.strip())
    close()
    return found
