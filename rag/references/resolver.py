"""References: what a text names, 《工会法》第二十一条第二款, 同法, 前款, 文号, as addresses in the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from rag.lexical import fold
from rag.references import guards
from rag.references.addresses import (
    Address,
    read_addresses,
    read_below,
    read_cut,
    read_cut_list,
    spell,
    spell_article,
)
from rag.references.catalogue import CURRENT, Catalogue, Entry, Problem, choose
from rag.references.english import english_mentions
from rag.references.mentions import Mention, Mentions
from rag.references.messages import no_law, too_far, unclear
from rag.references.reading import Reading, read
from rag.references.titles import is_law, law_name
from rag.types import Span


@dataclass(frozen=True, slots=True)
class Reference:
    """An address that a text names.

    ``span`` is where the text names it, ``title`` how it calls the law. ``document_id`` is the version meant,
    None where none is sure; ``article`` its label as the document writes it; ``paragraph`` 款, ``item`` 项 and
    ``subitem`` 目 count from 1. ``problem`` tells why it cannot be shown, ``message`` the same to the user:
    out_of_range (the document has no such article), unknown_document (not held), ambiguous (several fit).
    ``versions`` are the other held versions of the law, the oldest first.
    """

    span: Span
    title: str
    document_id: str | None = None
    article: str | None = None
    paragraph: int | None = None
    item: int | None = None
    subitem: int | None = None
    problem: Problem | None = None
    message: str | None = None
    versions: tuple[str, ...] = ()


_LINK = re.compile(
    r"[\"”'’」』“‘「『]{0,2}(?:总则|附则|正文|[\u3400-\u9fff]{2,6}编)?(?:(?:号?文件?|令|通知)?(?:规定的|中规定的|当中的?|里面的?|里头的?|里边的?|中的|里的|上的|的|中|里|之)?|关于[^法例定,.;:。]{1,15}的)"
    r"(?P<apart>[,:(\[【〔]?)(?=[第弟笫地低帝递\d零一二三四五六七八九十百(])"
)
_KIND = r"法典|法|条例|规定|办法|细则|规则|解释|章程|制度|通知|意见|指引"
_AGAIN = re.compile(
    rf"(?P<which>(?<!应)该|(?<![合共相不雷协])同|(?<![因据为彼])此|上述|前述|(?<![基根资成日文])本)(?P<kind>{_KIND})(?![律人规])"
)
BESIDE = re.compile(
    r"(?P<which>(?<!以)前|上一|上|(?<![基根资成日文])本|(?<![合共相不雷协])同|(?<!应)该|下一|下|后一|次)(?P<unit>[条款项])(?![件例文目约款项子数新消微])"
)
_ASKED_ALONE = re.compile(
    r"[的是]?(?:内容|原文|条文|全文)?(?:是什么|怎么说|怎么写|怎么规定|怎么讲|讲什么|说什么|说的是什么)?[的吗呢啊了]{0,2}[?。!,.]*"
)
_NUMBERED_NAME = re.compile(r"[零〇一二三四五六七八九十\d][)]?$")


def address(reference: Reference) -> str:
    """The address inside the document; empty for a whole document.

    >>> address(Reference(Span(0, 9), "工会法", "a.md", "第四十三条", 1, 2))
    '第四十三条第一款第二项'
    """
    return spell(reference.article, reference.paragraph, reference.item, reference.subitem)


def resolve(
    text: str, catalogue: Catalogue, day: date | None = None, context: Reference | None = None
) -> list[Reference]:
    """Every address that ``text`` names, in the order of the text.

    ``day`` picks among versions the one in force then; without it the law as it stands. ``context`` is the
    address at which the text stands or that was spoken of before: 本法, 前款, and an article alone, refer to it.
    A name is followed only where it is sure; what is unclear gives nothing, or ambiguous.
    """
    return Resolver(read(text), text, catalogue, day, context).references()


class Resolver:
    """One reading of one text, left to right."""

    asks_back: tuple[str, ...] = ("本", "该", "此")  # words that are told to lack their law

    def __init__(
        self, reading: Reading, source: str, catalogue: Catalogue, day: date | None, context: Reference | None
    ) -> None:
        self._reading = reading
        self._text = reading.text
        self._source = source
        self._catalogue = catalogue
        self._day = day
        self._context = self._mention_of(context) if context else None
        self._place = _address_of(context) if context else None
        self._mentions = Mentions(reading, catalogue)
        self._named: list[Mention] = []  # the laws named so far
        self._last: tuple[Mention, Address] | None = None  # the last address named
        self._spoken = False  # whether any document was named, even one that is no law
        self._unnamed: list[Reference] = []  # 本法第三条, where no law was named before

    def references(self) -> list[Reference]:
        found = [
            self._reference(mention, place, place.start, place.end)
            for mention, place in english_mentions(self._text, self._catalogue)
        ]
        at = 0
        if asked := self._asked_backwards():
            return [*found, *asked]
        while at < len(self._text):
            at, references = self._step(at)
            found += references
        if not found and not self._spoken:
            found = self._unnamed
        return sorted(found, key=lambda reference: (reference.span.start, reference.span.end))

    def _step(self, at: int) -> tuple[int, list[Reference]]:
        """What is named at one place, and where to go on."""
        if mention := self._mentions.at(at):
            return self._follow(mention)
        if again := _AGAIN.match(self._text, at):
            return self._follow_again(again)
        if (beside := BESIDE.match(self._text, at)) and (base := self._base(beside)):
            return self._follow_base(at, beside.end(), *base)
        if self._context and self._text[at] == "第" and guards.stands_alone(self._text, at):
            mention = replace(self._context, start=at, name_end=at, end=at)
            if addresses := self._addresses(mention):
                return addresses[-1].end, self._references(mention, addresses)
        return at + 1, []

    def _follow(self, mention: Mention) -> tuple[int, list[Reference]]:
        """A mention with the addresses behind it."""
        self._spoken = True
        addresses = self._addresses(mention)
        if mention.entries and not addresses and (titled := self._titled(mention)):
            return self._follow(titled)
        end = max(mention.end, addresses[-1].end if addresses else 0)
        if addresses and (wanted := self._mentions.version_at(end)) != CURRENT:
            mention = replace(mention, wanted=wanted)
        if mention.void or (mention.weak and not addresses):
            return end, []
        self._named.append(mention)
        return end, self._references(mention, addresses)

    def _titled(self, number: Mention) -> Mention | None:
        """总工办发〔2017〕32号《基层工会经费收支管理办法》: number and title of one document, as one mention."""
        title = self._mentions.at(number.end) if number.end in self._reading.marked else None
        if title is None or title.void:
            return None
        held = {entry.document_id for law in title.laws for entry in law.versions}
        fitting = tuple(entry for entry in number.entries if entry.document_id in held)
        if not fitting and (
            title.held or not any(law_name(one.title) in title.name for one in number.entries)
        ):
            return None
        return replace(title, start=number.start, entries=fitting or number.entries)

    def _follow_again(self, again: re.Match[str]) -> tuple[int, list[Reference]]:
        """该法, 本条例 with an address: the last law named that is of that kind."""
        nothing = Mention(again.start(), again.end(), again.end(), again[0])
        meant = self._meant(again["which"], again["kind"])
        mention = replace(meant or nothing, start=nothing.start, name_end=nothing.end, end=nothing.end)
        addresses = self._addresses(mention)
        end = addresses[-1].end if addresses else nothing.end
        if (
            not meant
            and addresses
            and again["which"] in self.asks_back
            and not self._speaks_of_its_own(again)
        ):
            self._unnamed += self._asking_which(nothing, addresses)
        return end, self._references(mention, addresses) if meant and addresses else []

    def _asking_which(self, nothing: Mention, addresses: Sequence[Address]) -> Iterator[Reference]:
        """本法第四十三条 of no law that the text names."""
        for index, place in enumerate(addresses):
            start = place.start if index else nothing.start
            yield Reference(
                self._reading.span(start, place.end),
                nothing.name,
                None,
                spell_article(place.article, place.branch),
                place.paragraph,
                place.item,
                place.subitem,
                "ambiguous",
                no_law(nothing.name),
            )

    def _speaks_of_its_own(self, again: re.Match[str]) -> bool:
        """Whether 该办法, 本条例 means a document that the text tells of, or is: 公司的管理办法…，该办法第三条."""
        kind = again["kind"]
        if kind != "法" and any(
            not _AGAIN.match(self._text, max(0, place.start() - len(again["which"])))
            for place in re.finditer(kind, self._text[: again.start()])
        ):
            return True
        return _own(self._text, kind)

    def _meant(self, which: str, kind: str) -> Mention | None:
        alike = [mention for mention in self._named if _is_kind(_kind_of(mention), kind)]
        if which != "本":
            return alike[-1] if alike else self._context
        if self._context:
            return self._context
        # 制定本条例: the text is a rule itself, and speaks of itself.
        return (
            alike[-1]
            if alike and not _own(self._text, kind) and len({_kind_of(mention) for mention in alike}) == 1
            else None
        )

    def _base(self, beside: re.Match[str]) -> tuple[Mention, Address] | None:
        """The address that 前款, 上一条, 同条 speak of."""
        which, unit = beside["which"], beside["unit"]
        if which in ("同", "该"):
            last = self._last or (self._context and self._place and (self._context, self._place))
            return (last[0], cut(last[1], unit)) if last else None
        if self._context is None or self._place is None:
            return None
        step = {"前": -1, "上一": -1, "上": -1, "本": 0}.get(which, 1)
        moved = self._moved(self._context, cut(self._place, unit), unit, step)
        return (self._context, moved) if moved else None

    def _moved(self, mention: Mention, place: Address, unit: str, step: int) -> Address | None:
        """The address ``step`` articles, paragraphs or items further; None where there is none."""
        if unit == "条":
            entry = self._entry(mention)
            labels = sorted(self._catalogue.outline(entry).articles) if entry else []
            here = (place.article, place.branch)
            to = labels.index(here) + step if here in labels else -1
            return (
                replace(place, article=labels[to][0], branch=labels[to][1]) if 0 <= to < len(labels) else None
            )
        value = place.paragraph if unit == "款" else place.item
        if value is None or value + step < 1:
            return None
        return replace(place, paragraph=value + step) if unit == "款" else replace(place, item=value + step)

    def _follow_base(self, at: int, end: int, mention: Mention, base: Address) -> tuple[int, list[Reference]]:
        mention = replace(mention, start=at, name_end=end, end=end)
        here = replace(base, start=at, end=end)
        addresses = read_below(self._text, end, here)
        if self._text[at] in "同该" and addresses == [here]:  # 该项规定, 该条件: plain speech
            return end, []
        return addresses[-1].end, self._references(mention, addresses)

    def _addresses(self, mention: Mention) -> list[Address]:
        """The addresses that belong to a mention: those straight behind it, but for 的, 中, a comma."""
        entry = self._entry(mention)
        outline = self._catalogue.outline(entry) if entry else None
        headings = bool(outline and outline.headings and not outline.articles)
        enclosed = self._text[mention.start - 1 : mention.start] + self._text[mention.end : mention.end + 1]
        link = _LINK.match(self._text, mention.end + (enclosed in ("【】", "〔〕")))
        if link is None:
            return self._cut_short(mention, headings)
        found = read_addresses(self._text, link.end(), headings=headings, marked=bool(link["apart"]))
        return found or self._cut_short(mention, headings)

    def _cut_short(self, mention: Mention, headings: bool) -> list[Address]:
        """第三十八 straight behind a sure name, or 四十三 where the text says nothing else."""
        if headings or mention.weak or mention.void or mention.name_end == mention.start:
            return []
        name = self._text[mention.start : mention.name_end]
        if mention.start == 0 and (listed := read_cut_list(self._text, mention.end)):
            return listed
        whole = mention.start == 0 and not name.endswith("解释") and not _NUMBERED_NAME.search(name)
        place = read_cut(self._text, mention.end, whole=whole, gap=self._gap)
        return [place] if place else []

    def _gap(self, at: int) -> bool:
        """Whether the source has white space straight before a character of the reading."""
        origin = self._reading.origin
        return 0 < at < len(origin) and self._source[origin[at] - 1].isspace()

    def _entry(self, mention: Mention, place: Address | None = None) -> Entry | None:
        """The document that a mention names, or None."""
        if mention.vague or not mention.held:
            return None
        if not mention.entries:
            return choose(mention.laws, self._day, mention.wanted)
        # A notice and the rules that it issued share a 文号: the one that has the article is meant.
        entries = [
            one for one in mention.entries if place is None or self._label(one, place)
        ] or mention.entries
        if len(entries) == 1:
            return entries[0]
        laws = tuple({self._catalogue.law(entry.document_id): None for entry in entries})
        return choose(laws, self._day, mention.wanted) if len(laws) == 1 else None

    def _label(self, entry: Entry, place: Address) -> str | None:
        return self._catalogue.outline(entry).label(place.article, place.branch)

    def _references(self, mention: Mention, addresses: Sequence[Address]) -> list[Reference]:
        if not addresses:
            return [self._reference(mention, None, mention.start, mention.end)]
        self._last = (mention, addresses[-1])
        starts = [mention.start, *(place.start for place in addresses[1:])]
        return [
            self._reference(mention, place, start, place.end)
            for start, place in zip(starts, addresses, strict=True)
        ]

    def _reference(self, mention: Mention, place: Address | None, start: int, end: int) -> Reference:
        """The mention at one of its addresses, checked against the outline."""
        entry = self._entry(mention, place)
        reference = Reference(self._reading.span(start, end), self._title(mention))
        if place:
            reference = replace(
                reference,
                article=spell_article(place.article, place.branch),
                paragraph=place.paragraph,
                item=place.item,
                subitem=place.subitem,
            )
        if not mention.held:
            return replace(reference, problem="unknown_document", message=f"库中没有《{reference.title}》。")
        if entry is None:
            return replace(
                reference, problem="ambiguous", message=unclear(mention), versions=_documents(mention)
            )
        others = tuple(
            one.document_id for one in self._catalogue.law(entry.document_id).versions if one is not entry
        )
        reference = replace(reference, document_id=entry.document_id, versions=others)
        if place is None:
            return reference
        if label := self._label(entry, place):
            return replace(reference, article=label)
        return replace(
            reference, problem="out_of_range", message=too_far(self._catalogue.outline(entry), entry, place)
        )

    def _title(self, mention: Mention) -> str:
        if mention.start == mention.name_end:
            return mention.name
        if not mention.held and not self._text.startswith(mention.name, mention.start):
            return mention.name  # 该条例 of a rule that is not held
        written = self._reading.span(mention.start, mention.name_end).of(self._source)
        return re.sub(r"[《》〈〉<>«»\n]", "", written)

    def _mention_of(self, context: Reference) -> Mention | None:
        if context.document_id is None or context.document_id not in self._catalogue:
            return None
        law = self._catalogue.law(context.document_id)
        entries = tuple(entry for entry in law.versions if entry.document_id == context.document_id)
        return Mention(0, 0, 0, law.name, (law,), entries)

    def _asked_backwards(self) -> list[Reference]:
        """第四十三条 工会法: the address first, where that is all the text says."""
        addresses = read_addresses(self._text, 0, marked=True)
        mention = self._mentions.at(addresses[-1].end) if addresses else None
        if (
            mention is None
            or mention.void
            or mention.weak
            or not _ASKED_ALONE.fullmatch(self._text, mention.end)
        ):
            return []
        spans = [(place.start, place.end) for place in addresses[:-1]] + [(addresses[-1].start, mention.end)]
        return [
            self._reference(mention, place, start, end)
            for place, (start, end) in zip(addresses, spans, strict=True)
        ]


def _own(text: str, kind: str) -> bool:
    """Whether a text is itself the rule that it calls 本条例."""
    return bool(re.search(rf"制定本{kind}|本{kind}(?:所称|自|由|适用)", text))


def _kind_of(mention: Mention) -> str:
    """The title that tells whether 该法 or 该条例 can speak of it."""
    if mention.entries:
        return law_name(mention.entries[0].title)
    return mention.laws[0].name if mention.laws else mention.name


def _is_kind(title: str, kind: str) -> bool:
    return is_law(title) if kind == "法" else title.endswith(kind)


def cut(place: Address, unit: str) -> Address:
    """An address down to the level of ``unit``."""
    if unit == "条":
        return replace(place, paragraph=None, item=None, subitem=None)
    return replace(place, item=None, subitem=None) if unit == "款" else replace(place, subitem=None)


def _address_of(context: Reference) -> Address | None:
    """The address of the context, as numbers."""
    found = read_addresses(fold(context.article or ""), 0, marked=True)
    if not found:
        return None
    return replace(found[0], paragraph=context.paragraph, item=context.item, subitem=context.subitem)


def _documents(mention: Mention) -> tuple[str, ...]:
    entries = mention.entries or tuple(entry for law in mention.laws for entry in law.versions)
    return tuple(entry.document_id for entry in entries)
