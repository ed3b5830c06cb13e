"""The outline read: walk it, find an address in it, name the address of an offset."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from rag.numerals import numeral
from rag.structure.labels import ARTICLE
from rag.types import Section

_INSIDE = ("paragraph", "item", "subitem")
_NOTICE = ("heading", "subheading", "point")
_DIVISIONS = ("part", "subpart", "chapter", "section")


def walk(section: Section) -> Iterator[Section]:
    """The section and all below it, in the order of the text."""
    waiting = [section]
    while waiting:
        section = waiting.pop()
        yield section
        waiting.extend(reversed(section.children))


def articles(root: Section) -> Iterator[Section]:
    """Every 第X条 that the outline holds, those of an appendix with articles of its own included."""
    waiting = [root]
    while waiting:
        section = waiting.pop()
        if section.level == "article":
            yield section
        else:
            waiting.extend(reversed(section.children))


def at(root: Section, offset: int) -> tuple[Section, ...]:
    """The sections that hold the offset, from the root down; () outside the text."""
    if not root.span.start <= offset < root.span.end:
        return ()
    path = [root]
    while inside := next((s for s in path[-1].children if s.span.start <= offset < s.span.end), None):
        path.append(inside)
    return tuple(path)


def article_key(label: str) -> tuple[int, int] | None:
    """The numbers of an article's label, None for any other label.

    >>> article_key("第四十三条"), article_key("第二百八十七条之一"), article_key("一")
    ((43, 0), (287, 1), None)
    """
    match = ARTICLE.fullmatch("".join(label.split()))
    try:
        return (numeral(match[1]), numeral(match[2]) if match[2] else 0) if match else None
    except ValueError:
        return None


def find(
    root: Section,
    article: int | str,
    paragraph: int | None = None,
    item: int | None = None,
    subitem: int | None = None,
    *,
    sub: int = 0,
) -> Section | None:
    """The section at an address, or None where the text has no such place.

    ``article`` is X of 第X条 with ``sub`` for 之Y, or a label: 第四十三条, 第十条之一, or 一 of a notice. It is
    the law's own; an appendix is looked into where it alone has articles. Without ``paragraph`` an item is
    looked for in all paragraphs. An address that could mean two places names none.
    """
    key = article_key(article) if isinstance(article, str) else (article, sub)
    section = _article(root, key) if key else _numbered(root, str(article))
    if section is None:
        return None
    if section.level != "article":
        return section if (paragraph, item, subitem) == (None, None, None) else None
    places = [s for s in section.children if s.level == "paragraph"]
    if paragraph is not None:
        places = [s for s in places if _number(s) == paragraph]
        section = places[0] if places else None
    if item is not None:
        places = [s for place in places for s in place.children if _number(s) == item]
        section = places[0] if len(places) == 1 else None
    if subitem is not None:
        below = section.children if section and item is not None else ()
        section = next((s for s in below if _number(s) == subitem), None)
    return section


def article_range(root: Section) -> tuple[int, int] | None:
    """The lowest and the highest number of the law's own articles, or of its appendices' where it has none
    of its own; None without articles."""
    found = list(_own(root)) or list(articles(root))
    keys = [key for s in found if (key := article_key(s.label))]
    return (min(keys)[0], max(keys)[0]) if keys else None


def locator(path: tuple[Section, ...]) -> str:
    """The address of a path of sections, as a statute names it; "" where nothing on it is numbered.

    第四十三条第一款第二项; 款 is left out where the article has only one. 一（二）1 in a notice, 附录一（二）
    in an appendix; an appendix's articles carry its name where the law has articles of its own.
    """
    article = next((s for s in path if s.level == "article"), None)
    appendix = next((s for s in path if s.level == "appendix"), None)
    if article is None:
        named = [s for s in path if s.level in _NOTICE] or [s for s in path if s.level in _DIVISIONS]
        return (appendix.label if appendix else "") + "".join(s.label for s in named)
    one = len(list(islice((s for s in article.children if s.level == "paragraph"), 2))) <= 1
    inside = [s.label for s in path if s.level in _INSIDE and not (s.level == "paragraph" and one)]
    twofold = appendix is not None and (path[0].level != "root" or next(_own(path[0]), None) is not None)
    return (appendix.label if appendix and twofold else "") + article.label + "".join(inside)


def _own(root: Section) -> Iterator[Section]:
    """The articles outside appendices."""
    return (article for s in root.children if s.level != "appendix" for article in articles(s))


def _article(root: Section, key: tuple[int, int]) -> Section | None:
    found = list(_own(root)) or articles(root)
    return _only([s for s in found if article_key(s.label) == key])


def _numbered(root: Section, label: str) -> Section | None:
    body = [s for child in root.children if child.level != "appendix" for s in walk(child)]
    return _only([s for s in body if s.level == "heading" and s.label == label])


def _only(found: list[Section]) -> Section | None:
    return found[0] if len(found) == 1 else None


def _number(section: Section) -> int | None:
    try:
        return numeral(section.label[1:-1])  # 第…款
    except ValueError:
        return None
