"""manifest.csv: what a collection's keeper states of its files, and how that overrides what the texts say."""

from __future__ import annotations

import csv
import io
import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path, PurePosixPath

from rag.errors import LoadError
from rag.loaders.encoding import decode
from rag.metadata.dates import Dated, first_date, plain_dates
from rag.metadata.effect import amendment_effective
from rag.types import FROM_MANIFEST, FROM_TEXT, GUESSED, LEVELS, STATUSES, Source
from rag.versions import ENDED

NAME = "manifest.csv"

EARLY = timedelta(
    days=180
)  # a text may apply that long before it is published, no version applies years before

COLUMNS = {
    "file": "file", "path": "file", "文件": "file",
    "title": "title", "标题": "title",
    "issuing_body": "issuer", "issuer": "issuer", "发布机关": "issuer",
    "doc_number": "number", "number": "number", "文号": "number",
    "date_issued": "issued", "issued": "issued", "发布日期": "issued",
    "date_effective": "effective", "effective": "effective", "施行日期": "effective",
    "date_repealed": "repealed", "repealed": "repealed", "废止日期": "repealed",
    "level": "level", "层级": "level", "region": "region", "地区": "region",
    "status": "status", "状态": "status", "url": "url", "网址": "url",
    "superseded_by_or_note": "note", "note": "note", "备注": "note",
}  # fmt: skip

_LOG = logging.getLogger(__name__)
_ON_ISSUE = re.compile("(?:公布|发布|印发|通过)之?日")
_AFTER_NAME = re.compile(r"(?:法|条例|规定|办法|解释|章程|细则|决定)[）)》]?\s?[（(]$")
_ASIDE = re.compile(r"(?:其间|文件名标?|沿革只到|只到|截至|抓取时[（(]?)\s?$")
_TAKES_EFFECT = re.compile(r"^\s?起?(?:施行|实施|生效|执行)")
_ENDED_YEAR = re.compile(
    r"(?<![〔\d])((?:19|20)\d{2})(?:、\d{4}){0,6}年[^。；]{0,40}?(?:修改|取代|废止|修订)"
)
_NOT_THE_TEXTS = re.compile(r"文件名(?:标|日期)?.{0,20}?(?:不是|不符|但正文)")


def manifest(root: Path) -> Mapping[str, Mapping[str, str]]:
    """The rows of ``root``/manifest.csv by the file's path below ``root``, under this package's names.

    No such file gives an empty mapping. A row without a file, or of another length than the header, is
    left out with a warning in the log, and so is a whole manifest that cannot be read.
    """
    path = root / NAME
    try:
        text = decode(path.read_bytes()) if path.is_file() else ""
    except (OSError, LoadError) as error:
        _LOG.warning("%s 无法读取，已忽略：%s", path, error)
        return {}
    rows: dict[str, Mapping[str, str]] = {}
    lines = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [COLUMNS.get(name.strip().lower(), "") for name in next(lines, [])]
        if text and "file" not in header:
            _LOG.warning("%s 没有 file 列，已忽略", path)
            return {}
        for cells in lines:
            row = _row(header, cells)
            if row:
                rows[row["file"]] = row
            elif any(cell.strip() for cell in cells):
                _LOG.warning("%s 第 %d 行有误，已跳过", path, lines.line_num)
    except csv.Error as error:
        _LOG.warning("%s 第 %d 行起无法读取，已忽略其余部分：%s", path, lines.line_num, error)
    return rows


def _row(header: list[str], cells: list[str]) -> dict[str, str] | None:
    if len(cells) != len(header):
        return None
    row = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if name and cell.strip()}
    if "file" not in row:
        return None
    row["file"] = PurePosixPath(row["file"].replace("\\", "/")).as_posix()
    return row


def override(source: Source, row: Mapping[str, str]) -> Source:
    """``source`` with what the row states; a value that is none (a level unknown, no date) is passed over
    with a warning in the log.

    Dates: ``issued`` is the row's, unless its note says that the file name's date is not the text's.
    ``effective`` is the row's where that can be the day from which *this version* applies. A manifest often
    gives the day of the original law for an amended one; a day more than half a year before the version
    was issued is such a day: what the text gave stands, or else, as with 公布之日, the day of issue.
    ``repealed`` is the row's, or, where the status says that the text no longer applies, the day its note
    names (自2024-07-01施行; 2021-01-01; 2013年…修改 → the first day of that year).
    """
    if not row:
        return source
    stated: dict[str, object] = {
        name: row[name] for name in ("title", "issuer", "number", "url", "note", "region") if row.get(name)
    }
    for name, allowed in (("level", LEVELS), ("status", STATUSES)):
        if row.get(name) and row[name] not in allowed:
            _LOG.warning(
                "%s：%s 列的“%s”不能用，应为：%s", row.get("file", NAME), name, row[name], "、".join(allowed)
            )
    for name in ("issued", "repealed"):
        if row.get(name) and not first_date(row[name]):
            _LOG.warning("%s：%s 列的“%s”不是日期，请写成 2024-07-01", row.get("file", NAME), name, row[name])
    if row.get("level") in LEVELS:
        stated["level"] = row["level"]
    if row.get("status") in STATUSES:
        stated["status"] = row["status"]
    issued = first_date(row.get("issued", ""))
    if issued and not (source.issued and _NOT_THE_TEXTS.search(row.get("note", ""))):
        stated["issued"] = issued
    changed = replace(source, **stated, origin={**source.origin, **dict.fromkeys(stated, FROM_MANIFEST)})  # type: ignore[arg-type]
    return _ended(_in_effect(changed, row), row)


def _in_effect(source: Source, row: Mapping[str, str]) -> Source:
    stated, issued = first_date(row.get("effective", "")), source.issued
    if stated and (issued is None or stated >= issued - EARLY):
        return _with(source, "effective", stated, FROM_MANIFEST)
    if issued is None:
        return source
    on_issue = _ON_ISSUE.search(row.get("effective", "")) is not None
    guessed = source.origin.get("effective") != FROM_TEXT or on_issue
    if source.effective is None and not (stated or on_issue):
        return source
    if source.effective is None or (
        source.effective < issued and (guessed or source.effective < issued - EARLY)
    ):
        return _with(source, "effective", *amendment_effective(source.title, issued))
    return source


def _ended(source: Source, row: Mapping[str, str]) -> Source:
    stated = first_date(row.get("repealed", ""))
    if stated:
        return _with(source, "repealed", stated, FROM_MANIFEST)
    if row.get("status") not in ENDED:
        return source
    day, exact = _end_in(row.get("note", ""), source.effective or source.issued)
    return _with(source, "repealed", day, FROM_MANIFEST if exact else GUESSED) if day else source


def _end_in(note: str, begun: date | None) -> tuple[date | None, bool]:
    """(the day from which a text no longer applies, whether the note gives the very day)."""
    found = [d for d in plain_dates(note) if not _of_another(note, d) and (begun is None or d.date > begun)]
    for dated in found:
        if _TAKES_EFFECT.match(note[dated.end :]):
            return dated.date, True
    if found:
        return found[-1].date, True
    for match in _ENDED_YEAR.finditer(note):
        day = date(int(match[1]), 1, 1)
        if begun is None or day > begun:
            return day, False
    return None, False


def _of_another(note: str, dated: Dated) -> bool:
    """A date that names a version, 公司法(2023-12-29), or is told in passing."""
    before = note[max(0, dated.start - 12) : dated.start]
    return bool(_AFTER_NAME.search(before) or _ASIDE.search(before))


def _with(source: Source, name: str, day: date, origin: str) -> Source:
    return replace(source, **{name: day}, origin={**source.origin, name: origin})  # type: ignore[arg-type]
