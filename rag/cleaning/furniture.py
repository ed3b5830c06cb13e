"""What stands around a document's own words: page headers and numbers, menus of a web site, preview marks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from rag.cleaning.edits import Edit
from rag.types import Page, Raw, Span

ZONE = 3  # lines at the top and at the bottom of a page where headers and numbers stand
MOST = 0.6  # share of the pages that must repeat a line for it to be a header
PAGES = 3  # fewer pages prove no repetition
SITE_MARKS = 3  # different signs of a web site that must be there before anything is cut
TITLE_CHARS = 8
REPEAT_REACH = 20_000
REPEAT_CHARS = 60  # a passage at least that long, twice in a row, is a slip of copying

_DECORATED = re.compile(
    r"^[—–－―\-·.•]{1,3}\s{0,3}第?\s{0,2}[\d０-９]{1,4}\s{0,2}页?\s{0,3}[—–－―\-·.•]{1,3}$"
)
_OF_PAGES = re.compile(
    r"^第?\s{0,2}\d{1,4}\s{0,2}页?\s{0,2}[/／,，共]{1,2}\s{0,2}\d{1,4}\s{0,2}页?$|^第\s{0,2}\d{1,4}\s{0,2}页$"
)
_BARE = re.compile(r"^\d{1,4}$")
_DIGITS = re.compile(r"[\d０-９]{1,6}")

_SITE_SIGNS = re.compile(
    "当前位置|网站地图|网站无障碍|高级搜索|智能问答|打印本页|关闭页面|关闭窗口|字体大小|版权所有|ICP备|公网安备|网站标识码"
    "|扫码查看|扫一扫|微信公众号|官方微博|设为首页|收藏本站|会员上传|文档最多预览|下载文档|下载收益|免费在线阅读"
)
_SITE_END = re.compile(
    r"^\W{0,3}(手机扫码查看|扫一扫|打印本页|打印|关闭页面|关闭窗口|相关政策|相关解读|相关链接|相关阅读|相关文档|分享到|上一篇|下一篇"
    r"|上一条|下一条|微信公众号|官方微博|关于我们|网站地图|版权所有|主办：|主办单位|承办：|当前文档最多预览|此文档下载收益)"
)
_PREVIEW = re.compile(r"^(\d{1,3})、", re.MULTILINE)
_FINAL = "。；：！？”）》】!?;:)…"


def lines_of(text: str, span: Span) -> Iterator[Span]:
    """The lines of a part of the text, empty ones too, without their breaks."""
    start = span.start
    while start <= span.end:
        end = text.find("\n", start, span.end)
        end = span.end if end < 0 else end
        yield Span(start, end)
        start = end + 1


def page_furniture(raw: Raw) -> list[Edit]:
    """Page numbers, and lines that most pages repeat at their top or bottom (numbers in them aside)."""
    edges = [(page, _edge_lines(raw.text, page)) for page in raw.pages]
    repeated = _repeated(raw.text, edges)
    numbering = _numbering(raw.text, edges)
    edits = []
    for page, lines in edges:
        for line in lines:
            words = line.of(raw.text).strip()
            is_number = _DECORATED.match(words) or _OF_PAGES.match(words) or numbering(page, words)
            if is_number or _pattern(words) in repeated:
                edits.append(_line_removed(raw.text, line))
    return edits


def _edge_lines(text: str, page: Page) -> list[Span]:
    lines = [line for line in lines_of(text, page.span) if line.of(text).strip()]
    return lines if len(lines) <= 2 * ZONE else lines[:ZONE] + lines[-ZONE:]


def _pattern(words: str) -> str:
    return _DIGITS.sub("#", "".join(words.split()))


def _repeated(text: str, edges: Sequence[tuple[Page, list[Span]]]) -> set[str]:
    if len(edges) < PAGES:
        return set()
    seen = Counter(p for _, lines in edges for p in {_pattern(line.of(text)) for line in lines})
    return {p for p, count in seen.items() if p and p != "#" and count >= MOST * len(edges)}


def _numbering(text: str, edges: Sequence[tuple[Page, list[Span]]]) -> Callable[[Page, str], bool]:
    """Tells a bare page number: a line that is one number, as far from the page's own on most pages."""
    offsets = Counter(
        int(words) - page.number
        for page, lines in edges
        for words in {line.of(text).strip() for line in lines}
        if _BARE.match(words)
    )
    if len(edges) < PAGES or not offsets:
        return lambda page, words: False
    offset, count = offsets.most_common(1)[0]
    if count < MOST * len(edges):
        return lambda page, words: False
    return lambda page, words: bool(_BARE.match(words)) and int(words) - page.number == offset


def _line_removed(text: str, line: Span) -> Edit:
    if line.end < len(text):
        return Edit(line.start, line.end + 1)
    return Edit(max(0, line.start - 1), line.end)


def site_furniture(raw: Raw) -> list[Edit]:
    """What a saved web page has before the last repetition of its title and after the document's end.

    Nothing is cut unless several signs of a site are there and the title stands twice.
    """
    text = raw.text
    if raw.pages or len(set(_SITE_SIGNS.findall(text))) < SITE_MARKS:
        return []
    lines = [line for line in lines_of(text, Span(0, len(text))) if line.of(text).strip()]
    first = _last_title(text, lines)
    if first is None:
        return []
    after = [line for line in lines if line.start > first.start]
    end = next((line.start for line in after if _SITE_END.match(line.of(text))), len(text))
    edits = [Edit(0, first.start)] if first.start else []
    return [*edits, Edit(end, len(text))] if end < len(text) else edits


def _last_title(text: str, lines: Sequence[Span]) -> Span | None:
    title = ""
    for line in lines[:3]:
        words = re.split(r"[_|\-—]", line.of(text).strip())[0].strip()
        if len(words) >= TITLE_CHARS:
            title = words
            break
    again = [line for line in lines[1:] if title and line.of(text).strip() == title]
    return again[-1] if again else None


def preview_marks(raw: Raw) -> list[Edit]:
    """Numbers of preview pages (1、 2、 …) that a document site set into the middle of sentences."""
    text = raw.text
    marks: list[re.Match[str]] = []
    for match in _PREVIEW.finditer(text):
        if int(match[1]) == len(marks) + 1:
            marks.append(match)
    befores = [_visible_before(text, mark.start()) for mark in marks]
    inside = [before > 0 and text[before - 1] not in _FINAL for before in befores]
    if len(marks) < PAGES or sum(inside[1:]) < MOST * (len(marks) - 1):
        return []
    starts = [befores[i] if i and inside[i] else mark.start() for i, mark in enumerate(marks)]
    return [Edit(start, mark.end()) for start, mark in zip(starts, marks, strict=True)]


def _visible_before(text: str, at: int) -> int:
    while at > 0 and text[at - 1].isspace():
        at -= 1
    return at


def repeats(raw: Raw) -> list[Edit]:
    """A passage that stands twice in a row, letter for letter, within one line: its second copy."""
    edits = []
    for line in lines_of(raw.text, Span(0, len(raw.text))):
        words = line.of(raw.text)
        at = 0
        while len(words) - at >= 2 * REPEAT_CHARS:
            again = words.find(words[at : at + REPEAT_CHARS], at + REPEAT_CHARS, at + REPEAT_REACH)
            period = again - at
            if again > 0 and words[at:again] == words[again : again + period]:
                edits.append(Edit(line.start + again, line.start + again + period))
                at = again + period
            else:
                at = _next_sentence(words, at)
    return edits


def _next_sentence(words: str, at: int) -> int:
    stops = [i for i in (words.find(mark, at) for mark in "。；") if i >= 0]
    return min(stops) + 1 if stops else len(words)
