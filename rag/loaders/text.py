"""Plain text and Markdown → Raw: words kept, marks of the format dropped."""

from __future__ import annotations

import re
from pathlib import Path

from rag.loaders.encoding import decode
from rag.types import Fix, Raw

UNREADABLE = "\ufffd"

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.{0,4000}?)\n---[ \t]*\n", re.DOTALL)
_FIELD = re.compile(r"^([A-Za-z][\w-]{0,30}):[ \t]*(\S.{0,300})$", re.MULTILINE)
_COMMENT = re.compile(r"<!--.{0,4000}?-->", re.DOTALL)
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]*(?=\S)", re.MULTILINE)
_CLOSING = re.compile(r"(?<=\S)[ \t]+#{1,6}[ \t]*$", re.MULTILINE)
_BOLD = re.compile(r"\*\*(?=\S)(.{1,500}?)(?<=\S)\*\*")  # not __: forms are full of blanks to fill in
_TITLE = re.compile(r"^ {0,3}#[ \t]*([^#\s].{0,300})$", re.MULTILINE)


def load_text(path: Path) -> Raw:
    """A .txt file in any of the encodings that decode() knows.

    Text that was copied out of a Markdown file (it opens with ``# ``) is read as Markdown.
    """
    text = decode(path.read_bytes())
    return markdown(text) if text.lstrip().startswith("# ") else Raw(text, fixes=unreadable(text))


def load_markdown(path: Path) -> Raw:
    """A .md file: the words of its headings without the marks, no comments, blank lines as they stand.

    ``head`` holds the first heading as ``title``, and the fields of a front matter.
    """
    return markdown(decode(path.read_bytes()))


def markdown(text: str) -> Raw:
    """Raw of Markdown text.

    >>> markdown("# 工会条例\\n<!-- INFO END -->\\n## 第一章 总则\\n").text
    '工会条例\\n\\n第一章 总则\\n'
    """
    head: dict[str, str] = {}
    front = _FRONT_MATTER.match(text)
    if front:
        head = {name.lower(): value.strip() for name, value in _FIELD.findall(front[1])}
        text = text[front.end() :]
    title = _TITLE.search(text)
    if title:
        head["title"] = _BOLD.sub(r"\1", title[1]).strip().rstrip("#").strip()
    text, comments = _COMMENT.subn("", text)
    text, marks = _HEADING.subn("", text)
    text = _CLOSING.sub("", text)
    text, bold = _BOLD.subn(r"\1", text)
    fixes = (
        *([Fix("注释", comments, "<!-- -->")] if comments else []),
        *([Fix("标题标记", marks, "#")] if marks else []),
        *([Fix("加粗标记", bold, "**")] if bold else []),
        *unreadable(text),
    )
    return Raw(text, head=head, fixes=fixes)


def unreadable(text: str) -> tuple[Fix, ...]:
    """The characters that could not be decoded, so that whoever cites the text is told."""
    first = text.find(UNREADABLE)
    if first < 0:
        return ()
    return (Fix("无法识别的字符", text.count(UNREADABLE), text[max(0, first - 8) : first + 8]),)
