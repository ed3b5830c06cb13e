"""The open nodes of an outline while a text is read: what stands inside what, and where each ends."""

from __future__ import annotations

from dataclasses import dataclass, field

from rag.types import Section, Span

NOTICE_LEVELS = ("heading", "subheading", "point")
# A node closes all open ones of its rank and above.
RANKS = {
    "root": -1.0,
    "appendix": 0.0,
    "preamble": 1.0,
    "contents": 1.0,
    "signature": 1.0,
    "part": 1.0,
    "subpart": 2.0,
    "chapter": 3.0,
    "section": 4.0,
    "article": 6.0,
    "paragraph": 7.0,
}
STYLE_RANKS = {
    "case": 4.4,
    "cn": 4.5,
    "stem": 4.5,
    "word": 4.6,
    "pcn": 4.7,
    "ar": 4.8,
    "par": 4.9,
    "circle": 5.0,
}


@dataclass(slots=True)
class Node:
    """A Section in the making; ``style`` is the kind of its label (labels.Mark), ``number`` its own number,
    of an article the count of its 款."""

    level: str
    label: str
    heading: str
    start: int
    end: int
    rank: float
    style: str = ""
    number: int = 0
    children: list[Node] = field(default_factory=list)

    def section(self) -> Section:
        children = tuple(child.section() for child in self.children)
        return Section(self.level, self.label, self.heading, Span(self.start, self.end), children)


class Stack:
    """The open nodes, from the root to the deepest."""

    def __init__(self, length: int) -> None:
        self.root = Node("root", "", "", 0, length, RANKS["root"])
        self._open = [self.root]

    @property
    def top(self) -> Node:
        return self._open[-1]

    def open(self, level: str) -> Node | None:
        """The deepest open node of the level."""
        return next((node for node in reversed(self._open) if node.level == level), None)

    def depth(self, *levels: str) -> int:
        """How many nodes of the levels are open."""
        return sum(node.level in levels for node in self._open)

    def sibling(self, style: str, within: str = "root") -> Node | None:
        """The deepest open node whose label is of the style, inside the deepest open ``within``."""
        for node in reversed(self._open):
            if node.level in (within, "root", "appendix"):
                return None
            if node.style == style and node.level != "paragraph":
                return node
        return None

    def push(self, node: Node) -> None:
        """Open a node inside the deepest."""
        self.top.children.append(node)
        self._open.append(node)
        self.stretch(node.end)

    def leaf(self, node: Node) -> None:
        """Put a node inside the deepest, closed."""
        self.push(node)
        self._open.pop()

    def stretch(self, end: int) -> None:
        """Let all open nodes reach to ``end``."""
        for node in self._open:
            node.end = max(node.end, end)

    def close(self, rank: float, *, words: bool = True) -> None:
        """Close the open nodes of the rank and above; not ``words``: up to 基本案情 and the like, which hold
        whatever numbering stands behind them."""
        while self.top.rank >= rank and (words or self.top.style != "word"):
            self._open.pop()

    def close_at(self, node: Node) -> None:
        """Close an open node and all inside it."""
        while self._open.pop() is not node:
            pass

    def close_list(self) -> None:
        """Close the points of a list: where they have no headings, a new paragraph is none of theirs."""
        while self.top.level in ("subheading", "point") and not self.top.heading:
            self._open.pop()
