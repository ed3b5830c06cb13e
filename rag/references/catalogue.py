"""The catalogue: which laws are held, by which names and 文号, and which version a name means on a day."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from rag.numerals import numeral
from rag.references.titles import (
    HAN,
    SLIPS,
    Tier,
    interpretation_part,
    is_law,
    law_name,
    names,
    plain,
    remark,
    version_year,
    without_version,
)
from rag.regions import NATIONAL
from rag.structure import article_key

Problem = Literal["out_of_range", "unknown_document", "ambiguous"]

# A name of one or two characters, or a bare kind of document, names no law.
_NO_NAME = re.compile(
    r".|(?:本|该|此|同|原|新|旧)?(?:法律?|条例|办法|规定|细则|章程|制度|决定|通知|意见|解释|公告|方案|合同|协议|报告|函)"
)
_YEARED = re.compile(
    r"(?:[〔\[(【](?P<year>(?:19|20)\d\d)年?[〕\])】]|(?P<bare>(?:19|20)\d\d)年)第?(?P<number>\d{1,5})(?!\d)(?P<end>号?)"
)
_ORDER_NUMBER = r"第?(\d{1,4}|[零〇一二三四五六七八九十百]{1,7})号"
_ORDERS = (re.compile(rf"令(?:{_ORDER_NUMBER}|[(]{_ORDER_NUMBER}[)])"), re.compile(rf"{_ORDER_NUMBER}令"))
_ISSUER_RUN = re.compile(rf"[{HAN}()]{{1,24}}$")
_BEFORE_ISSUER = re.compile(r"^.*(?:通知|公告|决定|意见)(?=.)")
_MINISTRIES = (
    ("人力资源和社会保障部", "人力资源社会保障部", "人社部"),
    ("劳动和社会保障部", "劳动社会保障部", "劳社部"),
    ("中华人民共和国主席", "国家主席", "主席"),
    ("中华人民共和国国务院", "国务院"),
)
ALIVE = ("现行有效", "待核实")
_STANDING = {"现行有效": 4, "待核实": 4, "已修改": 3, "尚未施行": 2, "被取代": 1, "已废止": 0}
_REMARK_GOES_ON = re.compile(r"(?<=\d)[\d年月日条款项目]")
_HEADING = re.compile(r"([零〇一二三四五六七八九十百]{1,4})、?")


@dataclass(frozen=True, slots=True)
class Entry:
    """One document as its references see it: ``articles`` are the labels of its outline, 第四十三条, 第六条之一,
    or 一, 二 of a notice; the other values are those of its Source."""

    document_id: str
    title: str
    number: str | None = None
    region: str = NATIONAL
    level: str = "其他"
    effective: date | None = None
    repealed: date | None = None
    status: str = "待核实"
    articles: Collection[str] = ()
    issued: date | None = None

    @property
    def start(self) -> date:
        """The first day of this version; the last of the year that its title tells where no date is known,
        and date.min where that tells none.

        A law's ``effective`` may be that of its first version: no version starts before it was issued.
        """
        if not (self.effective or self.issued) and (year := version_year(self.title)):
            return date(year, 12, 31)
        return max(self.effective or date.min, self.issued or date.min)

    def in_force(self, day: date) -> bool:
        return self.start <= day and (self.repealed is None or day < self.repealed)


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """All held versions of one law, the oldest first; ``name`` is its title without 中华人民共和国."""

    name: str
    versions: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The version that a text asks for: of one of ``years``, the ``previous`` one, or that in force all through
    the year ``during``; none of them, the law as it stands."""

    years: tuple[int, ...] = ()
    previous: bool = False
    during: int | None = None


CURRENT = Wanted()


@dataclass(frozen=True, slots=True)
class Named:
    """What a name may mean: one law, or several that share it."""

    tier: Tier
    laws: tuple[Law, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """The labels of a document by number: (article, branch) → label, heading → label."""

    articles: Mapping[tuple[int, int], str] = field(default_factory=dict)
    headings: Mapping[int, str] = field(default_factory=dict)

    def label(self, article: int, branch: int) -> str | None:
        """The label that stands at a number, or None.

        Whoever writes 第二条 of a notice means its 二、: its headings are counted by 条 and 项 alike.
        """
        if self.articles:
            return self.articles.get((article, branch))
        return self.headings.get(article) if not branch else None


class Catalogue:
    """The laws that are held, under every name by which a text may call them.

    ``aliases`` adds names learnt elsewhere (以下简称 …): alias → title. An alias of a title that is not held
    is left out.
    """

    def __init__(self, entries: Iterable[Entry], aliases: Mapping[str, str] | None = None) -> None:
        self.laws = tuple(_laws(entries))
        self.names: dict[str, Named] = {}
        self.slips: dict[str, str] = {}
        self._numbers: dict[tuple[str, int, int], list[Entry]] = defaultdict(list)
        self._law_of: dict[str, Law] = {}
        self._outlines: dict[str, Outline] = {}
        self._parts: dict[int, list[Law]] = defaultdict(list)
        claims = [(name, tier, law) for law in self.laws for name, tier in _claims(law)]
        self._learn(claims)
        self._learn(
            (plain(alias), Tier.KNOWN, law)
            for alias, title in (aliases or {}).items()
            if (held := self.names.get(law_name(title))) and held.tier < Tier.PLACELESS
            for law in held.laws
        )
        self._learn_slips()
        self.lengths = _lengths((*self.names, *self.slips))
        for law in self.laws:
            if part := interpretation_part(law.name):
                self._parts[part].append(law)
            for entry in law.versions:
                self._law_of[entry.document_id] = law
                for key in numbers_in(entry.number or ""):
                    self._numbers[key].append(entry)

    def _learn(self, claims: Iterable[tuple[str, Tier, Law]]) -> None:
        for name, tier, law in claims:
            held = self.names.get(name)
            if _NO_NAME.fullmatch(name) or (
                held and (held.tier < tier or (law in held.laws and held.tier == tier))
            ):
                continue
            same = held.laws if held and held.tier == tier else ()
            self.names[name] = Named(tier, (*same, law))

    def _learn_slips(self) -> None:
        for name, named in self.names.items():
            if named.tier == Tier.PLACELESS:
                continue
            wrong = {name.replace(right, slip) for right, slip in SLIPS if right in name}
            if is_law(name):
                wrong.add(name[:-1] + "发")
            self.slips.update((slip, name) for slip in wrong if slip not in self.names)

    def __contains__(self, document_id: object) -> bool:
        return document_id in self._law_of

    def law(self, document_id: str) -> Law:
        """The law that a document is a version of."""
        return self._law_of[document_id]

    def outline(self, entry: Entry) -> Outline:
        """The labels of a document, by number; read once."""
        if entry.document_id not in self._outlines:
            self._outlines[entry.document_id] = _outline(entry.articles)
        return self._outlines[entry.document_id]

    def titled(self, laws: Iterable[Law], text: str, at: int) -> tuple[Law, int] | None:
        """The versions of ``laws`` whose title goes on behind the name as ``text`` does from ``at``,
        劳动合同法 + 2007年原文, and where that ends; the longest such remark, or None."""
        found: dict[int, list[Law]] = defaultdict(list)
        for law in laws:
            tails: dict[str, list[Entry]] = defaultdict(list)
            for entry in law.versions:
                tails[remark(entry.title)].append(entry)
            for tail, versions in tails.items():
                if tail and text.startswith(tail, at) and not _REMARK_GOES_ON.match(text, at + len(tail)):
                    found[len(tail)].append(Law(law.name, tuple(versions)))
        if not found or len(found[max(found)]) > 1:
            return None
        return found[max(found)][0], at + max(found)

    def parts(self, number: int) -> Sequence[Law]:
        """The judicial interpretations of that part: 解释（四）."""
        return self._parts.get(number, ())

    def numbered(self, issuer: str, year: int, number: int) -> Sequence[Entry]:
        """The documents of that 文号; ``year`` 0 for an order (国务院令第619号)."""
        return self._numbers.get((issuer, year, number), ())


def choose(laws: Sequence[Law], day: date | None, wanted: Wanted = CURRENT) -> Entry | None:
    """The version meant, or None where several laws or no version fit.

    Without a day the law as it stands; with one the version in force then, and where none was, the first.
    """
    if wanted.during:
        first, last = (choose(laws, date(wanted.during, *day_of_year)) for day_of_year in ((1, 1), (12, 31)))
        return first if first is last and first and first.start.year <= wanted.during else None
    if wanted.years:
        return _only(_of_years([entry for law in laws for entry in law.versions], wanted.years))
    chosen = [entry for law in laws if (entry := _at(law, day, wanted.previous))]
    if len(chosen) > 1:
        # Of laws that share a name (解释（二） of 2006 and of 2025) the one in force is meant.
        chosen = [entry for entry in chosen if (entry.in_force(day) if day else entry.status in ALIVE)]
    if len({(e.region, law_name(e.title).replace("若干问题", "问题")) for e in chosen}) == 1:
        return max(chosen, key=lambda entry: entry.start)  # 解释（二） of 2025 takes over the name of 2006
    return _only(chosen)


def _at(law: Law, day: date | None, previous: bool) -> Entry | None:
    versions = law.versions
    if day is None:
        now = max(
            versions, key=lambda entry: (_STANDING.get(entry.status, 4), entry.start, len(entry.articles))
        )
    else:
        begun = [entry for entry in versions if entry.start <= day]
        in_force = [entry for entry in begun if entry.in_force(day)]
        now = (in_force or begun or versions[:1])[-1]
    if not previous:
        return now
    before = [entry for entry in versions if entry.start < now.start]
    return before[-1] if before else None


def _of_years(versions: Sequence[Entry], years: Sequence[int]) -> list[Entry]:
    """Those of the year by title or date of issue; where none is, by the day from which they apply."""
    issued = [
        entry
        for entry in versions
        if (entry.issued and entry.issued.year in years)
        or set(without_version(plain(entry.title))[1]) & {*years}
    ]
    return issued or [entry for entry in versions if entry.start.year in years]


def _only(entries: Sequence[Entry]) -> Entry | None:
    """The one entry; of copies of one version the first."""
    if len(entries) <= 1:
        return entries[0] if entries else None
    first = entries[0]
    version = (first.start, first.region, law_name(first.title))
    return first if all((e.start, e.region, law_name(e.title)) == version for e in entries) else None


def _laws(entries: Iterable[Entry]) -> Iterator[Law]:
    """The entries gathered by law: same title, same region."""
    families: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        families[entry.region, law_name(entry.title)].append(entry)
    for (_, name), versions in families.items():
        # Of copies of one version that with the most articles comes last, and is the one chosen.
        versions.sort(key=lambda entry: (entry.start, len(entry.articles), entry.document_id))
        yield Law(name, tuple(versions))


def _claims(law: Law) -> Iterator[tuple[str, Tier]]:
    for entry in law.versions:
        yield from names(entry.title, entry.region)


def _lengths(known: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """The first two characters of names → the lengths of the names that begin so, longest first."""
    lengths: dict[str, set[int]] = defaultdict(set)
    for name in known:
        lengths[name[:2]].add(len(name))
    return {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}


def _outline(labels: Collection[str]) -> Outline:
    articles: dict[tuple[int, int], str] = {}
    headings: dict[int, str] = {}
    for label in labels:
        if key := article_key(label):
            articles[key] = label
        elif match := _HEADING.fullmatch(label):
            with suppress(ValueError):  # a label that is no number can be named by no number
                headings[numeral(match[1])] = label
    return Outline(articles, headings)


def numbers_in(field_text: str) -> Iterator[tuple[str, int, int]]:
    """The keys of every 文号 in a field that may hold several: (issuer, year or 0, number).

    An issuer that is written in more than one way gives a key for each; a key may come twice.

    >>> sorted(set(numbers_in("国务院令第375号公布，法释［2020］26号")))
    [('中华人民共和国国务院', 0, 375), ('国务院', 0, 375), ('法释', 2020, 26)]
    """
    text = plain(field_text)
    for start, _, year, number in number_marks(text):
        run = _ISSUER_RUN.search(text[:start])
        if run is None:
            continue
        issuer = _BEFORE_ISSUER.sub("", run[0])
        issuer = issuer.removeprefix("(") if issuer.count("(") > issuer.count(")") else issuer
        alone = re.sub(r"等.{1,3}部门$", "", issuer)
        for form in {issuer, alone, re.sub(r"[()]", "", issuer), *_spellings(issuer), *_spellings(alone)}:
            yield form, year, number


def number_marks(text: str) -> Iterator[tuple[int, int, int, int]]:
    """Where the 〔2017〕32号, 令第619号 and 第619号令 of a folded text stand: (start, end, year or 0, number)."""
    for match in _YEARED.finditer(text):
        if match["end"] or not match["bare"]:
            yield match.start(), match.end(), int(match["year"] or match["bare"]), int(match["number"])
    for order in _ORDERS:
        for match in order.finditer(text):
            with suppress(ValueError):
                yield match.start(), match.end(), 0, numeral(next(filter(None, match.groups())))


def _spellings(issuer: str) -> Iterator[str]:
    for spellings in _MINISTRIES:
        for spelling in spellings:
            if spelling in issuer:
                yield from (issuer.replace(spelling, other) for other in spellings)
                return
