"""Who issues what: the issuer and the level that a document's front shows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.metadata.front import Event, Front, signatures
from rag.regions import place_of, region_of

CONGRESS = "全国人民代表大会"
STANDING = "全国人民代表大会常务委员会"

# What stands before the 〔 of a 文号 → who issues under it (each organ's own 发文代字).
_ISSUERS = """
法释 最高人民法院  法发 最高人民法院  法复 最高人民法院  法（经）复 最高人民法院  法民 最高人民法院
法办 最高人民法院办公厅  高检发 最高人民检察院
国发 国务院  国函 国务院  国办发 国务院办公厅  国办函 国务院办公厅
总工发 中华全国总工会  工发 中华全国总工会  总工办发 中华全国总工会办公厅  厅字 中华全国总工会办公厅
人社部发 人力资源社会保障部  人社部规 人力资源社会保障部  人社部函 人力资源社会保障部
人社厅发 人力资源社会保障部办公厅  人社厅函 人力资源社会保障部办公厅
劳社部发 劳动和社会保障部  劳社厅发 劳动和社会保障部办公厅  劳社厅函 劳动和社会保障部办公厅
劳部发 劳动部  劳办发 劳动部办公厅  人薪发 人事部  国人部发 人事部
京人社劳发 北京市人力资源和社会保障局
"""
ISSUERS = dict(zip(_ISSUERS.split()[::2], _ISSUERS.split()[1::2], strict=True))
ISSUER_LABELS = ("发文机关", "发文机构", "发文单位", "发布机构", "发布机关", "制定机关")

_COUNTRY = re.compile(r"^中华人民共和国(?=国务院|[\u4e00-\u9fff]{2,12}[部局])")
_SITTING = re.compile(r"第[一二三四五六七八九十]{1,3}届(全国人民代表大会(?:常务委员会)?)")
_PUBLISHER = re.compile(
    r"(中共中央、国务院|中共中央办公厅、国务院办公厅|中共中央办公厅|中共中央|政务院|国务院)\s?(?:修正)?(?:发布|公布|印发|颁布)"
)
_ORGAN = re.compile(
    r"^\s{0,4}([\u4e00-\u9fff、]{1,160}?(?:总工会(?:办公厅|办公室)?|联合会|人民政府|委员会|部|局|厅|院|委|会))"
    r"(?:以[^，。]{0,30}?)?(?:联合)?(?:印发|发布|公布|颁布|颁发|下发)"
)
_MINISTRY = re.compile(r"经([^经，。\s]{2,20}?[部局委署])第?\d{0,4}次?[部局委署]务会议")
_AUTHOR = re.compile(
    r"^(?:中共中央|中华全国总工会(?:办公厅)?|国务院(?:办公厅)?"
    r"|[\u4e00-\u9fff]{2,12}(?:总工会(?:办公室|办公厅)?|人民政府(?:办公厅|办公室)?|委员会|[部厅局](?:办公厅|办公室)?))"
    r"(?=关于|印发|转发)"
)
_COURT = re.compile("最高人民法院、最高人民检察院|最高人民法院|最高人民检察院")
_LAST_BRACKET = re.compile(r"[（(][^（）()]{1,30}[）)]$")
_NORM = re.compile(r"(?:规定|办法|细则|规则)$")
_NOTICE = re.compile(r"(?:通知|意见|指引|指南|批复|复函|函|答复|通告|公告|要点|方案|纪要|纲要|计划|问答)$")
_CASE = re.compile(r"^【?(?:基本案情|案情简介|案情回顾)】?", re.MULTILINE)
_IN_MARKS = re.compile(r"《[^《》]{0,120}》")
_COUNCIL = re.compile("国务院(?:令|第[0-9一二三四五六七八九十]{1,4}次常务会议|批准|发布|公布)|政务院")


def issuer_of(front: Front, told: Sequence[Event], number: str | None) -> str | None:
    """The organs that the front names as issuing the text, joined by 、; None where it names none.

    In this order: stated under a name, the court in the title, the sitting that adopted the latest version,
    the order (令), the publisher, the ministry's meeting, the signature, the 文号, the author in the title.
    """
    stated = next((v for k, v in front.labels.items() if k in ISSUER_LABELS), "")
    if stated:
        return "、".join(part for part in re.split(r"[;；、\s]{1,20}", stated) if part)
    court = _COURT.match(front.title)
    if court:
        return court[0]
    place = place_of(front.title)
    if place and "人民代表大会" in front.text:
        return _local_congress(front, place)
    return (
        (None if place else _latest(_SITTING, told))
        or (_match(_SITTING, front.text) if "主席令" in (number or "") else None)
        or _of_order(number)
        or _latest(_PUBLISHER, told)
        or _latest(_ORGAN, told)
        or _match(_MINISTRY, front.text)
        or _signed(front)
        or _of_number(number)
        or _match(_AUTHOR, front.title)
    )


def _match(pattern: re.Pattern[str], words: str) -> str | None:
    found = pattern.search(words)
    return found[pattern.groups] if found else None


def _latest(pattern: re.Pattern[str], told: Sequence[Event]) -> str | None:
    """What the latest event names, where it names an organ of that pattern."""
    for event in sorted(told, key=lambda e: e.day, reverse=True):
        found = _match(pattern, event.words)
        if found:
            return found
    return None


def _local_congress(front: Front, place: str) -> str:
    """The congress of the place in the title: its committee, unless only the congress itself sat."""
    return place + ("人民代表大会常务委员会" if _standing_sat(front.text, place) else "人民代表大会")


def _standing_sat(words: str, place: str) -> bool:
    own = rf"{place[:2]}[^，。\n]{{0,20}}人民代表大会(?!常务委员会)第[一二三四五六七八九十]{{1,3}}次会议"
    return "常务委员会" in words or re.search(own, words) is None


def _of_order(number: str | None) -> str | None:
    order = re.match(r"([\u4e00-\u9fff、]{2,80}?)令第?", number or "")
    return _COUNTRY.sub("", order[1]) if order else None


def _signed(front: Front) -> str | None:
    names = [_COUNTRY.sub("", name) for name in signatures(front)]
    return "、".join(dict.fromkeys(names)) or None


def _of_number(number: str | None) -> str | None:
    prefix = re.match(r"[^〔\[［【(（]{1,12}(?:（[^）]{1,4}）[\u4e00-\u9fff])?", number or "")
    return ISSUERS.get(prefix[0]) if prefix else None


def usual_issuer(title: str, level: str) -> str | None:
    """Who issues texts of that level and place, where the text itself does not say."""
    place = place_of(title)
    if level == "总工会文件":
        return "中国工会全国代表大会" if "中国工会章程" in title else f"{place or '中华全国'}总工会"
    if place:
        local = {"地方性法规": "人民代表大会常务委员会", "地方政府规章": "人民政府"}.get(level)
        return place + local if local else None
    return {"法律": STANDING, "行政法规": "国务院", "宪法": CONGRESS}.get(level)


def level_of(front: Front, number: str | None, text: str) -> str | None:
    """The level that the text itself shows; None where only its folder or its kind of title can tell."""
    title, name = front.title, _LAST_BRACKET.sub("", front.title)
    if name in ("中华人民共和国宪法", "宪法"):
        return "宪法"
    if _CASE.search(text[:3000]):
        return "典型案例"
    if _COURT.match(title) or (number or "").startswith(("法释", "法复", "高检发释")):
        return "规范性文件" if re.search("通知|意见|纪要", name[-4:]) else "司法解释"
    if region_of(title):
        return _local_level(front, name)
    if re.match("中国工会|中华全国总工会", title) or re.match("总工|厅字", number or ""):
        return "总工会文件"
    if re.search(r"^中华人民共和国.*法(?:典)?$", name) or _SITTING.search(front.text):
        return "法律"
    if _COUNCIL.search(_IN_MARKS.sub("", front.text)) and "局令" not in (number or ""):
        return "行政法规"
    if re.search("令第?", number or "") or _MINISTRY.search(front.text):
        return "部门规章"
    return "规范性文件" if _NOTICE.search(name) else None


def _local_level(front: Front, name: str) -> str | None:
    """Of a text whose title begins with a place."""
    if "人民政府令" in front.text:
        return "地方政府规章"
    if "人民代表大会" in front.text or name.endswith("条例"):
        return "地方性法规"
    stated = next((v for k, v in front.labels.items() if k in ISSUER_LABELS), "")
    first = (
        re.split(r"[;；、\s]", stated)[0]
        or next(iter(signatures(front)), "")
        or (_match(_AUTHOR, name) or "")
    )
    if "总工会" in first or (not first and re.search("总工|工发|工办", front.text)):
        return "总工会文件"
    return "规范性文件" if first or _NOTICE.search(name) else None


def usual_level(title: str) -> str:
    """What a title of that kind is most often."""
    name = _LAST_BRACKET.sub("", title)
    if region_of(title):
        return "地方性法规" if re.search("实施.{2,30}法》?办法$|若干规定$|规定$", name) else "规范性文件"
    if name.endswith("条例"):
        return "行政法规"
    if _NORM.search(name):
        return "部门规章"
    return "规范性文件" if re.search("(?:制度|准则|标准|规程)$", name) else "其他"
