"""Running text: every address accounted for, those too that stand apart from the name of their law, or are unread."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Literal

from rag.references import guards
from rag.references.addresses import NUMBER, Address, read_addresses, read_below, spell, spell_article
from rag.references.catalogue import Catalogue, Problem
from rag.references.english import english_apart
from rag.references.mentions import KIND_ALONE, Mention
from rag.references.messages import no_antecedent, no_law, not_ours, not_read, two_ways, whole_chapter
from rag.references.reading import read
from rag.references.resolver import BESIDE, Reference, Resolver, cut

Unit = Literal["条", "款", "项"]

_NUMERALS = "零〇○一二三四五六七八九十百千万亿两壹贰叁参肆伍陆柒捌玖拾佰仟廿卅"
_LOOSE = rf"[\da-z×*?.,、{_NUMERALS}]{{1,40}}"
_TAIL = re.compile(
    rf"(?:的|中的?|里的?|,|:|[(\[【〔]|[》\"”」』】〕]){{0,3}}"
    rf"(?!第[一二三四五六七八九十]{{1,2}}[,;])(?P<words>第(?:(?P<chapter>{NUMBER}(?:分编|[编章节]|部分))|[(]?{_LOOSE}[)]?(?:[条款项目]|(?=$|[,;。!)\]】〕]))|[某x×]条)"
    rf"|(?P<bare>§{{1,2}} ?{_LOOSE}(?:[(]\d{{1,2}}[)]){{0,2}}|\d{{1,3}}(?:[、,和]\d{{1,3}}){{0,20}}(?=[,;。!?的]|$)))"
)
_UNREAD = re.compile(rf"第{_LOOSE}(?P<unit>[条款项])(?![件例文目款数])")
_PART = re.compile(rf"第[(]?{NUMBER}[)]?(?P<unit>[款项])")
_UNMARKED = re.compile(
    rf"(?:\d{{2,3}}|[一二三四五六七八九]?[十百][{_NUMERALS}]{{0,5}})条(?=规定|的规定|另有|也规定|$|第{NUMBER}款)"
)
_SEVERAL_BEFORE = re.compile(r"前[两二三四五六七八九几](?P<unit>[条款项])(?![件例文目])")
_STOP = re.compile(r"[。!?\n]")
# What may stand straight before an address that goes on with the law named last.
_LEADS = re.compile(
    r"(?:^|[,;、\"“‘]|(?<![法则例定章准程约同])[(\[【〔]|依照|根据|依据|按照|适用|违反|参照|以及|和|与|及|或者?|还有|[另又参]?见|而|但|又?说|由|按|依|据|在|对|并|且|同时|是|此外|另外|其中?|至|到|结合|同|符合)$"
)
# A paper of the parties, of which an article without a name may be.
_PAPERS = re.compile(
    r"(?:合同|协议书?|章程|制度|手册|守则|公约|方案|须知|保单|办法|细则|条例)(?:书|条款)?(?:[中里上内的]|约定|规定|载明|写明?|也?有|,|第|$)"
    r"|(?:通则|准则|规程|规范|惯例|标准|判决书?|裁定书?|决定书|通知书)[,;(第]|.(?:的|方|司|位|厂|市|省|区|府|会)规定[,;中]|双方约定|如下|下列|以下|《"
)
# 第一条 may count off points, and 厂规，第十一条 be of another rule: one of these around it tells an article.
_CLEAR_BEFORE = re.compile(
    r"(?:^[、;]?|、|依照|根据|依据|按照|适用|违反|参照|以及|和|与|及|或者?|还有|[参]?见|至|到|结合|符合)$"
)
_CLEAR_BEHIND = re.compile(rf"(?:的|也|还|则|又|明确|同时)?规定|另有|所[称列指]|第{NUMBER}款")
_ENDS_IN_A_PAPER = re.compile(r".[规文函书单表法令案册][,;(]$")
_THINGS = re.compile(
    r"了?(?:消息|通知|短信|微博|微信|新闻|信息|公告|声明|视频|意见|建议|措施|举措|红线|禁令|纪律|理由|原因|经验|要点|底线|变化|产品|车|手机|软件|保险|提醒|路|线|街|任务|工作)"
)
_ITEM_ENDS = re.compile(r"$|[,;:。、)的和及或与至]|规定|中|所|情形|之|明确")
_LISTED = re.compile(r"[,、;和及与或]{0,2}(?:以及|或者)?")
_BEFORE_PLAIN = tuple("以目之当年月日天先提")  # 以前, 目前, 以上: no 前款, no 上条
_HEADS = re.compile(rf"第{NUMBER}条(?:之{NUMBER})?")
_FARTHEST = 200  # characters between an address and one that goes on with its law
_OWN_HEADINGS = 3  # articles of its own from which a text is a rule itself
_BACK = {"前": -1, "上一": -1, "上": -1, "本": 0}


def resolve_all(text: str, catalogue: Catalogue, day: date | None = None) -> list[Reference]:
    """As resolve(), with nothing that looks like an address left out.

    An article, 款 or 项 without a law, 前款, 前条 and 本条 are read with the address before them in the sentence
    where that leaves no doubt; otherwise, and for what cannot be read as an address (第4三条, 第一章), the
    reference is ambiguous and tells what to write. The headings of a text that is a rule itself are none.
    """
    return Running(read(text), text, catalogue, day, None).references()


class Running(Resolver):
    """One reading of one text in which every address is accounted for."""

    asks_back = ("本", "该", "此", "同", "上述", "前述")
    _end = 0  # where the last address ended
    _several = False  # whether the sentence names articles of more than one law
    _other = False  # whether another document was named since
    _first: Address | None = None  # the first address named in this sentence
    _sentence = -1  # where that sentence ends

    def references(self) -> list[Reference]:
        self._headings = {
            match.start()
            for match in _HEADS.finditer(self._text)
            if (not match.start() or self._text[match.start() - 1] == "\n") and self._gap(match.end())
        }
        found = super().references()
        told = {id(one) for one in found}
        found += [one for one in self._unnamed if id(one) not in told]
        taken = [one.span for one in found]
        for start, end in english_apart(self._text):
            span = self._reading.span(start, end)
            if not any(one.start < span.end and span.start < one.end for one in taken):
                found.append(self._untold(start, end, no_law(span.of(self._source))))
        return sorted(found, key=lambda reference: (reference.span.start, reference.span.end))

    def _step(self, at: int) -> tuple[int, list[Reference]]:
        end, found = super()._step(at)
        if found or end > at + 1 or at in self._headings:
            return end, found
        if self._text[at] in "前上" and self._text[max(0, at - 1) : at] in _BEFORE_PLAIN:
            return end, found
        if beside := BESIDE.match(self._text, at):
            return self._beside(at, beside)
        if several := _SEVERAL_BEFORE.match(self._text, at):
            told = [] if self._own_text() else self._no_antecedent(at, several.end())
            return several.end(), told
        if self._text[at] == "第" or _UNMARKED.match(self._text, at):
            return self._apart(at)
        return end, found

    # --- behind a name -----------------------------------------------------------------------------------------

    def _follow(self, mention: Mention) -> tuple[int, list[Reference]]:
        before = self._last
        end, found = super()._follow(mention)
        if self._last is not before:
            return end, found
        self._other = self._other or not self._same_law(mention)
        if mention.void or not mention.held:
            return end, found or self._of_no_law(mention, end)
        tail = _TAIL.match(self._text, mention.end)
        if tail is None or (tail["bare"] and mention.weak) or guards.sends_word(self._text, mention.end):
            return end, found
        return tail.end(), [self._not_read(mention, tail)]

    def _of_no_law(self, mention: Mention, end: int) -> list[Reference]:
        """《劳动合同》第三条, 公司章程第三条: an address in what is no text of the index."""
        addresses = self._addresses(mention)
        if not addresses or guards.sends_word(self._text, mention.end):
            return []
        name = self._text[mention.start : mention.name_end]
        starts = [mention.start, *(place.start for place in addresses[1:])]
        problem: Problem = "ambiguous" if KIND_ALONE.fullmatch(name) else "unknown_document"
        message = no_law(name) if problem == "ambiguous" else not_ours(name)
        return [
            self._placed(replace(self._untold(start, place.end, message, problem), title=name), place)
            for start, place in zip(starts, addresses, strict=True)
        ]

    def _placed(self, reference: Reference, place: Address) -> Reference:
        return replace(
            reference,
            article=spell_article(place.article, place.branch),
            paragraph=place.paragraph,
            item=place.item,
            subitem=place.subitem,
        )

    def _not_read(self, mention: Mention, tail: re.Match[str]) -> Reference:
        """What stands behind a name like an address, and cannot be read as one."""
        words = tail["words"]
        shown = self._reading.span(tail.start("words"), tail.end("words")).of(self._source)
        message = whole_chapter(shown) if tail["chapter"] else not_read(shown)
        digits = re.fullmatch(r"第(\d{5,40})条", words)
        entry = self._entry(mention) if digits else None
        if entry is None:
            return replace(self._untold(mention.start, tail.end(), message), title=self._title(mention))
        count = sum(1 for _, branch in self._catalogue.outline(entry).articles if not branch)
        message = f"{self._title(mention)}共{count}条，没有{shown}。"
        return replace(
            self._untold(mention.start, tail.end(), message, "out_of_range"), title=self._title(mention)
        )

    # --- apart from a name -------------------------------------------------------------------------------------

    def _apart(self, at: int) -> tuple[int, list[Reference]]:
        """第九十一条, 第二款 with no law straight before it."""
        marked = self._text[at] == "第"
        if places := read_addresses(self._text, at, marked=marked):
            return self._bare_articles(at, places, marked=marked)
        if part := _PART.match(self._text, at):
            return self._bare_part(at, part)
        unread = _UNREAD.match(self._text, at)
        if unread is None or (unread["unit"] != "条" and not self._near(at)):
            return at + 1, []
        shown = self._reading.span(at, unread.end()).of(self._source)
        return unread.end(), [self._untold(at, unread.end(), not_read(shown))]

    def _bare_articles(
        self, at: int, places: Sequence[Address], *, marked: bool
    ) -> tuple[int, list[Reference]]:
        end = places[-1].end
        carried = self._carried(at)
        unsure = not (
            _CLEAR_BEFORE.search(self._text[self._end : at]) or _CLEAR_BEHIND.match(self._text, places[0].end)
        )
        if carried and not unsure and not _THINGS.match(self._text, end):
            return end, self._references(replace(carried, start=at, name_end=at, end=at), places)
        if not marked or _THINGS.match(self._text, end) or (self._own_text() and not self._near(at)):
            return end, []
        return end, [
            self._placed(self._untold(place.start, place.end, no_law(spell_place(place))), place)
            for place in places
        ]

    def _bare_part(self, at: int, part: re.Match[str]) -> tuple[int, list[Reference]]:
        """第二款, 第（三）项 of the article named before in the sentence."""
        unit: Unit = "款" if part["unit"] == "款" else "项"
        if unit == "项" and not _ITEM_ENDS.match(self._text, part.end()):
            return part.end(), []
        carried = self._carried(at)
        if carried and self._last:
            base = replace(cut(self._last[1], "条" if unit == "款" else "款"), start=at, end=at)
            places = read_below(self._text, at, base)
            if places != [base]:
                return places[-1].end, self._references(
                    replace(carried, start=at, name_end=at, end=at), places
                )
        if self._own_text() or (unit == "项" and self._last is None):
            return part.end(), []
        return part.end(), self._no_antecedent(at, part.end())

    def _beside(self, at: int, beside: re.Match[str]) -> tuple[int, list[Reference]]:
        """前款, 上一条, 本条 with the address named before in the sentence."""
        which, end = beside["which"], beside.end()
        unit: Unit = "条" if beside["unit"] == "条" else "款" if beside["unit"] == "款" else "项"
        if which in ("同", "该") or self._own_text() or _THINGS.match(self._text, end):
            return end, []
        if unit == "项" and not _ITEM_ENDS.match(self._text, end) and self._text[end] != "第":
            return end, []
        behind = read_below(self._text, end, Address(1, 0, 1, 1 if unit == "项" else None, None, end, end))
        whole = behind[-1].end
        if not self._near(at) or self._last is None:
            return whole, self._no_antecedent(at, whole) if unit != "项" else []
        mention, place = self._last
        step = _BACK.get(which, 1)
        moved = self._moved(mention, cut(place, unit), unit, step)
        if moved is None or self._doubtful(at, which, unit):
            if which == "前" and moved is not None:
                here, there = spell_place(cut(place, unit)), spell_place(moved)
                return whole, [self._untold(at, whole, two_ways(self._text[at:end], there, here))]
            return whole, self._no_antecedent(at, whole)
        return self._follow_base(at, end, mention, moved)

    def _doubtful(self, at: int, which: str, unit: Unit) -> bool:
        """Whether 前款 may be the 款 just named itself, or several articles may be meant.

        Straight behind an address, as in a list, it is the one before it; in a quotation it may be either.
        """
        several = (
            self._first is not None
            and self._last is not None
            and spell_place(cut(self._first, unit)) != spell_place(cut(self._last[1], unit))
        )
        return (
            several
            or self._other
            or (which == "前" and unit != "条" and not _LISTED.fullmatch(self._text, self._end, at))
        )

    # --- what was named before ---------------------------------------------------------------------------------

    def _references(self, mention: Mention, addresses: Sequence[Address]) -> list[Reference]:
        if addresses:
            if addresses[0].start > self._sentence:
                self._first, self._several = addresses[0], False
                stop = _STOP.search(self._text, addresses[-1].end)
                self._sentence = stop.start() if stop else len(self._text)
            elif not self._same_law(mention):
                self._several = True
            self._end, self._other = addresses[-1].end, False
        return super()._references(mention, addresses)

    def _same_law(self, mention: Mention) -> bool:
        last = self._last
        return bool(last and mention.laws and mention.laws == last[0].laws and not mention.void)

    def _near(self, at: int) -> bool:
        """Whether an address was named before in the sentence."""
        return self._last is not None and self._end <= at <= min(self._sentence, self._end + _FARTHEST)

    def _carried(self, at: int) -> Mention | None:
        """The law of the address before, where an address at ``at`` goes on with it beyond doubt."""
        if self._last is None or self._other or self._own_text() or not self._near(at):
            return None
        between = self._text[self._end : at]
        papers = _PAPERS.search(between) or _ENDS_IN_A_PAPER.search(between)
        sure = _LEADS.search(between) and not papers and not self._several
        return self._last[0] if sure and not self._last[0].void else None

    def _own_text(self) -> bool:
        return len(self._headings) >= _OWN_HEADINGS

    # --- what is told ------------------------------------------------------------------------------------------

    def _no_antecedent(self, start: int, end: int) -> list[Reference]:
        shown = self._reading.span(start, end).of(self._source)
        return [self._untold(start, end, no_antecedent(shown))]

    def _untold(self, start: int, end: int, message: str, problem: Problem = "ambiguous") -> Reference:
        return Reference(
            self._reading.span(start, end), self._text[start:end], problem=problem, message=message
        )


def spell_place(place: Address) -> str:
    """An address as statutes write it.

    >>> spell_place(Address(43, 0, 2, None, None, 0, 0))
    '第四十三条第二款'
    """
    return spell(spell_article(place.article, place.branch), place.paragraph, place.item, place.subitem)
