"""Which edition of a law a text asks for: 2001年工会法, 工会法（2018修正）, 旧工会法, 2015年时的工会法."""

from __future__ import annotations

import re

from rag.numerals import numeral
from rag.references.addresses import NUMBER
from rag.references.catalogue import CURRENT, Wanted

_YEAR = r"(?:(?:19|20)\d\d|[一二][九〇零○][〇零○一二三四五六七八九]{2})"
_REVISED = r"(?:修正|修订|修改)(?:过|后|通过)?"
_MADE = rf"(?:{_REVISED}|通过|公布|颁布|发布|制定|施行|实施)"
_DAY = r"(?:\d{1,2}月(?:\d{1,2}日)?)?"
_YEAR_BEFORE = re.compile(
    rf"(?<!\d)(?P<year>{_YEAR})(?:年{_DAY}(?:最新)?{_MADE}(?:版本?)?的?|年?(?:修正|修订)?版的?|年的?|[-./]\d{{1,2}}[-./]\d{{1,2}}|)(?:新版?)?$"
)
_SHORT_YEAR_BEFORE = re.compile(rf"(?<!\d)(?P<year>\d\d)年(?:{_MADE})?(?:版本?)?的?$")
_DURING_BEFORE = re.compile(
    rf"(?<!\d)(?P<year>{_YEAR})年{_DAY}(?:时|那时|当时|那会儿?|那年|的时候|期间|有效|适用)的?,?$"
)
_PREVIOUS_BEFORE = re.compile(
    r"(?:(?<![太中还草高平])原|(?<![新陈])旧版?|老版?|(?:修改|修订|修正)(?:以|之)?前|以前|之前|过去|废止|失效|上一版|原来)的?$"
)
_TEXT = r"(?:版本?|本|文本|原文)"
# A year that nothing explains is one of the version only with an article, or nothing, behind it.
_ARTICLE_NEXT = rf"的?(?=第|{NUMBER}条|(?:{NUMBER})?[?。!,.]{{0,2}}$)"
_YEAR_BEHIND = re.compile(
    rf"(?P<year>{_YEAR})(?:年?(?:最新)?(?:{_REVISED}{_TEXT}?|那?{_TEXT})的?|年{_DAY}{_REVISED}{_TEXT}?的?"
    rf"|年{_DAY}{_MADE}?{_TEXT}?{_ARTICLE_NEXT}|[-./]\d{{1,2}}[-./]\d{{1,2}}{_ARTICLE_NEXT}"
    rf"|的?(?=第|$)| (?={NUMBER}条))"
)
_PREVIOUS_BEHIND = re.compile(r"(?:旧版本?|老版本?|(?:修改|修订|修正)(?:以|之)?前)的?(?=第)")
_PRESENT_BEHIND = re.compile(r"(?:新版本?|现行版本?|最新版本?|(?:修改|修订|修正)(?:以|之)?后)的?(?=第)")
_IN_BRACKETS = re.compile(rf"(?P<year>{_YEAR})(?:年|$|{_REVISED}|版)")
_ONLY_VERSION = re.compile(rf"{_YEAR}年?{_DAY}(?:{_REVISED}.{{0,4}}|版本?)?")
_SHORT_IN_BRACKETS = re.compile(rf"(?P<year>\d\d)年(?:{_MADE}|版)?(?:版?本?)?")
_PREVIOUS_IN_BRACKETS = re.compile(r"旧|老版|原|(?:修改|修订|修正)(?:以|之)?前")


def wanted_before(text: str, at: int) -> Wanted:
    """What stands before a name that begins at ``at`` says of its version."""
    start = max(0, at - 20)
    if match := _DURING_BEFORE.search(text, start, at):
        return Wanted(during=numeral(match["year"]))
    if match := _YEAR_BEFORE.search(text, start, at):
        return Wanted(years=(numeral(match["year"]),))
    if match := _SHORT_YEAR_BEFORE.search(text, start, at):
        return Wanted(years=(_full(match["year"]),))
    return Wanted(previous=True) if _PREVIOUS_BEFORE.search(text, start, at) else CURRENT


def wanted_behind(text: str, at: int) -> tuple[Wanted, int]:
    """What stands behind a name that ends at ``at`` says of its version, and where that ends."""
    if match := _YEAR_BEHIND.match(text, at):
        return Wanted(years=(numeral(match["year"]),)), match.end()
    if match := _PREVIOUS_BEHIND.match(text, at):
        return Wanted(previous=True), match.end()
    present = _PRESENT_BEHIND.match(text, at)
    return CURRENT, present.end() if present else at


def wanted_in_brackets(content: str) -> tuple[Wanted, bool]:
    """What a bracket behind a name says of the version, and whether it says nothing else.

    （1994年7月5日…通过） tells of the first version, with which every later one may be cited: it is no order.
    """
    if _PREVIOUS_IN_BRACKETS.match(content):
        return Wanted(previous=True), True
    if short := _SHORT_IN_BRACKETS.fullmatch(content):
        return Wanted(years=(_full(short["year"]),)), True
    if years := _IN_BRACKETS.findall(content):
        return Wanted(years=(numeral(years[-1]),)), bool(_ONLY_VERSION.fullmatch(content))
    return CURRENT, False


def _full(short: str) -> int:
    """The year of 95年, 08年: no law here is older than 1949."""
    return int(short) + (1900 if int(short) >= 49 else 2000)
