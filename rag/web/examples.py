"""Example questions, made of the titles and headings that stand in the index; each of them is answered."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from rag.structure import articles
from rag.types import LEVELS, STATUSES, Document, Section

if TYPE_CHECKING:
    from rag.engine import Engine

_TRIED = 12  # documents, each asked of the engine while the server starts
_LONGEST = 34  # characters of a question that still fit a phone's two lines
_OWN_FIELD = ("工会", "职工", "劳动")
_SAYS_NOTHING = ("总则", "附则", "罚则", "法律责任", "目录")


def example_questions(engine: Engine, most: int = 4) -> list[str]:
    """At most ``most`` questions on texts that hold today, of different kinds, one to a document."""
    rows = [row for row in engine.documents() if row.articles and row.source.status in ("现行有效", "待核实")]
    rows.sort(
        key=lambda row: (
            not any(word in row.source.title for word in _OWN_FIELD),
            STATUSES.index(row.source.status),
            LEVELS.index(row.source.level),
            len(row.source.title),
            row.document,
        )
    )
    found: dict[str, None] = {}
    for row in rows[:_TRIED]:
        kinds = _questions(engine.document(row.document), len(found))
        answered = (q for q in kinds if len(q) <= _LONGEST and not engine.ask(q).abstained)
        found.update(dict.fromkeys(islice(answered, 1)))
        if len(found) == most:
            break
    return list(found)


def _questions(document: Document, turn: int) -> Iterator[str]:
    """What can be asked of one document; the kind that comes first changes with ``turn``."""
    title = document.source.title.removeprefix("中华人民共和国")
    by_article = [f"{title}{article.label}" for article in islice(articles(document.outline), 2, 3)]
    by_chapter = [f"{title}对{heading}有哪些规定？" for heading in _chapters(document.outline)]
    kinds = [by_chapter, by_article, [f"{title}从什么时候起施行？"]]
    for kind in kinds[turn % 3 :] + kinds[: turn % 3]:
        yield from kind


def _chapters(outline: Section) -> list[str]:
    headings = ("".join(child.heading.split()) for child in outline.children if child.level == "chapter")
    return [heading for heading in headings if heading and heading not in _SAYS_NOTHING]
