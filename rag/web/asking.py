"""From what a user typed to what the page shows; every failure on the way becomes a calm message."""

from __future__ import annotations

import logging
import re
import secrets
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from rag.errors import RagError
from rag.regions import NATIONAL
from rag.types import Filter
from rag.web.rendering import Scope, render_answer, render_message
from rag.web.texts import Texts

if TYPE_CHECKING:
    from rag.engine import Engine

log = logging.getLogger(__name__)

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d{2})(\d{2})")


class BusyError(RagError):
    """Every place is taken and the wait was too long."""


class Gate:
    """Lets ``at_once`` questions through together; others wait up to ``patience_s``, then BusyError."""

    def __init__(self, at_once: int = 4, patience_s: float = 8.0) -> None:
        self._places = threading.BoundedSemaphore(at_once)
        self._patience_s = patience_s

    @contextmanager
    def place(self) -> Iterator[None]:
        """One place, given back at the end. Raises BusyError."""
        if not self._places.acquire(timeout=self._patience_s):
            raise BusyError
        try:
            yield
        finally:
            self._places.release()


@dataclass(frozen=True, slots=True)
class Desk:
    """What every question of this process goes through, from the page as from the API.

    ``keeps``: whether who asks may add to the index, which is for the people of this machine alone.
    """

    engine: Engine
    gate: Gate
    question_chars: int
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """The controls of the page as they stand when the user asks."""

    question: str
    levels: Sequence[str] = ()
    regions: Sequence[str] = ()
    day: str = ""
    any_day: bool = False


def parse_day(text: str) -> date | None:
    """A day as people write it; None for an empty field.

    >>> parse_day("2020年5月1日"), parse_day("20200501"), parse_day(" ")
    (datetime.date(2020, 5, 1), datetime.date(2020, 5, 1), None)

    Raises ValueError on anything else.
    """
    text = "".join(text.split())
    if not text:
        return None
    match = _DAY.fullmatch(text)
    if not match:
        raise ValueError("not a day")
    year, month, day = (int(part) for part in match.groups() if part)
    return date(year, month, day)


def readable(text: str) -> str:
    """``text`` with � for each lone surrogate, which no response could carry."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def incident(error: Exception) -> str:
    """Logs an unforeseen error and gives the number to tell the user.

    The log holds the kind of error and where it arose, never its message: that may quote the question.
    """
    number = secrets.token_hex(4)
    places = "".join(traceback.format_tb(error.__traceback__))
    log.error("incident %s: %s\n%s", number, type(error).__name__, places)
    return number


def respond(desk: Desk, form: Form, texts: Texts, today: Callable[[], date] = date.today) -> str:
    """The HTML that answers ``form``."""
    question = readable(form.question).strip()
    if not question:
        return render_message(texts.empty_title, texts.empty)
    if len(question) > desk.question_chars:
        return _refused(question, texts, texts.too_long.format(limit=desk.question_chars))
    now = today()
    try:
        day = None if form.any_day else parse_day(form.day) or now
    except ValueError:
        return _refused(question, texts, texts.bad_day.format(day=readable(form.day).strip()[:20]))
    levels, regions = (tuple(readable(value) for value in values) for values in (form.levels, form.regions))
    where = Filter(region=_applying(regions), level=levels, in_force_on=day)
    return _answered(desk, question, where, Scope(day, now, levels, regions), texts)


def _applying(regions: tuple[str, ...]) -> tuple[str, ...]:
    """The regions whose rules apply in ``regions``: in every place those of the whole country do too."""
    return tuple(dict.fromkeys((*regions, NATIONAL))) if regions else ()


def _answered(desk: Desk, question: str, where: Filter, scope: Scope, texts: Texts) -> str:
    try:
        with desk.gate.place():
            answer = desk.engine.ask(question, where)
        return render_answer(answer, scope, desk.engine.status(), texts, keeps=desk.keeps)
    except BusyError:
        return render_message(texts.busy_title, texts.busy, question)
    except RagError as error:
        return _refused(question, texts, str(error))
    except Exception as error:  # the last door: whatever it was, the user gets a number, not a trace
        return _refused(question, texts, texts.failed.format(id=incident(error)))


def _refused(question: str, texts: Texts, told: str) -> str:
    return render_message(texts.error_title, told, question)
