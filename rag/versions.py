"""Which documents are one law, which text was in force on a day, and what its status was then."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from rag.references.titles import law_name
from rag.types import FROM_DECISION, FROM_MANIFEST, FROM_TEXT, GUESSED, Source

SUPERSEDED = "被取代"
ENDED = ("已修改", SUPERSEDED, "已废止")
NEAR = timedelta(days=31)  # between adoption and publication of one text
HINT = timedelta(days=730)  # an amendment takes effect within two years of its adoption

# Only rules have versions; two notices of one title are two notices.
_RULE = re.compile(
    r"(?:宪法|法典|法|条例|规定|规则|细则|办法|解释|章程|制度|准则|标准|规程|公约)(?:[(][^()]{1,20}[)])?$"
)
_ISSUED_BY_NOTICE = re.compile(r"(?:关于|^)(?:印发|发布|公布|颁布)(.{3,80}?)的(?:通知|公告|决定)$")


def timeline(sources: Mapping[str, Source]) -> Mapping[str, Source]:
    """The same documents, each with the day from which a later version among them took its place.

    Versions of one law share their title (without 中华人民共和国, marks, and a year in brackets) and their
    region. Of two that follow each other, by date of issue, the earlier gets ``repealed`` = the later one's
    first day, and the status 被取代, unless it has a day or an ended status already, or a manifest fixed
    them. The other way round, a day of repeal that a manifest gives for the earlier version is the first day
    of the later one, where that was only a guess. Documents without any date, and copies of one version,
    are left as they are.
    """
    dated = dict(sources)
    for members in _laws(sources).values():
        for before, after in pairwise(_versions(members, sources)):
            day = _turn(dated, before, after)
            for document in after:
                dated[document] = _begun(dated[document], day)
            for document in before:
                dated[document] = _replaced(dated[document], day)
    return dated


def _laws(sources: Mapping[str, Source]) -> Mapping[tuple[str, str], Sequence[str]]:
    laws: dict[tuple[str, str], list[str]] = defaultdict(list)
    for document, source in sources.items():
        name = same_law(source)
        if name and _day(source) > date.min:
            laws[name, source.region].append(document)
    return laws


def same_law(source: Source) -> str | None:
    """What all versions of one rule share; None for what has no versions (notices, replies, cases).

    >>> same_law(Source("中华人民共和国仲裁法（2025年修订）")), same_law(Source("关于做好高温慰问工作的通知"))
    ('仲裁法', None)
    """
    name = law_name(source.title)
    issued = _ISSUED_BY_NOTICE.search(name)
    name = issued[1] if issued else name
    return name if _RULE.search(name) else None


def _versions(members: Sequence[str], sources: Mapping[str, Source]) -> list[list[str]]:
    """The versions in order of time, each with its copies: documents of one day of issue or of effect."""
    versions: list[list[str]] = []
    for document in sorted(members, key=lambda d: (_day(sources[d]), d)):
        if versions and _one_version(sources[versions[-1][0]], sources[document]):
            versions[-1].append(document)
        else:
            versions.append([document])
    return versions


def _one_version(a: Source, b: Source) -> bool:
    """Copies may tell the adoption or the publication of one text; versions lie further apart."""
    if a.effective and a.effective == b.effective:
        return True
    return _day(b) - _day(a) <= NEAR


def _day(source: Source) -> date:
    return source.issued or source.effective or date.min


def _turn(sources: Mapping[str, Source], before: Sequence[str], after: Sequence[str]) -> date:
    """The day on which the later version took over."""
    earliest = min(_day(sources[document]) for document in after)
    for document in before:
        told = sources[document].repealed
        if told and earliest <= told <= earliest + HINT:
            return told
    return min(sources[document].effective or _day(sources[document]) for document in after)


def _begun(source: Source, day: date) -> Source:
    if source.origin.get("effective") in (FROM_MANIFEST, FROM_TEXT, FROM_DECISION):
        return source
    return replace(source, effective=day, origin={**source.origin, "effective": GUESSED})


def _replaced(source: Source, day: date) -> Source:
    if source.repealed is None:
        source = replace(source, repealed=day, origin={**source.origin, "repealed": GUESSED})
    if source.status in ENDED or source.origin.get("status") == FROM_MANIFEST:
        return source
    return replace(source, status=SUPERSEDED, origin={**source.origin, "status": GUESSED})


def in_force(source: Source, day: date) -> bool:
    """Whether the text applied on ``day``: from its first day on, and before the day of its repeal.

    Without an effective date the day of issue counts as the first, without either every day may be. A text
    that is known to have ended (已废止, 被取代, 已修改), nobody knows when, is sure to have applied on its first day
    and counts as not in force on any other: to leave it out is safer than to cite it.
    """
    begun = source.effective or source.issued
    if begun and day < begun:
        return False
    if source.repealed:
        return day < source.repealed
    return source.status not in ENDED or day == begun


def standing(source: Source, day: date) -> str:
    """The status to show for ``day``: 尚未施行 before the first day, 现行有效, after its repeal how it ended.

    待核实 stays 待核实 while the text may be in force: that no repeal is known proves nothing.
    """
    begun = source.effective or source.issued
    if begun and day < begun:
        return "尚未施行"
    if source.repealed and day >= source.repealed:
        return source.status if source.status in ENDED else "已废止"
    if source.repealed and source.status in ENDED:
        return "现行有效"
    return "现行有效" if source.status == "尚未施行" and begun else source.status


def as_of(source: Source, day: date) -> Source:
    """The source with the status that it has on ``day``."""
    status = standing(source, day)
    return source if status == source.status else replace(source, status=status)
