"""HTML → Raw: the page's own paragraphs in order, without menus, scripts and the breaks of its source."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.errors import LoadError
from rag.facts import bracketed, is_stated, stated
from rag.loaders.encoding import decode
from rag.loaders.text import unreadable
from rag.types import Fix, Raw


def _names(*lines: str) -> frozenset[str]:
    return frozenset(name for line in lines for name in line.split())


BLOCKS = _names(
    "address article blockquote body center dd details dir div dl dt fieldset figcaption figure form",
    "h1 h2 h3 h4 h5 h6 header hr html legend li main menu ol p pre section summary table tbody td tfoot",
    "th thead title tr ul",
)
# Elements that are never the document's own words.
SKIPPED = _names(
    "script style noscript template head nav footer aside button select option textarea input iframe",
    "object embed svg math audio video canvas map",
)
FURNITURE = _names(
    "nav navbar navigation menu breadcrumb breadcrumbs crumbs footer foot sidebar share sharing related",
    "copyright toolbar search pagination pager banner topbar login friendlink",
)
ROLES = _names("navigation banner contentinfo search menu menubar complementary dialog")
TRUNK = _names("html body main article form center section")  # wrappers, whatever their class says

OWN_SHARE = 0.3  # an element named like furniture that holds more of the page's words is none
EXTRACT_SHARE = 0.5  # what trafilatura keeps must hold this share of the words, else it lost text
PAGE_BYTES = 50 * 1024 * 1024
FACT_LINES = 200  # menus and all
TOP_LINES = 16  # lines at the head of the text among which a site puts its facts and tools
TITLE_LINES = 6  # how far above the extracted text the title's own lines may stand

_DECLARED = re.compile(rb"""(?:charset|encoding)\s{0,3}=\s{0,3}["']?\s{0,3}([A-Za-z0-9_:.-]{2,40})""")
_DIRECTIVE = re.compile(r"<%.{0,4000}?%>|<\?xml.{0,400}?\?>", re.DOTALL)  # JSP; a declaration lxml refuses
_WORDS = re.compile(r"[A-Za-z]+")
_HIDDEN = re.compile(r"display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|mso-hide\s{0,3}:\s{0,3}all")
_BLANKS = re.compile(r"[ \t\r\n\f\xa0]+")
_WIDE = "\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef“”‘’—…"
_WRAP = re.compile(rf"(?<=[{_WIDE}])[ \t\r\f]{{0,200}}\n[ \t\r\n\f]{{0,200}}(?=[{_WIDE}])")
_LABEL = re.compile(r"第[一二三四五六七八九十百千零〇]{1,9}[条章节编]$")
_NUMBER = re.compile(
    r"[〔\[［(（]\s?\d{4}\s?[〕\]］)）]\s?第?\d{1,5}号|令第?[\d一二三四五六七八九十百〇]{1,6}号"
)
_SENTENCE = re.compile(r"[。；：]\s{0,4}$|^\s{0,8}[（(第]|.{40}", re.DOTALL)
_SITE = re.compile(
    "版权所有|ICP备|公网安备|网站标识码|主办：|主办单位|承办：|技术支持|联系我们|网站地图|打印本页|关闭窗口|关闭页面"
    "|扫一扫|扫码|分享到|上一篇|下一篇|上一条|下一条|当前位置|您即将|您的位置|浏览器|收藏本站|设为首页|相关链接|相关阅读"
)
_TOOLS = re.compile("^【?字体|打印.{0,12}收藏|^分享到")
_META_LINE = re.compile(r"^[\[【][\u4e00-\u9fff]{2,8}[\]】]|^[（(]?\d{4}年\d{1,2}月\d{1,2}日")


def load_html(path: Path) -> Raw:
    """An .html file. ``head`` holds ``title`` and the named meta tags.

    The whole visible text is read by one walk; where trafilatura finds the main text in it, the lines
    before and after that (menus, links, notices of the site) are left out, and a Fix says how many.
    """
    data = path.read_bytes()
    if len(data) > PAGE_BYTES:
        raise LoadError(f"网页超过 {PAGE_BYTES // (1024 * 1024)} MB", "请拆分，或另存为 .txt 后再导入")
    declared = _DECLARED.search(data[:4096])
    return read_html(decode(data, declared[1].decode("ascii") if declared else None))


def read_html(source: str) -> Raw:
    """Raw of the text of a page. Raises LoadError where there is no markup that can be read."""
    source = _DIRECTIVE.sub("", source)
    root = _parse(source)
    lines = _lines(root)
    told = (fact for line in lines[:FACT_LINES] for fact in stated(line))
    head = {**dict(told), **bracketed("\n".join(lines)), **_head(root)}
    kept, dropped = _main(lines, source, _bare(head.get("title", "")))
    fixes = [Fix("网页菜单", len(dropped), dropped[0][:40])] if dropped else []
    text = "\n".join(kept)
    return Raw(text, head=head, fixes=(*fixes, *unreadable(text)))


def _parse(source: str) -> Any:
    from lxml import etree, html

    parser = html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True
    )
    try:
        root = html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise LoadError("网页里没有可读的内容", "请在浏览器中打开并重新保存为网页，或另存为 PDF") from error
    return root


def _head(root: Any) -> Mapping[str, str]:
    head: dict[str, str] = {}
    for element in root.iter("meta"):
        name = element.get("name") or element.get("property")
        content = _BLANKS.sub(" ", element.get("content") or "").strip()
        if name and content and len(content) < 500:
            head[name.strip().lower()] = content
    title = root.find(".//title")
    if title is not None and "<" not in title.text_content():
        words = _BLANKS.sub(" ", title.text_content()).strip()
        if words:
            head["title"] = words
    return head


@dataclass
class _Page:
    """What the walk has gathered: finished lines, the one being built, the table rows that are open."""

    lines: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    rows: list[tuple[int, list[int]]] = field(default_factory=list)  # first line; lines in each cell
    cells: list[int] = field(default_factory=list)
    verbatim: int = 0

    def flush(self) -> None:
        text = _joined("".join(self.parts))
        self.parts.clear()
        if text:
            self.lines.append(text)

    def close_cell(self) -> None:
        if self.rows and self.cells:
            self.rows[-1][1].append(len(self.lines) - self.cells.pop())

    def close_row(self) -> None:
        """A row of a table is one line; a row that lays out a page keeps its paragraphs."""
        if not self.rows:
            return
        first, counts = self.rows.pop()
        if len([n for n in counts if n]) > 1 and max(counts) <= 1 and sum(counts) == len(self.lines) - first:
            self.lines[first:] = ["\t".join(self.lines[first:])]


def _joined(text: str) -> str:
    """One line of running text: breaks of the source between wide characters vanish, other runs are a blank.

    >>> _joined("维护\\n  职工 的&".replace("&", "\\xa0"))
    '维护职工 的'
    """

    def at(match: re.Match[str]) -> str:
        return " " if _LABEL.search(text[max(0, match.start() - 12) : match.start()]) else ""

    return _BLANKS.sub(" ", _WRAP.sub(at, text)).strip(" ")


def _lines(root: Any) -> list[str]:
    from lxml import etree

    page = _Page()
    total = max(1, len("".join(root.itertext("p", "div", "td", "span", "li", "body"))))
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if _skipped(element, tag, total):
                walk.skip_subtree()
                element.set("data-skipped", "")
                continue
            _open(page, element, tag)
            _add(page, element.text)
        else:
            if element.get("data-skipped") is None:
                _close(page, tag)
            _add(page, element.tail)
    page.flush()
    return page.lines


def _skipped(element: Any, tag: str, total: int) -> bool:
    if tag in SKIPPED:
        return True
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    if _HIDDEN.search(element.get("style") or ""):
        return True
    if tag in TRUNK or tag in ("h1", "h2", "h3"):
        return False
    named = {w.lower() for w in _WORDS.findall(f"{element.get('class') or ''} {element.get('id') or ''}")}
    if not (named & FURNITURE or element.get("role") in ROLES):
        return False
    return len("".join(element.itertext())) < OWN_SHARE * total


def _open(page: _Page, element: Any, tag: str) -> None:
    if tag == "br":
        page.flush()
    if tag not in BLOCKS:
        return
    page.flush()
    if tag == "pre":
        page.verbatim += 1
    elif tag == "tr":
        page.rows.append((len(page.lines), []))
    elif tag in ("td", "th") and page.rows:
        page.cells.append(len(page.lines))


def _close(page: _Page, tag: str) -> None:
    if tag not in BLOCKS:
        return
    page.flush()
    if tag == "pre":
        page.verbatim -= 1
    elif tag in ("td", "th"):
        page.close_cell()
    elif tag == "tr":
        page.close_row()


def _add(page: _Page, text: str | None) -> None:
    if not text:
        return
    if not page.verbatim:
        page.parts.append(text)
        return
    first, *rest = text.split("\n")
    page.parts.append(first)
    for line in rest:
        page.flush()
        page.parts.append(line)


def _main(lines: list[str], source: str, title: str) -> tuple[list[str], list[str]]:
    """(lines of the document, lines of the site around it)."""
    found = {_bare(line) for line in _extracted(source).split("\n") if _bare(line)}
    hits = [i for i, line in enumerate(lines) if _bare(line) in found]
    if not hits:
        return lines, []
    first, last = hits[0], hits[-1] + 1
    words = sum(map(len, lines))
    if sum(map(len, lines[first:last])) < EXTRACT_SHARE * words:
        return lines, []
    first = _with_title(lines, first, title)
    while first > 0 and not _of_site(lines[first - 1]):
        first -= 1
    while last < len(lines) and not _of_site(lines[last]):
        last += 1
    top = min(last, first + TOP_LINES)
    tools = [line for line in lines[first:top] if is_stated(line) or _TOOLS.search(line)]
    kept = [line for line in lines[first:top] if line not in tools]
    return kept + lines[top:last], lines[:first] + tools + lines[last:]


def _of_site(line: str) -> bool:
    """A link, a button or a notice of the site; a sentence is not, whatever the extraction thinks."""
    return bool(_SITE.search(line)) or not _SENTENCE.search(line)


def _extracted(source: str) -> str:
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.ERROR)  # a page without a main text is no news
    return trafilatura.extract(source, include_comments=False, include_tables=True, favor_recall=True) or ""


def _bare(line: str) -> str:
    return re.sub(r"[\s|]+", "", line)


def _with_title(lines: Sequence[str], first: int, title: str) -> int:
    """The first line of the document's own head: its title, 文号 and dates just above the text."""
    for i in range(first - 1, max(-1, first - 1 - TITLE_LINES), -1):
        line = _bare(lines[i])
        is_title = len(line) >= 4 and (line in title or title in line) and bool(title)
        if is_title or _NUMBER.search(line) or _META_LINE.search(line):
            first = i
    return first
