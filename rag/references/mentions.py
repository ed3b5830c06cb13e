"""Mentions: where a text names a law, by title, short name, 文号 or a name it gave itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.numerals import numeral
from rag.references import guards
from rag.references.addresses import NUMBER
from rag.references.catalogue import CURRENT, Catalogue, Entry, Law, Named, Wanted, choose, number_marks
from rag.references.editions import wanted_before, wanted_behind, wanted_in_brackets
from rag.references.reading import Reading
from rag.references.titles import HAN, LAWLIKE, PLACED, Tier, is_law, law_name, place_of, without_version
from rag.regions import ABROAD

_KINDS = r"法典|法|条例|规定|办法|细则|规则|解释|章程|制度"
# A bare name that nothing holds is heard only with an article behind it.
_UNHELD = re.compile(
    rf"(?:{_KINDS})(?:[(][^()]{{1,20}}[)])?(?=(?:的|中的?|里的?|,|[{HAN}]{{2,6}}编)?(?:第{NUMBER}|\d{{1,4}})条)"
)
_NOT_A_LAW = re.compile(
    r"(?:[方办做说想看手合违非执司依守普犯枉书疗技戏家设国两]|(?<!适)用|(?<!预)算|(?<!管)理|(?<!^)立)法$"
)
_SPEAKS_BACK = re.compile(rf"(?:[本该此其新旧原各两]|(?<![合])同|上述|前述|相关|有关|其他|上位)(?:{_KINDS})$")
_SHORT_LAWS = frozenset(("宪法", "刑法", "民法"))
_PLAIN_SPEECH = re.compile(
    r"我们|你们|他们|公司$|单位$|企业$|这|那|哪|什么|怎么|老板|领导|^[本该此同上其]|上述|前述|有关|相关|某|具体|内部|^规章|^管理$|如何|没有"
)
_NOT_IN_A_NAME = re.compile(
    r"[的了吗呢哪什怎没不新该本此按依据讲说看问查有是能要可请出]|执行|出台|违反|参照|适用|修改|发布|应当|应该|规定"
)
# Documents of these kinds are named 关于…的…; a 《解除劳动合同通知》 is a paper of the firm.
_PAPER = re.compile(r"(?:决定|通知|意见|公告|方案|批复|答复|纪要|函|标准|纲要)$")
KIND_ALONE = re.compile(rf"(?:实施|暂行)?(?:{_KINDS}|决定|通知|意见|公告|方案|函)")
_SURE = re.compile(r"(?:(?<!办)法|法典|条例|司法解释|[)])$|暂行|特别|若干|实施|关于")
_SURE_LENGTH = 8
# Names that are whole wherever they stand; other short ones may be the tail of 义务教育法, 调解仲裁法.
_WHOLE = frozenset(("工会法", "劳动法", "公司法", "社保法", "妇女法", "劳合法", "民法典", "民诉法", "职教法",
                    "计生法", "工伤保险条例", "失业保险条例"))  # fmt: skip
_WHOLE_LAW = 5
_WHOLE_RULE = 7

_BRACKET = re.compile(
    r"[(\[【](?P<content>[^()\[\]【】]{1,80}(?:[(][^()]{1,20}[)][^()\[\]【】]{0,60})?)[)\]】]"
)
_ADDRESS = re.compile(rf"第|{NUMBER}[条款项目]|(?:[一二三四五六七八九十]{{1,3}}|\d{{1,2}})$")
_DRAFT = re.compile(r"草案|征求意见稿|送审稿")
_CALLED = re.compile(r"(?:以下|下)?(?:统称|简称|称)(?:为|作|:)?[\"“]?([^\"”,;()]{2,24})")

_RUN = re.compile(rf"[{HAN}]{{1,60}}$")
_ISSUED_ABOUT = re.compile(
    rf"(?:最高人民法院|最高人民检察院|国务院|中华全国总工会|全国总工会)关于[{HAN}]{{2,46}}的(?:若干)?(?:{_KINDS})$"
)
_ISSUER = re.compile(rf"[{HAN}()]{{1,24}}$")
_ISSUERS_WORD = re.compile(r"(?:公告|文件|通知|案号|编号|第)$")
_BOTH_COURTS = re.compile(r"最高人民法院[、和]$")
# 最高法解释四, 司法解释（四）, of no named matter; straight behind 请 it is a verb and its list.
_PART = re.compile(
    r"(?:最高人民法院|最高法院?|最高院)?的?(?:司法)?解释(?:[(](?P<bracketed>[一二三四五六七八九十]{1,2}|\d)[)]|之?(?P<bare>[一二三四五六七八九十]{1,2}|\d))"
    r"(?=(?:的|中的?|,)?第)"
)
_BEFORE_PART = re.compile(
    r"(?:^|[,.;:。、(\"“\n!?]|根据|依据|依照|按照|适用|参照|违反|援引|[按依据和与及在的])$"
)
_ORDERING = re.compile(r"(?:国务院|主席|部|委员会|委|局|署|总局|办公室|人民政府)$")


@dataclass(frozen=True, slots=True)
class Mention:
    """A law named at [start, end) of a reading; [start, name_end) is the name without what follows it.

    ``laws`` are those it may mean, none where the law is not held; ``entries`` are set instead where a 文号
    names documents. ``vague``: it names no law for sure. ``weak``: heard only with an address behind it.
    ``void``: it names something else, and what follows belongs to that. ``edition``: its words are the title
    of one held version, and ``laws`` has only that.
    """

    start: int
    name_end: int
    end: int
    name: str
    laws: tuple[Law, ...] = ()
    entries: tuple[Entry, ...] = ()
    wanted: Wanted = CURRENT
    vague: bool = False
    weak: bool = False
    void: bool = False
    edition: bool = False

    @property
    def held(self) -> bool:
        return bool(self.laws or self.entries)


class Mentions:
    """Finds the mentions of one reading; ``at`` is asked from left to right."""

    def __init__(self, reading: Reading, catalogue: Catalogue) -> None:
        self._reading = reading
        self._text = reading.text
        self._catalogue = catalogue
        self._called: dict[str, Mention] = {}
        self._numbers = {mention.start: mention for mention in self._numbered()}
        self._unheld = {
            mention.start: mention for mention in (*self._unheld_local(), *self._unheld_articles())
        }

    def at(self, start: int) -> Mention | None:
        """The mention that begins at ``start``, with the version and the brackets behind its name."""
        mention: Mention | None
        if marked := self._reading.marked.get(start):
            mention = self._in_marks(start, marked[0])
        else:
            mention = (
                self._self_given(start)
                or self._numbers.get(start)
                or self._bare(start)
                or self._part(start)
                or self._unheld.get(start)
            )
        return self._with_version(mention) if mention and not mention.void else mention

    def _self_given(self, start: int, end: int | None = None) -> Mention | None:
        """A name that the text gave by 以下简称; a bare kind (《条例》) only in marks."""
        for name, target in self._called.items():
            if end is not None and self._text[start:end] == name:
                return replace(target, start=start, name_end=end, end=end)
            if end is None and self._text.startswith(name, start) and len(name) > 2:
                stop = start + len(name)
                if (
                    not guards.goes_on(self._text, start, name)
                    and guards.longer_title(self._text, stop) is None
                ):
                    return replace(target, start=start, name_end=stop, end=stop)
        return None

    def _in_marks(self, start: int, end: int) -> Mention:
        """What a run in book marks names; the longest name that begins there wins, marks inside it aside."""
        if (given := self._self_given(start, end)) is not None:
            return given
        content = self._text[start:end]
        for stop, named, slip in self._names_from(start):
            if slip or (stop > end and self._crosses_mark(start, stop)):
                continue
            name, years = without_version(self._text[start : max(stop, end)])
            if stop > end or name == self._text[start:stop]:
                titled = self._catalogue.titled(named.laws, self._text, stop)
                if titled and titled[1] == end:  # 《劳动合同法2007年原文》
                    mention = self._judge_marked(start, end, Named(named.tier, (titled[0],)), ())
                    return replace(mention, edition=True)
                return self._judge_marked(start, max(stop, end), named, years)
            if stop < end and _ADDRESS.match(self._text, stop):  # 《工会法第四十三条》
                return self._judge_marked(start, stop, named, ())
        paper = _PAPER.search(without_version(content)[0]) and "关于" not in content
        void = paper or KIND_ALONE.fullmatch(content) or not LAWLIKE.search(content)
        return Mention(start, end, end, content, void=bool(void))

    def _judge_marked(self, start: int, end: int, named: Named, years: tuple[int, ...]) -> Mention:
        name = self._text[start:end]
        mention = Mention(start, end, end, name, named.laws, wanted=Wanted(years=years))
        if guards.abroad_before(self._text, start):
            return replace(mention, laws=(), void=True)
        if named.tier == Tier.PLACELESS:
            return replace(mention, vague=True)
        if place_of(name) is None and not is_law(name):
            place = guards.place_before(self._text, start)
            if place is not None or guards.relative_place_before(self._text, start):
                return replace(mention, vague=True)
            if name.endswith("章程") and guards.body_before(self._text, start):
                return replace(mention, laws=(), void=True)
        longer = guards.longer_title(self._text, end)
        return replace(mention, end=longer, name_end=longer, laws=(), weak=True) if longer else mention

    def _names_from(self, start: int) -> Iterator[tuple[int, Named, bool]]:
        """The names that begin at ``start``, longest first, as (end, what it names, whether by a slip)."""
        names, slips = self._catalogue.names, self._catalogue.slips
        for length in self._catalogue.lengths.get(self._text[start : start + 2], ()):
            name = self._text[start : start + length]
            if len(name) < length:
                continue
            if named := names.get(name):
                yield start + length, named, False
            elif named := names.get(slips.get(name, "")):
                yield start + length, named, True

    def _bare(self, start: int) -> Mention | None:
        for end, named, slip in self._names_from(start):
            name = self._text[start:end]
            if not self._crosses_mark(start, end) and not guards.goes_on(self._text, start, name):
                return self._judge_bare(start, end, named, slip)
        return None

    def _crosses_mark(self, start: int, end: int) -> bool:
        return any(
            (mark := self._reading.marked.get(place)) is not None and mark[0] > end
            for place in range(start + 1, end)
        )

    def _judge_bare(self, start: int, end: int, named: Named, slip: bool) -> Mention:
        text, name = self._text, self._text[start:end]
        mention = Mention(start, end, end, name, named.laws, weak=slip or not _sure(name))
        if longer := guards.longer_title(text, end):
            return replace(mention, end=longer, name_end=longer, laws=(), weak=True)
        if slip and guards.sends_word(text, end):
            return replace(mention, void=True)
        if place_of(name):
            return mention
        if guards.abroad_before(text, start) and not _foreign(named):
            return replace(mention, void=True)
        vague = replace(mention, vague=True, weak=True)
        place = guards.place_before(text, start)
        if is_law(name) or name.endswith("发"):
            sure = place is None and (
                guards.stands_alone(text, start) or _whole(name, named.tier, _WHOLE_LAW)
            )
            return mention if sure else vague
        if place is not None:
            return Mention(place, end, end, text[place:end], weak=not name.endswith("条例"))
        if guards.relative_place_before(text, start) or named.tier == Tier.PLACELESS:
            return vague
        if guards.body_before(text, start):
            return replace(mention, void=True)
        if guards.stands_alone(text, start) or _whole(name, named.tier, _WHOLE_RULE):
            return mention
        return replace(mention, void=True) if name.endswith("章程") else vague

    def _part(self, start: int) -> Mention | None:
        """解释（四）: the one judicial interpretation of that part; of several matters, none for sure."""
        part = _PART.match(self._text, start)
        if part is None or not _BEFORE_PART.search(self._text, max(0, start - 2), start):
            return None
        end = part.end()
        laws = tuple(self._catalogue.parts(numeral(part["bracketed"] or part["bare"])))
        matters = {law.name.replace("若干问题", "问题") for law in laws}
        name = self._text[start:end]
        return Mention(start, end, end, name, laws, vague=len(matters) > 1, weak=True) if laws else None

    def _numbered(self) -> Iterator[Mention]:
        """Every 文号: of a document that is held, or of a clear form."""
        for core, end, year, number in number_marks(self._text):
            run = _ISSUER.search(self._text, max(0, core - 24), core)
            if run is None:
                continue
            for start in range(run.start(), core):
                entries = self._catalogue.numbered(self._text[start:core], year, number)
                if entries:
                    yield self._held_number(start, end, tuple(entries))
                    break
            else:
                yield from self._unheld_number(run.start(), core, end, year)

    def _held_number(self, start: int, end: int, entries: tuple[Entry, ...]) -> Mention:
        """A 文号 that is held, unless a character before it makes it another office's: 京 + 人社厅发."""
        if guards.stands_alone(self._text, start) or self._text.endswith("共和国", 0, start):
            return Mention(start, end, end, self._text[start:end], entries=entries)
        if guards.stands_alone(self._text, start - 1):
            return Mention(start - 1, end, end, self._text[start - 1 : end])
        return Mention(start, end, end, self._text[start:end], entries=entries, vague=True)

    def _unheld_number(self, run: int, core: int, end: int, year: int) -> Iterator[Mention]:
        start = guards.name_start(self._text, run, core)
        issuer = self._text[start:core]
        bracketed = self._text[core] in "〔[(【"
        clear = (bracketed and 2 <= len(issuer) <= 14) if year else _ORDERING.search(issuer)
        if clear and self._text[end - 1] in "号令" and not _ISSUERS_WORD.search(issuer):
            yield Mention(start, end, end, self._text[start:end])

    def _unheld_local(self) -> Iterator[Mention]:
        """江苏省工会条例, bare: a place and a 条例 that is not held."""
        for kind in re.finditer("条例", self._text):
            window = max(0, kind.start() - 24)
            for place in reversed(list(PLACED.finditer(self._text, window, kind.start()))):
                stem = self._text[place.end() : kind.start()].removeprefix("的")
                if re.fullmatch(rf"[{HAN}]{{2,18}}", stem) and not _NOT_IN_A_NAME.search(stem):
                    yield Mention(
                        place.start(), kind.end(), kind.end(), self._text[place.start() : kind.end()]
                    )
                break

    def _unheld_articles(self) -> Iterator[Mention]:
        """A bare name of a clear kind with an article behind it, of a law that is not held."""
        for kind in _UNHELD.finditer(self._text):
            run = _RUN.search(self._text, max(0, kind.start() - 60), kind.start())
            if run is None:
                continue
            issued = _ISSUED_ABOUT.search(self._text, run.start(), kind.end())
            near = max(run.start(), kind.start() - 30)
            start = issued.start() if issued else guards.name_start(self._text, near, kind.start() + 2)
            if both := _BOTH_COURTS.search(self._text, 0, start):
                start = both.start() if self._text.startswith("最高人民检察院", start) else start
            if self._crosses_mark(start, kind.end() - 1):  # 见《会费条例》: the run in marks is the name
                continue
            name = self._text[start : kind.end()]
            if _could_be_a_law(name) and not self._held_tail(start, kind.end()):
                yield Mention(start, kind.end(), kind.end(), name, weak=True)

    def _held_tail(self, start: int, end: int) -> bool:
        """Whether a name that is held ends there, and may stand there.

        中华人民共和国 opens a full title: the tail of one that is not held, 义务教育法, is no name in it.
        """
        full = self._text.startswith(guards.COUNTRY, start)
        for at in range(start, end - 1):
            for stop, named, slip in self._names_from(at):
                if stop == end:
                    mention = self._judge_bare(at, stop, named, slip)
                    if not mention.void and not (full and mention.vague):
                        return True
        return False

    def _with_version(self, mention: Mention) -> Mention:
        """The mention with what tells its version, before and behind it, and the short name it is given."""
        if mention.laws and (titled := self._catalogue.titled(mention.laws, self._text, mention.end)):
            mention = replace(mention, laws=(titled[0],), end=titled[1], edition=True)
        behind, end = wanted_behind(self._text, mention.end)
        before = wanted_before(self._text, mention.start)
        wanted = next((one for one in (behind, mention.wanted, before) if one != CURRENT), CURRENT)
        wanted = CURRENT if mention.edition and behind == CURRENT else wanted
        mention = replace(mention, end=end, wanted=wanted)
        for _ in range(3):
            bracket = _BRACKET.match(self._text, mention.end)
            if bracket is None or _ADDRESS.match(bracket["content"]):
                break
            mention = self._bracketed(mention, bracket)
        number = self._numbers.get(mention.end)
        return (
            replace(self._of_number(mention, number), end=number.end) if number and mention.laws else mention
        )

    def version_at(self, at: int) -> Wanted:
        """The version that a bracket at ``at`` asks for, where it says nothing else: 第十八条（2018年）."""
        bracket = _BRACKET.match(self._text, at)
        wanted, only = wanted_in_brackets(bracket["content"]) if bracket else (CURRENT, False)
        return wanted if only else CURRENT

    def _bracketed(self, mention: Mention, bracket: re.Match[str]) -> Mention:
        content = bracket["content"]
        mention = replace(mention, end=bracket.end())
        if _DRAFT.search(content):
            return replace(mention, laws=(), entries=(), name_end=bracket.end())
        inside = [self._numbers[at] for at in range(bracket.start(), bracket.end()) if at in self._numbers]
        wanted, only = wanted_in_brackets(content)
        if inside:
            mention = self._of_number(mention, inside[0])
        elif wanted != CURRENT and (only or choose(mention.laws, None, wanted)):
            mention = replace(mention, wanted=wanted)
        if called := _CALLED.search(content):
            self._called[called[1]] = mention
        return mention

    def _of_number(self, mention: Mention, number: Mention) -> Mention:
        """《标题》（文号）: the number picks the version; one that is not held says nothing against the title."""
        if not number.entries or mention.entries:
            return mention
        if mention.laws:
            held = {entry.document_id for law in mention.laws for entry in law.versions}
            fitting = tuple(entry for entry in number.entries if entry.document_id in held)
            return replace(mention, entries=fitting, vague=not fitting)
        # 关于印发《…办法》的通知（文号）: the title is held under the name of what it issued.
        fitting = tuple(entry for entry in number.entries if law_name(entry.title) in mention.name)
        return replace(mention, entries=fitting or number.entries, vague=not fitting)


def _foreign(named: Named) -> bool:
    return all(entry.region == ABROAD for law in named.laws for entry in law.versions)


def _sure(name: str) -> bool:
    """Whether a bare name is heard as one without an article behind it; 集体合同规定 is plain speech."""
    if not re.search(rf"[{HAN}]", name):
        return len(name) > _SURE_LENGTH
    if not LAWLIKE.search(name):
        return False
    return bool(_SURE.search(name)) or len(name) >= _SURE_LENGTH or name in ("工会章程", "中国工会章程")


def _whole(name: str, tier: Tier, length: int) -> bool:
    """Whether a name is no tail of a longer one, whatever stands before it."""
    return name in _WHOLE or (tier == Tier.TITLE and len(name) >= length and not name.endswith("章程"))


def _could_be_a_law(name: str) -> bool:
    """Whether a bare name that nothing holds reads like a law's, not like plain speech."""
    if name in _SHORT_LAWS:
        return True
    kind = re.search(rf"(?:{_KINDS})(?:[(][^()]{{1,20}}[)])?$", name)
    stem = name[: kind.start()] if kind else ""
    if kind is None or _SPEAKS_BACK.search(name) or _PLAIN_SPEECH.search(stem):
        return False
    if kind[0].startswith("法"):
        return len(name) > 2 and not _NOT_A_LAW.search(name)
    return len(stem) >= (2 if kind[0].startswith("条例") else 4)
