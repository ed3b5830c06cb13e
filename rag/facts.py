"""Facts that stand beside a text under a name: 发文字号：…, [施行日期]…, the cells of a table of facts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

NAMES = (
    "发文字号|文号|公告号|发文机关|发文机构|发文单位|发布机构|发布机关|制定机关|发文日期|成文日期|发布日期|公布日期|印发日期"
    "|施行日期|实施日期|生效日期|废止日期|失效日期|有效性|效力|时效性|主题分类|标题|名称"
)
_BRACKETED = re.compile(
    rf"^[ \t\u3000]{{0,80}}[\[【]({NAMES})[\]】][ \t\u3000]{{0,8}}(\S.{{0,300}})?$", re.MULTILINE
)
_NAMED = re.compile(
    rf"^[【\[]?({NAMES})(?:[】\]][：:]?|[ \t\u3000]{{0,4}}[：:])[ \t\u3000]{{0,4}}(\S.{{0,300}})$"
)
_CELL = re.compile(rf"[【\[]?({NAMES})[】\]]?[：:]?$")


def bracketed(text: str) -> Mapping[str, str]:
    """The block that government sites put beside a document: ``[发文字号]…`` → {发文字号: …}.

    >>> dict(bracketed("[发文字号]京人社劳发〔2025〕7号\\n[废止日期]\\n[有效性]现行有效"))
    {'发文字号': '京人社劳发〔2025〕7号', '有效性': '现行有效'}
    """
    return {name: value.strip() for name, value in _BRACKETED.findall(text) if value.strip()}


def is_stated(line: str) -> bool:
    """Whether a line is such a fact, be it empty, or a row of them."""
    return bool(_BRACKETED.match(line) or next(stated(line), None))


def stated(line: str) -> Iterator[tuple[str, str]]:
    """(name, value) of the facts on a line; the cells of a row are parted by tabs.

    >>> list(stated("发文机关\\t云江市总工会\\t发布日期\\t2022-03-15"))
    [('发文机关', '云江市总工会'), ('发布日期', '2022-03-15')]
    """
    cells = [cell.strip() for cell in line.split("\t")]
    for label, value in pairwise(cells):
        named = _CELL.match(label)
        if named and value and not _CELL.match(value):
            yield named[1], value
    whole = _NAMED.match(line) if len(cells) == 1 else None
    if whole:
        yield whole[1], whole[2].strip()
