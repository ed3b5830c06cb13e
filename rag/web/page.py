"""The page: the controls and what they do, once for each language."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import gradio as gr

from rag import __version__
from rag.errors import RagError
from rag.types import LEVELS
from rag.web.asking import Desk, Form, respond
from rag.web.rendering import render_footer, render_head, render_start
from rag.web.texts import REGIONS_EN, Texts

SESSIONS = 200  # each keeps about 100 KB
AT_ONCE = 32  # events that Gradio runs together; the desk's gate decides about the work itself
FONTS = ("system-ui", "-apple-system", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif")


def theme() -> Any:
    """Fonts of the machine itself and few colours; the rest is in page.css."""
    accent = gr.themes.Color(
        "#fdf3f2", "#fbe4e2", "#f6c9c5", "#eda29c", "#de6e66", "#c83c32",
        "#b3261e", "#951d17", "#7a1b16", "#651b17", "#370a08",
    )  # fmt: skip
    base = gr.themes.Base(
        primary_hue=accent,
        neutral_hue=gr.themes.colors.zinc,
        radius_size=gr.themes.sizes.radius_md,
        font=list(FONTS),
        font_mono=["ui-monospace", "Consolas", "monospace"],
    )
    return base.set(
        body_background_fill="#fafaf9",
        body_background_fill_dark="#18181b",
        body_text_color="#1c1917",
        body_text_color_dark="#f4f4f5",
        body_text_color_subdued="#52525b",
        body_text_color_subdued_dark="#a1a1aa",
        block_background_fill="transparent",
        block_border_width="0px",
        block_padding="0px",
        block_label_background_fill="transparent",
        input_background_fill="#ffffff",
        input_background_fill_dark="#27272a",
        input_border_color="#d6d3d1",
        input_border_color_dark="#52525b",
        input_border_color_focus="#b3261e",
        input_border_color_focus_dark="#f2a39d",
        input_shadow_focus="0 0 0 3px rgb(179 38 30 / 15%)",
        button_primary_background_fill="#b3261e",
        button_primary_background_fill_dark="#b3261e",
        button_primary_background_fill_hover="#951d17",
        button_primary_background_fill_hover_dark="#c83c32",
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="#ffffff",
        error_background_fill="#fdf3f2",
    )


def build(desk: Desk, texts: Texts, examples: Sequence[str]) -> gr.Blocks:
    """The page in one language."""
    demo = gr.Blocks(analytics_enabled=False, title=texts.title)
    with demo:
        _html(render_head(texts), "top")
        with gr.Row(elem_id="asking", equal_height=True):
            question = gr.Textbox(
                label=texts.question,
                placeholder=texts.placeholder,
                lines=1,
                max_lines=6,
                max_length=desk.question_chars + 1,  # one too many is told, not cut in silence
                autofocus=True,
                scale=1,
                elem_id="question",
            )
            ask = gr.Button(texts.ask, variant="primary", scale=0, min_width=112, elem_id="ask")
        level, region, day, any_day = _filters(desk, texts)
        restored = gr.Textbox(visible=False)
        result = _html(render_start(examples, texts), "result")
        foot = _html(render_footer(desk.engine.status(), __version__, texts), "foot")
        controls = [question, level, region, day, any_day, restored]
        _listen(
            desk, texts, [ask.click, question.submit], controls, [result, level, region, day, any_day, foot]
        )
    demo.state_session_capacity = SESSIONS
    demo.queue(api_open=False)
    return demo


def _listen(desk: Desk, texts: Texts, asks: list[Any], controls: list[Any], shown: list[Any]) -> None:
    """What happens when the user asks.

    The one event of the page: two at once (a load event beside an early question) can leave the library's
    event stream closed with an answer still to come, measured once in twelve loads.
    """

    def answer(
        asked: str | None,
        levels: list[str] | None,
        regions: list[str] | None,
        day: str | None,
        any_day: bool | None,
        restored: str | None,
    ) -> tuple[Any, ...]:
        form = Form(asked or "", tuple(levels or ()), tuple(regions or ()), day or "", bool(any_day))
        # A number of its own: an answer that equals the last one is still seen to come.
        turn = f'<div data-turn="{secrets.token_hex(4)}">{respond(desk, form, texts)}</div>'
        return turn, *_around(desk, texts, form if restored else None)

    gr.on(
        asks,
        answer,
        controls,
        shown,
        show_progress="minimal",
        show_progress_on=shown[:1],
        concurrency_limit=AT_ONCE,
        api_visibility="private",
        trigger_mode="always_last",  # a question asked while another is under way is asked after it
        preprocess=False,  # the guard has looked at the values; a choice that is gone finds nothing
    )


def _around(desk: Desk, texts: Texts, restored: Form | None) -> tuple[Any, ...]:
    """Levels, regions, day, any day and foot: what an ingest has changed, and the filters of ``restored``."""
    try:
        levels, regions = choices(desk, texts)
        foot = render_footer(desk.engine.status(), __version__, texts)
    except RagError:
        return (gr.skip(),) * 5  # the answer has told it
    if restored is None:
        return gr.update(choices=levels), gr.update(choices=regions), gr.skip(), gr.skip(), foot
    return (
        gr.update(choices=levels, value=_among(levels, restored.levels)),
        gr.update(choices=regions, value=_among(regions, restored.regions)),
        restored.day,
        restored.any_day,
        foot,
    )


def _among(choices: Sequence[tuple[str, str]], values: Sequence[str]) -> list[str]:
    return [value for _, value in choices if value in values]


def _html(value: str, name: str) -> Any:
    """HTML of our own making: no template but the default, no click event, no styles of the library."""
    return gr.HTML(value, elem_id=name, apply_default_css=False, js_on_load=None, padding=False)


def _filters(desk: Desk, texts: Texts) -> tuple[Any, Any, Any, Any]:
    """The controls that narrow the search: level, region, day, any day."""
    levels, regions = choices(desk, texts)
    with gr.Accordion(texts.filters, open=False, elem_id="filters"):
        level = gr.CheckboxGroup(levels, label=texts.level, elem_id="level")
        with gr.Row(elem_id="where"):
            region = gr.Dropdown(
                regions,
                value=[],
                multiselect=True,
                label=texts.region,
                info=texts.region_info,
                elem_id="region",
            )
            day = gr.Textbox(
                label=texts.day,
                info=texts.day_info,
                placeholder=texts.day_placeholder,
                max_length=40,
                max_lines=1,
                elem_id="day",
            )
        any_day = gr.Checkbox(label=texts.any_day, elem_id="any-day")
    return level, region, day, any_day


def choices(desk: Desk, texts: Texts) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(shown, value) of the levels and regions that stand in the index: levels by rank, regions as is usual."""
    usual = list(REGIONS_EN)
    facets = desk.engine.facets()
    levels = sorted(facets.get("level", ()), key=lambda name: LEVELS.index(name) if name in LEVELS else 99)
    regions = sorted(facets.get("region", ()), key=lambda name: usual.index(name) if name in usual else 99)
    return [(texts.name(name), name) for name in levels], [(texts.name(name), name) for name in regions]
