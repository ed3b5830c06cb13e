"""The users' questions as a table: CSV in, however a spreadsheet saved it, and CSV out, which reads back the same."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import LoadError, RagError
from rag.lexical import fold
from rag.loaders.encoding import decode

if TYPE_CHECKING:
    from rag.bank import Question

COLUMNS = {
    "question": ("question", "问题", "提问", "问"),
    "law": ("law", "document", "文件", "法律", "法规", "标题"),
    "article": ("article", "条", "条文", "条号"),
    "signature": ("signature", "签名"),
}
HEADING = ["问题", "文件", "条", "签名", "来自"]
SEPARATORS = ",;\t，"
MOST_BYTES = 20 * 2**20

_BREAKS = re.compile(r"[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")  # within a cell, however some programs read them
_FORMULA = re.compile(r"'*[=+\-@\t\r]")  # what a spreadsheet would reckon with
_QUOTES = "引号没有成对"
_WRONG = (
    ("field larger", f"有一格超过 {csv.field_size_limit():,} 个字，多半是{_QUOTES}"),
    ("unexpected end", _QUOTES),
    ("expected after", "引号后面应是分隔符；格子里的引号要写两遍"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, without blanks around them; ``problem`` tells why they cannot be told apart."""

    line: int
    question: str
    law: str
    article: str
    signature: str
    problem: str = ""


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file. Raises RagError on a file that is no such table."""
    text = _text(path)
    separator, head = _heading(path, text)
    places = [next((head.index(name) for name in known if name in head), -1) for known in COLUMNS.values()]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for number, row in enumerate(rows):
            if number and any(cell.strip() for cell in row):
                question, law, article, signature = (
                    _cell(row[at]) if 0 <= at < len(row) else "" for at in places
                )
                yield Row(line, question, law, article, signature, _surplus(row, head))
            line = rows.line_num + 1
    except csv.Error as error:
        raise RagError(f"{path} 第 {line} 行起不是有效的 CSV：{_wrong(error)}。请改正后再试。") from error


def as_csv(questions: Sequence[Question]) -> str:
    """Questions as read_rows() takes them in again: each by its law and the signature of the words it is for."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(HEADING)
    for one in questions:
        cells = one.question, one.law, one.article, one.signature, one.kind
        rows.writerow(f"'{cell}" if _FORMULA.match(cell) else cell for cell in cells)
    return out.getvalue()


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise RagError(f"{path} 超过 {MOST_BYTES // 2**20} MB。请分成几个文件。")
        data = path.read_bytes()
    except OSError as error:
        raise RagError(f"不能读取 {path}（{error.strerror}）。请检查路径和权限。") from error
    with suppress(UnicodeDecodeError):
        data = _BREAKS.sub(" ", data.decode()).encode()
    try:
        return decode(data)
    except LoadError as error:
        raise RagError(f"{path}：{error.reason}。{error.remedy}。") from error


def _heading(path: Path, text: str) -> tuple[str, list[str]]:
    """The separator with which the first line names the columns, and the names."""
    first = text.partition("\n")[0]
    for separator in SEPARATORS:
        with suppress(csv.Error):
            head = [fold(cell).strip() for cell in next(csv.reader([first], delimiter=separator), [])]
            if all(any(name in head for name in COLUMNS[wanted]) for wanted in ("question", "law")):
                return separator, head
    raise RagError(f"{path} 的第一行应是表头：问题,文件,条（或 question,law,article）。请补上后再试。")


def _cell(cell: str) -> str:
    """What a cell says: as_csv()'s mark taken off, line breaks made blanks."""
    said = cell.strip(" ")
    if said.startswith("'") and _FORMULA.match(said[1:]):
        said = said[1:]
    return " ".join(said.split())


def _surplus(row: Sequence[str], head: Sequence[str]) -> str:
    if not any(cell.strip() for cell in row[len(head) :]):
        return ""
    return f"这一行有 {len(row)} 格，表头只有 {len(head)} 格；格子里有分隔符时，请给整格加引号"


def _wrong(error: csv.Error) -> str:
    return next((told for mark, told in _WRONG if mark in str(error)), str(error))
