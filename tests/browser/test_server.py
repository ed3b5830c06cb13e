"""What the running server lets through: asked over plain HTTP, without a browser."""

from __future__ import annotations

import json
import urllib.request
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote

import pytest


def call(url: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data=body, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read(), response.headers
    except HTTPError as error:
        with error:
            return error.code, error.read(), error.headers


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload", "/gradio_api/file=/etc/passwd", "/gradio_api/file=../../etc/passwd",
        "/gradio_api/proxy=http://127.0.0.1:1/", "/gradio_api/openapi.json", "/gradio_api/runs",
        "/monitoring", "/monitoring/summary", "/docs", "/redoc", "/openapi.json", "/en/monitoring",
        "/en/gradio_api/upload",
        "/static/../../../../etc/passwd", "/static/%2e%2e/%2e%2e/etc/passwd", "/file/etc/passwd", "/login",
        "/gradio_api/component_server", "/gradio_api/dev/reload", "/pwa_icon", "/doc", "/assets/server.py",
        "/gradio_api/stream/x", "/gradio_api/call/answer", "/gradio_api/run/answer", "/gradio_api/deep_link",
    ],
)  # fmt: skip
def test_what_the_page_does_not_need_is_not_there(server: str, path: str) -> None:
    for body in (None, b"{}"):
        status, content, _ = call(server + path, body)
        assert status in (404, 405)
        assert b"root:" not in content


@pytest.mark.parametrize(
    "path",
    ["/assets/page.css", "/assets/page.js", "/assets/reader.css", "/assets/reader.js", "/config", "/en"],
)
def test_what_the_page_needs_is_there(server: str, path: str) -> None:
    status, content, headers = call(server + path)
    assert status == 200
    assert content
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_no_page_allows_inline_scripts_or_other_hosts(server: str) -> None:
    for path, script in (("/", "'self' 'unsafe-eval'"), ("/doc/x", "'self'"), ("/healthz", "'self'")):
        _, _, headers = call(server + path)
        policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
        assert policy["script-src"] == script
        assert policy["default-src"] == policy["connect-src"] == "'self'"


def test_a_body_beyond_64_kb_is_refused(server: str) -> None:
    body = json.dumps({"question": "会" * 40_000}).encode()
    assert call(server + "/api/v1/ask", body)[0] == 413
    assert call(server + "/gradio_api/queue/join", body)[0] == 413


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}],
)
def test_another_site_cannot_ask_in_a_users_name(server: str, headers: dict[str, str]) -> None:
    body = json.dumps({"question": "会费"}).encode()
    assert call(server + "/api/v1/ask", body, **headers)[0] == 403
    assert call(server + "/api/v1/ask", body, Origin=server)[0] == 200


def test_a_name_that_was_turned_to_this_machine_is_refused(server: str) -> None:
    assert call(server + "/api/v1/documents", Host="evil.example")[0] == 421


def test_the_api_asks_searches_and_lists(server: str) -> None:
    question = quote("会员每月会费")
    _, asked, _ = call(f"{server}/api/v1/ask?question={question}")
    _, posted, _ = call(f"{server}/api/v1/ask", json.dumps({"question": "会员每月会费"}).encode())
    assert json.loads(asked) == json.loads(posted)
    assert json.loads(asked)["statements"][0]["citations"] == [1]
    _, found, _ = call(f"{server}/api/v1/search?question={question}&k=1&level={quote('总工会文件')}")
    assert [hit["level"] for hit in json.loads(found)["hits"]] == ["总工会文件"]
    _, listed, _ = call(f"{server}/api/v1/documents")
    assert len(json.loads(listed)["documents"]) == 4
    assert call(f"{server}/readyz")[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[1]", b"{", b'{"question": 1}', b'{"question": null}', b'{"question": "x", "k": NaN}',
        b'{"question": "x", "k": 1e999}', b'{"question": "x", "k": true}', b'{"question": "x", "k": 0}',
        b'{"question": "x", "level": [1]}', b'{"question": "x", "level": {}}',
        b'{"question": "x", "as_of": "x"}', b'{"question": "x", "as_of": "2023-02-30"}', b"\xff",
        b"[" * 60_000,
    ],
)  # fmt: skip
def test_what_the_api_cannot_use_is_a_400_without_an_echo(server: str, body: bytes) -> None:
    status, content, _ = call(f"{server}/api/v1/search", body)
    assert status == 400
    assert set(json.loads(content)) == {"error"}


def test_a_lone_surrogate_breaks_nothing(server: str) -> None:
    status, content, _ = call(f"{server}/api/v1/ask", b'{"question": "\\ud800\\u4f1a\\u8d39"}')
    assert status == 200
    assert json.loads(content)["question"] == "\ufffd会费"


def test_an_unforeseen_error_gives_a_number_and_no_word_of_the_question(server: str) -> None:
    status, content, _ = call(f"{server}/api/v1/ask", json.dumps({"question": "出错 canary"}).encode())
    assert status == 500
    assert "编号" in json.loads(content)["error"]
    assert b"canary" not in content


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/v1/nothing", "application/json"),
        ("/doc", "text/html"),
        ("/doc/", "text/html"),
        ("/en/doc", "text/html"),
    ],
)
def test_an_address_that_does_not_exist_is_told_in_our_own_words(server: str, path: str, kind: str) -> None:
    status, content, headers = call(server + path)
    assert status == 404
    assert headers["Content-Type"].startswith(kind)
    assert "没有" in content.decode() or "No such document" in content.decode()


def test_a_server_that_is_told_to_stop_closes_its_engine_and_logs_no_question(another_server: Any) -> None:
    process, address = another_server
    malformed = json.dumps({"fn_index": 0, "data": ["canary"], "session_hash": "a"}).encode()
    json_type = {"Content_Type": "application/json"}
    assert call(f"{address}/gradio_api/queue/join", malformed, **json_type)[0] == 400
    asked = {"fn_index": 0, "data": ["canary 出错", ["canary"], [], "", False, ""], "session_hash": "a"}
    assert call(f"{address}/gradio_api/queue/join", json.dumps(asked).encode(), **json_type)[0] == 200
    with urllib.request.urlopen(f"{address}/gradio_api/heartbeat/a", timeout=30):
        process.terminate()
        printed = process.stdout.read().decode()
    process.wait(timeout=20)
    assert process.returncode == 0
    assert printed.splitlines()[-1] == "closed"
    for word in ("canary", "CancelledError", "shutdown"):
        assert word not in printed
