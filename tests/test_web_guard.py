"""The guard in front of the page, and what keeps the server on this machine."""

from __future__ import annotations

import asyncio
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
        (200, "POST", "/gradio_api/queue/join", {"origin": "http://127.0.0.1:7860"}),
        (200, "GET", "/en/gradio_api/heartbeat/abc", {"origin": "http://evil.example"}),
        (404, "POST", "/gradio_api/upload", {}),
        (404, "GET", "/gradio_api/file=/etc/passwd", {}),
        (404, "GET", "/static/../../etc/passwd", {}),
        (404, "GET", "/doc/../../etc/passwd", {}),
        (404, "GET", "//evil.example/", {}),
        (404, "GET", "/monitoring", {}),
        (404, "GET", "/config\n", {}),
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
    ],
)
def test_the_guard_lets_through_what_the_page_needs(
    status: int, method: str, path: str, headers: dict[str, str]
) -> None:
    assert guarded(method, path, **headers)[0] == status


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
