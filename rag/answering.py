"""Writers: an answer in the source's own words; what no passage bears out is not said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from rag.chunking import passage_text
from rag.citations import cite
from rag.errors import QuoteNotFound
from rag.evidence import Question, Rarity, gives_quantity, read_question, support
from rag.types import Citation, Document, Draft, Hit, Span, Statement

_MOST_STATEMENTS = 4
_WHOLE_CHARS = 160  # a 款 up to this length is quoted whole: a sentence of it could mislead alone
_LIST_CHARS = 900
_SENTENCE = re.compile(r"[^。；;！!？?\n]{1,2000}[。；;！!？?]?[”’」』）)]{0,2}")


class Extractive:
    """The default writer: for each passage that bears on the question, the words of it that answer best."""

    def __init__(self, rarity: Rarity) -> None:
        self._rarity = rarity

    def write(self, question: str, hits: Sequence[Hit]) -> list[Draft]:
        """One draft for each passage that holds at least 0.6 of what the best one holds; the best first.

        Passages that a reference named exactly are quoted whole, and then nothing else is.
        """
        named = [(i, hit) for i, hit in enumerate(hits) if hit.ranks.get("exact")]
        if named:
            return [Draft(hit.chunk.text, ((i, hit.chunk.text),)) for i, hit in named[: 2 * _MOST_STATEMENTS]]
        asked = read_question(question, self._rarity)
        scored = [(support(asked, passage_text(hit.source, hit.chunk)), i, hit) for i, hit in enumerate(hits)]
        best = max((share for share, _, _ in scored), default=0.0)
        chosen = [(i, hit) for share, i, hit in scored if share >= 0.6 * best and _answers(asked, hit)]
        drafts = []
        for i, hit in chosen[:_MOST_STATEMENTS]:
            quote = best_words(asked, hit.chunk.text).of(hit.chunk.text)
            drafts.append(Draft(quote, ((i, quote),)))
        return drafts


def _answers(asked: Question, hit: Hit) -> bool:
    return gives_quantity(asked, hit.chunk.text)


def best_words(asked: Question, text: str) -> Span:
    """The part of a passage that answers best: the 款 with the best sentence, whole where it is short or a
    list; else the sentence."""
    sentences = [Span(*m.span()) for m in _SENTENCE.finditer(text) if m.group().strip()]
    if not sentences:
        return Span(0, len(text))
    best = max(sentences, key=lambda s: (_worth(asked, s.of(text)), -s.start))
    whole = _paragraph(text, best)
    limit = _LIST_CHARS if "：" in whole.of(text) or ":" in whole.of(text) else _WHOLE_CHARS
    return whole if whole.end - whole.start <= limit else _trimmed(text, best)


def _worth(asked: Question, sentence: str) -> float:
    return support(asked, sentence) + (0.3 if asked.quantities and gives_quantity(asked, sentence) else 0.0)


def _paragraph(text: str, span: Span) -> Span:
    """The line that holds ``span``; with the lines of its list, where it opens one or belongs to one."""
    lines = [Span(*m.span()) for m in re.finditer(r"[^\n]+", text)]
    at = next(i for i, line in enumerate(lines) if line.start <= span.start < line.end)
    first = last = at
    while first > 0 and _is_item(lines[first].of(text)):
        first -= 1
    if first < at or lines[at].of(text).rstrip().endswith(("：", ":")):
        while last + 1 < len(lines) and _is_item(lines[last + 1].of(text)):
            last += 1
    return _trimmed(text, Span(lines[first].start, lines[last].end))


_ITEM = re.compile(r"\s{0,8}(?:[（(][一二三四五六七八九十百]{1,4}[）)]|[（(]?\d{1,2}[）).、．])")


def _is_item(line: str) -> bool:
    return _ITEM.match(line) is not None


def _trimmed(text: str, span: Span) -> Span:
    words = span.of(text)
    return Span(span.start + len(words) - len(words.lstrip()), span.end - (len(words) - len(words.rstrip())))


def verify(
    drafts: Iterable[Draft], hits: Sequence[Hit], document: Callable[[str], Document]
) -> tuple[list[Statement], list[Hit]]:
    """The statements whose every quote stands in its document, and the hits with those words highlighted.

    Every writer is an untrusted witness: a draft with a quote that is not there is dropped whole.
    """
    statements: list[Statement] = []
    marks: dict[int, list[Span]] = {}
    for draft in drafts:
        cited: list[Citation] = []
        for number, quote in draft.quotes:
            chunk = hits[number].chunk
            try:
                citation = cite(document(chunk.document_id), quote, chunk.span)
            except QuoteNotFound:
                break
            cited.append(citation)
        if not cited or len(cited) < len(draft.quotes):
            continue
        statements.append(Statement(draft.text, tuple(cited)))
        for (number, _), citation in zip(draft.quotes, cited, strict=True):
            start = hits[number].chunk.span.start
            marks.setdefault(number, []).append(Span(citation.span.start - start, citation.span.end - start))
    shown = [replace(hit, highlights=tuple(sorted(marks.get(i, [])))) for i, hit in enumerate(hits)]
    return statements, shown
