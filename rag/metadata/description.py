"""Title, 文号, issuer, dates, region, level, status: what a text says of itself → Source."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import PurePosixPath

from rag.metadata.dates import dates, first_date
from rag.metadata.effect import effect, end
from rag.metadata.front import (
    Event,
    Front,
    announced_on,
    events,
    number_in,
    number_in_name,
    read_front,
    signature_date,
    signatures,
)
from rag.metadata.organs import issuer_of, level_of, usual_issuer, usual_level
from rag.regions import ABROAD, NATIONAL, region_of, region_of_number
from rag.types import FROM_NAME, FROM_TEXT, GUESSED, LEVELS, Source

_STATES = (
    ("已废止", re.compile("失效|废止")),
    ("已修改", re.compile("已(?:被)?修[改正订]")),
    ("尚未施行", re.compile("尚未(?:生效|施行)")),
    ("现行有效", re.compile("有效|现行")),
)
_VOID = re.compile(r"[（(【\[]\s?(?:本文|全文)?已?(?:失效|废止)\s?[）)】\]]")
_ENDS = "。；：！？”）》】!?;:.)…"
_ARTICLE = re.compile(r"^第[一二三四五六七八九十百]{1,6}条", re.MULTILINE)
_ANNEX = re.compile(r"^附\s{0,4}(?:件|表|录|[：:])", re.MULTILINE)
_ISSUES = re.compile(r"关于(?:印发|发布|公布|颁布)《([^《》]{3,80})》的(?:通知|公告)$")
_ISSUE_DATES = ("成文日期", "发文日期", "公布日期", "发布日期", "印发日期")
_SAMPLE_CHARS = 4000


def describe(text: str, path: str, head: Mapping[str, str] | None = None) -> Source:
    """What a cleaned text says of itself; ``path`` (below the ingested root) only where the text is silent.

    ``issued`` is the latest adoption, publication or amendment that the front of the text tells of,
    ``effective`` the day from which this version applies (see effect()). ``origin`` tells for each value
    that was found whether it is 正文, 文件名 (folders too) or 推断. The status is 待核实 unless the text
    itself says otherwise: no text knows whether it is still in force.
    """
    front = read_front(text, head or {})
    told = events(front.lines)
    title, from_title = (front.title, FROM_TEXT) if front.title else (_named(path), FROM_NAME)
    title = _issued_rule(title, text) or title
    number, from_number = _number(front, path)
    level, from_level = _level(front, number, text, path)
    region, from_region = _region(front, number, text, path)
    issuer, from_issuer = _issuer(front, told, number, level)
    issued, from_issued = _issued(front, told, number, path)
    effective, from_effective = effect(text, front, told, issued)
    repealed = end(text, front, effective)
    status, from_status = _status(front)
    origins = {
        "title": from_title,
        "number": from_number if number else None,
        "issuer": from_issuer if issuer else None,
        "issued": from_issued if issued else None,
        "effective": from_effective if effective else None,
        "repealed": FROM_TEXT if repealed else None,
        "status": from_status,
        "level": from_level,
        "region": from_region,
    }
    return Source(
        title, number, issuer, issued, effective, repealed, status, level, region,
        url=_url(head or {}),
        note=_note(text, path),
        origin={name: source for name, source in origins.items() if source},
    )  # fmt: skip


def _issued_rule(title: str, text: str) -> str | None:
    """The title of the rule that a notice issues and carries whole: it is the rule that is cited."""
    notice = _ISSUES.search(title)
    if notice is None or not _ARTICLE.search(text):
        return None
    alone = re.search(rf"^\s{{0,20}}{re.escape(notice[1])}\s{{0,20}}$", text, re.MULTILINE)
    return notice[1] if alone else None


def _named(path: str) -> str:
    """The title that a file's name gives: without date, 文号 and remarks."""
    stem = PurePosixPath(path).stem
    return (
        re.sub(r"[_ ]?[（(]?(?:19|20)\d{2}-?\d{2}-?\d{2}[）)]?$|[（(](?:残缺|节选)[）)]$", "", stem) or stem
    )


def _number(front: Front, path: str) -> tuple[str | None, str]:
    number = number_in(front)
    return (number, FROM_TEXT) if number else (number_in_name(PurePosixPath(path).stem), FROM_NAME)


def _level(front: Front, number: str | None, text: str, path: str) -> tuple[str, str]:
    level = level_of(front, number, text)
    if level:
        return level, FROM_TEXT
    folder = next((part for part in PurePosixPath(path).parts[:-1] if part in LEVELS), None)
    return (folder, FROM_NAME) if folder else (usual_level(front.title), GUESSED)


def _region(front: Front, number: str | None, text: str, path: str) -> tuple[str, str]:
    named = [front.title, *front.labels.values(), *signatures(front)[:1]]
    region = next((r for r in map(region_of, named) if r), None) or region_of_number(number or "")
    if region:
        return region, FROM_TEXT
    folder = next((r for r in map(region_of, PurePosixPath(path).parts) if r), None)
    if folder:
        return folder, FROM_NAME
    return (ABROAD if _is_foreign(text[:_SAMPLE_CHARS]) else NATIONAL), GUESSED


def _issuer(front: Front, told: Sequence[Event], number: str | None, level: str) -> tuple[str | None, str]:
    issuer = issuer_of(front, told, number)
    return (issuer, FROM_TEXT) if issuer else (usual_issuer(front.title, level), GUESSED)


def _issued(front: Front, told: Sequence[Event], number: str | None, path: str) -> tuple[date | None, str]:
    days = [event.day for event in told if event.kind != "effective"]
    days += [day for day in (announced_on(front),) if day]
    stated = (first_date(front.labels.get(name, "")) for name in _ISSUE_DATES)
    issued = max(days, default=None) or next((day for day in stated if day), None) or signature_date(front)
    if issued:
        return issued, FROM_TEXT
    named = first_date(PurePosixPath(path).stem)
    return (None if named and _belies(number, named) else named), FROM_NAME


def _belies(number: str | None, named: date) -> bool:
    """A file's date that the year of its own 文号 contradicts."""
    year = re.search(r"[〔\[［【(（]\s?(\d{4})", number or "")
    return year is not None and int(year[1]) != named.year


def _status(front: Front) -> tuple[str, str]:
    stated = " ".join(v for k, v in front.labels.items() if k in ("有效性", "效力", "时效性"))
    for status, words in _STATES:
        if words.search(stated):
            return status, FROM_TEXT
    return ("已废止", FROM_TEXT) if _VOID.search(front.text[:300]) else ("待核实", GUESSED)


def _note(text: str, path: str) -> str | None:
    """That the text is not whole: its file's name says so, or its last sentence does not end."""
    if re.search("残缺|节选|不全", PurePosixPath(path).name):
        return "文件名注明内容不全"
    last = text.rstrip()[-80:].rpartition("\n")[2]
    complete = len(last) <= 8 or last[-1] in _ENDS or last.endswith("行") or any(dates(last))
    if complete or _ANNEX.search(text) or not _ARTICLE.search(text):
        return None
    return "末句没有结束，内容可能不全"


def _is_foreign(sample: str) -> bool:
    """Hardly any Han characters, or kana, or the forms that only traditional writing has."""
    han = len(re.findall(r"[\u4e00-\u9fff]", sample))
    kana = len(re.findall(r"[\u3041-\u30fe]", sample))
    traditional = len(re.findall("[勞動會議權關條項規則應為與國業對發書]", sample))
    simplified = len(re.findall("[劳动会议权关条项规则应为与国业对发书]", sample))
    return han < 0.1 * len(sample.strip()) or kana > 0.1 * han or traditional > 4 * max(1, simplified)


def _url(head: Mapping[str, str]) -> str | None:
    found = head.get("url") or head.get("og:url") or ""
    return found if re.match(r"https?://[^\s<>\"']{4,300}$", found) else None
