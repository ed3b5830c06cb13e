"""The names of a law: what people call it, drawn from its title by rule, and from a table where no rule holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache

from rag.lexical import fold
from rag.numerals import numeral
from rag.references.reading import read
from rag.regions import ABROAD, NATIONAL, PROVINCE_OF

HAN = r"\u3400-\u9fff〇"


class Tier(IntEnum):
    """How sure a name is of its law; where laws share a name, the lower tier holds it."""

    TITLE = 0  # the official title, with or without 中华人民共和国
    SHORT = 1  # shortened by rule
    KNOWN = 2  # a well-known abbreviation, or learnt from a text
    PLACELESS = 3  # a local rule without its place: names no law, but tells what was meant


PLACE_SUFFIX = rf"(?:省|市(?!场)|经济特区|特别行政区|地区|新区|[{HAN}]{{0,6}}?自治[区州]|州|盟)"
PLACE = rf"(?:{'|'.join(sorted(PROVINCE_OF, key=len, reverse=True))})"
PLACED = re.compile(rf"(?P<name>{PLACE})(?P<suffix>{PLACE_SUFFIX})?")

LAWLIKE = re.compile(
    r"(?:宪法|法典|法|条例|规定|办法|细则|规则|规程|解释|章程|制度|决定|通知|意见|指引|批复|公约|标准|纲要|准则|答复|纪要|方案|公告|函)"
    r"(?:[(][^()]{1,12}[)])?$"
)

# Abbreviations that no rule gives: full name → what people write. A row counts where the law is held.
ABBREVIATIONS = {
    "劳动合同法": "劳合法",
    "劳动合同法实施条例": "劳合法实施条例",
    "劳动争议调解仲裁法": "调解仲裁法 劳动仲裁法 劳动争议仲裁法 劳动调解仲裁法 劳动争议调解与仲裁法 劳动争议调解和仲裁法",
    "社会保险法": "社保法",
    "妇女权益保障法": "妇女法 妇女权益法 妇女保障法 妇保法 妇女权益保护法",
    "未成年人保护法": "未保法",
    "残疾人保障法": "残保法",
    "民事诉讼法": "民诉法",
    "刑事诉讼法": "刑诉法",
    "行政诉讼法": "行诉法",
    "人口与计划生育法": "计划生育法 计生法 人口计生法 人口和计划生育法",
    "职业病防治法": "职业病法",
    "职业教育法": "职教法",
    "安全生产法": "安生法",
    "就业促进法": "促进就业法",
    "全民所有制工业企业法": "工业企业法",
    "工伤保险条例": "工伤条例",
    "失业保险条例": "失业条例",
    "职工带薪年休假条例": "带薪休假条例 年假条例 带薪年假条例 职工年休假条例 职工年假条例",
    "企业职工带薪年休假实施办法": "年休假办法 年休假实施办法 年假实施办法 带薪年休假办法 职工年休假实施办法",
    "女职工劳动保护特别规定": "女职工特别规定 女职工保护规定 女职工保护特别规定 女职工特别保护规定",
    "保障农民工工资支付条例": "农民工工资支付条例 农民工工资条例 保障农民工工资条例 农民工工资支付保障条例",
    "劳动保障监察条例": "劳动监察条例 劳保监察条例",
    "住房公积金管理条例": "住房公积金条例 公积金管理条例 公积金条例",
    "禁止使用童工规定": "禁用童工规定 童工规定",
    "国务院关于职工工作时间的规定": "工作时间规定 职工工时规定 工时规定",
    "企业职工患病或非因工负伤医疗期规定": "医疗期规定 企业职工医疗期规定 职工医疗期规定",
    "工资支付暂行规定": "工资暂行规定",
    "关于工资总额组成的规定": "工资总额规定",
    "事业单位人事管理条例": "事业单位人事条例 事业单位条例",
    "社会保险费征缴暂行条例": "社保费征缴条例 社保费征缴暂行条例 社会保险征缴条例",
    "社会保险经办条例": "社保经办条例",
    "全国社会保障基金条例": "社保基金条例 社会保障基金条例",
    "尘肺病防治条例": "尘肺病条例",
    "生产安全事故报告和调查处理条例": "安全事故调查处理条例 生产安全事故条例 事故调查处理条例",
    "超龄劳动者基本权益保障暂行规定": "超龄劳动者规定 超龄劳动者暂行规定 超龄劳动者权益保障规定 超龄劳动者权益保障暂行规定",
    "企业实施竞业限制合规指引": "竞业限制合规指引 竞业限制指引",
    "最高人民法院关于审理拒不支付劳动报酬刑事案件适用法律若干问题的解释": "拒不支付劳动报酬解释 拒不支付劳动报酬司法解释 拒不支付劳动报酬罪司法解释",
    "最高人民法院关于审理工伤保险行政案件若干问题的规定": "工伤保险司法解释 工伤司法解释 工伤保险行政案件司法解释",
    "中国工会章程": "工会章程",
}

# Names in English that leave no doubt beside an article's number.
ENGLISH = {
    "trade union law": "工会法",
    "labor law": "劳动法",
    "labor contract law": "劳动合同法",
    "employment contract law": "劳动合同法",
    "regulations on the implementation of the labor contract law": "劳动合同法实施条例",
    "labor contract law implementation regulations": "劳动合同法实施条例",
    "labor dispute mediation and arbitration law": "劳动争议调解仲裁法",
    "law on labor dispute mediation and arbitration": "劳动争议调解仲裁法",
    "social insurance law": "社会保险法",
    "company law": "公司法",
    "civil procedure law": "民事诉讼法",
    "arbitration law": "仲裁法",
    "employment promotion law": "就业促进法",
    "work safety law": "安全生产法",
    "production safety law": "安全生产法",
    "safe production law": "安全生产法",
    "vocational education law": "职业教育法",
    "law on the prevention and control of occupational diseases": "职业病防治法",
    "occupational disease prevention law": "职业病防治法",
    "law on the protection of women's rights and interests": "妇女权益保障法",
    "women's rights protection law": "妇女权益保障法",
    "population and family planning law": "人口与计划生育法",
    "regulations on work-related injury insurance": "工伤保险条例",
    "regulation on work-related injury insurance": "工伤保险条例",
    "work injury insurance regulations": "工伤保险条例",
    "unemployment insurance regulations": "失业保险条例",
    "regulations on paid annual leave of employees": "职工带薪年休假条例",
    "regulations on paid annual leave": "职工带薪年休假条例",
    "special rules on the labor protection of female employees": "女职工劳动保护特别规定",
    "constitution of the chinese trade unions": "中国工会章程",
}

# Slips of the keyboard, whole words of names: right → wrong. Heard only with an article behind the name.
SLIPS = (
    ("合同", "和同"),
    ("合同", "合通"),
    ("工伤", "工商"),
    ("工伤", "公伤"),
    ("工会法", "公会法"),
    ("年休假", "年修假"),
    ("仲裁", "仲才"),
    ("仲裁", "中裁"),
    ("女职工", "女员工"),
    ("女职工", "女工"),
    ("条例", "条列"),
    ("条例", "条利"),
    ("章程", "章成"),
    ("规定", "规订"),
)

_QUOTES = re.compile(r"[\"“”]")
_LAST_BRACKET = re.compile(r"[(]([^()]{1,60})[)]$")
_VERSION_BRACKET = re.compile(
    rf"(?<!\d)(?:19|20)\d\d(?!\d)|修[正订改]|版|原文|节选|残缺|止于|失效|废止|^[^{HAN}\d]{{2,}}$"
)
# 工会法2021, 劳动合同法2007年原文, 工会法修订版: a rule's name with its version straight behind it.
_VERSION_TAIL = re.compile(
    r"(?<=[法例定则程典章度约释)])"
    r"(?:(?:19|20)\d\d(?:年(?:\d{1,2}月(?:\d{1,2}日)?)?|[-./]\d{1,2}[-./]\d{1,2}|[01]\d[0-3]\d)?"
    r"(?:最新)?(?:修正|修订|修改|通过|公布|颁布|施行|实施)?(?:版本?|本|文本|原文)?|(?:修正|修订)(?:版本?|本|文本)|原文)$"
)
_RULE = re.compile(
    r"(?:宪法|法典|法|条例|规定|办法|细则|规则|规程|解释|章程|制度|公约|准则)(?:[(][^()]{1,12}[)])?$"
)
_DRAFT_BRACKET = re.compile(r"草案|征求意见稿")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d{1,3}(?!\d)|\d{5})")
_REMARKS = 3  # remarks on the version that one title may carry
_COUNTRY = re.compile(r"^中华人民共和国(?!国务院)")
_ISSUED = re.compile(r"关于(?:印发|公布|发布|颁布)《([^《》]{3,80})》的(?:通知|公告|决定)$")
_JUDGED = re.compile(
    r"^(?:最高人民法院)?(?:、最高人民检察院)?关于审理(?P<matter>.{2,20}?)(?:刑事|民事|行政)?案件"
    r"(?:适用法律)?(?:若干)?问题的(?P<kind>解释|规定)(?:[(](?P<part>[一二三四五六七八九十]{1,2})[)])?$"
)
_APPLIED = re.compile(
    r"^(?:最高人民法院)?关于.{0,14}?适用(?:中华人民共和国)?(?P<matter>[^的]{2,16}?法)(?:若干)?问题的解释"
    r"(?:[(](?P<part>[一二三四五六七八九十]{1,2})[)])?$"
)
_PART = re.compile(r"^(?:最高人民法院|关于).{4,80}解释[(](?P<part>[一二三四五六七八九十]{1,2})[)]$")
_ABOUT = re.compile(
    r"^(?:国务院|最高人民法院|中华全国总工会|全国总工会)?关于([^的]{2,20})的(规定|办法|意见|决定)$"
)
_PLACE_BEHIND = re.compile(rf"^(?P<name>.{{2,40}})[(](?P<place>{PLACE})[)]$")
_CARRIES_OUT = re.compile(r"^(?P<place>.{0,12})实施(?P<law>.{2,20}法)(?P<kind>办法|细则|若干规定|规定|条例)$")
_ISSUER = re.compile(r"^(?:国务院|最高人民法院(?:、最高人民检察院)?|中华全国总工会|全国总工会)(?=关于)")


def plain(title: str) -> str:
    """A title as it is compared, and as read() gives it: folded, without layout, book marks and quotes.

    >>> plain("北京市实施《中华人民共和国工会法》办法（２０１５修订）")
    '北京市实施中华人民共和国工会法办法(2015修订)'
    """
    return _QUOTES.sub("", read(title).text)


def without_version(name: str) -> tuple[str, tuple[int, ...]]:
    """A plain title without what tells its version, in brackets or straight behind it, and the years told there.

    >>> without_version("中华人民共和国工会法(2001年修正)"), without_version("劳动争议解释(二)")
    (('中华人民共和国工会法', (2001,)), ('劳动争议解释(二)', ()))
    >>> without_version("劳动合同法2007年原文"), without_version("工会法2021(节选)")
    (('劳动合同法', (2007,)), ('工会法', (2021,)))
    """
    years: tuple[int, ...] = ()
    for _ in range(_REMARKS):
        start = _version_start(name)
        if start is None:
            break
        years = (*(int(year) for year in _YEAR.findall(name[start:])), *years)
        name = name[:start]
    return name, years


def _version_start(name: str) -> int | None:
    """Where the last remark on the version begins in a plain title, or None."""
    if match := _LAST_BRACKET.search(name):
        told = _VERSION_BRACKET.search(match[1]) and not _DRAFT_BRACKET.search(match[1])
        return match.start() if told and match.start() else None
    tail = _VERSION_TAIL.search(name)
    return tail.start() if tail and _RULE.search(name, 0, tail.start()) else None


@lru_cache(maxsize=10_000)
def version_year(title: str) -> int | None:
    """The last year that a title tells of its version, or None.

    >>> version_year("工会法2021"), version_year("《工会法（2001年修正）》"), version_year("工会法")
    (2021, 2001, None)
    """
    return max(without_version(plain(title))[1], default=None)


@lru_cache(maxsize=10_000)
def remark(title: str) -> str:
    """What a title says of its version, as plain() gives it; empty where it says nothing.

    >>> remark("劳动合同法（2007年原文）"), remark("工会法2021"), remark("工会法")
    ('(2007年原文)', '2021', '')
    """
    name = plain(title)
    return name[len(without_version(name)[0]) :]


def interpretation_part(name: str) -> int | None:
    """4 of 最高人民法院…的解释(四), the name of a law; None of any other."""
    match = _PART.search(name)
    return numeral(match["part"]) if match else None


def law_name(title: str) -> str:
    """What all versions of one law share: its plain title without version and 中华人民共和国.

    >>> law_name("中华人民共和国仲裁法（2025年修订）"), law_name("工会法2021")
    ('仲裁法', '工会法')
    """
    return _COUNTRY.sub("", without_version(plain(title))[0])


def is_law(name: str) -> bool:
    """Whether a name is of a 法, which only the national legislature passes.

    >>> is_law("工会法"), is_law("实施工会法办法")
    (True, False)
    """
    return name.endswith(("法", "法典")) and not name.endswith("办法")


def place_of(name: str) -> str | None:
    """The place that a plain title begins with, as written: 北京市 of 北京市安全生产条例.

    >>> place_of("北京市安全生产条例"), place_of("工会法")
    ('北京市', None)
    """
    match = PLACED.match(name)
    return match[0] if match else None


def names(title: str, region: str = NATIONAL) -> Iterator[tuple[str, Tier]]:
    """Every plain name of the law of that title, the official one first; a name may come twice.

    >>> sorted(name for name, tier in names("失业保险条例") if tier != Tier.TITLE)
    ['中华人民共和国失业保险条例', '失业保险条例', '失业条例']
    """
    name = law_name(title)
    place = place_of(name)
    if issued := _ISSUED.search(_LAST_BRACKET.sub("", fold(title))):
        where = region if place is None else short_place(place)
        yield from ((inner, max(tier, Tier.SHORT)) for inner, tier in names(issued[1], where))
    if region == ABROAD:  # another country's 工会法 answers only where no law of ours has the name
        yield name, Tier.KNOWN
        return
    if place is None and region != NATIONAL and region not in name:
        # Without its place in the title, a local rule must not answer for a national one of the same words.
        yield name, Tier.PLACELESS
        yield region + name, Tier.SHORT
        return
    yield name, Tier.TITLE
    yield without_version(plain(title))[0], Tier.TITLE
    if place is None:
        yield "中华人民共和国" + name, Tier.SHORT
        for short in national(name):
            yield short, Tier.SHORT
        for known in ABBREVIATIONS.get(name, "").split():
            yield known, Tier.KNOWN
        return
    rest = name[len(place) :]
    for head in {place, short_place(place)}:
        for tail in {rest, *local(rest)}:
            yield head + tail, Tier.SHORT
            yield head + "的" + tail, Tier.SHORT
    for tail in {rest, *local(rest)}:
        yield tail, Tier.PLACELESS


def short_place(place: str) -> str:
    """北京市 → 北京, 新疆维吾尔自治区 → 新疆."""
    match = PLACED.match(place)
    return match["name"] if match else place


def national(name: str) -> Iterator[str]:
    """Shorter forms of a title that has no place."""
    yield from qualified(name)
    yield from judicial(name)
    yield name.replace("中华人民共和国", "")
    if elsewhere := _PLACE_BEHIND.match(name):
        yield elsewhere["place"] + elsewhere["name"]
    if about := _ABOUT.match(name):
        for form in (about[1] + about[2], "关于" + about[1] + "的" + about[2]):
            yield form
            yield from qualified(form)
    if issuer := _ISSUER.match(name):
        yield name[issuer.end() :]
    for head in ("企业职工", "企业", "职工", "中国"):
        if name.startswith(head) and len(name) - len(head) >= 6:
            yield from {name[len(head) :], *qualified(name[len(head) :])}
    if "带薪年休假" in name:
        for head in ("企业职工", "职工", ""):
            yield re.sub(r"^(?:企业)?职工带薪", head, name)


def qualified(name: str) -> Iterator[str]:
    """Without 特别, 暂行, 若干, and （试行）: 工资支付暂行规定 → 工资支付规定."""
    loose = re.sub(r"(?:特别|暂行|若干|试行)(?=规定|条例|办法)|[(](?:试行|暂行)[)]$", "", name)
    if loose != name and len(loose) >= 5:
        yield loose
    if "若干问题" in name:
        yield name.replace("若干问题", "问题")


def judicial(name: str) -> Iterator[str]:
    """What people call a judicial interpretation: 劳动争议司法解释（二）, 工会法司法解释."""
    match = _JUDGED.match(name) or _APPLIED.match(name)
    if match is None:
        return
    matter, part = match["matter"], match["part"]
    matters = {matter, matter + "案件"} if match.re is _JUDGED else {matter}
    kinds = ("解释", "司法解释") if match.groupdict().get("kind", "解释") == "解释" else ("规定", "司法解释")
    tails = (
        [""]
        if part is None
        else [f"({part})", part, str(numeral(part)), f"({numeral(part)})", f"之{part}", ""]
    )
    for stem in matters:
        for kind in kinds:
            for tail in tails:
                yield stem + kind + tail
                yield f"关于{stem}的{kind}{tail}"
    if match.re is _JUDGED and match["kind"] == "规定":
        yield f"{matter}案件若干问题的规定"


def local(rest: str) -> Iterator[str]:
    """Shorter forms of a local title behind its place: 实施中华人民共和国工会法办法 → 实施工会法办法, 工会法实施办法."""
    yield from qualified(rest)
    if carried := _CARRIES_OUT.match(rest):
        law, kind = carried["law"].removeprefix("中华人民共和国"), carried["kind"]
        for name in (law, *ABBREVIATIONS.get(law, "").split()):
            yield from (f"实施{name}{kind}", f"{name}实施{kind}", f"{name}{kind}", f"贯彻{name}{kind}")
        if kind == "若干规定":
            yield f"实施{law}规定"
