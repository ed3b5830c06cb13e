"""Dates as Chinese texts write them: 2021年12月24日, 二〇二一年十二月二十四日, ２０２１年１月１日."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rag.numerals import numeral

_YEAR = r"(?:[12１２][\d０-９]{3}|[一二][〇○零ＯOo０一二三四五六七八九]{3})"
_SMALL = r"(?:[\d０-９]{1,2}|[一二三四五六七八九十]{1,3})"
DATE = rf"{_YEAR}\s?年\s?{_SMALL}\s?月\s?{_SMALL}\s?日"
_DATE = re.compile(rf"({_YEAR})\s?年\s?({_SMALL})\s?月\s?({_SMALL})\s?日")
_PLAIN = re.compile(r"(?<!\d)([12]\d{3})\s?[-./]\s?(\d{1,2})\s?[-./]\s?(\d{1,2})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?!\d)")
_ZEROS = str.maketrans("○ＯOo０", "〇〇〇〇〇")
EARLIEST, LATEST = date(1900, 1, 1), date(2100, 1, 1)


@dataclass(frozen=True, slots=True)
class Dated:
    """A date and where it stands: characters [start, end) of the text searched."""

    date: date
    start: int
    end: int


def dates(text: str) -> Iterator[Dated]:
    """The dates written out in ``text``, in order; impossible ones are left out.

    >>> [str(d.date) for d in dates("自一九九五年一月一日起施行，2017年1月 1日修改")]
    ['1995-01-01', '2017-01-01']
    """
    for match in _DATE.finditer(text):
        found = _date(*match.groups())
        if found:
            yield Dated(found, match.start(), match.end())


def first_date(text: str) -> date | None:
    """The first date of ``text``, written out, with hyphens, or as eight figures (a file name's).

    >>> str(first_date("工会法(2021-12-24)")), str(first_date("解释_20250731")), first_date("第13号")
    ('2021-12-24', '2025-07-31', None)
    """
    written = next(dates(text), None)
    if written:
        return written.date
    for pattern in (_PLAIN, _COMPACT):
        for match in pattern.finditer(text):
            found = _date(*match.groups())
            if found:
                return found
    return None


def plain_dates(text: str) -> Iterator[Dated]:
    """The dates of a note, written out or with hyphens, in order of place."""
    found = [*dates(text)]
    for match in _PLAIN.finditer(text):
        value = _date(*match.groups())
        if value:
            found.append(Dated(value, match.start(), match.end()))
    yield from sorted(found, key=lambda dated: dated.start)


def _date(year: str, month: str, day: str) -> date | None:
    try:
        found = date(_whole(year), numeral(month), numeral(day))
    except ValueError:
        return None
    return found if EARLIEST <= found < LATEST else None


def _whole(year: str) -> int:
    return numeral(year if year[0] in "12１２" else year.translate(_ZEROS))
