"""The names of a law: what people call it, drawn from its title by rule, and from a table where no rule holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum

from rag.lexical import fold
from rag.numerals import numeral

HAN = r"\u3400-\u9fff〇"


class Tier(IntEnum):
    """How sure a name is of its law; where laws share a name, the lower tier holds it."""

    TITLE = 0  # the official title, with or without 中华人民共和国
    SHORT = 1  # shortened by rule
    KNOWN = 2  # a well-known abbreviation, or learnt from a text
    PLACELESS = 3  # a local rule without its place: names no law, but tells what was meant


# 省级 and 地级 places, without 省 and 市; a rule whose title begins with one is a local rule.
PROVINCES = tuple(
    """北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南
    四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门""".split()
)
CITIES = tuple(
    """石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州
    临汾 吕梁 呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布 兴安 锡林郭勒 阿拉善 沈阳 大连
    鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛 长春 四平 辽源 通化 白山 松原 白城 延边 哈尔滨
    齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化 大兴安岭 南京 无锡 徐州 常州 苏州 南通
    连云港 淮安 盐城 扬州 镇江 泰州 宿迁 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 合肥 芜湖 蚌埠
    淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城 福州 厦门 莆田 三明 泉州 漳州 南平 龙岩
    宁德 南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶 济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安
    威海 日照 临沂 德州 聊城 滨州 菏泽 郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘
    信阳 周口 驻马店 济源 武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 恩施 长沙 株洲 湘潭 衡阳
    邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 湘西 广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州
    梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮 南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州
    河池 来宾 崇左 海口 三亚 三沙 儋州 成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安
    达州 雅安 巴中 资阳 阿坝 甘孜 凉山 贵阳 六盘水 遵义 安顺 毕节 铜仁 黔西南 黔东南 黔南 昆明 曲靖 玉溪 保山
    昭通 丽江 普洱 临沧 楚雄 红河 文山 西双版纳 大理 德宏 怒江 迪庆 拉萨 日喀则 昌都 林芝 山南 那曲 阿里 西安
    铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛 兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南
    临夏 甘南 西宁 海东 海北 黄南 果洛 玉树 海西 银川 石嘴山 吴忠 固原 中卫 乌鲁木齐 克拉玛依 吐鲁番 哈密
    昌吉 博尔塔拉 巴音郭楞 阿克苏 克孜勒苏 喀什 和田 伊犁 塔城 阿勒泰 浦东 雄安""".split()
)
PLACE_SUFFIX = rf"(?:省|市(?!场)|经济特区|特别行政区|地区|新区|[{HAN}]{{0,6}}?自治[区州]|州|盟)"
PLACE = rf"(?:{'|'.join(sorted(PROVINCES + CITIES, key=len, reverse=True))})"
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
    ("合同法", "和同法"),
    ("工伤", "工商"),
    ("工伤", "公伤"),
    ("工会法", "公会法"),
    ("年休假", "年修假"),
    ("仲裁", "仲才"),
    ("女职工", "女员工"),
    ("条例", "条列"),
    ("条例", "条利"),
    ("章程", "章成"),
    ("规定", "规订"),
)

_DROPPED = re.compile(r"[\s《》〈〉<>«»\"“”]")
_LAST_BRACKET = re.compile(r"[(]([^()]{1,60})[)]$")
_VERSION_BRACKET = re.compile(
    rf"(?<!\d)(?:19|20)\d\d(?!\d)|修[正订改]|版|原文|节选|残缺|止于|失效|废止|^[^{HAN}\d]{{2,}}$"
)
_DRAFT_BRACKET = re.compile(r"草案|征求意见稿")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
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
_ABOUT = re.compile(
    r"^(?:国务院|最高人民法院|中华全国总工会|全国总工会)?关于([^的]{2,20})的(规定|办法|意见|决定)$"
)
_CARRIES_OUT = re.compile(r"^(?P<place>.{0,12})实施(?P<law>.{2,20}法)(?P<kind>办法|细则|若干规定|规定|条例)$")
_ISSUER = re.compile(r"^(?:国务院|最高人民法院(?:、最高人民检察院)?|中华全国总工会|全国总工会)(?=关于)")


def plain(title: str) -> str:
    """A title as it is compared: folded, without white space, book marks and quotation marks.

    >>> plain("北京市实施《中华人民共和国工会法》办法（２０１５修订）")
    '北京市实施中华人民共和国工会法办法(2015修订)'
    """
    return _DROPPED.sub("", fold(title))


def without_version(name: str) -> tuple[str, tuple[int, ...]]:
    """A plain title without what tells its version, and the years told there.

    >>> without_version("中华人民共和国工会法(2001年修正)"), without_version("劳动争议解释(二)")
    (('中华人民共和国工会法', (2001,)), ('劳动争议解释(二)', ()))
    """
    match = _LAST_BRACKET.search(name)
    if match is None or _DRAFT_BRACKET.search(match[1]) or not _VERSION_BRACKET.search(match[1]):
        return name, ()
    return name[: match.start()], tuple(int(year) for year in _YEAR.findall(match[1]))


def law_name(title: str) -> str:
    """What all versions of one law share: its plain title without version and 中华人民共和国.

    >>> law_name("中华人民共和国仲裁法（2025年修订）")
    '仲裁法'
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


def names(title: str, region: str = "全国") -> Iterator[tuple[str, Tier]]:
    """Every plain name of the law of that title, the official one first; a name may come twice.

    >>> [name for name, _ in names("中华人民共和国工会法")]
    ['工会法', '中华人民共和国工会法']
    """
    name = law_name(title)
    place = place_of(name)
    if issued := _ISSUED.search(_LAST_BRACKET.sub("", fold(title))):
        where = region if place is None else short_place(place)
        yield from ((inner, max(tier, Tier.SHORT)) for inner, tier in names(issued[1], where))
    if place is None and region != "全国" and region not in name:
        # Without its place in the title, a local rule must not answer for a national one of the same words.
        yield name, Tier.PLACELESS
        yield region + name, Tier.SHORT
        return
    yield name, Tier.TITLE
    yield without_version(plain(title))[0], Tier.TITLE
    if place is None:
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
        yield from (f"实施{law}{kind}", f"{law}实施{kind}", f"{law}{kind}", f"贯彻{law}{kind}")
        if kind == "若干规定":
            yield f"实施{law}规定"
