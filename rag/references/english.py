"""Addresses in English: Article 43 of the Trade Union Law, Labor Contract Law, Article 39."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.references.addresses import WIDEST, Address
from rag.references.catalogue import Catalogue
from rag.references.mentions import Mention
from rag.references.titles import ENGLISH, Tier

_NAME = "|".join(
    re.escape(name).replace("labor", "labou?r").replace("'", "['’]")
    for name in sorted(ENGLISH, key=len, reverse=True)
)
_MORE = r"(?: ?(?:,|and|or|&|to|through|[-–—]|, ?(?:and|or)) ?\d{1,4}(?![\d(]))"
_PLACE = (
    rf"art(?:icle(?P<plural>s)?|\.) ?(?P<article>\d{{1,4}})(?:(?P<more>(?(plural){_MORE}{{1,20}}|(?!)))"
    r"|[(](?P<bracketed>\d{1,2})[)] ?[(](?P<within>\d{1,2})[)]"
    r"|(?:, ?para(?:graph|\.) ?(?P<paragraph>\d{1,2}))?"
    r"(?:, ?(?:item|subparagraph|point) ?[(]?(?P<item>\d{1,2})[)]?)?)(?!\d)"
)
_MEMBER = re.compile(r"(?P<range>to|through|[-–—])? ?(?P<number>\d{1,4})")
_APART = re.compile(r"\bart(?:icles?|\.|s\.) ?\d{1,4}(?:[(]\d{1,2}[)]){0,2}")
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
        paragraph, item = match["paragraph"] or match["bracketed"], match["item"] or match["within"]
        for article in _articles(int(match["article"]), match["more"] or ""):
            yield (
                mention,
                Address(
                    article,
                    0,
                    int(paragraph) if paragraph else None,
                    int(item) if item else None,
                    None,
                    match.start(),
                    match.end(),
                ),
            )


def _articles(first: int, more: str) -> Iterator[int]:
    """The numbers of Articles 3, 5 and 7, or 3 to 5."""
    yield first
    for member in _MEMBER.finditer(more):
        number = int(member["number"])
        if member["range"] and 0 < number - first <= WIDEST:
            yield from range(first + 1, number)
        yield number
        first = number


def english_apart(text: str) -> Iterator[tuple[int, int]]:
    """Where a folded text writes Article 5, of whatever law."""
    yield from (match.span() for match in _APART.finditer(text))
