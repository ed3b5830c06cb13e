"""Page noise, repeats, broken lines → clean text, with a named Fix for everything that was changed."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.cleaning.edits import Edit, apply
from rag.cleaning.furniture import page_furniture, preview_marks, repeats, site_furniture
from rag.cleaning.joining import broken_lines, lost_breaks
from rag.facts import bracketed
from rag.types import Raw

_LOG = logging.getLogger(__name__)

HAN = "\u3400-\u4dbf\u4e00-\u9fff〇"
WIDE = f"{HAN}，。、；：？！（）《》〈〉【】〔〕［］「」『』“”‘’—…·％\uff10-\uff19"
SPACED = 20  # blanks between Han characters before letter-spacing is believed
SPACED_SHARE = 0.3

_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufff9-\ufffc]{1,200}")
_ODD_BLANK = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\ue5e5]")  # U+E5E5: the blank of old GBK fonts
_PRIVATE = re.compile("[\ue000-\ue5e4\ue5e6-\uf8ff]{1,200}")
_RADICAL = re.compile("[\u2e80-\u2fdf\uf900-\ufaff]")
_HAN_PAIR = re.compile(rf"[{HAN}](?=[{HAN}])")
_HAN_GAP = re.compile(rf"[{HAN}] (?=[{HAN}])")
_GAP = re.compile(rf"(?<=[{WIDE}]) {{1,3}}(?=[{WIDE}A-Za-z0-9])|(?<=[A-Za-z0-9]) {{1,3}}(?=[{WIDE}])")
_INDENT = re.compile(r"^[ \t\u3000]{1,400}(?=\S)", re.MULTILINE)
_TRAILING = re.compile(r"(?<![ \t\u3000])[ \t\u3000]{1,400}$", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{4,10000}")
_NUMERAL = r"[一二三四五六七八九十百千零〇两\d]{1,9}"
_LABEL_GAP = re.compile(
    rf"^([ \t\u3000]{{0,12}}第{_NUMERAL}(?:分?[编章节]|条(?:之[一二三四五六七八九十]{{1,3}})?))"
    rf"( ?[\t\u3000][ \t\u3000]{{0,40}}| {{2,40}}[\t\u3000]{{0,40}})(?=\S)",
    re.MULTILINE,
)
_SPREAD = re.compile(
    rf"^((?:第{_NUMERAL}分?[编章节][ \u3000]{{1,8}})?)([{HAN}](?:[ \u3000]{{1,12}}[{HAN}]){{1,6}})$",
    re.MULTILINE,
)
# A page number that the copying left inside the name of a national law: 《中华人民共和国劳动合同1法》.
_NUMBERED_NAME = re.compile(
    r"《(中华人民共和国[\u4e00-\u9fff]{1,30})(\d{1,3})([\u4e00-\u9fff]{0,20}(?:法|条例|法典))》"
)


def clean(raw: Raw, name: str = "") -> Raw:
    """``raw`` without what is not the document's own text; pages and boxes follow their characters.

    Each fix runs on what the one before left, and leaves a Fix with its name, count and first example.
    Facts that a web page states beside the text (``[发文字号]…``) go to ``head``. ``name``, the file's, is for
    the log alone.
    """
    raw = replace(raw, head={**bracketed(raw.text), **raw.head})
    for title, fix in FIXES:
        raw = apply(raw, title, fix(raw))
    _LOG.debug("%s: %s", name, ", ".join(f"{fix.name} {fix.count}" for fix in raw.fixes))
    return raw


def invisible(raw: Raw) -> list[Edit]:
    """Zero-width and direction marks, soft hyphens."""
    return _dropped(_INVISIBLE, raw)


def odd_blanks(raw: Raw) -> list[Edit]:
    """No-break and typographic blanks, as plain ones."""
    return [Edit(m.start(), m.end(), " ") for m in _ODD_BLANK.finditer(raw.text)]


def private_use(raw: Raw) -> list[Edit]:
    """Characters without a meaning outside the font that drew them: bullets, ornaments."""
    return _dropped(_PRIVATE, raw)


def radicals(raw: Raw) -> list[Edit]:
    """Radicals and compatibility forms that look like the character that was meant: ⼯ → 工."""
    edits = []
    for match in _RADICAL.finditer(raw.text):
        plain = unicodedata.normalize("NFKC", match[0])
        if plain != match[0] and len(plain) == 1:
            edits.append(Edit(match.start(), match.end(), plain))
    return edits


def letter_spacing(raw: Raw) -> list[Edit]:
    """Blanks between characters that only spread them out, where the whole text is spread so."""
    gaps = len(_HAN_GAP.findall(raw.text))
    if gaps < SPACED or gaps < SPACED_SHARE * (gaps + len(_HAN_PAIR.findall(raw.text))):
        return []
    return _dropped(_GAP, raw)


def numbers_in_names(raw: Raw) -> list[Edit]:
    """A page number inside the name of a national law; such names hold no figures."""
    return [Edit(m.start(2), m.end(2)) for m in _NUMBERED_NAME.finditer(raw.text)]


def indents(raw: Raw) -> list[Edit]:
    """Blanks at the start of lines: the layout of paragraphs, not their text."""
    return _dropped(_INDENT, raw)


def label_gaps(raw: Raw) -> list[Edit]:
    """The wide gap after 第X条 and 第X章, as one blank."""
    return [Edit(m.start(2), m.end(2), " ") for m in _LABEL_GAP.finditer(raw.text)]


def spread_headings(raw: Raw) -> list[Edit]:
    """Short headings drawn apart to fill the line: 总　　则, 目 录, 公    告."""
    edits = []
    for match in _SPREAD.finditer(raw.text):
        edits += [
            Edit(match.start(2) + gap.start(), match.start(2) + gap.end())
            for gap in re.finditer(r"[ \u3000]{1,12}", match[2])
        ]
    return edits


def trailing_blanks(raw: Raw) -> list[Edit]:
    """Blanks at the end of lines, and lines of blanks."""
    return _dropped(_TRAILING, raw)


def blank_lines(raw: Raw) -> list[Edit]:
    """More than two blank lines on end, as one; blank lines before the first line and after the last."""
    text = raw.text
    start, end = len(text) - len(text.lstrip("\n")), len(text.rstrip("\n"))
    edits = [Edit(0, start)] if start else []
    edits += [Edit(m.start(), m.end(), "\n\n") for m in _BLANK_LINES.finditer(text, start, end)]
    return [*edits, Edit(end, len(text))] if end < len(text) - 1 and end > start else edits


def _dropped(pattern: re.Pattern[str], raw: Raw) -> list[Edit]:
    return [Edit(m.start(), m.end()) for m in pattern.finditer(raw.text)]


FIXES: Sequence[tuple[str, Callable[[Raw], list[Edit]]]] = (
    ("不可见字符", invisible),
    ("特殊空格", odd_blanks),
    ("私用区字符", private_use),
    ("部首字符", radicals),
    ("网页菜单", site_furniture),
    ("页眉页脚页码", page_furniture),
    ("字间空格", letter_spacing),
    ("预览页码", preview_marks),
    ("缺失的换行", lost_breaks),
    ("条号后的空白", label_gaps),  # before the lines are joined: a tab there is no column
    ("句中断行", broken_lines),
    ("名称中的页码", numbers_in_names),
    ("重复段落", repeats),
    ("行尾空格", trailing_blanks),
    ("行首缩进", indents),
    ("标题字间空格", spread_headings),
    ("多余空行", blank_lines),
)
