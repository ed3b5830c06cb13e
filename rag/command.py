"""What the commands share: settings, the engine, the filter of a call, questions from a file, printing."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from rag.errors import QuestionError, RagError

if TYPE_CHECKING:
    from rag.engine import Engine
    from rag.settings import Settings
    from rag.types import Filter

DONE, FAILURES, UNUSABLE, INTERRUPTED = 0, 1, 2, 130


def settings_for(index: Path | None, **values: object) -> Settings:
    from rag.settings import load_settings

    return load_settings(index=index, **values)


@contextmanager
def engine_over(settings: Settings) -> Iterator[Engine]:
    from rag.engine import Engine

    with closing(Engine.open(settings)) as engine:
        yield engine


def filter_of(as_of: str | None, region: list[str] | None, level: list[str] | None) -> Filter:
    from rag.types import Filter

    return Filter(region=tuple(region or ()), level=tuple(level or ()), in_force_on=day_of(as_of))


def day_of(text: str | None) -> date | None:
    """The day that --as-of means: today when not given, None (any) for ``all``."""
    if text is None:
        return date.today()
    if text == "all":
        return None
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise typer.BadParameter(f"{text} 不是日期，请写成 2024-07-01 这样") from None


def given(question: str | None) -> str:
    if question is None:
        raise typer.BadParameter("请给出问题，或用 --questions 给出问题文件")
    return question


def each_line(path: Path, where: Filter, answer: Callable[[str, Filter], dict[str, Any]]) -> None:
    """One JSON line for each line of the file that is not blank, in order; its ``as_of`` wins over --as-of.

    A line that cannot be read or answered gives its ``error``, and the exit status is 1.
    """
    import time

    try:
        lines = path.read_bytes().removeprefix(codecs.BOM_UTF8).split(b"\n")
    except OSError as error:
        raise RagError(f"不能读取 {path}（{error.strerror}）。请检查路径和权限。") from error
    failures = 0
    for number, line_given in enumerate(lines, 1):
        if not line_given.strip():
            continue
        begun = time.perf_counter()
        line: dict[str, Any] = {"id": str(number)}
        try:
            record = record_of(line_given)
            line |= {"id": record.get("id", str(number)), "question": record.get("question")}
            at = replace(where, in_force_on=day_of(record["as_of"])) if record.get("as_of") else where
            text = record.get("question")
            line |= answer(text if isinstance(text, str) else "", at)
        except (RagError, typer.BadParameter) as error:
            line["error"] = str(error)
            failures += 1
        line["seconds"] = round(time.perf_counter() - begun, 4)
        say(json.dumps(line, ensure_ascii=False))
    if failures:
        raise typer.Exit(FAILURES)


def record_of(line: bytes) -> dict[str, Any]:
    """The object of a line of JSON. Raises QuestionError."""
    try:
        record = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise QuestionError(f"这一行不是 UTF-8 的 JSON（{error}）。请改正这一行。") from error
    if not isinstance(record, dict):
        raise QuestionError('这一行不是 JSON 对象。应是 {"id": …, "question": …}。')
    return record


def print_json(value: object) -> None:
    say(json.dumps(value, ensure_ascii=False, indent=2))


def say(text: str) -> None:
    try:
        typer.echo(text)
    except BrokenPipeError:
        from rag.screen import reader_left

        reader_left()
