"""Text → its outline: 编 章 节 条 款 项 目, and 一、（一）1. of notices, as one tree of Sections."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rag.labels import (
    INLINE_ITEM,
    Candidate,
    Line,
    Mark,
    back,
    caption,
    complete,
    is_date,
    mark_at,
    skip,
    squeeze,
    tidy,
)
from rag.layout import Layout, Zone, layout
from rag.numerals import numeral, to_chinese
from rag.outline import article_range, articles, at, find, locator, walk
from rag.types import Section, Span

__all__ = ["article_range", "articles", "at", "find", "locator", "parse", "walk"]

# What may stand inside what: a node closes all open ones of its rank or below.
_RANKS = {
    "root": -1.0, "appendix": 0.0, "preamble": 1.0, "contents": 1.0, "signature": 1.0, "part": 1.0, "subpart": 2.0,
    "chapter": 3.0, "section": 4.0, "article": 6.0, "paragraph": 7.0,
}  # fmt: skip
_STYLE_RANKS = {
    "case": 4.4,
    "cn": 4.5,
    "word": 4.6,
    "pcn": 4.7,
    "ar": 4.8,
    "par": 4.9,
    "circle": 5.0,
    "stem": 4.5,
}
_STYLE_LEVELS = {
    "case": "heading",
    "cn": "heading",
    "word": "heading",
    "stem": "heading",
    "pcn": "subheading",
}
_SURE = ("cn", "pcn", "case", "stem")  # styles that a number alone does not look like

_BARE = re.compile(r"[\u3400-\u9fff]{2,12}(?:[、与和][\u3400-\u9fff]{1,12}){0,3}$")
_FRAME = frozenset(("总则", "附则", "总纲", "序言", "前言", "导言", "罚则"))
_CAPTION = re.compile(r"【([^】\n]{1,30})】|[〔\[]([^〕\]\n]{1,30})[〕\]]|[（(]([^（）()\n]{2,20})[）)]")
_ENDS_NOTICE = re.compile(
    r"(?:特此|专此|此复|妥否|以上(?:意见|规定|通知|请示)|本(?:决定|通知|意见|通告|公告|批复)自|根据本(?:决定|通知))"
)
# A sentence whose 。 was lost, where the line is too long to be the broken line of a page.
_CLOSING_WORDS = re.compile(r"(?:为准|施行|执行|废止|负责解释)$")
_PAGE_WIDTH = 45


@dataclass(slots=True)
class _Node:
    level: str
    label: str
    heading: str
    start: int
    end: int
    rank: float
    style: str = ""
    number: int = 0  # its own; of an article, how many 款 it has so far
    listed: bool = False  # one of a list whose items end in ；
    children: list[_Node] = field(default_factory=list)

    def section(self) -> Section:
        children = tuple(child.section() for child in self.children)
        return Section(self.level, self.label, self.heading, Span(self.start, self.end), children)


def parse(text: str) -> Section:
    """The outline of a text; the root spans all of it.

    Levels and labels are those of types.Section. An article opens where its label stands at the start of a line
    (or behind a sentence, where a text has lost its lines) and its number carries on the sequence; a label that
    is only spoken of, or quoted, opens nothing. Each paragraph of an article is one 款 (立法法 第六十五条), a
    line that breaks off in mid-sentence is none. Linear in the length of the text.
    """
    found = layout(text)
    builder = _Builder(text, found)
    for zone in found.zones:
        builder.read(zone)
    return builder.root.section()


class _Builder:
    """The open nodes while the rows are read, from the root to the deepest."""

    def __init__(self, text: str, found: Layout) -> None:
        self.text = text
        self.rows = found.rows
        self.found = found
        self.root = _Node("root", "", "", 0, len(text), _RANKS["root"])
        self.open = [self.root]
        self.began = False  # past what stands before the first heading

    def read(self, zone: Zone) -> None:
        self.close(-0.5)
        self.began = False
        i = zone.lo
        if zone.appendix:
            i = self.open_appendix(zone, zone.appendix)
        title = self.title_block(zone)
        while i < zone.hi:
            if i in zone.signed:
                i = self.leaf("signature", "落款", i, zone.signed.stop)
            elif i in self.found.contents:
                i = self.leaf("contents", "目录", i, self.found.contents.stop)
            elif i >= zone.end:
                self.close(0.5)
                i += 1
            elif i == title.start and self.noticed():
                i = self.second_title(title)
            else:
                i = self.row(i, zone)
        if not (
            self.began or zone.appendix
        ):  # no heading: what stands here is the text itself, not its preamble
            self.root.children = [child for child in self.root.children if child.level != "preamble"]

    # -- rows ------------------------------------------------------------------------------------------------

    def row(self, i: int, zone: Zone) -> int:
        """Read one row; the index of the next."""
        if mark := self.found.divisions.get(i):
            return self.division(i, mark, zone)
        if opening := self.found.articles.get(i):
            return self.article(i, opening, zone)
        if self.heading_over(i, zone):
            return i + 1
        if self.node("article"):
            self.article_row(i)
        else:
            self.notice_row(i)
        return i + 1

    def division(self, i: int, mark: Mark, zone: Zone) -> int:
        row, words = self.rows[i], self.words(mark.body, self.rows[i].end)
        behind = i + 1
        if not words and self.plain(behind, zone):
            row, words = self.rows[behind], self.words(self.rows[behind].start, self.rows[behind].end)
            behind += 1
        self.close(_RANKS[mark.style], headings=True)
        self.push(_Node(mark.style, mark.label, words, mark.start, row.end, _RANKS[mark.style]))
        return behind

    def article(self, i: int, opening: Candidate, zone: Zone) -> int:
        row = self.rows[i]
        body, heading = self.caption(i, opening.body, zone)
        self.close(_RANKS["article"])
        self.push(_Node("article", opening.label, heading, row.start, row.end, _RANKS["article"]))
        if body < row.end:
            self.article_text(Line(body, row.end))
        return i + 1

    def caption(self, i: int, body: int, zone: Zone) -> tuple[int, str]:
        """Where the text of an article begins, and its heading: 【…】 before it, or （…） alone on the line."""
        row = self.rows[i]
        match = _CAPTION.match(self.text, body, row.end)
        if match is None or mark_at(self.text, Line(body, row.end)):
            return body, ""
        after = skip(self.text, match.end(), row.end)
        alone = after == row.end and self.goes_on(i + 1, zone)
        if not alone and (after == row.end or match[1] is None):
            return body, ""
        return after, tidy(match[1] or match[2] or match[3])

    def heading_over(self, i: int, zone: Zone) -> bool:
        """A heading without 章 above articles: 一、合同的成立, 监督检查, 附则."""
        row = self.rows[i]
        if row.end - row.start > 60 or self.text[row.start] == "第" or complete(self.text, row):
            return False
        if i in self.found.quoted:
            return False
        words = squeeze(self.text[row.start : row.end])
        mark = mark_at(self.text, row)
        known = words in _FRAME
        leads = self.leads_to_article(i + 1, zone)
        if known and (leads or not self.node("article")) and not self.node("heading", deepest=True):
            return self.frame(row, words)
        if not leads or (i > zone.lo and self.node("article") and not complete(self.text, self.rows[i - 1])):
            return False
        if mark and mark.style in ("cn", "pcn") and mark.body < row.end:
            rank = _STYLE_RANKS[mark.style]
            self.close(rank)
            self.push(self.noticed_node(mark, row, self.words(mark.body, row.end)))
            return True
        if mark is None and self.node("article") and not self.found.divisions and _BARE.match(words):
            return self.frame(row, words)
        return False

    def frame(self, row: Line, words: str) -> bool:
        self.close(_RANKS["part"])
        self.push(_Node("heading", words, "", row.start, row.end, _STYLE_RANKS["cn"], "frame"))
        return True

    # -- articles --------------------------------------------------------------------------------------------

    def article_row(self, i: int) -> None:
        row, before = self.rows[i], self.rows[i - 1]
        paragraph = self.node("paragraph")
        mark = mark_at(self.text, row) if i not in self.found.quoted else None
        if mark and mark.style != "word" and mark.style != "case" and self.place_item(mark, before):
            self.items(skip(self.text, mark.start + 1, row.end), row.end)
        elif paragraph and (i in self.found.quoted or self.continues(before, row) or self.resumes(i)):
            self.items(row.start, row.end)
        else:
            self.article_text(row)

    def continues(self, before: Line, row: Line) -> bool:
        """Whether the row goes on with the sentence that the row before it broke off."""
        if self.text[row.start] in '“"' and self.text[before.end - 1] in "：:":
            return True
        if complete(self.text, before):
            return False
        wide = before.end - before.start > _PAGE_WIDTH
        return not (wide and _CLOSING_WORDS.search(self.text, before.start, before.end))

    def resumes(self, i: int) -> bool:
        """Whether the list that is open goes on behind the row: then the row is a further paragraph of its item."""
        node = self.open[-1]
        if not node.style or self.text[self.rows[i].end - 1] in "：:":
            return False
        for row_index in range(i + 1, min(i + 4, len(self.rows))):
            if row_index in self.found.articles or row_index in self.found.divisions:
                return False
            mark = mark_at(self.text, self.rows[row_index])
            if mark and mark.style == node.style:
                return mark.number == node.number + 1
        return False

    def article_text(self, row: Line) -> None:
        """A paragraph of the open article, or, where it opens with one, an item."""
        mark = mark_at(self.text, row)
        self.close(_RANKS["paragraph"])
        article = self.open[-1]
        if mark and mark.style == "stem" and self.place_item(mark, row):
            return
        article.number += 1
        label = f"第{to_chinese(min(article.number, 9999))}款"
        self.push(_Node("paragraph", label, "", row.start, row.start, _RANKS["paragraph"]))
        if not (
            mark and mark.number == 1 and mark.style not in ("word", "case") and self.place_item(mark, row)
        ):
            self.items(row.start, row.end)
        else:
            self.items(mark.start + 1, row.end)

    def place_item(self, mark: Mark, before: Line) -> bool:
        """Open an item at the mark if its number follows; False where the line is but a line."""
        if mark.style == "stem":
            return self.place_stem(mark)
        if not self.node("paragraph"):
            return False
        sibling = self.sibling(mark.style, "article")
        if sibling and mark.number == sibling.number + 1:
            self.close_at(sibling)
        elif mark.number == 1:
            if sibling:
                self.close_at(sibling)
            elif not self.text[before.end - 1] in "：:":
                self.close(_RANKS["paragraph"] + _STYLE_RANKS[mark.style])
        elif sibling and mark.number > sibling.number and mark.style in _SURE:
            self.close_at(sibling)
        elif sibling or mark.style not in _SURE or not complete(self.text, before):
            return False
        depth = sum(node.level in ("item", "subitem") for node in self.open)
        number = to_chinese(mark.number) if mark.style in ("cn", "pcn") else str(mark.number)
        level, label = ("subitem", f"第{number}目") if depth else ("item", f"第{number}项")
        rank = _RANKS["paragraph"] + _STYLE_RANKS[mark.style]
        self.push(_Node(level, label, "", mark.start, mark.start, rank, mark.style, mark.number))
        self.stretch(mark.start + len(mark.label))
        return True

    def place_stem(self, mark: Mark) -> bool:
        """甲、乙、 in old decrees are 款 of their own: 第十四条甲款."""
        article = self.node("article")
        stems = [child for child in article.children if child.style == "stem"] if article else []
        if article is None or mark.number != (stems[-1].number + 1 if stems else 1):
            return False
        self.close(_RANKS["paragraph"])
        node = _Node(
            "paragraph",
            f"{mark.label}款",
            "",
            mark.start,
            mark.body,
            _RANKS["paragraph"],
            "stem",
            mark.number,
        )
        self.push(node)
        return True

    def items(self, start: int, end: int) -> None:
        """The rest of a line of an article: the items that stand in it, one behind the other."""
        seen = -1
        for match in INLINE_ITEM.finditer(self.text, start, end):
            behind = self.text[back(self.text, start, match.start()) - 1] if match.start() > start else ""
            number = numeral_or_zero(match[1])
            if (
                not behind
                or behind not in "：:；;。，,"
                or re.match(r"[项項至、和（(]", self.text[match.end() : match.end() + 1])
            ):
                continue
            if number == 1 and (
                behind not in "：:。" or f"{match[0][0]}二{match[0][-1]}" not in self.text[match.end() : end]
            ):
                continue
            if number != 1 and not (
                (sibling := self.sibling("pcn", "article")) and number == sibling.number + 1
            ):
                continue
            self.stretch(back(self.text, start, match.start()))
            mark = Mark("pcn", number, match[0], match.start(), match.end())
            seen = match.end() if self.place_item(mark, Line(start, match.start())) else seen
        self.stretch(end)

    # -- notices ---------------------------------------------------------------------------------------------

    def notice_row(self, i: int) -> None:
        row = self.rows[i]
        before = self.rows[i - 1] if i else None
        mark = mark_at(self.text, row) if i not in self.found.quoted else None
        if mark and self.place_heading(mark, row, before):
            return
        if not self.began:
            return self.preamble(row)
        if before and complete(self.text, before) and i not in self.found.quoted:
            if _ENDS_NOTICE.match(self.text, row.start, row.end):
                self.close(0.5)
            while self.open[-1].listed and self.open[-1].level != "heading" and not self.resumes(i):
                self.open.pop()
        self.stretch(row.end)
        return None

    def place_heading(self, mark: Mark, row: Line, before: Line | None) -> bool:
        sibling = self.sibling(mark.style, "")
        if mark.style == "word":
            self.close_at(sibling) if sibling else self.close(_STYLE_RANKS["word"])
        elif sibling and mark.number == sibling.number + 1:
            self.close_at(sibling)
        elif mark.number == 1 and mark.body < row.end:
            colon = before is not None and self.text[before.end - 1] in "：:"
            if not (colon and sibling is None and self.began):
                self.close(_STYLE_RANKS[mark.style], words=False)
        elif mark.style not in _SURE or mark.body == row.end or not (before and complete(self.text, before)):
            return False
        elif sibling and mark.number > sibling.number:
            self.close_at(sibling)
        elif sibling:
            return False
        else:
            self.close(_STYLE_RANKS[mark.style], words=False)
        listed = bool(sibling and sibling.listed) or self.text[row.end - 1] in "；;，,"
        node = self.noticed_node(mark, row, caption(self.text, mark.body, row.end))
        node.listed = listed
        self.push(node)
        self.began = True
        return True

    def noticed_node(self, mark: Mark, row: Line, heading: str) -> _Node:
        label = mark.label.replace("(", "（").replace(")", "）")
        level = _STYLE_LEVELS.get(mark.style, "point")
        return _Node(
            level, label, heading, mark.start, row.end, _STYLE_RANKS[mark.style], mark.style, mark.number
        )

    def preamble(self, row: Line) -> None:
        if len(self.open) == 1 and self.open[0] is self.root:
            last = self.root.children[-1] if self.root.children else None
            if last is None or last.level != "preamble":
                self.root.children.append(
                    _Node("preamble", "引言", "", row.start, row.end, _RANKS["preamble"])
                )
            else:
                last.end = row.end
        else:
            self.stretch(row.end)

    # -- what stands apart -----------------------------------------------------------------------------------

    def open_appendix(self, zone: Zone, mark: Mark) -> int:
        row = self.rows[zone.lo]
        words, behind = self.words(mark.body, row.end), zone.lo + 1
        if not words and self.plain(behind, zone):
            row = self.rows[behind]
            words, behind = self.words(row.start, row.end), behind + 1
        self.push(_Node("appendix", mark.label, words, mark.start, row.end, _RANKS["appendix"]))
        return behind

    def leaf(self, level: str, label: str, i: int, stop: int) -> int:
        self.close(0.5)
        self.open[-1].children.append(
            _Node(level, label, "", self.rows[i].start, self.rows[stop - 1].end, 1.0)
        )
        self.stretch(self.rows[stop - 1].end)
        return stop

    def title_block(self, zone: Zone) -> range:
        """The rows right before the first article or chapter that are title, adoption, issuer: no sentences."""
        opening = (
            [self.found.contents.start]
            if zone.lo <= self.found.contents.start < self.found.contents.stop
            else []
        )
        opening += [i for i in (*self.found.divisions, *self.found.articles) if zone.lo <= i < zone.hi]
        if not opening:
            return range(0)
        first = start = min(opening)
        while start > zone.lo and self.is_title(start - 1):
            start -= 1
        return range(start, first) if start < first else range(0)

    def is_title(self, i: int) -> bool:
        row = self.rows[i]
        short = row.end - row.start <= 60 and not mark_at(self.text, row) and not complete(self.text, row)
        return short or (
            self.text[row.start] in "（(" and self.text[row.end - 1] in "）)" and row.end - row.start < 600
        )

    def second_title(self, title: range) -> int:
        """A law behind the notice that brings it: the notice's signature, then the title of the law."""
        dates = [
            i
            for i in title
            if is_date(self.text, self.rows[i]) and self.text[self.rows[i].start] not in "（("
        ]
        start = dates[-1] + 1 if dates else title.start
        if dates:
            self.leaf("signature", "落款", title.start, start)
        if start < title.stop:
            self.leaf("preamble", "引言", start, title.stop)
        self.close(0.5)
        self.began = True
        return title.stop

    # -- looking around --------------------------------------------------------------------------------------

    def noticed(self) -> bool:
        """Whether numbered headings of a notice stand before this row."""
        return any(
            child.level in ("heading", "subheading", "point") and child.style != "frame"
            for child in self.root.children
        )

    def leads_to_article(self, i: int, zone: Zone) -> bool:
        return i < zone.end and (
            i in self.found.articles or (self.plain(i, zone) and i + 1 in self.found.articles)
        )

    def plain(self, i: int, zone: Zone) -> bool:
        """Whether a row is a short line that opens nothing and ends no sentence."""
        if i >= zone.end or i in self.found.divisions or i in self.found.articles or i in self.found.contents:
            return False
        row = self.rows[i]
        return row.end - row.start <= 60 and not complete(self.text, row) and not mark_at(self.text, row)

    def goes_on(self, i: int, zone: Zone) -> bool:
        return i < zone.end and i not in self.found.articles and i not in self.found.divisions

    def words(self, start: int, end: int) -> str:
        return tidy(self.text[start : min(end, start + 80)])

    # -- the open nodes --------------------------------------------------------------------------------------

    def node(self, level: str, deepest: bool = False) -> _Node | None:
        if deepest:
            return self.open[-1] if self.open[-1].level == level and self.open[-1].style != "frame" else None
        return next((node for node in reversed(self.open) if node.level == level), None)

    def sibling(self, style: str, below: str) -> _Node | None:
        """The nearest open node of the style, not above ``below``."""
        for node in reversed(self.open):
            if node.level == below or node.level in ("root", "appendix"):
                return None
            if node.style == style and node.level != "paragraph":
                return node
        return None

    def push(self, node: _Node) -> None:
        self.open[-1].children.append(node)
        self.open.append(node)
        self.stretch(node.end)
        self.began = True

    def stretch(self, end: int) -> None:
        for node in self.open:
            node.end = max(node.end, end)

    def close(self, rank: float, *, headings: bool = False, words: bool = True) -> None:
        """Close the open nodes of the rank or below; ``headings``: those of notices too; not ``words``: but
        for 基本案情 and the like, which hold whatever numbering they hold."""
        while self.open[-1].rank >= rank and not (self.open[-1].style == "word" and not words):
            self.open.pop()
        while headings and self.open[-1].level in ("heading", "subheading", "point"):
            self.open.pop()
        while self.open[-1].rank >= rank and not (self.open[-1].style == "word" and not words):
            self.open.pop()

    def close_at(self, node: _Node) -> None:
        while self.open[-1] is not node:
            self.open.pop()
        self.open.pop()


def numeral_or_zero(text: str) -> int:
    try:
        return numeral(text)
    except ValueError:
        return 0
