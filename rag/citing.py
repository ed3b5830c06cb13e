"""The command `rag cite`: where its text comes from, and the addresses of a text of any length, each once."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from rag.command import day_of
from rag.errors import QuestionError, RagError

if TYPE_CHECKING:
    from rag.engine import Engine
    from rag.lookup import Lookup
    from rag.types import Filter

RUN_CHARS = 100_000  # of a file or of standard input that are read as one running text: two seconds
MOST = 200  # addresses that one call shows
_SENTENCE_ENDS = re.compile(r"[。！？!?\n]+[”’」』）]{0,2}")


def where_of(as_of: str | None) -> Filter:
    """The filter of --as-of. Raises QuestionError where that is no date."""
    from rag.types import Filter

    try:
        return Filter(in_force_on=day_of(as_of))
    except typer.BadParameter as error:
        raise QuestionError(f"{error.message}。") from None


def text_to_cite(text: str | None, file: Path | None) -> str:
    """The words given, else those of the file, else of standard input where that is no terminal.

    Raises QuestionError where there are none or both, RagError where the file cannot be read as text.
    """
    if text is not None and file is not None:
        raise QuestionError("文字和 --file 只能给一样。请去掉其中之一。")
    if text is not None:
        return text
    if file is None and (sys.stdin is None or sys.stdin.isatty()):
        raise QuestionError(
            "没有给出文字。请写在命令后面（rag cite 工会法第四十三条），或用 --file 给出文本文件，或从标准输入送入。"
        )
    from rag.loaders.encoding import decode

    try:
        data = file.read_bytes() if file else sys.stdin.buffer.read()
    except OSError as error:
        raise RagError(f"不能读取 {file or '标准输入'}（{error.strerror}）。请检查路径和权限。") from error
    read = decode(data)
    if not read.strip():
        raise QuestionError(f"{file or '标准输入'} 里没有文字。请给出写有条文地址的文字。")
    return read


def cite_running(
    engine: Engine, text: str, where: Filter, longest: int | None
) -> tuple[list[tuple[Lookup, int]], int]:
    """The addresses of a text, each once with how often it is named, and how many more than MOST there are.

    A text of more than ``longest`` characters is read in pieces that end with a sentence; None: as one.
    """
    from rag.lookup import counted

    parts = pieces(text, longest) if longest else [text]
    found = counted([one for part in parts if part.strip() for one in engine.cite(part, where)])
    return found[:MOST], max(0, len(found) - MOST)


def pieces(text: str, longest: int) -> Iterator[str]:
    """The text in pieces of at most ``longest`` characters, cut at the end of a sentence where one is there.

    >>> list(pieces("一句。两句。三句话很长", 6))
    ['一句。两句。', '三句话很长']
    """
    start = 0
    while len(text) - start > longest:
        ends = [match.end() for match in _SENTENCE_ENDS.finditer(text, start, start + longest)]
        end = ends[-1] if ends else start + longest
        yield text[start:end]
        start = end
    yield text[start:]


def cite_line(engine: Engine, asked: str, where: Filter, troubled: list[str]) -> dict[str, Any]:
    """What one line of --questions names; a line with a problem, or with no address, is added to ``troubled``."""
    from rag.wire import lookup_json

    found = engine.cite(asked, where)
    if not found or any(one.problem for one in found):
        troubled.append(asked)
    return {"found": [lookup_json(one) for one in found]}
