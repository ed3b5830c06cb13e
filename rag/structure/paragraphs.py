"""Inside an article: 款, one a paragraph, with the 项 and 目 that each opens."""

from __future__ import annotations

import re

from rag.numerals import to_chinese
from rag.structure.labels import INLINE_ITEM, Line, Mark, back, complete, mark_at, skip, value_of
from rag.structure.layout import Layout
from rag.structure.nodes import RANKS, STYLE_RANKS, Node, Stack

SURE_STYLES = ("cn", "pcn", "case", "stem")  # labels that running text does not look like
_ITEM_STYLES = ("cn", "pcn", "ar", "par", "circle")
_SPOKEN = re.compile(r"[项項至、和及（(]")
# A sentence whose 。 was lost, in a line too long to be the broken line of a page.
_LAST_WORDS = re.compile(r"(?:为准|施行|执行|废止|负责解释)$")
_PAGE_WIDTH = 45


class Paragraphs:
    """Reads the rows of articles into the stack, whose deepest article is the one that is read."""

    def __init__(self, text: str, found: Layout, stack: Stack) -> None:
        self.text = text
        self.found = found
        self.rows = found.rows
        self.stack = stack

    def row(self, i: int) -> None:
        """Read a row that is not the article's first: an item, more of the paragraph, or a new one."""
        row, before, quoted = self.rows[i], self.rows[i - 1], i in self.found.quoted
        mark = None if quoted else mark_at(self.text, row)
        if mark and self._place(mark, before):
            self._rest(mark.start + 1, row.end)
        elif self.stack.open("paragraph") and (quoted or self._runs_on(before, row) or self.resumes(i)):
            self._rest(row.start, row.end)
        else:
            self.paragraph(row)

    def paragraph(self, row: Line) -> None:
        """Open a 款 with the row, and an item where the row opens with one."""
        mark = mark_at(self.text, row)
        self.stack.close(RANKS["paragraph"])
        if mark and mark.style == "stem" and self._place(mark, row):
            self.stack.stretch(row.end)
            return
        article = self.stack.top
        article.number += 1
        label = f"第{to_chinese(min(article.number, 9999))}款"
        self.stack.push(Node("paragraph", label, "", row.start, row.start, RANKS["paragraph"]))
        placed = mark is not None and mark.number == 1 and self._place(mark, row)
        self._rest(row.start + placed, row.end)

    def resumes(self, i: int) -> bool:
        """Whether the open list goes on behind the row: then the row is a further paragraph of its item."""
        item = self.stack.top
        if not item.style or self.text[self.rows[i].end - 1] in "：:":
            return False
        for k in range(i + 1, min(i + 4, len(self.rows))):
            if k in self.found.articles or k in self.found.divisions:
                return False
            mark = mark_at(self.text, self.rows[k])
            if mark and mark.style == item.style:
                return mark.number == item.number + 1
        return False

    def _runs_on(self, before: Line, row: Line) -> bool:
        """Whether the row goes on with the sentence that the row before it broke off."""
        if self.text[row.start] in '“"' and self.text[before.end - 1] in "：:":
            return True
        if complete(self.text, before):  # ； ends an item, but no 款
            return self.text[before.end - 1] in "；;" and self.stack.top.level == "paragraph"
        wide = before.end - before.start > _PAGE_WIDTH
        return not (wide and _LAST_WORDS.search(self.text, before.start, before.end))

    def _place(self, mark: Mark, before: Line) -> bool:
        """Open an item at the mark if its number follows; False where the line is but a line."""
        if mark.style == "stem":
            return self._place_stem(mark)
        if mark.style not in _ITEM_STYLES or not self.stack.open("paragraph"):
            return False
        rank = RANKS["paragraph"] + STYLE_RANKS[mark.style]
        sibling = self.stack.sibling(mark.style, "article")
        if sibling and mark.number != 1 and mark.number <= sibling.number:
            return False
        if sibling and (mark.number in (1, sibling.number + 1) or mark.style in SURE_STYLES):
            self.stack.close_at(sibling)
        elif mark.number == 1:
            if self.text[before.end - 1] not in "：:":
                self.stack.close(rank)
        elif sibling or mark.style not in SURE_STYLES or not complete(self.text, before):
            return False
        number = to_chinese(mark.number) if mark.style in ("cn", "pcn") else str(mark.number)
        inner = self.stack.depth("item", "subitem") > 0
        level, label = ("subitem", f"第{number}目") if inner else ("item", f"第{number}项")
        end = mark.start + len(mark.label)
        self.stack.push(Node(level, label, "", mark.start, end, rank, mark.style, mark.number))
        return True

    def _place_stem(self, mark: Mark) -> bool:
        """甲、乙、 in old decrees are 款 of their own: 第十四条甲款."""
        article = self.stack.open("article")
        stems = [child.number for child in article.children if child.style == "stem"] if article else []
        if mark.number != (stems[-1] + 1 if stems else 1):
            return False
        self.stack.close(RANKS["paragraph"])
        label, rank = f"{mark.label}款", RANKS["paragraph"]
        self.stack.push(Node("paragraph", label, "", mark.start, mark.body, rank, "stem", mark.number))
        return True

    def _rest(self, start: int, end: int) -> None:
        """The rest of a line: the items that stand in it one behind the other."""
        for match in INLINE_ITEM.finditer(self.text, skip(self.text, start, end), end):
            mark = Mark("pcn", value_of(match[1]), match[0], match.start(), match.end())
            if self._is_inline_item(mark, start, end):
                self.stack.stretch(back(self.text, start, mark.start))
                self._place(mark, Line(start, mark.start))
        self.stack.stretch(end)

    def _is_inline_item(self, mark: Mark, start: int, end: int) -> bool:
        """Whether a （N） in mid-line opens an item: behind ： the first of several, behind ； the next."""
        place = back(self.text, start, mark.start)
        if place <= start or _SPOKEN.match(self.text, mark.body, end):
            return False
        behind = self.text[place - 1]
        if mark.number == 1:
            second = mark.label[0] + "二" + mark.label[-1]
            return behind in "：:。" and self.text.find(second, mark.body, end) > 0
        sibling = self.stack.sibling("pcn", "article")
        return behind in "：:；;。，," and sibling is not None and mark.number == sibling.number + 1
