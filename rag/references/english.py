"""Addresses in English: Article 43 of the Trade Union Law, Labor Contract Law, Article 39."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.references.addresses import Address
from rag.references.catalogue import Catalogue
from rag.references.mentions import Mention
from rag.references.titles import ENGLISH, Tier

_NAME = "|".join(
    re.escape(name).replace("labor", "labou?r").replace("'", "['’]")
    for name in sorted(ENGLISH, key=len, reverse=True)
)
_PLACE = (
    r"art(?:icles?|\.) ?(?P<article>\d{1,4})(?:, ?para(?:graph|\.) ?(?P<paragraph>\d{1,2}))?"
    r"(?:, ?(?:item|subparagraph|point) ?[(]?(?P<item>\d{1,2})[)]?)?(?!\d)"
)
_OURS = r"(?:prc |china['’]s |chinese )?"
_OF = re.compile(
    rf"\b{_PLACE}(?:[(]\d{{1,2}}[)]){{0,2}},? ?(?:of |in |under |from )?(?:the )?{_OURS}(?P<name>{_NAME})\b"
    r"(?! of (?!the p|prc|china|the prc))"
)
_BEHIND = re.compile(
    rf"(?:^|(?<=[,;:(。.]) ?|\b(?:the|under|of|in|and|per|prc|chinese|china['’]s) ){_OURS}(?P<name>{_NAME})"
    rf"(?: of (?:the )?(?:prc|people['’]s republic of china|china))?,? ?(?:\(\d{{4}}\),? ?)?{_PLACE}"
)


def english_mentions(text: str, catalogue: Catalogue) -> Iterator[tuple[Mention, Address]]:
    """The laws that a folded text names in English with an article, where they are held."""
    for match in (*_OF.finditer(text), *_BEHIND.finditer(text)):
        name = ENGLISH[match["name"].replace("labour", "labor").replace("’", "'")]
        named = catalogue.names.get(name)
        if named is None or named.tier == Tier.PLACELESS:
            continue
        mention = Mention(match.start("name"), match.end("name"), match.end("name"), name, named.laws)
        numbers = [int(match[part]) if match[part] else None for part in ("article", "paragraph", "item")]
        yield mention, Address(numbers[0] or 0, 0, numbers[1], numbers[2], None, match.start(), match.end())
