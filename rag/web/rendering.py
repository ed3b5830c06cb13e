"""An Answer as HTML: statements, the messages in place of one, and what stands around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from rag.regions import NATIONAL
from rag.types import Answer, Citation, Silence, Statement
from rag.web.cards import cards, tone
from rag.web.markup import closed_up, esc, titled
from rag.web.passages import Passage, passages
from rag.web.texts import Texts
from rag.wire import numbered

_SHOWN = 300  # characters of a question above its answer
_SAYS_WHAT_TO_DO = (
    "which_article",
    "no_law_named",
    "ambiguous",
    "nothing_found",
    "not_in_force",
    "empty_index",
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What was searched, to be told with the answer: ``day`` None means any day."""

    day: date | None
    today: date
    levels: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    def told(self, texts: Texts) -> str:
        """按2026年11月22日（今天）施行的规定；层级：法律；地区：北京及全国."""
        joint, stop = ("、", "；") if texts.lang == "zh-CN" else (", ", "; ")
        day = texts.all_days
        if self.day:
            suffix = texts.today_suffix if self.day == self.today else ""
            day = texts.in_force_on.format(day=texts.on_day(self.day) + suffix)
        told = [day]
        if self.levels:
            told.append(texts.only_levels.format(names=joint.join(map(texts.name, self.levels))))
        if self.regions:
            places = joint.join(texts.name(region) for region in self.regions if region != NATIONAL)
            told.append(texts.only_regions.format(names=places) if places else texts.only_national)
        return stop.join(told)


def render_answer(
    answer: Answer, scope: Scope, status: Mapping[str, object], texts: Texts, *, keeps: bool = False
) -> str:
    """The whole result: an answer with its passages, or an abstention with the closest ones.

    With ``keeps`` each passage can be marked as the one that answered.
    """
    cited, related = passages(answer)
    asked = answer.question if keeps else ""
    if answer.abstained or not answer.statements:
        return _abstention(answer, scope, status, texts) + cards(
            texts.closest, [*cited, *related], texts, asked
        )
    return (
        f'<section class="answer" aria-label="{esc(texts.answer)}"><header>{_asked(answer.question)}'
        f'<p class="scope">{esc(scope.told(texts))}</p></header>{_unshown(answer, texts)}'
        f"{_cautions(cited, texts)}"
        f"{_statements(answer, texts)}{_counted(answer, len(cited), texts)}</section>"
        f"{cards(texts.cited, cited, texts, asked)}{cards(texts.others, related, texts, asked)}"
    )


def render_message(title: str, text: str, question: str = "") -> str:
    """A message in place of an answer: what happened, what to do."""
    return (
        f'<section class="message">{_asked(question) if question else ""}<h3>{esc(title)}</h3>'
        f"<p data-announce>{esc(text)}</p></section>"
    )


def _asked(question: str) -> str:
    """The question above what answers it, so that neither is read with another."""
    shown = question if len(question) <= _SHOWN else f"{question[:_SHOWN]}…"
    return f'<h2 class="asked">{esc(shown)}</h2>'


def render_start(examples: Sequence[str], texts: Texts) -> str:
    """What stands where the answer will be, before the first question."""
    chips = "".join(
        f'<li><a class="example" lang="zh-CN" href="{esc(f"?q={quote(example)}")}">{esc(example)}</a></li>'
        for example in examples
    )
    tried = f'<h2>{esc(texts.examples)}</h2><ul class="examples" role="list">{chips}</ul>' if examples else ""
    return (
        f'<section class="start"><p class="lead">{esc(texts.start_lead)}</p>{tried}'
        f'<p class="keys">{esc(texts.keys_hint)}</p></section>'
    )


def render_head(texts: Texts) -> str:
    """The name of the page and the way to the other language."""
    return (
        f'<header class="top"><div><h1>{esc(texts.title)}</h1><p>{esc(texts.tagline)}</p></div>'
        f'<a class="language" lang="{esc(texts.other_lang)}" hreflang="{esc(texts.other_lang)}" '
        f'href="{esc(texts.other_root)}">{esc(texts.other_name)}</a></header>'
    )


def render_footer(status: Mapping[str, object], version: str, texts: Texts) -> str:
    """How much is searched, with what, by which version."""
    counts = texts.no_documents
    if status.get("documents"):
        counts = texts.footer.format(
            documents=status["documents"],
            chunks=status.get("chunks", 0),
            model=texts.name(str(status.get("model", "—"))),
            version=version,
        )
    return f'<footer class="foot"><p>{esc(texts.disclaimer)}</p><p>{esc(counts)}</p></footer>'


def _unshown(answer: Answer, texts: Texts) -> str:
    """What the question names beside what is answered, and that cannot be shown."""
    return "".join(f'<p class="caution">{_reason(told, texts)}</p>' for told in answer.unshown)


def _reason(silence: Silence, texts: Texts) -> str:
    translated = texts.silences.get(silence.kind)
    return esc(translated) if translated else f'<span lang="zh-CN">{esc(silence.reason)}</span>'


def _abstention(answer: Answer, scope: Scope, status: Mapping[str, object], texts: Texts) -> str:
    searched = texts.searched.format(
        documents=status.get("documents", 0), chunks=status.get("chunks", 0), scope=scope.told(texts)
    )
    kind = answer.silence.kind if answer.silence else ""
    reason = ""
    if answer.silence:
        translated = texts.silences.get(kind)
        told = esc(translated) if translated else f'<span lang="zh-CN">{esc(answer.silence.reason)}</span>'
        reason = f'<p class="reason"><b>{esc(texts.reason)}</b>{told}</p>'
    advice = "" if kind in _SAYS_WHAT_TO_DO else f"<p>{esc(texts.advice)}</p>"
    return (
        f'<section class="message abstained">{_asked(answer.question)}'
        f"<div data-announce><h3>{esc(texts.abstained)}</h3>{reason}</div>"
        f'{advice}<p class="counted">{esc(searched)}</p></section>'
    )


def _counted(answer: Answer, sources: int, texts: Texts) -> str:
    told = texts.counted.format(
        statements=len(answer.statements), passages=sources, seconds=f"{answer.seconds:.2f}"
    )
    return f'<p class="counted" data-announce>{esc(told)}</p>'


def _statements(answer: Answer, texts: Texts) -> str:
    citations = numbered(answer)
    lines = "".join(_statement(n, s, citations, texts) for n, s in enumerate(answer.statements, 1))
    return f'<ol class="statements" role="list" lang="zh-CN">{lines}</ol>'


def _statement(number: int, statement: Statement, citations: Sequence[Citation], texts: Texts) -> str:
    links = "".join(_note(citations.index(c) + 1, c, texts) for c in dict.fromkeys(statement.citations))
    return (
        f'<li id="statement-{number}"><span class="said">{closed_up(esc(statement.text))}</span>{links}</li>'
    )


def _note(number: int, citation: Citation, texts: Texts) -> str:
    place = f"{titled(citation.source.title)}{citation.locator or ''}"
    return (
        f'<a class="note" role="doc-noteref" href="#passage-{number}" title="{esc(place)}" '
        f'aria-label="{esc(texts.cited)} {number}: {esc(place)}">[{number}]</a>'
    )


def _cautions(cited: Sequence[Passage], texts: Texts) -> str:
    """A line for each status, other than in force, that the answer rests on; unverified is told more softly."""
    by_status: dict[str, list[int]] = {}
    for passage in cited:
        by_status.setdefault(passage.source.status, []).extend(passage.numbers)
    by_status.pop("现行有效", None)
    lines = []
    for status, numbers in by_status.items():
        notes = "".join(f"[{n}]" for n in sorted(numbers))
        told = texts.caution.format(numbers=notes, status=texts.name(status))
        lines.append(f'<p class="caution {tone(status)}">{esc(told)}</p>')
    return "".join(lines)
