"""The grammar of addresses inside a law: 第三条、第五条第一款第（一）（二）项 → one Address each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from rag.numerals import numeral, to_chinese

NUMBER = r"(?:\d{1,4}|[零〇一二三四五六七八九十百千]{1,9})"
LONGEST = 800  # characters of one list of addresses that are read
HIGHEST = 9999  # to_chinese() goes so far
WIDEST = 200  # addresses that one range may spell out

_LEVELS = {"条": 0, "部分": 0, "款": 1, "项": 2, "点": 2, "目": 3}
_ITEM = 2
_ONE = rf"(?:[(]{NUMBER}[)]|{NUMBER})"
_JOIN = r"(?:以及|或者|至|到|和|与|及|或|、|,|/|[-—–~]{1,2})"
_BRANCH = rf"之(?P<branch>{NUMBER})(?!切|部分|半)"
_GROUP = re.compile(
    rf"(?P<mark>第)?(?P<numbers>{_ONE}(?:{_JOIN}第?{_ONE}|[(]{NUMBER}[)]){{0,40}})"
    rf"(?P<unit>条|款|项|目|点|部分)(?:{_BRANCH})?"
)
# （二） straight behind 条 or 款 is an item whose 项 was left out.
_LONE_ITEMS = re.compile(
    rf"(?P<mark>)(?P<numbers>[(]{NUMBER}[)](?:[、,和]?[(]{NUMBER}[)]){{0,20}})(?P<unit>)(?P<branch>)(?![条款项目年])"
)
_JOINED = re.compile(rf"(?P<join>{_JOIN})(?=第|[(]|{NUMBER})")
_MORE_BRANCHES = re.compile(rf"{_JOIN}{_BRANCH}")
_MEMBER = re.compile(rf"(?P<join>{_JOIN})?第?[(]?(?P<number>{NUMBER})[)]?")
_RANGE = re.compile(r"至|到|[-—–~]{1,2}")
_CHAPTERS = re.compile(rf"(?:第{NUMBER}(?:编|分编|章|节)){{1,4}}(?=第)")
# 第 and 条 as they come out of a slip of the keyboard; 调 also opens words of its own.
_SLIP = re.compile(rf"[第弟笫地低帝递]({NUMBER})(?:[条跳挑]|调(?![解查研整动度]))")
# What may stand between 条 and 款: 第四十三条的第二款, 第四十三条（第二款）.
_OF = re.compile(r"(?:的|中的?|里的?|之|[(])(?=第)")
# A bare 三条, 八项 before one of these counts things, and is no address.
_COUNTED = re.compile(
    r"意见|建议|措施|举措|红线|新规|禁令|纪律|标准|理由|原因|经验|要点|底线|修改|变化|亮点|提醒|规矩|权利|义务|情形|职责"
    r"|条件|原则|要求|制度|经费|来源|费用|任务|工作|职能|消息|内容|权益|途径|法律|以上|以下|多"
)
_CUT_SHORT = re.compile(rf"第(?!(?:19|20)\d\d)(?P<number>{NUMBER})(?![零〇一二三四五六七八九十百千\d])")
_ENDS = re.compile(r"$|[\s,.;:?!。)\]】\"”]|的|规定|是|怎么|如何|讲|说|写|内容")
_OTHER_UNIT = re.compile(r"[条款项目点编章节部分次届批期号个]")
_CUT_BARE = re.compile(rf"(?!(?:19|20)\d\d)(?P<number>{NUMBER})(?=[?!。.]{{0,3}}$)")
_CUT_LIST = re.compile(
    r"第?(?P<numbers>(?!(?:19|20)\d\d)\d{1,3}(?:[、,和]第?\d{1,3}){1,20})(?!\d)(?=[?!。.]{0,3}$)"
)
_COUNTED_OFF = 10
_NAMED_ON = re.compile(r"$|[\s,;。、)?!之至到和与及或第(]|的?(?:规定|内容|原文)|[也还则均都]|中|所|以及")
_CLEARLY_ASKED = re.compile(r"[?。!.)\]】]{0,3}$|的?(?:规定|内容|原文)|是什么|怎么|如何")


@dataclass(frozen=True, slots=True)
class Address:
    """Where in a law: 条 ``article`` with ``branch`` (第六条之一: 6, 1), 款, 项, 目, counted from 1;
    [start, end) are characters of the text that was read."""

    article: int
    branch: int
    paragraph: int | None
    item: int | None
    subitem: int | None
    start: int
    end: int


def spell(article: str | None, paragraph: int | None, item: int | None, subitem: int | None) -> str:
    """An address as statutes write it.

    >>> spell("第四十三条", 1, 2, None)
    '第四十三条第一款第二项'
    """
    parts = ((paragraph, "款"), (item, "项"), (subitem, "目"))
    return (article or "") + "".join(f"第{to_chinese(n)}{unit}" for n, unit in parts if n is not None)


def spell_article(article: int, branch: int) -> str:
    """The label of an article.

    >>> spell_article(287, 1)
    '第二百八十七条之一'
    """
    return f"第{to_chinese(article)}条" + (f"之{to_chinese(branch)}" if branch else "")


def read_addresses(text: str, at: int, *, headings: bool = False, marked: bool = False) -> list[Address]:
    """The addresses that begin at ``at`` of a folded text without white space, in order; [] if none does.

    ``headings``: the text is of a notice, whose 一、二、 are named 第一条, 第一项, 第一点 or 第一部分.
    ``marked``: only an address that begins with 第 counts.

    >>> [(one.article, one.paragraph) for one in read_addresses("第三条、第五条第一款至第三款", 0)]
    [(3, None), (5, 1), (5, 2), (5, 3)]
    """
    window = text[at : at + LONGEST]
    if _SLIP.match(window):
        window = _SLIP.sub(r"第\1条", window, count=1)
    chapters = _CHAPTERS.match(window)
    group = _first(window, chapters.end() if chapters else 0, headings, marked)
    if group is None:
        return []
    try:
        found = _go_on(window, list(_spread(group, None, 0)), group.end())
    except ValueError:  # 第十十条: the shape of a number, and none
        return []
    return [replace(one, start=at + one.start, end=at + one.end) for one in found]


def read_cut(text: str, at: int, *, whole: bool, gap: Callable[[int], bool]) -> Address | None:
    """The article of a numeral at ``at`` whose 条 was left out, 劳动合同法第三十八, or None.

    Without 第 (``whole``: the text may be nothing but a name and its numeral) only at the end of the text.
    A small number may count off points, 第二，, and needs clearer words behind it. ``gap`` tells whether the
    source has white space before a character of ``text``.

    >>> read_cut("劳动合同法第三十八的规定", 5, whole=False, gap=lambda at: False).article
    38
    """
    match = _CUT_SHORT.match(text, at)
    if match:
        end = match.end()
        if not _ENDS.match(text, end) and (not gap(end) or _OTHER_UNIT.match(text, end)):
            return None
    elif whole:
        match = _CUT_BARE.match(text, at)
    if match is None:
        return None
    try:
        number = numeral(match["number"])
    except ValueError:  # 第十十: the shape of a number, and none
        return None
    clear = number > _COUNTED_OFF or _CLEARLY_ASKED.match(text, match.end("number"))
    return Address(number, 0, None, None, None, at, match.end("number")) if number and clear else None


def read_cut_list(text: str, at: int) -> list[Address]:
    """The articles of Arabic numerals at ``at`` that end a text, 工会法43、44; [] where there are fewer than two.

    >>> [one.article for one in read_cut_list("工会法43、44", 3)]
    [43, 44]
    """
    listed = _CUT_LIST.match(text, at)
    if listed is None:
        return []
    return [
        Address(int(one[0]), 0, None, None, None, one.start(), one.end())
        for one in re.compile(r"\d+").finditer(text, at, listed.end("numbers"))
    ]


def read_below(text: str, at: int, base: Address) -> list[Address]:
    """The addresses below 条 or 款 ``base`` that begin at ``at``; [base] if none does."""
    level = next((level for level in (3, 2, 1) if _part(base, level)), 0)
    start = replace(base, start=base.start - at, end=base.end - at)
    try:
        found = _go_on(text[at : at + LONGEST], [start], 0, level)
    except ValueError:
        return [base]
    return [replace(one, start=at + one.start, end=at + one.end) for one in found]


def _go_on(window: str, found: list[Address], position: int, level: int = 0) -> list[Address]:
    """``found`` and what the list of addresses holds from ``position`` on."""
    while True:
        if refined := _refining(window, position, level):
            last, level, position = found.pop(), _level(refined), refined.end()
            first, *others = _spread(refined, last, level)
            found += [replace(first, start=last.start), *others]
        elif (joined := _joining(window, position)) and not _counts_off(window, found[-1], *joined):
            join, group = joined
            level, position = _level(group), group.end()
            found += _spread(group, found[-1], level, ranged=bool(_RANGE.fullmatch(join)))
        elif level == 0 and found[-1].branch and (more := _MORE_BRANCHES.match(window, position)):
            found.append(replace(found[-1], branch=numeral(more["branch"]), start=position, end=more.end()))
            position = more.end()
        else:
            return found


def _first(window: str, at: int, headings: bool, marked: bool) -> re.Match[str] | None:
    group = _GROUP.match(window, at)
    if group is None or (group["unit"] != "条" and not headings):
        return None
    if group["mark"]:
        return group
    if marked or headings or _COUNTED.match(window, group.end()):
        return None
    # 三条 alone counts articles; 43条, 四十三条 and 三条二款 name one.
    tells = re.search(r"\d|十|百", group["numbers"]) or _GROUP.match(window, group.end())
    return group if tells else None


def _refining(window: str, at: int, level: int) -> re.Match[str] | None:
    """What goes on straight behind an address, one level down or more: 第四十三条 + 第一款."""
    of = _OF.match(window, at)
    group = _GROUP.match(window, of.end() if of else at)
    if group is None:
        return _LONE_ITEMS.match(window, at) if level < _ITEM else None
    if _level(group) <= level:
        return None
    if group["mark"] or group["numbers"].startswith("("):
        return group
    return None if _COUNTED.match(window, group.end()) else group


def _joining(window: str, at: int) -> tuple[str, re.Match[str]] | None:
    """A further address of the list: 、第三款, 至第五条, 、四十一条."""
    joined = _JOINED.match(window, at)
    join, behind = (joined["join"], joined.end()) if joined else ("", at)
    group = _GROUP.match(window, behind)
    if group is None or group["unit"] in ("点", "部分"):
        return None
    if group["mark"] or (joined and group["numbers"].startswith("(")):
        return join, group
    bare = group["unit"] == "条" and not _COUNTED.match(window, group.end())
    tells = re.search(r"\d|十|百", group["numbers"]) or join == "、"
    return (join, group) if joined and bare and tells else None


def _counts_off(window: str, before: Address, join: str, group: re.Match[str]) -> bool:
    """Whether 第一条 behind a comma begins a list of points: 违反劳动法第九十条，第一条没付工资."""
    if join != "," or group["unit"] != "条" or before.article <= _COUNTED_OFF:
        return False
    single = re.fullmatch(NUMBER, group["numbers"])
    return bool(single and numeral(single[0]) <= _COUNTED_OFF and not _NAMED_ON.match(window, group.end()))


def _level(group: re.Match[str]) -> int:
    return _LEVELS.get(group["unit"], _ITEM)


def _spread(
    group: re.Match[str], before: Address | None, level: int, *, ranged: bool = False
) -> Iterator[Address]:
    """One Address for each number of a group; what stands above its level comes from ``before``.

    Raises ValueError on what has the shape of a number and is none (十十), or is none of an article.
    """
    previous = _part(before, level) if before and ranged else None
    members = list(_MEMBER.finditer(group["numbers"]))
    for index, member in enumerate(members):
        ranged = ranged or bool(member["join"] and _RANGE.fullmatch(member["join"]))
        number = numeral(member["number"])
        if number > HIGHEST:
            raise ValueError(f"no law has an article {number}")
        first = (
            previous + 1 if ranged and previous is not None and 0 < number - previous <= WIDEST else number
        )
        last = index == len(members) - 1
        behind_join = member.end("join") if member["join"] else member.start()
        start = group.start("numbers") + behind_join if index else group.start()
        end = group.end() if last else group.start("numbers") + member.end()
        for value in range(first, number + 1):
            branch = numeral(group["branch"]) if group["branch"] and last and value == number else 0
            yield _placed(before, level, value, branch, start, end)
        previous, ranged = number, False


def _part(address: Address, level: int) -> int | None:
    return (address.article, address.paragraph, address.item, address.subitem)[level]


def _placed(before: Address | None, level: int, value: int, branch: int, start: int, end: int) -> Address:
    """The address with ``value`` at ``level``, nothing below, and above what ``before`` has there."""
    if before is None or level == 0:
        return Address(value, branch, None, None, None, start, end)
    above = (before.paragraph, before.item)[: level - 1]
    paragraph, item, subitem = (*above, value, None, None)[:3]
    return Address(before.article, before.branch, paragraph, item, subitem, start, end)
