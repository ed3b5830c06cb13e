"""Text → its outline: 编 章 节 条 款 项 目, and 一、（一）1. of notices, as one tree of Sections."""

from __future__ import annotations

import re
from bisect import bisect_left

from rag.structure.labels import (
    Candidate,
    Line,
    Mark,
    caption,
    complete,
    is_date,
    mark_at,
    skip,
    squeeze,
    tidy,
)
from rag.structure.layout import Layout, Zone, layout
from rag.structure.nodes import NOTICE_LEVELS, RANKS, STYLE_RANKS, Node, Stack
from rag.structure.paragraphs import SURE_STYLES, Paragraphs
from rag.types import Section

_STYLE_LEVELS = {
    "case": "heading",
    "cn": "heading",
    "word": "heading",
    "stem": "heading",
    "pcn": "subheading",
}
_BARE = re.compile(r"[\u3400-\u9fff]{2,12}(?:[、与和][\u3400-\u9fff]{1,12}){0,3}$")
_FRAME = frozenset(("总则", "附则", "总纲", "序言", "前言", "导言", "罚则"))
_CAPTION = re.compile(r"【([^】\n]{1,30})】|[〔\[]([^〕\]\n]{1,30})[〕\]]|[（(]([^（）()\n]{2,20})[）)]")
_ENDS_NOTICE = re.compile(
    r"特此|专此|此复|妥否|以上(?:意见|规定|通知|请示)|根据本(?:决定|通知)|本《?(?:决定|通知|意见|通告|公告|批复)》?自"
)
_TITLE_CHARS = 60
# 条 of Japan and 條 of Taiwan name their parts otherwise (項, 号; 項, 款): an address in ours would be wrong.
_COUNTED_OTHERWISE = re.compile(
    r"[ぁ-ゖ]{2}|第[ \u3000]{0,2}[0-9一二三四五六七八九十百]{1,6}[ \u3000]{0,2}條"
)


def parse(text: str) -> Section:
    """The outline of a text; the root spans all of it.

    Levels and labels are those of types.Section. An article opens where its label stands at the start of a
    line (or behind a sentence, where a text has lost its lines) and its number carries on the sequence; a
    label that is only spoken of, or quoted, opens nothing. Each paragraph of an article is one 款 (立法法
    第六十五条), a line that breaks off in mid-sentence is none. Linear in the length of the text.
    """
    found = layout(text)
    reader = _Reader(text, found)
    for zone in found.zones:
        reader.read(zone)
    return reader.stack.root.section()


class _Reader:
    """Reads the rows of a layout into a stack of nodes, one after the other."""

    def __init__(self, text: str, found: Layout) -> None:
        self.text = text
        self.found = found
        self.rows = found.rows
        self.stack = Stack(len(text))
        self.paragraphs = Paragraphs(text, found, self.stack)
        self.whole_articles = bool(_COUNTED_OTHERWISE.search(text, 0, 20_000))
        contents = found.contents[:1]
        self.openings = sorted({*found.divisions, *found.articles, *contents})
        self.began = False  # past what stands before the first heading

    def read(self, zone: Zone) -> None:
        """Read one zone, its signature and the list of its annexes included."""
        self.stack.close(RANKS["appendix"])
        self.began = zone.appendix is not None
        i = self.appendix(zone, zone.appendix) if zone.appendix else zone.lo
        title = self.title_rows(zone)
        while i < zone.hi:
            if i in zone.signed:
                i = self.leaf("signature", "落款", zone.signed)
            elif i in self.found.contents:
                i = self.leaf("contents", "目录", self.found.contents)
            elif i >= zone.end:
                self.stack.close(RANKS["preamble"])
                i += 1
            elif i == title.start and self.noticed():
                i = self.second_title(title)
            else:
                i = self.row(i, zone)
        if not self.began:  # without a heading, what stands here is the text itself and no preamble
            root = self.stack.root
            root.children = [child for child in root.children if child.level != "preamble"]

    def row(self, i: int, zone: Zone) -> int:
        """Read one row; the index of the next."""
        if mark := self.found.divisions.get(i):
            return self.division(i, mark, zone)
        if opening := self.found.articles.get(i):
            return self.article(i, opening, zone)
        if self.heading_over_articles(i, zone):
            return i + 1
        if self.stack.open("article") and self.whole_articles:
            self.stack.stretch(self.rows[i].end)
        elif self.stack.open("article"):
            self.paragraphs.row(i)
        else:
            self.notice_row(i)
        return i + 1

    # -- of laws ---------------------------------------------------------------------------------------------

    def division(self, i: int, mark: Mark, zone: Zone) -> int:
        words, behind = self.heading(i, mark.body, zone)
        self.push(mark.style, mark.label, words, mark.start, self.rows[behind - 1].end)
        return behind

    def article(self, i: int, opening: Candidate, zone: Zone) -> int:
        row = self.rows[i]
        body, words = self.article_heading(i, opening.body, zone)
        self.push("article", opening.label, words, row.start, row.end)
        if body < row.end and not self.whole_articles:
            self.paragraphs.paragraph(Line(body, row.end))
        return i + 1

    def article_heading(self, i: int, body: int, zone: Zone) -> tuple[int, str]:
        """Where an article's text begins, and its heading: 【…】 before it, or （…） alone on the line."""
        row = self.rows[i]
        match = _CAPTION.match(self.text, body, row.end)
        if match is None or mark_at(self.text, Line(body, row.end)):
            return body, ""
        after = skip(self.text, match.end(), row.end)
        if after == row.end:
            followed = i + 1 < zone.end and not (
                i + 1 in self.found.articles or i + 1 in self.found.divisions
            )
            return (after, tidy(match[1] or match[2] or match[3])) if followed else (body, "")
        return (after, tidy(match[1])) if match[1] else (body, "")

    def heading_over_articles(self, i: int, zone: Zone) -> bool:
        """Open a heading that is no 章: 一、合同的成立, 监督检查, 附则. False where the row is none."""
        row, inside = self.rows[i], self.stack.open("article") is not None
        words = squeeze(self.text[row.start : min(row.end, row.start + _TITLE_CHARS + 1)])
        if (
            i in self.found.quoted
            or len(words) > _TITLE_CHARS
            or words[0] == "第"
            or complete(self.text, row)
        ):
            return False
        leads = self.leads_to_article(i + 1, zone)
        if words in _FRAME and (leads or not inside) and not self.noticed():
            self.frame(words, row)
            return True
        if not leads or (inside and not complete(self.text, self.rows[i - 1])):
            return False
        mark = mark_at(self.text, row)
        if mark and mark.style in ("cn", "pcn") and mark.body < row.end:
            self.stack.close(STYLE_RANKS[mark.style])
            self.push_marked(mark, tidy(self.text[mark.body : row.end]), row.end)
        elif mark is None and inside and not self.found.divisions and _BARE.match(words):
            self.frame(words, row)
        else:
            return False
        return True

    def frame(self, words: str, row: Line) -> None:
        self.stack.close(RANKS["part"])
        self.stack.push(Node("heading", words, "", row.start, row.end, STYLE_RANKS["cn"], "frame"))
        self.began = True

    # -- of notices ------------------------------------------------------------------------------------------

    def notice_row(self, i: int) -> None:
        row, before, quoted = self.rows[i], self.rows[i - 1] if i else None, i in self.found.quoted
        mark = None if quoted else mark_at(self.text, row)
        if mark and self.place(mark, row, before):
            return
        if not self.began:
            self.preamble(row)
            return
        if before and not quoted and complete(self.text, before):
            if _ENDS_NOTICE.match(self.text, row.start, row.end):
                self.stack.close(RANKS["preamble"])
            elif self.text[before.end - 1] not in "：:" and not self.paragraphs.resumes(i):
                self.stack.close_list()
        self.stack.stretch(row.end)

    def place(self, mark: Mark, row: Line, before: Line | None) -> bool:
        """Open a heading of a notice at the mark if its number follows; False where the line is just that."""
        sibling = self.stack.sibling(mark.style)
        ended = before is None or complete(self.text, before)
        lone = mark.style == "cn" and mark.start + len(mark.label) == row.end  # 三, and nothing else
        if sibling and (mark.style == "word" or mark.number == sibling.number + 1):
            self.stack.close_at(sibling)
        elif mark.style == "word":
            self.stack.close(STYLE_RANKS["word"])
        elif lone:
            return False
        elif mark.number == 1:
            nested = self.began and sibling is None and before and self.text[before.end - 1] in "：:"
            if not nested:
                self.stack.close(STYLE_RANKS[mark.style], words=False)
        elif mark.style not in SURE_STYLES or not ended or (sibling and mark.number < sibling.number):
            return False
        elif sibling:
            self.stack.close_at(sibling)
        else:
            self.stack.close(STYLE_RANKS[mark.style], words=False)
        self.push_marked(mark, caption(self.text, mark.body, row.end), row.end)
        return True

    def preamble(self, row: Line) -> None:
        root = self.stack.root
        if root.children and root.children[-1].level == "preamble":
            root.children[-1].end = row.end
        else:
            self.stack.leaf(Node("preamble", "引言", "", row.start, row.end, RANKS["preamble"]))

    # -- what stands apart -----------------------------------------------------------------------------------

    def appendix(self, zone: Zone, mark: Mark) -> int:
        words, behind = self.heading(zone.lo, mark.body, zone)
        self.push("appendix", mark.label, words, mark.start, self.rows[behind - 1].end)
        return behind

    def leaf(self, level: str, label: str, rows: range) -> int:
        self.stack.close(RANKS[level])
        start, end = self.rows[rows.start].start, self.rows[rows.stop - 1].end
        self.stack.leaf(Node(level, label, "", start, end, RANKS[level]))
        return rows.stop

    def title_rows(self, zone: Zone) -> range:
        """The rows before the first article or 章 that are no sentences: title, adoption, issuer."""
        place = bisect_left(self.openings, zone.lo)
        first = self.openings[place] if place < len(self.openings) else zone.hi
        first = first if first < zone.hi else zone.lo
        start = first
        while start > zone.lo and self.is_title(start - 1):
            start -= 1
        return range(start, first) if start < first else range(0)

    def is_title(self, i: int) -> bool:
        row = self.rows[i]
        if self.text[row.start] in "（(" and self.text[row.end - 1] in "）)":
            return row.end - row.start < 10 * _TITLE_CHARS
        return self.plain(row)

    def second_title(self, title: range) -> int:
        """A law behind the notice that brings it: the notice's signature, then the title of the law."""
        plain = [i for i in title if self.text[self.rows[i].start] not in "（("]
        dates = [i for i in plain if is_date(self.text, self.rows[i])]
        start = dates[-1] + 1 if dates else title.start
        if dates:
            self.leaf("signature", "落款", range(title.start, start))
        if start < title.stop:
            self.leaf("preamble", "引言", range(start, title.stop))
        self.stack.close(RANKS["preamble"])
        return title.stop

    # -- looking around --------------------------------------------------------------------------------------

    def noticed(self) -> bool:
        """Whether numbered headings of a notice stand before this row, outside articles."""
        children = self.stack.root.children
        last = next((child for child in reversed(children) if child.level in NOTICE_LEVELS), None)
        return last is not None and last.style != "frame"

    def leads_to_article(self, i: int, zone: Zone) -> bool:
        """Whether the row opens an article, or is itself a heading right before one."""
        if i >= zone.end or i in self.found.articles:
            return i < zone.end
        return i + 1 in self.found.articles and i not in self.found.divisions and self.plain(self.rows[i])

    def heading(self, i: int, body: int, zone: Zone) -> tuple[str, int]:
        """The words behind a label, or those of the next row where the label stands alone; the row behind."""
        row, behind = self.rows[i], i + 1
        free = behind < zone.end and not any(
            behind in rows for rows in (self.found.divisions, self.found.articles, self.found.contents)
        )
        if body == row.end and free and self.plain(self.rows[behind]):
            row, body, behind = self.rows[behind], self.rows[behind].start, behind + 1
        return tidy(self.text[body : row.end]), behind

    def plain(self, row: Line) -> bool:
        """Whether a row is short, opens nothing and ends no sentence."""
        short = row.end - row.start <= _TITLE_CHARS
        return short and not complete(self.text, row) and not mark_at(self.text, row)

    def push(self, level: str, label: str, words: str, start: int, end: int) -> None:
        self.stack.close(RANKS[level])
        self.stack.push(Node(level, label, words, start, end, RANKS[level]))
        self.began = True

    def push_marked(self, mark: Mark, words: str, end: int) -> None:
        level, label = (
            _STYLE_LEVELS.get(mark.style, "point"),
            mark.label.replace("(", "（").replace(")", "）"),
        )
        rank = STYLE_RANKS[mark.style]
        self.stack.push(Node(level, label, words, mark.start, end, rank, mark.style, mark.number))
        self.began = True
