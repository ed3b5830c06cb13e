"""What the first characters of a line say: 第X条, 第X章, 一、, （一）, 1., 附件, 目录, a date, or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.numerals import numeral

NUMBER = r"[〇零○一二三四五六七八九十百千两0-9０-９]{1,12}"
HAN_NUMBER = r"[〇零○一二三四五六七八九十百]{1,6}"
SMALL = r"[0-9０-９]{1,3}"
GAP = r"[ \t\u3000\xa0]"

ARTICLE = re.compile(rf"第{GAP}{{0,2}}({NUMBER}){GAP}{{0,2}}[条條](?:之([一二三四五六七八九十]{{1,3}}))?")
DIVISION = re.compile(rf"第{GAP}{{0,2}}({NUMBER}){GAP}{{0,2}}(分[编編]|[编編章节節])")
INLINE = re.compile(rf"第{GAP}{{0,2}}{NUMBER}{GAP}{{0,2}}(?:[条條]|分[编編]|[编編章节節])")
INLINE_ITEM = re.compile(rf"[（(]({HAN_NUMBER})[）)]")
APPENDIX = re.compile(
    rf"附(件|錄|录|表){GAP}{{0,4}}({SMALL}|{HAN_NUMBER})?{GAP}{{0,4}}[:：.．]?{GAP}{{0,4}}|附{GAP}{{0,2}}[:：]?$"
)
LEVELS = {
    "编": "part",
    "編": "part",
    "分编": "subpart",
    "分編": "subpart",
    "章": "chapter",
    "节": "section",
    "節": "section",
}

# What follows 第X条 where it is spoken of, not opened.
_NAMED = re.compile(
    rf"{GAP}{{0,4}}(?:第{NUMBER}[款项項目]|[一二三四五六七八九十]款|规定|規定|所[称列述规規定指]|的|之规定"
    rf"|[，,。；;）)》〉”’」』】\]]|、(?:第|本|《|{NUMBER})|[和与及或至到]第|[和与及]本法|以外|以及|或者|情形"
    r"|中的|中关于|中规定|修改为|改为|调整为|作为第)"
)
# The same where no blank parts the two.
_NAMED_CLOSE = re.compile(
    rf"第{NUMBER}[条條章節节編编]|修改|修正|删[去除]|增加一|同时废止|中(?:[“\"]|第)|(?:外|内)，"
)
_MARKS = (
    ("cn", re.compile(rf"({HAN_NUMBER}){GAP}{{0,2}}[、．.](?![0-9０-９])")),
    ("pcn", re.compile(rf"[（(]{GAP}{{0,2}}({HAN_NUMBER}){GAP}{{0,2}}[）)]")),
    ("ar", re.compile(rf"({SMALL}){GAP}{{0,2}}[.．、](?![0-9０-９])")),
    ("par", re.compile(rf"[（(]{GAP}{{0,2}}({SMALL}){GAP}{{0,2}}[）)]|({SMALL})[）)]")),
    ("circle", re.compile(r"([①-⑳])")),
    ("stem", re.compile(r"([甲乙丙丁戊己庚辛壬癸])、")),
    ("case", re.compile(rf"案例{GAP}{{0,2}}({HAN_NUMBER}|{SMALL})(?=[:：、.． \t\u3000]|$)")),
)
_HAN = re.compile(r"[\u3400-\u9fff]")
_STEMS = "甲乙丙丁戊己庚辛壬癸"
# （二）项规定, （一）、（二）: an item that is spoken of; 一、二审案件: no list either.
_SPOKEN = {
    "pcn": re.compile(r"[项項](?!目)|[目款](?=[的、，规和及所中])|[、至和及与或][（(第]"),
    "cn": re.compile(r"[二三四五六七八九十][、审级类]"),
}
WORDS = frozenset(
    """基本案情 案情简介 案情回顾 案件事实 基本事实 申请人请求 申请请求 原告诉讼请求 诉讼请求 仲裁请求
    被申请人答辩 争议焦点 处理过程 主要做法 处理结果 裁判结果 裁决结果 仲裁结果 判决结果 调解结果 监督结果
    执行结果 案例分析 案件分析 案例评析 裁判理由 裁判要旨 裁判要点 裁判摘要 仲裁委员会意见 法院认为
    法官说法 专家点评 典型意义 指导意义 案例启示 法律依据 相关法条 关联法条 关键词 工作成效""".split()
)
_WORD = re.compile(r"[【\[]?([^\s【】\[\]：:。，]{2,10})[】\]]?[:：]?$")
_WORD_OPEN = re.compile(r"【([^【】\n]{2,10})】")

FINAL = "。；;！!？?：:…."
_CLOSERS = '”’」』》〉】]）)"'
_YEAR = r"(?:[0-9０-９]{4}|[〇零○ＯO一二三四五六七八九]{4})"
_DATE = rf"{_YEAR}年{NUMBER}月{NUMBER}日"
_DATE_LINE = re.compile(rf"[（(]?(?:[^。；：，！？“”]{{0,40}}?){_DATE}(?:印发|发布|公布)?[）)]?$")
_TRAILER = re.compile(
    r"[（(][^（）()]{2,30}[）)]$|(?:抄送|抄报|主题词|联系人|联系电话|信息公开)[^\n]{0,200}$"
)
_ORGAN = re.compile(
    r"(?:部|委员会|委|局|厅|署|院|办公室|办公厅|政府|总工会|工会|联合会|协会|公司|中心|法院|检察院)$"
)
_PUNCTUATION = re.compile(r"[。；：，！？、“”;:,!?]")
BLANK = "\u200b\u2060\ufeff"


@dataclass(frozen=True, slots=True)
class Line:
    """A line without the blanks around it: characters [start, end) of the text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A label that opens a line: its kind, and the offsets of the label and of what follows it."""

    style: str
    number: int
    label: str
    start: int
    body: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A 第X条 that may open an article. ``key`` is (X, Y of 之Y or 0); ``strength`` says how much the place
    looks like an opening: 2 for a blank behind the label, 1 for a sentence that ended before it."""

    key: tuple[int, int]
    start: int
    body: int
    label: str
    strength: int
    inline: bool


def is_blank(char: str) -> bool:
    """Whether a character shows nothing: white space, a zero-width mark, or one of a font's private use."""
    return char.isspace() or char in BLANK or "\ue000" <= char <= "\uf8ff"


def squeeze(text: str) -> str:
    """The text without blanks.

    >>> squeeze("目　　录 ")
    '目录'
    """
    return "".join(text.translate(dict.fromkeys(map(ord, BLANK))).split())


def skip(text: str, start: int, end: int) -> int:
    """The first offset from ``start`` that holds no blank."""
    while start < end and is_blank(text[start]):
        start += 1
    return start


def back(text: str, start: int, end: int) -> int:
    """The end of [start, end) without the blanks behind."""
    while end > start and is_blank(text[end - 1]):
        end -= 1
    return end


def lines(text: str, cuts: Sequence[int] = ()) -> list[Line]:
    """The lines that are not blank, in order; ``cuts`` are offsets, rising, where a line ends besides."""
    found = []
    waiting = list(reversed(cuts))
    for match in re.finditer(r"[^\n\r\v\f\x85\u2028\u2029]+", text):
        start = match.start()
        while waiting and waiting[-1] <= start:
            waiting.pop()
        while waiting and waiting[-1] < match.end():
            found.append((start, waiting[-1]))
            start = waiting.pop()
        found.append((start, match.end()))
    trimmed = ((skip(text, start, end), end) for start, end in found)
    return [Line(start, back(text, start, end)) for start, end in trimmed if start < end]


def complete(text: str, line: Line) -> bool:
    """Whether the line ends where a sentence, or an item of a list, ends.

    >>> complete("应当备案。（2009年删去）", Line(0, 14)), complete("用人单位（以下简称单位）", Line(0, 12))
    (True, False)
    """
    end = line.end
    if text[end - 1] in "）)":
        opened = max(text.rfind("（", line.start, end), text.rfind("(", line.start, end))
        if opened > line.start and text[opened - 1] in FINAL:
            return True
    while end > line.start + 1 and text[end - 1] in _CLOSERS:
        end -= 1
    return text[end - 1] in FINAL


def mark_at(text: str, line: Line) -> Mark | None:
    """The label of a list or notice that opens the line, if one does.

    >>> mark_at("（三）参加培训；", Line(0, 8))
    Mark(style='pcn', number=3, label='（三）', start=0, body=3)
    """
    for style, pattern in _MARKS:
        match = pattern.match(text, line.start, line.end)
        if match and not _is_text(style, text, match.end(), line.end):
            value = next(group for group in match.groups() if group)
            return Mark(
                style, value_of(value), _label(style, value), line.start, skip(text, match.end(), line.end)
            )
    words = text[line.start : line.end] if line.end - line.start <= 16 else ""
    if words and all(char in "一二三四五六七八九十" for char in words):
        return Mark("cn", numeral(words), words, line.start, line.end) if _counts(words) else None
    return _word(text, line)


def _is_text(style: str, text: str, start: int, end: int) -> bool:
    """Whether what follows shows that the label is but words or figures."""
    if style in _SPOKEN:
        return bool(_SPOKEN[style].match(text, start, end))
    # (1) and 1. of an English text, or of a table, give no address: their numbers begin again and again.
    return style in ("ar", "par") and start < end and not _HAN.search(text, start, min(start + 40, end))


def _counts(words: str) -> bool:
    try:
        return numeral(words) < 100 and ("十" in words or len(words) == 1)
    except ValueError:
        return False


def _word(text: str, line: Line) -> Mark | None:
    if line.end - line.start <= 16 and (match := _WORD.match(squeeze(text[line.start : line.end]))):
        return Mark("word", 0, match[1], line.start, line.end) if match[1] in WORDS else None
    match = _WORD_OPEN.match(text, line.start, line.end)
    if match and match[1] in WORDS:
        return Mark("word", 0, match[1], line.start, skip(text, match.end(), line.end))
    return None


def value_of(value: str) -> int:
    """The number that a label's words name; 0 where they name none."""
    if value in _STEMS:
        return _STEMS.index(value) + 1
    if "①" <= value <= "⑳":
        return ord(value) - ord("①") + 1
    try:
        return numeral(value)
    except ValueError:
        return 0


def _label(style: str, value: str) -> str:
    if style in ("pcn", "par"):
        return f"（{value}）"
    return f"案例{value}" if style == "case" else value


def division_at(text: str, line: Line) -> Mark | None:
    """第X编, 分编, 章 or 节 at the start of a line whose other words can be its heading."""
    match = DIVISION.match(text, line.start, line.end)
    if match is None or line.end - match.end() > 60 or (number := value_of(match[1])) == 0:
        return None
    if _NAMED.match(text, match.end(), line.end) or text[line.end - 1] in "。；：，、;,":
        return None
    label = squeeze(match[0])
    return Mark(LEVELS[match[2]], number, label, line.start, skip(text, match.end(), line.end))


def candidate_at(text: str, start: int, end: int, *, ended: bool, inline: bool = False) -> Candidate | None:
    """第X条 at ``start`` of a line that ends at ``end``, unless what follows shows that it is only named."""
    match = ARTICLE.match(text, start, end)
    if match is None or (number := value_of(match[1])) == 0 or _NAMED.match(text, match.end(), end):
        return None
    parted = match.end() == end or is_blank(text[match.end()]) or text[match.end()] in "【〔（([：:、．."
    if not parted and _NAMED_CLOSE.match(text, match.end(), end):
        return None
    key = (number, value_of(match[2]) if match[2] else 0)
    body = skip(text, match.end() + (match.end() < end and text[match.end()] in "：:、．."), end)
    return Candidate(key, start, body, squeeze(match[0]), 2 * parted + ended, inline)


def appendix_at(text: str, line: Line) -> Mark | None:
    """附件, 附录, 附表 or 附： at the start of a line whose other words can be its title."""
    match = APPENDIX.match(text, line.start, line.end)
    if match is None or line.end - match.end() > 60:
        return None
    words = text[match.end() : line.end]
    if words and (words[0] in "所中的和及为由与、，则属带加设近着" or words[-1] in "。；，、"):
        return None
    label = squeeze(match[0]).rstrip(":：.．")
    return Mark("appendix", value_of(match[2]) if match[2] else 0, label, line.start, match.end())


def tidy(words: str) -> str:
    """A heading as it is spoken: 总　则 → 总则.

    >>> tidy("总　　则"), tidy("期间  送达"), tidy("证 据 ")
    ('总则', '期间 送达', '证据')
    """
    parts = words.translate(dict.fromkeys(map(ord, BLANK))).split()
    joined = parts[:1]
    for before, part in pairwise(parts):
        joined.append(part if len(before) == len(part) == 1 and not (before + part).isascii() else f" {part}")
    return "".join(joined)


def caption(text: str, start: int, end: int) -> str:
    """The heading behind a label: all the words where they are no sentence, or a short first sentence.

    >>> caption("加强领导", 0, 4), caption("加强领导。工会要重视。", 0, 11), caption("按月缴纳；", 0, 5)
    ('加强领导', '加强领导', '')
    """
    words = text[start : min(end, start + 80)]
    title = words and words[-1] not in "。；，;,：:！？.!?" and "。" not in words
    if title and (end - start <= 25 or (end - start <= 60 and "，" not in words)):
        return tidy(words)
    lead = re.match(r"([^。；：，！？;:,!?]{2,25})。.", words)
    return tidy(lead[1]) if lead else ""


def signature(text: str, rows: Sequence[Line], lo: int, hi: int) -> int:
    """The index from which rows[lo:hi] are issuer and date lines; ``hi`` where they are not."""
    k = hi
    while k > lo and hi - k < 8 and _TRAILER.match(text, rows[k - 1].start, rows[k - 1].end):
        k -= 1
    dated = k > lo and is_date(text, rows[k - 1])
    if dated:
        k -= 1
    first = k
    while k > lo and first - k < 12 and _issuer(text, rows[k - 1], dated):
        k -= 1
    if k == lo or not (dated or k < first):
        return hi
    before = rows[k - 1]
    return k if complete(text, before) or appendix_at(text, before) or mark_at(text, before) else hi


def is_date(text: str, line: Line) -> bool:
    """Whether the line is a date, alone or behind an issuer: 中华全国总工会办公厅 2023年12月28日."""
    return line.end - line.start <= 80 and bool(_DATE_LINE.match(squeeze(text[line.start : line.end])))


def _issuer(text: str, line: Line, dated: bool) -> bool:
    words = text[line.start : line.end] if line.end - line.start <= 90 else "。"
    if _PUNCTUATION.search(words) or words[0] in "第附" or mark_at(text, line):
        return False
    names = words.split()
    return dated or (all(_ORGAN.search(name) for name in names) and len(words) <= 60)
