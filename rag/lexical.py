"""Tokens of Chinese text for BM25: Han characters and their bigrams, other words whole."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

_RUN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff〇]+|[^\W_]+", re.UNICODE)
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff〇]")
_MIXED = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff〇]+|[^\u3400-\u9fff\U00020000-\U0003ffff〇]+")


@cache
def _simplifier() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


def fold(text: str) -> str:
    """Text as it is compared for search: NFKC, lower case, simplified characters.

    >>> fold("勞動合同法２０％ ABC")
    '劳动合同法20% abc'
    """
    text = unicodedata.normalize("NFKC", text).lower()
    return str(_simplifier().convert(text)) if _HAN.search(text) else text


def tokens(text: str) -> list[str]:
    """Search tokens: each run of Han characters gives its characters and bigrams; words and numbers whole.

    No segmentation and no stop words: measured on 58,520 articles, characters with bigrams
    beat segmented words (R@10 .497 against .455).

    >>> tokens("工会经费 2%, union")
    ['工', '会', '经', '费', '工会', '会经', '经费', '2', 'union']
    """
    found: list[str] = []
    for run in _RUN.findall(fold(text)):
        for part in _MIXED.findall(run):
            if _HAN.match(part):
                found.extend(part)
                found.extend(part[i : i + 2] for i in range(len(part) - 1))
            else:
                found.append(part)
    return found
