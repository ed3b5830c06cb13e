"""Writers: an answer in the source's own words; what no passage bears out is not said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import zip_longest

from rag.chunking import passage_text
from rag.citations import cite
from rag.errors import QuoteNotFound
from rag.evidence import Question, Rarity, gives_quantity, read_question, support
from rag.lexical import tokens
from rag.regions import NATIONAL, regions_named
from rag.types import Chunk, Citation, Document, Draft, Hit, Span, Statement

# Chosen on dev questions: more statements, or weaker ones, are mostly noise (the second cites gold in 1 of 4).
_MOST_STATEMENTS = 3
_SHARE = 0.7
_MARGIN = 3.0  # of the ranking's score: behind it a passage is twenty times less likely to be the right one
_WHOLE_CHARS = 160  # a 款 up to this length is quoted whole: a sentence of it could mislead alone
_LIST_CHARS = 900
_MOST_NAMED = 8
_CLEARLY_MORE = 1.25
_LABEL = re.compile(
    r"\s*第[〇零一二三四五六七八九十百千\d０-９]{1,9}条(?:之[一二三四五六七八九十]{1,3})?[\s\u3000]+"
)
_ITEM = re.compile(r"\s{0,8}(?:[（(][一二三四五六七八九十百]{1,4}[）)]|[（(]?\d{1,2}[）).、．])")
_BLANK_LINES = re.compile(r"\n\s*\n")
# A ； parts the limbs of one sentence, of which none may be quoted alone.
_SENTENCE = re.compile(r"(?![”’」』）)])[^。！!？?\n]{1,2000}[。！!？?]?[”’」』）)]{0,2}")


class Extractive:
    """The default writer: for each passage that bears on the question, the words of it that answer best."""

    def __init__(self, rarity: Rarity) -> None:
        self._rarity = rarity

    def write(self, question: str, hits: Sequence[Hit]) -> list[Draft]:
        """A draft for the best passage that says anything to the point, and for those hardly behind it in the
        ranking that hold as much of the question as any of them.

        What a reference named exactly is quoted whole, and then nothing else is. A local rule
        speaks where its place is named; where none is, only if it says clearly more than any national text. What
        the bank has for this very question speaks in any case.
        """
        named = [(i, hit) for i, hit in enumerate(hits) if hit.ranks.get("exact")]
        if named:
            narrowed = {_article(hit) for _, hit in named if hit.highlights}
            meant = [(i, hit) for i, hit in named if hit.highlights or _article(hit) not in narrowed]
            spans = [(i, hit, span) for i, hit in meant for span in hit.highlights or (_whole(hit),)]
            return [_draft(i, hit, _trimmed(hit.chunk.text, span)) for i, hit, span in spans[:_MOST_NAMED]]
        asked = read_question(question, self._rarity)
        shares = [support(asked, passage_text(hit.source, hit.chunk)) for hit in hits]
        places = regions_named(question)
        national = max((s for s, hit in zip(shares, hits, strict=True) if _is_national(hit)), default=0.0)
        speaking = [
            (share, i, hit)
            for i, (share, hit) in enumerate(zip(shares, hits, strict=True))
            if hit.ranks.get("known")
            or (
                gives_quantity(asked, hit.chunk.text)
                and (
                    _is_national(hit)
                    or (hit.source.region in places if places else share > _CLEARLY_MORE * national)
                )
            )
        ]
        said = [(*one, words) for one in speaking if (words := best_words(asked, one[2].chunk))]
        if not said:
            return []
        lead = max(said, key=lambda one: (one[2].score, one[0]))
        best = max(share for share, *_ in said)
        others = [
            one
            for one in said
            if one is not lead and one[2].score >= lead[2].score - _MARGIN and one[0] >= _SHARE * best
        ]
        return [_draft(i, hit, *words) for _, i, hit, words in [lead, *others][:_MOST_STATEMENTS]]


def _is_national(hit: Hit) -> bool:
    return hit.source.region == NATIONAL


def _article(hit: Hit) -> tuple[str, str | None]:
    return hit.chunk.document_id, hit.chunk.article


def _whole(hit: Hit) -> Span:
    return Span(0, len(hit.chunk.text))


def _draft(number: int, hit: Hit, span: Span, focus: Span | None = None) -> Draft:
    """The words at ``span`` as a statement; items that stand in a passage without their opening line get it."""
    text, lead = hit.chunk.text, hit.chunk.lead
    quotes = [span.of(text)]
    if lead and _ITEM.match(quotes[0]):
        quotes.insert(0, lead.strip().split("\n")[-1])
    said = "\n".join(_BLANK_LINES.sub("\n", quote) for quote in quotes)
    return Draft(said, tuple((number, quote) for quote in quotes), focus.of(text) if focus else "")


def best_words(asked: Question, chunk: Chunk) -> tuple[Span, Span] | None:
    """The part of a passage that answers best, and the sentence of it that does; spans of its text.

    The part is the 款 with the best sentence, whole where it is short or a list; else the sentence. None where
    the passage holds no sentence: a heading or a table says nothing alone.
    """
    text = chunk.text
    lines = [Span(*m.span()) for m in re.finditer(r"[^\n]+", text)]
    sentences = [
        Span(line.start + m.start(), line.start + m.end())
        for line, following in zip_longest(lines, lines[1:])
        if _is_prose(line.of(text), following.of(text) if following else "")
        for m in _SENTENCE.finditer(line.of(text))
        if m.group().strip()
    ]
    if not sentences:
        return None
    best = max(sentences, key=lambda s: (_worth(asked, s.of(text)), -s.start))
    whole = _with_its_list(chunk, lines, best)
    limit = _LIST_CHARS if "\n" in whole.of(text) else _WHOLE_CHARS
    if whole.end - whole.start > limit:
        return (alone := _trimmed(text, best)), alone
    return _trimmed(text, whole), _trimmed(text, _item_meant(asked, text, lines, best, whole) or best)


def _item_meant(asked: Question, text: str, lines: Sequence[Span], best: Span, whole: Span) -> Span | None:
    """Of a list whose opening line was found best, the item that holds most of what that line does not."""
    if not best.of(text).rstrip().endswith(("：", ":")):
        return None
    opening = set(tokens(best.of(text)))
    rest = replace(
        asked,
        readings=tuple(
            {word: weight for word, weight in reading.items() if word not in opening}
            for reading in asked.readings
        ),
    )
    items = [line for line in lines if best.end <= line.start and line.end <= whole.end]
    item = max(items, key=lambda line: support(rest, line.of(text)), default=None)
    return item if item and support(rest, item.of(text)) > 0 else None


def _worth(asked: Question, sentence: str) -> float:
    return support(asked, sentence) + (0.3 if asked.quantities and gives_quantity(asked, sentence) else 0.0)


def _is_prose(line: str, following: str) -> bool:
    """Whether a line is text: it has a sentence's marks, is no row of a table, and opens nothing but a list."""
    if "\t" in line or not re.search(r"[。；;：:！？]", line):
        return False
    return not line.rstrip().endswith(("：", ":")) or _ITEM.match(following) is not None


def _with_its_list(chunk: Chunk, lines: Sequence[Span], span: Span) -> Span:
    """The line that holds ``span``; with its whole list, where it opens one or is one of its items.

    （一） inside an article is a 项 of the line above; in a notice only a line that ends in ： opens a list.
    """
    text = chunk.text
    at = next(i for i, line in enumerate(lines) if line.start <= span.start < line.end)
    first = at
    while first > 0 and _ITEM.match(lines[first].of(text)):
        first -= 1
    in_article = (chunk.article or "").startswith("第")
    if not in_article and not lines[first].of(text).rstrip().endswith(("：", ":")):
        return lines[at]
    last = first
    while last + 1 < len(lines) and _ITEM.match(lines[last + 1].of(text)):
        last += 1
    return Span(lines[first].start, lines[last].end) if first <= at <= last else lines[at]


def _trimmed(text: str, span: Span) -> Span:
    """Without the article's label, which the address gives, and without blanks around."""
    words = span.of(text)
    label = _LABEL.match(words)
    start = label.end() if label and label.end() < len(words) else len(words) - len(words.lstrip())
    return Span(span.start + start, span.end - (len(words) - len(words.rstrip())))


def verify(
    drafts: Iterable[Draft], hits: Sequence[Hit], document: Callable[[str], Document]
) -> tuple[list[Statement], dict[int, tuple[Span, ...]]]:
    """The statements whose every quote stands in its document, and what of each passage to highlight.

    Every writer is an untrusted witness: a draft with a quote that is not there is dropped whole.
    """
    statements: list[Statement] = []
    marks: dict[int, tuple[Span, ...]] = {}
    for draft in drafts:
        quoted = [(hits[number], quote) for number, quote in draft.quotes]
        try:
            cited = [cite(document(hit.chunk.document_id), quote, hit.chunk.span) for hit, quote in quoted]
        except QuoteNotFound:
            continue
        if not cited:
            continue
        statements.append(Statement(draft.text, tuple(cited)))
        for (hit, _), citation in zip(quoted, cited, strict=True):
            mark = _mark(hit, citation, draft.focus)
            marks[hit.id] = tuple(sorted({*marks.get(hit.id, ()), *([mark] if mark else [])}))
    return statements, marks


def _mark(hit: Hit, citation: Citation, focus: str) -> Span | None:
    """What to highlight in the passage: the sentence in focus, where the quote holds it, or the quote; nothing
    of a quote that stands outside the passage."""
    start = hit.chunk.span.start
    quoted = Span(citation.span.start - start, citation.span.end - start)
    if quoted.start < 0 or quoted.end > len(hit.chunk.text):
        return None
    at = hit.chunk.text.find(focus, quoted.start, quoted.end) if focus else -1
    return Span(at, at + len(focus)) if at >= 0 else quoted
