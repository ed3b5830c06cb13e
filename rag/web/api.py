"""The HTTP API, /api/v1/…, and the two health checks: the JSON of rag.wire, nothing of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rag.errors import AddressError, QuestionError, RagError, StoreBusy
from rag.types import Filter
from rag.web.asking import BusyError, Desk, Gate, incident, parse_day, readable
from rag.web.texts import ZH
from rag.wire import answer_json, hits_json, listing_json

MOST_HITS = 200
_MOST_PASSAGES = 2**63 - 1  # what the index can number
_LISTS = ("level", "region")
_TOLD = ("documents", "chunks", "model", "dimensions", "generation")

Values = Mapping[str, Any]


class RequestError(RagError):
    """A parameter that cannot be used; the text says which and how it is written."""


class ForbiddenError(RagError):
    """What this server does not do for who asks; the text says why."""


def add_api(app: FastAPI, desk: Desk) -> None:
    """Adds the routes to ``app``."""
    writing = Gate(at_once=1)  # a store has one writer at a time

    def ask(values: Values) -> dict[str, Any]:
        with desk.gate.place():
            return answer_json(desk.engine.ask(_question(values), _filter(values)))

    def search(values: Values) -> dict[str, Any]:
        question, k, where = _question(values), _count(values), _filter(values)
        with desk.gate.place():
            return {"question": question, "hits": hits_json(desk.engine.search(question, k, where))}

    def answered(values: Values) -> dict[str, Any]:
        if not desk.keeps:
            raise ForbiddenError("这个服务不只对本机开放，不能往索引里记问题。请在本机打开页面。")
        question, passage, document = _question(values), _passage(values), _document(values)
        try:
            with writing.place():
                desk.engine.answered(question, passage, document)
        except BusyError:
            raise StoreBusy("正在记下别的问题。请过几秒再试。") from None
        return {"kept": True}

    def documents(_: Values) -> dict[str, Any]:
        return {"documents": [listing_json(listing) for listing in desk.engine.documents()]}

    def alive(_: Values) -> dict[str, Any]:
        return {"ok": True}

    def ready(_: Values) -> dict[str, Any]:
        status = desk.engine.status()
        return {"ok": True, **{name: status[name] for name in _TOLD if name in status}}

    _route(app, "/api/v1/ask", ask, "GET", "POST")
    _route(app, "/api/v1/search", search, "GET", "POST")
    _route(app, "/api/v1/answered", answered, "POST")
    _route(app, "/api/v1/documents", documents, "GET")
    _route(app, "/healthz", alive, "GET")
    _route(app, "/readyz", ready, "GET")


def _route(app: FastAPI, path: str, answer: Callable[[Values], dict[str, Any]], *methods: str) -> None:
    async def endpoint(request: Request) -> Response:
        try:
            values = await _values(request)
            return JSONResponse(await run_in_threadpool(answer, values))
        except (RequestError, QuestionError) as error:
            return _failed(400, str(error))
        except ForbiddenError as error:
            return _failed(403, str(error))
        except AddressError as error:
            return _failed(404, str(error))
        except BusyError:
            return _failed(503, ZH.busy, {"Retry-After": "5"})
        except RagError as error:
            return _failed(503, str(error))
        except Exception as error:  # the last door: a number for the user, no trace
            return _failed(500, ZH.failed.format(id=incident(error)))

    app.add_route(path, endpoint, methods=list(methods), include_in_schema=False)


def _failed(status: int, told: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": told}, status_code=status, headers=headers)


async def _values(request: Request) -> Values:
    """The parameters: of the query, or of a JSON object in the body."""
    if request.method != "POST":
        query = request.query_params
        return {name: query.getlist(name) if name in _LISTS else query[name] for name in query}
    try:
        values = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise RequestError("请求内容不是有效的 JSON。") from None
    if not isinstance(values, dict):
        raise RequestError('请求内容应是一个 JSON 对象，例如 {"question": "会费怎么交"}。')
    return values


def _question(values: Values) -> str:
    return readable(_text(values, "question") or "")


def _text(values: Values, name: str) -> str | None:
    value = values.get(name)
    if value is None or isinstance(value, str):
        return value
    raise RequestError(f"参数 {name} 应是文字。")


def _count(values: Values) -> int:
    told = f"参数 k 应是 1 到 {MOST_HITS} 的整数。"
    value = values.get("k", 10)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise RequestError(told)
    try:
        k = int(value)
    except ValueError:
        raise RequestError(told) from None
    if not 1 <= k <= MOST_HITS:
        raise RequestError(told)
    return k


def _passage(values: Values) -> int:
    """The index's own number of a passage, as the page gives it back."""
    value = values.get("passage")
    if type(value) is not int or not 1 <= value <= _MOST_PASSAGES:
        raise RequestError("参数 passage 应是条文片段的编号，是一个正整数。")
    return value


def _document(values: Values) -> str:
    """The id of the document that the passage was shown to stand in."""
    document = readable(_text(values, "document") or "")
    if not document:
        raise RequestError("参数 document 应是条文所在文件的路径，与查询结果里的 document 相同。")
    return document


def _filter(values: Values) -> Filter:
    """level and region (one or several), issuer, as_of (a day, or ``all``; today when it is not given)."""
    return Filter(
        region=_several(values, "region"),
        level=_several(values, "level"),
        issuer=_text(values, "issuer"),
        in_force_on=_day(_text(values, "as_of")),
    )


def _day(text: str | None) -> date | None:
    if text == "all":
        return None
    try:
        return parse_day(text or "") or date.today()
    except ValueError:
        raise RequestError("参数 as_of 应是 2020-05-01 这样的日期，或 all（不限日期）。") from None


def _several(values: Values, name: str) -> tuple[str, ...]:
    value = values.get(name, ())
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise RequestError(f"参数 {name} 应是文字，或文字的列表。")
    return tuple(items)
