"""What the user is told where a reference leads nowhere, and what to write instead."""

from __future__ import annotations

from datetime import date

from rag.numerals import to_chinese
from rag.references.addresses import Address, spell_article
from rag.references.catalogue import ALIVE, Entry, Outline
from rag.references.mentions import Mention
from rag.references.titles import law_name

_SHOWN = 5  # laws that a message about an ambiguous name lists


def no_law(name: str) -> str:
    """本法, 该条例, where the text names no law."""
    return f"“{name}”没有说是哪一部。请写明是哪一部法律或文件，例如：工会法第四十三条。"


def no_antecedent(words: str) -> str:
    """前款, 第二款, where the text does not tell which article it belongs to."""
    return f"不能确定“{words}”指哪一条。请写明是哪一部法律的第几条，例如：工会法第四十三条第一款。"


def two_ways(words: str, before: str, itself: str) -> str:
    """前款 behind an address: the 款 before it, or that one itself."""
    return f"不能确定“{words}”指的是{before}，还是刚写到的{itself}。请写明第几条第几款。"


def not_read(words: str) -> str:
    """第4三条: like an address, and none that can be read."""
    unit = words[-1] if words[-1] in "款项目" else "条"
    return f"没有认出“{words}”是第几{unit}。请写成：第四十三条第一款，或 第43条第1款。"


def not_ours(name: str) -> str:
    """《员工手册》第十条, 日本劳动法第三条: an address in what the index does not hold."""
    return f"库中没有“{name}”所指的文件。请核对名称；要查收录的文件，请写出全称。"


def whole_chapter(words: str) -> str:
    """第一章: only articles are cited."""
    return f"“{words}”不是一条，不能整章引用。请写明第几条，例如：工会法第十条。"


def too_far(outline: Outline, entry: Entry, place: Address) -> str:
    """How many articles the document has, and that the one asked for is none of them."""
    name, wanted = law_name(entry.title), spell_article(place.article, place.branch)
    if outline.articles:
        return f"{name}共{sum(1 for _, branch in outline.articles if not branch)}条，没有{wanted}。"
    if outline.headings:
        return f"{name}共{len(outline.headings)}项，没有第{to_chinese(place.article)}项。"
    return f"{name}没有分条，没有{wanted}。"


def unclear(mention: Mention) -> str:
    """Why a name that is held names no one document, and what to write instead."""
    held = [law_name(entry.title) for entry in mention.entries] or [
        law.name for law in sorted(mention.laws, key=lambda law: law.versions[-1].status not in ALIVE)
    ]
    wanted = mention.wanted
    days = [entry.issued or entry.start for law in mention.laws for entry in law.versions]
    years = sorted({day.year for day in days if day > date.min})
    have = "、".join(f"{year}年" for year in years) or "年份不明的一份"
    if wanted.during:
        return f"不能确定{wanted.during}年适用的是{held[0]}的哪个文本，现有：{have}。请写明日期或版本。"
    if wanted.years or wanted.previous:
        asked = "、".join(f"{year}年" for year in wanted.years) or "更早"
        return f"库中没有{held[0]}{asked}的文本，现有：{have}。"
    listed = "、".join(dict.fromkeys(held[:_SHOWN])) + ("等" if len(held) > _SHOWN else "")
    return f"“{mention.name}”不能确定是哪一份文件，可能是：{listed}。请写出全称或文号。"
