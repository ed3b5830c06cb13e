"""The passages of an answer as the page shows them: cited ones first, each passage once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rag.types import Answer, Citation, Hit, Source, Span
from rag.web.markup import quoted, titled
from rag.web.texts import GUESS, ZH
from rag.wire import numbered


@dataclass(frozen=True, slots=True)
class Passage:
    """One card: a passage of a document, with the quotations that the answer takes from it.

    ``numbers`` are the [n] of its citations, as in the JSON of the answer; empty for a passage that is only
    related. ``marks`` are spans of ``text``, ``spans`` those of the document that the reader marks. ``stored``
    is the index's own number of the passage (``Hit.id``), 0 for words that stand in none that was found.
    ``also`` are passages of other documents that say the same.
    """

    numbers: tuple[int, ...]
    document_id: str
    source: Source
    path: tuple[str, ...]
    locators: tuple[str, ...]
    page: int | None
    lead: str
    text: str
    marks: tuple[Span, ...]
    spans: tuple[Span, ...]
    citations: tuple[Citation, ...] = ()
    stored: int = 0
    also: tuple[Hit, ...] = ()

    @property
    def address(self) -> str:
        """第四十三条第一款、第四十四条; empty where the document has no articles."""
        return "、".join(self.locators)

    @property
    def reference(self) -> str:
        """What 复制引用 copies: 《标题》（文号）第X条第X款：“原文”, a line for each quotation."""
        head = titled(self.source.title) + _edition(self.source)
        if not self.citations:
            return f"{head}{self.address}：{quoted(_unlabelled(self.text, self.locators))}"
        return "\n".join(
            f"{head}{c.locator or ''}：{quoted(_unlabelled(c.quote, (c.article or '',)))}"
            for c in self.citations
        )


def _edition(source: Source) -> str:
    """Which text it is: its number, else its date; and that it no longer holds, or does not yet."""
    told = [source.number or _dated(source), ZH.ended.get(source.status, "")]
    known = "，".join(fact for fact in told if fact)
    return f"（{known}）" if known else ""


def _dated(source: Source) -> str:
    if source.effective and source.origin.get("effective") != GUESS:
        return f"{ZH.on_day(source.effective)}起施行的文本"
    return f"{ZH.on_day(source.issued)}的文本" if source.issued else ""


def _unlabelled(text: str, labels: tuple[str, ...]) -> str:
    """``text`` without the article's number at its head, which the address gives already."""
    for label in labels:
        rest = text.lstrip().removeprefix(label)
        if label and rest[:1] in ("　", " "):
            return rest.lstrip()
    return text


def passages(answer: Answer) -> tuple[list[Passage], list[Passage]]:
    """(cited, related): every citation's passage in the order of the answer, then the other hits."""
    cited: dict[tuple[str, Span], Passage] = {}
    for number, citation in enumerate(numbered(answer), 1):
        hit = _hit_of(citation, answer.hits)
        key = (citation.document_id, hit.chunk.span if hit else citation.span)
        cited[key] = _with(cited.get(key) or _uncited(citation, hit), citation, number, key[1].start)
    rest = [hit for hit in answer.hits if (hit.chunk.document_id, hit.chunk.span) not in cited]
    return list(cited.values()), [_related(hit) for hit in rest]


def _hit_of(citation: Citation, hits: tuple[Hit, ...]) -> Hit | None:
    """The best passage that holds the quotation whole."""
    for hit in hits:
        span = hit.chunk.span
        same = hit.chunk.document_id == citation.document_id
        if same and span.start <= citation.span.start and citation.span.end <= span.end:
            return hit
    return None


def _uncited(citation: Citation, hit: Hit | None) -> Passage:
    return Passage(
        numbers=(),
        document_id=citation.document_id,
        source=citation.source,
        path=hit.chunk.path if hit else citation.path,
        locators=(),
        page=citation.page,
        lead=hit.chunk.lead if hit else "",
        text=hit.chunk.text if hit else citation.quote,
        marks=hit.highlights if hit else (),
        spans=(),
        stored=hit.id if hit else 0,
        also=hit.also if hit else (),
    )


def _with(passage: Passage, citation: Citation, number: int, offset: int) -> Passage:
    """``passage``, which starts at ``offset`` of its document, with one more quotation.

    The quotation is marked where the passage has no sentence of it in focus yet.
    """
    place = citation.locator or citation.article
    quote = Span(citation.span.start - offset, citation.span.end - offset)
    in_focus = any(quote.start <= mark.start and mark.end <= quote.end for mark in passage.marks)
    return replace(
        passage,
        numbers=(*passage.numbers, number),
        locators=tuple(dict.fromkeys([*passage.locators, *([place] if place else [])])),
        marks=passage.marks if in_focus else (*passage.marks, quote),
        spans=(*passage.spans, citation.span),
        citations=(*passage.citations, citation),
    )


def _related(hit: Hit) -> Passage:
    chunk = hit.chunk
    place = chunk.locator or chunk.article
    return Passage(
        numbers=(),
        document_id=chunk.document_id,
        source=hit.source,
        path=chunk.path,
        locators=(place,) if place else (),
        page=chunk.page,
        lead=chunk.lead,
        text=chunk.text,
        marks=hit.highlights,
        spans=(chunk.span,),
        stored=hit.id,
        also=hit.also,
    )
