"""What stands around a name: whether it is the law's name there, or part of another one, or plain speech."""

from __future__ import annotations

import re

from rag.references.addresses import NUMBER
from rag.references.titles import HAN, PLACE, PLACE_SUFFIX, is_law

# What may stand straight before the name of a law; anything else may belong to a longer name.
_ISSUER = (
    r"最高人民法院|最高法院?的?|最高院的?|全国总工会|全总|国务院|人社部|人力资源和?社会保障部|劳动部|共和国"
)
_LEAD = (
    r"根据|依据|依照|按照|遵照|参照|对照|比照|违反|适用|援引|引用|参见|参考|详见|符合|执行|遵守|贯彻|落实|学习|查询|查阅|查找"
    r"|检索|了解|知道|请问|想问|问问|以及|或者|还有|另外|其中|比如|例如|依|按|据|现行|我国|国家|全国|中国|最新|新修订|修订后|修正后"
    r"|关于|对于|由于|基于|鉴于|属于|有关|规定|援用|结合|突破|触犯|涉及|说明|解释|讲讲|说说|看看|一下|版本?|根本|文件|通知|文"
)
_SINGLE_LEAD = "说讲问看查用叫和及或与跟的了是由把被将给让向为以请里版年新旧原老照从到在对中下上出着过有引见日个拿翻归属凭靠得想没无不就也都还又再如若因但而像去来找背抄念读懂谈吗呢吧呀啊嘛这那哪另各某最仅只凡称怎咋么啥"
_BEFORE_NAME = re.compile(rf"(?:{_LEAD}|{_ISSUER}|[{_SINGLE_LEAD}])$")
_CUT = re.compile(
    rf"(?:{_LEAD}|第[零〇一二三四五六七八九十百千\d]{{1,9}}条|收到|包括|出现|具有|主张|应当就|认定|视为|构成|(?<!行)为|以(?!工)|[说讲问看查叫的了是由把被将给让向请在及或]|[和与](?!计划)|中(?!小|外|国|华|医|央|等)|从(?!业)|对(?!外)"
    r"|[法例定则释程条款项][和与跟])"
)
# What opens the full title of a law; up to its kind only plain words for leading to a law cut it short.
COUNTRY = "中华人民共和国"
_HARD_CUT = re.compile(
    r"根据|依据|依照|按照|遵照|参照|对照|比照|违反|适用|援引|引用|参见|详见|符合|执行|遵守|贯彻|落实|以及|或者|、|的|了|是"
    r"|第[零〇一二三四五六七八九十百千\d]{1,9}条|[法例定则释程条款项][和与跟及]"
)
# Words that hold what would lead to a name, were it alone: 出版, 案由, 国家赔偿.
_ONE_WORD = re.compile(
    r"共和国|国家|全国|中国|文[物化明艺字书职体]|[作语公中论]文|出[版境入口租让资生]|版权|[证票数收论]据|依法治|按[揭份劳]|看守|[审调检巡核]查|问责|申请|聘请|邀请|请[假示]"
    r"|[出转]让|[案理事自]由|普及|供给|给[付予]|在[职校编线册岗]|[定导]向|被[征害告]|将[军来]|中[药医等介毒期学部型专]|[集高初]中|[就从创择]业|对[口等]"
    r"|信访|上[市海诉]|及时|是否|目的|标的"
)

_ABROAD = re.compile(
    r"(?:(?<![我中本全])(?<!共和)国|国外|境外|外地|海外|日本|新加坡|加拿大|俄罗斯|澳大利亚|越南|印度|欧盟|香港|澳门|台湾|台湾地区"
    r"|民国)(?:地区)?(?:现行)?的?$"
)
_OF_A_BODY = re.compile(
    r"(?:公司|企业|单位|集团|学校|大学|学院|医院|工厂|[^人劳]厂|局|部门|中心|协会|商会|行业|系统|内部|车间|银行|政府|委员会|基金会"
    r"|乡镇|街道|社区|村|我们|你们|他们|厂里|自己|自家|本厂|店)(?:自己)?的?$"
)
_RELATIVE_PLACE = re.compile(
    rf"(?:(?:本|我|全|各|外|当|异|该|你|我们|你们|他们|咱)(?:省|市|区|县|地|州)|地方(?:性|上)?|[{HAN}](?:省|市|区|县|州|旗|镇|乡))的?$"
)
_PLACE_BEFORE = re.compile(rf"(?:{PLACE}{PLACE_SUFFIX}?){{1,2}}的?$")
# 劳动法律, 公司法人, 仲裁法庭: the name is the beginning of another word.
_WORD_GOES_ON = re.compile(r"[律人定庭制规务治官院案典则理盲师术网宝援警]|学(?!习)|系(?!统)")
_TITLE_GOES_ON = re.compile(
    r"(?:的)?(?:实施条例|实施办法|实施细则|实施意见|实施规定|实施方案|实施若干|司法解释|若干问题|若干规定|修正案|修订案|(?:修订|修正)?草案"
    r"|征求意见稿|释义|条文释义|解读|细则)"
)
_COUNTS_ON = re.compile(r"[零〇一二三四五六七八九十百条次下样些致个种份部起道级]")
_DIGITS_ON = re.compile(r"[\d年月日条次个种份]")
_NEWS = re.compile(rf"了?第?(?:{NUMBER})[条跳调](?:消息|通知|短信|微博|微信|新闻|信息|公告|声明|视频|朋友圈)")
_READS_ON = re.compile(
    r"一下|下|说|为|成|清|道|得|不|权|工作|出|[(][一二三四五六七八九十\d]{1,2}[)]|[一二三四五六七八九十\d]{1,2}(?=第)"
)


def stands_alone(text: str, at: int) -> bool:
    """Whether a name that begins at ``at`` is not the tail of a longer one.

    >>> stands_alone("根据仲裁法", 2), stands_alone("纠纷调解仲裁法", 4)
    (True, False)
    """
    return (
        at == 0
        or not re.match(rf"[{HAN}]", text[at - 1])
        or bool(_BEFORE_NAME.search(text, max(0, at - 14), at))
    )


def name_start(text: str, at: int, end: int) -> int:
    """Where a name that ends at ``end`` begins, at ``at`` or later: behind the last word that leads to one.

    >>> name_start("老板说根据刑法", 0, 7), name_start("按中华人民共和国国家赔偿法", 0, 13)
    (5, 1)
    """
    country = text.rfind(COUNTRY, at, end)
    if country >= 0:
        hard = [cut.end() for cut in _HARD_CUT.finditer(text, country, end - 1)]
        return hard[-1] if hard else country
    words = [word.span() for word in _ONE_WORD.finditer(text, at, end)]
    start, place = at, at
    while cut := _CUT.search(text, place, end - 1):
        whole = next((stop for first, stop in words if first <= cut.start() and cut.end() <= stop), None)
        start, place = (start, max(whole, place + 1)) if whole else (cut.end(), cut.end())
    return start


def place_before(text: str, at: int) -> int | None:
    """Where the place begins that stands straight before ``at``, 的 aside, or None.

    >>> place_before("在江苏省的工伤保险条例", 5), place_before("根据工伤保险条例", 2)
    (1, None)
    """
    match = _PLACE_BEFORE.search(text, max(0, at - 16), at)
    return match.start() if match else None


def relative_place_before(text: str, at: int) -> bool:
    """Whether 本市, 我省, 当地 or a county stands straight before ``at``."""
    return bool(_RELATIVE_PLACE.search(text, max(0, at - 6), at))


def abroad_before(text: str, at: int) -> bool:
    """Whether another country, or 香港, 澳门, 台湾, stands straight before ``at``."""
    return bool(_ABROAD.search(text, max(0, at - 8), at))


def body_before(text: str, at: int) -> bool:
    """Whether a company, a school, an office stands straight before ``at``, whose own rule is then meant."""
    return bool(_OF_A_BODY.search(text, max(0, at - 8), at))


def goes_on(text: str, start: int, name: str) -> bool:
    """Whether what stands behind the name at ``start`` makes another word of it: 劳动法律, 解释二十条."""
    end = start + len(name)
    if name[-1].isascii() and name[-1].isalpha():
        around = text[max(0, start - 1) : start] + text[end : end + 1]
        return any(char.isascii() and char.isalnum() for char in around)
    if is_law(name):
        return bool(_WORD_GOES_ON.match(text, end))
    if name.endswith("解释"):
        return bool(_READS_ON.match(text, end))
    if name[-1].isdecimal():
        return bool(_DIGITS_ON.match(text, end))
    return name[-1] in "一二三四五六七八九十" and bool(_COUNTS_ON.match(text, end))


def sends_word(text: str, end: int) -> bool:
    """Whether 工会发 + 第三条 + 消息 stands there, where 发 is no slip for 法."""
    return bool(_NEWS.match(text, end))


def longer_title(text: str, end: int) -> int | None:
    """The end of the longer title that a name begins, 劳动合同法 + 实施细则, or None."""
    match = _TITLE_GOES_ON.match(text, end)
    return match.end() if match else None
