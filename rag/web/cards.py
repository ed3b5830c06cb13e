"""Passage cards: where the words stand, whether that text holds today, the words in their passage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rag.types import Hit, Source
from rag.web.markup import closed_up, document_url, esc, marked, titled
from rag.web.passages import Passage
from rag.web.texts import GUESS, Texts

LONG = 130  # characters of a related passage beyond which it is folded
BESIDE = 3  # other places of the same words that are shown at once
_TONES = {"现行有效": "good", "尚未施行": "soon", "已修改": "past", "被取代": "past", "已废止": "past"}


def cards(heading: str, shown: Sequence[Passage], texts: Texts, asked: str = "") -> str:
    """A section of cards; nothing where there is nothing to show.

    ``asked`` is the question that a passage may be marked as the answer of; empty: none may.
    """
    if not shown:
        return ""
    question = f' data-question="{esc(asked)}"' if asked else ""
    inside = "".join(card(passage, texts, keeps=bool(asked)) for passage in shown)
    return f'<section class="passages"{question}><h2>{esc(heading)}</h2>{inside}</section>'


def card(passage: Passage, texts: Texts, *, keeps: bool = False) -> str:
    """One passage. Its ids passage-1, passage-2 … are what the [n] of the answer link to."""
    first, *more = passage.numbers or (0,)
    ident = f' id="passage-{first}" tabindex="-1"' if passage.numbers else ""
    targets = "".join(f'<span class="anchor" id="passage-{n}"></span>' for n in more)
    stored = (
        f' data-passage="{passage.stored}" data-document="{esc(passage.document_id)}"'
        if passage.stored
        else ""
    )
    folded = not passage.citations and len(passage.text) > LONG
    return (
        f'<article class="card {"cited" if passage.citations else "related"}"{ident}{stored}>{targets}'
        f"{_header(passage, texts)}{_also(passage, texts)}{_words(passage, folded)}"
        f"{_actions(passage, folded, texts, keeps and passage.stored > 0)}</article>"
    )


def badge(source: Source, texts: Texts) -> str:
    """Validity of a text, by word and by colour."""
    return f'<span class="badge {tone(source.status)}">{esc(texts.name(source.status))}</span>'


def tone(status: str) -> str:
    """The colour of a status: good, soon, past or unsure."""
    return _TONES.get(status, "unsure")


def _header(passage: Passage, texts: Texts) -> str:
    numbers = "".join(f'<span class="number">{n}</span>' for n in passage.numbers)
    facts = "".join(f"<span>{esc(fact)}</span>" for fact in _facts(passage, texts))
    above = " › ".join(name for name in passage.path if not _opens(name, passage.text))
    return (
        f"<header>{numbers}<h3><cite>{esc(titled(passage.source.title))}</cite>"
        f'<span class="address">{esc(passage.address)}</span></h3></header>'
        f'<p class="facts">{badge(passage.source, texts)}{facts}</p>'
    ) + (f'<p class="above" lang="zh-CN">{esc(above)}</p>' if above else "")


def _opens(name: str, text: str) -> bool:
    """Whether the text itself begins with this section's label, so that it need not be said above it."""
    return text.lstrip().startswith(name.split(" ")[0])


def _facts(passage: Passage, texts: Texts) -> list[str]:
    """From when and until when the text applies, its number, level and region, and the page."""
    source = passage.source
    facts = [_since(source, texts)]
    if source.repealed:
        facts.append(texts.repealed.format(day=texts.on_day(source.repealed)))
    facts += [source.number or "", texts.name(source.level), texts.name(source.region)]
    if passage.page is not None:
        facts.append(texts.page.format(number=passage.page))
    return [fact for fact in facts if fact]


def _since(source: Source, texts: Texts) -> str:
    if not source.effective:
        return ""
    pattern = texts.will_apply if source.status == "尚未施行" else texts.effective
    if source.origin.get("effective") == GUESS:
        pattern = texts.effective_guessed
    return pattern.format(day=texts.on_day(source.effective))


def _also(passage: Passage, texts: Texts) -> str:
    """Where else the same words stand, each place a link to the reader; those after the first few folded."""
    names = [(hit.source.title, hit.chunk.locator, hit.source.status) for hit in passage.also]
    times = Counter(names)
    links = [
        _other(hit, texts, alone=times[name] == 1) for hit, name in zip(passage.also, names, strict=True)
    ]
    if not links:
        return ""
    joint = "；" if texts.lang == "zh-CN" else "; "
    more = ""
    if links[BESIDE:]:
        told = texts.also_more.format(count=len(links) - BESIDE)
        more = f"<details><summary>{esc(told)}</summary><p>{joint.join(links[BESIDE:])}</p></details>"
    return f'<div class="also"><p>{esc(texts.also)}{joint.join(links[:BESIDE])}</p>{more}</div>'


def _other(hit: Hit, texts: Texts, *, alone: bool) -> str:
    """《标题》第X条（已被取代）; unless ``alone`` in its name, also the day that tells the editions apart."""
    source, chunk = hit.source, hit.chunk
    told = ["" if alone else _since(source, texts), texts.standing(source.status)]
    joint, opening, closing = ("，", "（", "）") if texts.lang == "zh-CN" else (", ", " (", ")")
    known = joint.join(fact for fact in told if fact)
    url = document_url(chunk.document_id, texts.root, [chunk.span])
    return (
        f'<a href="{esc(url)}" target="_blank" rel="noopener" title="{esc(chunk.document_id)}">'
        f'<span lang="zh-CN">{esc(titled(source.title) + (chunk.locator or chunk.article or ""))}</span>'
        f"{esc(f'{opening}{known}{closing}' if known else '')}</a>"
    )


def _words(passage: Passage, folded: bool) -> str:
    lead = f'<p class="context">{esc(passage.lead)}</p>' if passage.lead else ""
    name = "" if passage.citations else "soft"
    return (
        f'<blockquote lang="zh-CN"{" class=folded" if folded else ""}>{lead}'
        f"<p>{closed_up(marked(passage.text, passage.marks, name))}</p></blockquote>"
    )


def _actions(passage: Passage, folded: bool, texts: Texts, keeps: bool) -> str:
    unfold = (
        f'<button type="button" data-do="unfold" aria-expanded="false" data-other="{esc(texts.show_less)}">'
        f"{esc(texts.show_all)}</button>"
    )
    copy = (
        f'<button type="button" data-do="copy" data-text="{esc(passage.reference)}" '
        f'data-done="{esc(texts.copied)}" data-failed="{esc(texts.copy_failed)}">{esc(texts.copy)}</button>'
    )
    url = document_url(passage.document_id, texts.root, passage.spans)
    original = f'<a href="{esc(url)}" target="_blank" rel="noopener">{esc(texts.original)}</a>'
    answered = (
        f'<button type="button" data-do="answered" data-done="{esc(texts.answered_done)}" '
        f'title="{esc(texts.answered_hint)}">{esc(texts.answered)}</button>'
    )
    back = f'<button type="button" data-do="back">{esc(texts.back)}</button>'
    return (
        f'<footer class="actions">{copy}{original}{unfold if folded else ""}'
        f"{answered if keeps else ''}{back if passage.citations else ''}</footer>"
    )
