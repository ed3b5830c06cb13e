"""From when and until when a version of a text applies, by its own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from rag.metadata.dates import DATE, first_date
from rag.metadata.front import Event, Front
from rag.numerals import numeral
from rag.types import FROM_DECISION, FROM_TEXT, GUESSED

# Days on which amendments of national laws took effect. Their decisions say so; the consolidated text that
# follows from them does not. Only where it is another day than that of adoption.
AMENDMENTS = {
    ("工会法", "2021-12-24"): "2022-01-01",  # 主席令第一〇七号
    ("劳动合同法", "2012-12-28"): "2013-07-01",  # 主席令第七十三号
    ("安全生产法", "2014-08-31"): "2014-12-01",  # 主席令第十三号
    ("安全生产法", "2021-06-10"): "2021-09-01",  # 主席令第八十八号
    ("仲裁法", "2017-09-01"): "2018-01-01",  # 主席令第七十六号
    ("公司法", "2013-12-28"): "2014-03-01",  # 主席令第八号
    ("工伤保险条例", "2010-12-20"): "2011-01-01",  # 国务院令第586号
    ("民事诉讼法", "2012-08-31"): "2013-01-01",  # 主席令第五十九号
    ("民事诉讼法", "2017-06-27"): "2017-07-01",  # 主席令第七十一号
    ("民事诉讼法", "2021-12-24"): "2022-01-01",  # 主席令第一〇六号
    ("民事诉讼法", "2023-09-01"): "2024-01-01",  # 主席令第十一号
    # 法释〔2020〕17号
    (
        "最高人民法院关于在民事审判工作中适用《中华人民共和国工会法》若干问题的解释",
        "2020-12-23",
    ): "2021-01-01",
}

TAIL_CHARS = 3000  # the period of validity stands at the end

_FROM = re.compile(
    rf"(?:自|从|于)\s?({DATE}|(?:公布|发布|颁布|印发|下发|通过|批准)之?日)"
    r"\s?起?(?:正式|开始)?(?:施行|实施|执行|生效|试行)"
)
_OWN = re.compile(
    r"本(?:法|条例|规定|规则|细则|办法|决定|解释|批复|通知|意见|指引|章程|制度|准则|标准|方案|规程|公告|令)"
)
_UNTIL = re.compile(rf"有效期[至到]\s?({DATE})|(?:施行|实施|执行)(?:期限)?[至到]\s?({DATE})(?:止|为止)?")
_YEARS = re.compile(r"有效期(?:为|限为)?\s?([一二三四五六七八九十两\d]{1,2})\s?年")
_COUNTRY = re.compile(r"^中华人民共和国|\s")


def effect(text: str, front: Front, told: Sequence[Event], issued: date | None) -> tuple[date | None, str]:
    """(the day from which this version applies, where it comes from: FROM_TEXT, FROM_DECISION or GUESSED).

    The day that the text states (in its front, else its last 本…自…起施行) is the day of the version, unless
    an amendment is younger: it leaves that sentence as it was, and takes effect by its own decision. Then
    the decision's day where it is known, else the day of the amendment, is inferred. A text that applies
    from its publication applies from the day that its front gives for that, else from ``issued``.
    """
    stated, on_issue = _stated(text, front, told)
    published = _published(told) if on_issue else None
    original = stated or published or (issued if on_issue else None)
    amended = max((e.day for e in told if e.kind in ("amended", "revised")), default=None)
    if amended and (original is None or original < amended):
        return amendment_effective(front.title, amended)
    return original, FROM_TEXT if stated or published else GUESSED


def amendment_effective(title: str, amended: date) -> tuple[date, str]:
    """(the day on which an amendment took effect, where it comes from): FROM_DECISION where the day is known,
    GUESSED where it is that of the amendment."""
    known = AMENDMENTS.get((_COUNTRY.sub("", title), amended.isoformat()))
    return (date.fromisoformat(known), FROM_DECISION) if known else (amended, GUESSED)


def _stated(text: str, front: Front, told: Sequence[Event]) -> tuple[date | None, bool]:
    """(the day on which the text says it takes effect, whether it says: on publication)."""
    labelled = next((v for k, v in front.labels.items() if k in ("施行日期", "实施日期", "生效日期")), "")
    in_front = [event.day for event in told if event.kind == "effective"]
    if first_date(labelled) or in_front:
        return first_date(labelled) or in_front[-1], False
    clauses = [m for m in _FROM.finditer(text) if _speaks_of_itself(text, m.start())]
    clauses = clauses or list(_FROM.finditer(front.text))
    if not clauses:
        return None, False
    day = first_date(clauses[-1][1])
    return day, day is None


def _speaks_of_itself(text: str, at: int) -> bool:
    """Whether the sentence that leads up to ``at`` is about this text (本条例…), not about another."""
    sentence = re.split(r"[。；\n]", text[max(0, at - 40) : at])[-1]
    return _OWN.search(sentence) is not None


def _published(told: Sequence[Event]) -> date | None:
    """The day of first publication where the front tells of it, else of the last adoption."""
    adopted = [event for event in told if event.kind == "adopted"]
    published = [event.day for event in adopted if re.search("公布|发布|颁布|印发", event.words)]
    return published[0] if published else max((event.day for event in adopted), default=None)


def end(text: str, front: Front, effective: date | None) -> date | None:
    """The first day on which the text no longer applies, where it states that or its period of validity."""
    stated = first_date(front.labels.get("废止日期", front.labels.get("失效日期", "")))
    if stated:
        return stated
    last = text[-TAIL_CHARS:]
    until = _UNTIL.search(last)
    day = first_date(until[1] or until[2]) if until and _speaks_of_itself(last, until.start()) else None
    if day:
        return day + timedelta(days=1)
    years = _YEARS.search(last)
    if years and effective and _speaks_of_itself(last, years.start()):
        return _years_on(effective, numeral(years[1]))
    return None


def _years_on(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, month=3, day=1)
