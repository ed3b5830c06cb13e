"""What the page may put into the queue of its UI library: its one event, with values of known kinds."""

from __future__ import annotations

import json
import re
from typing import Any

EVENT = 0  # the only event of the page
INPUTS = (str, list, list, str, bool, str)  # question, levels, regions, day, any day, restored
_MOST_CHOICES = 100
_LONGEST_CHOICE = 100
_SESSION = re.compile(r"[A-Za-z0-9]{1,40}")


def cleaned(body: bytes) -> bytes:
    """The body of a join with what the event needs and nothing else.

    The library answers a misshapen body with a trace that quotes it, so none may reach it.
    Raises ValueError on what the page never sends.
    """
    try:
        values = json.loads(body)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(values, dict):
        raise ValueError("no object")
    event, session, data = values.get("fn_index"), values.get("session_hash"), values.get("data")
    if type(event) is not int or event != EVENT:
        raise ValueError("no such event")
    if not isinstance(session, str) or not _SESSION.fullmatch(session):
        raise ValueError("no session")
    if not isinstance(data, list) or len(data) != len(INPUTS):
        raise ValueError("not the inputs of the event")
    if not all(_fits(value, kind) for value, kind in zip(data, INPUTS, strict=True)):
        raise ValueError("an input of another kind")
    trigger = values.get("trigger_id")
    kept = {"data": data, "event_data": None, "fn_index": event, "session_hash": session}
    return json.dumps({**kept, "trigger_id": trigger if type(trigger) is int else None}).encode()


def _fits(value: Any, kind: type) -> bool:
    if kind is list and isinstance(value, list):
        short = all(isinstance(item, str) and len(item) <= _LONGEST_CHOICE for item in value)
        return short and len(value) <= _MOST_CHOICES
    return value is None or type(value) is kind
