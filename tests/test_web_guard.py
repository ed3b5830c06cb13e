"""The guard in front of the page, and what keeps the server on this machine."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import pytest

from rag.errors import RagError
from rag.settings import Settings
from rag.web.guard import Guard
from rag.web.server import serve


def guarded(method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and what the app behind the guard was given as body."""
    got: list[bytes] = []
    sent: list[dict[str, Any]] = []
    chunks = [body[i : i + 1000] for i in range(0, len(body), 1000)] or [b""]
    messages = [{"type": "http.request", "body": c, "more_body": c is not chunks[-1]} for c in chunks]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        got.append((await receive())["body"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    named = {"host": "127.0.0.1:7860", **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = [(name.encode(), value.encode()) for name, value in named.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": raw}
    asyncio.run(Guard(app, {"127.0.0.1", "localhost", "::1"}, body_bytes=5000)(scope, receive, send))
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, b"".join(got)


@pytest.mark.parametrize(
    ("status", "method", "path", "headers"),
    [
        (200, "GET", "/", {}),
        (200, "GET", "/en/", {}),
        (200, "GET", "/", {"host": "[::1]:7860"}),
        (200, "GET", "/", {"host": "LOCALHOST"}),
        (200, "GET", "/doc/法律/某 法.md", {}),
        (200, "GET", "/en/doc/a/b", {}),
        (200, "GET", "/assets/index-Dphv_1.js", {}),
        (200, "POST", "/en/gradio_api/cancel", {"origin": "http://127.0.0.1:7860"}),
        (200, "GET", "/doc", {}),
        (200, "GET", "/en/gradio_api/heartbeat/abc", {"origin": "http://evil.example"}),
        (404, "POST", "/gradio_api/upload", {}),
        (404, "GET", "/gradio_api/file=/etc/passwd", {}),
        (404, "GET", "/static/../../etc/passwd", {}),
        (404, "GET", "/doc/../../etc/passwd", {}),
        (404, "GET", "//evil.example/", {}),
        (404, "GET", "/monitoring", {}),
        (404, "GET", "/config\n", {}),
        (404, "GET", "/api/v1/nothing", {}),
        (405, "POST", "/api/v1/documents", {}),
        (405, "POST", "/doc/x", {}),
        (405, "PUT", "/api/v1/ask", {}),
        (403, "POST", "/api/v1/ask", {"origin": "http://evil.example"}),
        (403, "POST", "/api/v1/ask", {"origin": "http://127.0.0.1:9"}),
        (403, "POST", "/api/v1/ask", {"origin": "null"}),
        (403, "POST", "/api/v1/ask", {"origin": "http://[evil"}),
        (403, "POST", "/api/v1/ask", {"sec_fetch_site": "cross-site"}),
        (421, "GET", "/", {"host": "evil.example"}),
        (421, "GET", "/", {"host": ""}),
        (421, "GET", "/", {"host": "127.0.0.1.evil.example:7860"}),
        (421, "GET", "/", {"host": "evil.example@127.0.0.1.x"}),
        (421, "GET", "/", {"host": "evil@127.0.0.1"}),
        (421, "GET", "/", {"host": "127.0.0.1/x"}),
        (421, "GET", "/", {"host": "127.0.0.1:7860?"}),
    ],
)
def test_the_guard_lets_through_what_the_page_needs(
    status: int, method: str, path: str, headers: dict[str, str]
) -> None:
    assert guarded(method, path, b"", **headers)[0] == status


JOIN = {"data": ["会费", [], ["浙江"], "", False, ""], "fn_index": 0, "session_hash": "abc1"}


def join(**changes: Any) -> tuple[int, bytes]:
    body = json.dumps({**JOIN, **changes}).encode()
    status, _, passed = guarded("POST", "/gradio_api/queue/join", body)
    return status, passed


def test_a_question_of_the_page_passes_with_nothing_beside_it() -> None:
    status, passed = join(trigger_id=7, event_data={"x": "y"}, oauth_token="z")
    assert status == 200
    assert json.loads(passed) == {**JOIN, "trigger_id": 7, "event_data": None}


@pytest.mark.parametrize(
    "changes",
    [
        {"fn_index": 99}, {"fn_index": float("nan")}, {"fn_index": False}, {"fn_index": "0"},
        {"data": None}, {"data": []}, {"data": ["会费"]}, {"data": [1, [], [], "", False, ""]},
        {"data": ["会费", "法律", [], "", False, ""]}, {"data": ["会费", [1], [], "", False, ""]},
        {"data": ["会费", ["会费" * 99], [], "", False, ""]}, {"data": ["会费", ["法"] * 200, [], "", False, ""]},
        {"data": ["会费", [], [], "", 1, ""]}, {"data": ["会费", [], [], "", float("nan"), ""]},
        {"data": [{"path": "/etc/passwd"}, [], [], "", False, ""]},
        {"session_hash": None}, {"session_hash": "\ud800"}, {"session_hash": "../x"},
    ],
)  # fmt: skip
def test_what_the_page_never_sends_does_not_reach_its_library(changes: dict[str, Any]) -> None:
    assert join(**changes) == (400, b"")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 4000, b"\xff"])
def test_what_is_no_object_does_not_reach_the_library(body: bytes) -> None:
    assert guarded("POST", "/en/gradio_api/queue/join/", body)[::2] == (400, b"")


def test_what_claims_to_be_a_proxy_is_not_believed() -> None:
    given: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        given.extend(name for name, _ in scope["headers"])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    headers = {
        "host": "localhost",
        "x-forwarded-host": "evil.example",
        "Forwarded": "host=x",
        "accept": "*/*",
    }
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(Guard(app, {"localhost"})(request("/", raw), nothing, nowhere))
    assert given == [b"host", b"accept"]


def test_an_error_behind_the_guard_is_a_number_and_no_trace_of_the_question(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sent: list[Any] = []
    words = "-".join(["canary", "bird"])

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError(words)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Guard(app, {"localhost"})(request("/", [(b"host", b"localhost")]), nothing, send))
    assert sent[0]["status"] == 500
    assert "编号" in json.loads(sent[1]["body"])["error"]
    assert "ValueError" in caplog.text
    assert words not in caplog.text


def test_a_page_that_is_open_when_the_server_stops_ends_its_stream() -> None:
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise asyncio.CancelledError

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Guard(app, {"localhost"})(request("/", [(b"host", b"localhost")]), nothing, send))
    assert sent[-1] == {"type": "http.response.body", "body": b""}


def request(path: str, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    return {"type": "http", "method": "GET", "path": path, "headers": headers}


async def nothing() -> Any:
    return {"type": "http.disconnect"}


async def nowhere(message: Any) -> None:
    """Takes a message."""


def test_a_small_body_arrives_whole_and_a_large_one_not_at_all() -> None:
    assert guarded("POST", "/api/v1/ask", b"x" * 5000)[::2] == (200, b"x" * 5000)
    assert guarded("POST", "/api/v1/ask", b"x" * 5001)[::2] == (413, b"")


def test_every_response_carries_the_safety_headers() -> None:
    for path in ("/", "/doc/x", "/nowhere"):
        _, headers, _ = guarded("GET", path)
        assert headers["x-frame-options"] == "DENY"
        assert ("'unsafe-eval'" in headers["content-security-policy"]) == (path == "/")
        assert "script-src 'self' 'unsafe-inline'" not in headers["content-security-policy"]


# --- the server --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])
def test_the_page_is_for_this_machine_alone(host: str) -> None:
    with pytest.raises(RagError, match="只对本机开放"):
        serve(Settings(host=host))


def test_a_port_that_is_taken_names_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(RagError, match=r"已被占用.*RAG_PORT"):
            serve(Settings(port=taken.getsockname()[1]))
