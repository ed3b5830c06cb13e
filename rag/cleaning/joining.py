"""Lines that belong together: hard line ends inside a sentence, and text that lost its line ends."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from statistics import median

from rag.cleaning.edits import Edit
from rag.cleaning.furniture import lines_of
from rag.numerals import numeral
from rag.types import Box, Raw, Span

# A line that opens a unit of its own: 第X条, 一、, （一）, 1., 附件. Before 项, 款 or 规定 it is a reference.
_NUMERAL = "一二三四五六七八九十百千零〇两"
BLOCK = re.compile(
    rf"\s{{0,12}}(?:第[{_NUMERAL}\d]{{1,9}}(?:分?编|[章节])|第[{_NUMERAL}\d]{{1,9}}条(?:之[{_NUMERAL}]{{1,3}})?"
    rf"(?![的规和或至、，。；）及与中]|第|所)"
    rf"|[（(][{_NUMERAL}\d]{{1,4}}[）)](?![项目、至和或款])|[{_NUMERAL}]{{1,4}}[、\u3000 ]"
    rf"|\d{{1,3}}[.．、](?!\d)|[①-⑳]|附\s{{0,3}}[件录表：:]|目\s{{0,4}}[录次]$|[第總总附]\s{{0,6}}则$)"
)
_DATED = re.compile(r"\s{0,12}[（(]?[\d０-９一二三四五六七八九〇○]{4}年")
_LABEL = re.compile(r"\s{0,12}[^，。；]{1,14}：")
_TITLE_END = re.compile(
    r"(?:法|条例|规定|规则|细则|办法|决定|决议|解释|批复|答复|复函|通知|通告|公告|意见|指引|纲要|方案|制度|章程|标准|条约|公约)"
    r"(?:（[^）]{1,20}）)?$"
)
_RUNNING = re.compile(r"[，。；、]|^\s{0,8}[（(]")
_INDENTS = ("\u3000", "  ", "\t")
_SPLIT_WORD = re.compile(r"(第[一二三四五六七八九十百\d]{1,5}次)\n{1,5}(?=会议)")
_OPENING, _CLOSING = "（《〈“「【〔(", "）》〉”」】〕)"
FINAL = "。；：！？!?;:…"

WRAP_SHARE = 0.4  # share of lines as long as the longest that proves hard-wrapped text
WRAP_WIDTHS = (24, 160)  # in half-width cells
WRAP_LINES = 8
CUT_CHARS = 25  # a line shorter than that is a title or a caption, not a sentence cut in the middle
SLACK = (
    1.7  # characters short of the margin that a full line may be: punctuation is not set at a line's start
)
NOTE_CHARS = 600
PARAGRAPH_CHARS = 1000  # as much of it as is looked at; more than a note has
HEAD_LINES = 3  # the title and what stands below it are no sentences
INDENT = 1.2  # characters from the margin that open a paragraph
GAP = 1.7  # times the usual distance of lines that parts paragraphs


def broken_lines(raw: Raw) -> list[Edit]:
    """The line breaks inside a sentence, to be dropped (a blank takes their place between Latin words).

    In a paged file the boxes decide: a line that reaches the right margin runs on, unless the next is
    indented, far below, or opens a unit. In plain text that is wrapped at one width the width decides;
    in other text only a long line that stops in mid-sentence, before one that ends it, is joined.
    """
    if any(page.boxes for page in raw.pages):
        return list(_by_boxes(raw))
    return [*_split_words(raw.text), *_by_words(raw.text)]


def _join(text: str, before: Span, after: Span) -> Edit:
    end = len(text[: before.end].rstrip(" \t\u3000"))
    start = after.start + len(after.of(text)) - len(after.of(text).lstrip(" \t\u3000"))
    latin = _narrow(text[end - 1 : end]) and _narrow(text[start : start + 1])
    return Edit(end, start, " " if latin else "")


@cache
def _narrow(char: str) -> bool:
    return bool(char) and unicodedata.east_asian_width(char) not in "WFA"


def _open_bracket(words: str) -> bool:
    depth = 0
    for char in words[-400:]:
        depth += (char in _OPENING) - (char in _CLOSING and depth > 0)
    return depth > 0


@dataclass(frozen=True, slots=True)
class _Line:
    span: Span
    box: Box
    page: int
    margin: float  # left edge of the text on its page
    right: float  # right edge of the text in the document


def _by_boxes(raw: Raw) -> Iterator[Edit]:
    lines = _boxed_lines(raw)
    if len(lines) < 2:
        return
    pitch = _pitch(raw.text, lines)
    leading = _leading(lines)
    indents = sum(line.box.left - line.margin > INDENT * pitch for line in lines)
    has_indents = indents >= max(2, 0.05 * len(lines))
    paragraph = lines[0].span.of(raw.text)
    for a, b in pairwise(lines):
        words = b.span.of(raw.text)
        if _runs_on(a, b, paragraph, words, pitch, leading, has_indents):
            paragraph = paragraph[-PARAGRAPH_CHARS:] + words
            yield _join(raw.text, a.span, b.span)
        else:
            paragraph = words


def _boxed_lines(raw: Raw) -> list[_Line]:
    rights = sorted(box.right for page in raw.pages for box in page.boxes)
    right = rights[min(len(rights) - 1, int(0.95 * len(rights)))]
    found = []
    for page in raw.pages:
        lefts = Counter(round(box.left / 3) for box in page.boxes)
        usual = lefts.most_common(1)[0][1] if lefts else 0
        margin = 3 * min((left for left, count in lefts.items() if count >= 0.5 * usual), default=0)
        for box in page.boxes:
            for span in lines_of(raw.text, box.span):
                if span.of(raw.text).strip():
                    found.append(_Line(span, box, page.number, margin, right))
    return found


def _pitch(text: str, lines: Sequence[_Line]) -> float:
    """The width of one character: the median over lines long enough to tell."""
    widths = [
        (line.box.right - line.box.left) / cells * 2
        for line in lines
        if (cells := _cells(line.span.of(text).strip())) >= 16
    ]
    return median(widths) if widths else 12.0


def _cells(words: str) -> int:
    return sum(1 if _narrow(char) else 2 for char in words)


def _leading(lines: Sequence[_Line]) -> float:
    gaps = [b.box.top - a.box.top for a, b in pairwise(lines) if a.page == b.page]
    return median([gap for gap in gaps if gap > 0] or [0.0])


def _runs_on(
    a: _Line, b: _Line, paragraph: str, words: str, pitch: float, leading: float, has_indents: bool
) -> bool:
    if "\t" in words or "\t" in paragraph:  # rows of a table
        return False
    indented = b.box.left - b.margin > INDENT * pitch or words.startswith("\u3000")
    full = a.box.right >= a.right - SLACK * pitch
    far = a.page == b.page and leading > 0 and b.box.top - a.box.top > GAP * leading
    ended = paragraph.rstrip()[-1:] in FINAL
    if full and not indented and not far and has_indents:
        return not (ended and BLOCK.match(words))
    if BLOCK.match(words):
        return False
    if _open_bracket(paragraph) and len(paragraph) < NOTE_CHARS:
        return True
    return full and not indented and not far and not ended


def _split_words(text: str) -> list[Edit]:
    return [Edit(m.end(1), m.end()) for m in _SPLIT_WORD.finditer(text)]


def _by_words(text: str) -> list[Edit]:
    lines = [line for line in lines_of(text, Span(0, len(text))) if line.of(text).strip()]
    width = _wrap_width(text, lines)
    has_indents = sum(line.of(text).startswith(_INDENTS) for line in lines) >= max(2, 0.05 * len(lines))
    edits: list[Edit] = []
    paragraph = lines[0].of(text) if lines else ""
    for i, (a, b) in enumerate(pairwise(lines)):
        line, words = a.of(text), b.of(text)
        if "\t" in line or "\t" in words:  # rows of a table
            joined = False
        elif _is_open_note(paragraph):
            joined = True
        elif width and "\n" not in text[a.end + 1 : b.start]:
            joined = _is_wrapped(line, words, width, has_indents)
        else:
            joined = i >= HEAD_LINES and _is_cut(paragraph, line, words)
        if joined:
            edits.append(_join(text, a, b))
        paragraph = paragraph[-PARAGRAPH_CHARS:] + words if joined else words
    return edits


def _wrap_width(text: str, lines: Sequence[Span]) -> int:
    """The width at which the text was wrapped, in cells; 0 when it was not."""
    widths = sorted(_cells(line.of(text).rstrip()) for line in lines)
    if len(widths) < WRAP_LINES:
        return 0
    width = widths[int(0.98 * (len(widths) - 1))]
    near = sum(width - 4 <= w <= width + 2 for w in widths)
    return width if WRAP_WIDTHS[0] <= width <= WRAP_WIDTHS[1] and near >= WRAP_SHARE * len(widths) else 0


def _is_wrapped(line: str, following: str, width: int, has_indents: bool) -> bool:
    if BLOCK.match(following) or following.startswith(_INDENTS) or _cells(line.rstrip()) < width - 4:
        return False
    return has_indents or line.rstrip()[-1:] not in FINAL


def _is_open_note(paragraph: str) -> bool:
    """The note of adoption below a title, （2003年1月9日…, that was set over several lines."""
    opened = paragraph.lstrip().startswith("（") and _DATED.match(paragraph)
    return bool(opened) and len(paragraph) < NOTE_CHARS and _open_bracket(paragraph)


def _is_cut(paragraph: str, line: str, following: str) -> bool:
    """A long line of running text that stops on a word or comma, before a line that ends the sentence."""
    if not _stops_inside(line) or len(line.strip()) < CUT_CHARS or not _RUNNING.search(paragraph):
        return False
    if not (_is_han(following.lstrip()[:1]) or following.lstrip()[:1] in "《“（"):
        return False
    if following.startswith("\u3000") or BLOCK.match(following):
        return False
    if _DATED.match(line) or _DATED.match(following) or _TITLE_END.search(line.rstrip()):
        return False
    if _LABEL.match(following) and line.rstrip()[-1:] not in "，、":
        return False
    return following.rstrip()[-1:] in "。；" or (len(following) >= CUT_CHARS and _stops_inside(following))


def _stops_inside(line: str) -> bool:
    end = line.rstrip()[-1:]
    return _is_han(end) or end in "，、％%"


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


# --- text that lost its line ends -------------------------------------------------------------------

RUN_CHARS = 300  # a line longer than that, holding most of the text, is a document in one line
RUN_SHARE = 0.5
HEADINGS = 2  # that many numbered headings in order prove that they are headings

_ARTICLE = re.compile(rf"第([{_NUMERAL}]{{1,7}})条")
_CHAPTER = re.compile(
    rf"第([{_NUMERAL}]{{1,5}})章[\u3000 ]{{0,3}}[\u4e00-\u9fff]{{2,20}}?(?=第[{_NUMERAL}]{{1,5}}[条节])"
)
_ITEM = re.compile(rf"[（(]([{_NUMERAL}]{{1,3}})[）)]")
# Where the head of a notice in one line breaks: before 文号, after it, at its origin, address and signature.
_HEAD_BREAKS = (
    re.compile(r"(?<=通知)(?=[\u4e00-\u9fff]{2,10}[〔\[［]\d{4}[〕\]］]\d{1,5}号)"),
    re.compile(r"(?<=号)(?=来源：|各省)"),
    re.compile(r"(?<=[\u4e00-\u9fff])(?=各省、自治区)"),
    re.compile(r"(?<=[位门司]：)(?=[《\u4e00-\u9fff])"),
    re.compile(r"(?<=。)(?=[\u4e00-\u9fff]{4,30}\d{4}年\d{1,2}月\d{1,2}日)"),
    re.compile(r"(?<=[\u4e00-\u9fff])(?=\d{4}年\d{1,2}月\d{1,2}日[\u4e00-\u9fff]{4,40}第一[章条])"),
    re.compile(r"(?<=日)(?=[\u4e00-\u9fff]{4,40}第一[章条])"),
)


def lost_breaks(raw: Raw) -> list[Edit]:
    """Line breaks to put back before 第X章, 第X条 and （X） of a text that stands in one line.

    Only headings that count up in order, each after the end of a sentence or of another heading, are
    broken off: 依照本法第十条 in a sentence is none.
    """
    text = raw.text
    longest = max(text.split("\n"), key=len)
    if raw.pages or len(longest) < RUN_CHARS or len(longest) < RUN_SHARE * len(text):
        return []
    chapters = list(_counted(_CHAPTER, text))
    heads = {m.start() for m in chapters} | {m.end() for m in chapters}
    articles = [m for m in _counted(_ARTICLE, text, heads) if m.start()]
    if len(articles) < HEADINGS:
        return []
    breaks = heads | {m.start() for m in articles} | set(_items(text, articles))
    first = min(breaks)
    breaks |= {
        m.start()
        for pattern in _HEAD_BREAKS
        for m in pattern.finditer(text, 0, first + 4)
        if m.start() <= first
    }
    return [Edit(at, at, "\n") for at in sorted(breaks) if 0 < at < len(text) and text[at - 1] != "\n"]


def _counted(pattern: re.Pattern[str], text: str, heads: set[int] | None = None) -> Iterator[re.Match[str]]:
    """Matches whose numerals run 一, 二, 三 …; with ``heads``, only at one of these or after a sentence."""
    wanted = 1
    for match in pattern.finditer(text):
        if _value(match[1]) != wanted:
            continue
        if (
            heads is None
            or match.start() in heads
            or text[match.start() - 1 : match.start()] in ("。", "；", "”", "\n", "")
        ):
            wanted += 1
            yield match


def _items(text: str, articles: Sequence[re.Match[str]]) -> Iterator[int]:
    """Where the items of each article start: （一）, （二） … after a colon, semicolon or full stop."""
    ends = [m.start() for m in articles[1:]] + [len(text)]
    for article, end in zip(articles, ends, strict=True):
        wanted = 1
        for match in _ITEM.finditer(text, article.end(), end):
            if _value(match[1]) == wanted and text[match.start() - 1] in "：；。:;":
                wanted += 1
                yield match.start()


def _value(words: str) -> int:
    try:
        return numeral(words)
    except ValueError:
        return 0
