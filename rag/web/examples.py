"""Example questions, made of the titles and headings that stand in the index: each finds something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.types import LEVELS, Document, Section

if TYPE_CHECKING:
    from rag.engine import Engine

_LONGEST = 34  # characters of a question that still fit a phone's line or two
_SAYS_NOTHING = ("总则", "附则", "罚则", "法律责任", "目录")


def example_questions(engine: Engine, most: int = 5) -> list[str]:
    """At most ``most`` questions on texts in force, of different kinds and documents."""
    rows = [row for row in engine.documents() if row.articles and row.source.status == "现行有效"]
    rows.sort(key=lambda row: (LEVELS.index(row.source.level), len(row.source.title), row.document))
    found: dict[str, None] = {}
    for place, row in enumerate(rows[: 3 * most]):
        for question in _questions(engine.document(row.document), place):
            if len(question) <= _LONGEST and question not in found:
                found[question] = None
                break
        if len(found) == most:
            break
    return list(found)


def _questions(document: Document, place: int) -> Iterator[str]:
    """What can be asked of one document; where to begin turns with ``place``, so that the kinds mix."""
    title = document.source.title.removeprefix("中华人民共和国")
    kinds = [
        *(f"{title}对{heading}有哪些规定？" for heading in _chapters(document.outline)),
        *(f"{title}{article}" for article in _articles(document.outline)[2:3]),
        f"{title}从什么时候起施行？",
    ]
    return iter(kinds if place % 3 == 0 else kinds[-2:] if place % 3 == 1 else kinds[::-1])


def _chapters(outline: Section) -> list[str]:
    headings = ("".join(child.heading.split()) for child in outline.children if child.level == "chapter")
    return [heading for heading in headings if heading and heading not in _SAYS_NOTHING]


def _articles(section: Section) -> list[str]:
    """The labels of the articles below, in order."""
    found = []
    for child in section.children:
        found += [child.label] if child.level == "article" else _articles(child)
    return found
