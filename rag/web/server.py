"""The server: one app of page, reader and API over one engine, behind the guard, on this machine alone."""

from __future__ import annotations

import errno
import hashlib
import ipaddress
import logging
import os
import signal
import socket
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from rag.errors import RagError
from rag.types import Span
from rag.web.guard import BODY_BYTES, Guard
from rag.web.markup import esc
from rag.web.texts import LANGUAGES, Texts

if TYPE_CHECKING:
    from fastapi import FastAPI

    from rag.engine import Engine
    from rag.settings import Settings

ASSETS = {
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "reader.css": "text/css; charset=utf-8",
    "reader.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_MOST_MARKS = 20
_WARM_UP = "工会"


def serve(settings: Settings, *, open_browser: bool = False) -> None:
    """Opens the engine, answers one question to warm it, then serves the page until it is stopped.

    Raises RagError where the host is not this machine or the port is taken, and whatever Engine.open raises.
    """
    # Ctrl+C and SIGTERM are how it is meant to end: both leave through the finally below.
    with suppress(KeyboardInterrupt), _bound(settings) as listener, _ended_by_sigterm():
        # the port comes before anything heavy is imported: the common errors show at once
        import uvicorn

        from rag.engine import Engine

        engine = Engine.open(settings)
        try:
            engine.ask(_WARM_UP)
            address = _address(listener)
            print(f"页面已就绪：{address}（按 Ctrl+C 停止）", flush=True)
            if open_browser:
                threading.Timer(1.0, webbrowser.open, (address,)).start()
            config = uvicorn.Config(
                build_app(engine, settings),
                log_level="warning",
                access_log=False,  # an address may hold a question
                timeout_graceful_shutdown=3,  # an open page never ends by itself
                server_header=False,
            )
            logging.getLogger("uvicorn.error").addFilter(_is_news)
            uvicorn.Server(config).run(sockets=[listener])
        finally:
            engine.close()


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """SIGTERM becomes KeyboardInterrupt: the server raises it again once it has stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _is_news(record: logging.LogRecord) -> bool:
    """An open page that the server's end cuts off is none."""
    return "graceful shutdown exceeded" not in record.getMessage()


def build_app(engine: Engine, settings: Settings) -> FastAPI:
    """The whole app over ``engine``. Raises RagError where the host in ``settings`` is not this machine."""
    import gradio as gr
    from fastapi import FastAPI

    from rag.web.api import add_api
    from rag.web.asking import Desk, Gate
    from rag.web.examples import example_questions
    from rag.web.page import build, theme

    _require_loopback(settings.host)
    if os.environ.get("GRADIO_VIBE_MODE"):
        raise RagError("环境变量 GRADIO_VIBE_MODE 会让网页改写程序。请取消它再启动。")
    desk = Desk(engine, Gate(), settings.question_chars, keeps=_is_loopback(settings.host))
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_api(app, desk)
    _add_assets(app)
    examples = example_questions(engine)
    for texts in reversed(LANGUAGES):  # / last: it would take /en/ too
        _add_reader(app, engine, texts)
        gr.mount_gradio_app(
            app,
            build(desk, texts, examples),
            texts.root.rstrip("/") or "/",
            footer_links=[],
            run_history=False,
            allowed_paths=[],
            show_error=False,
            ssr_mode=False,
            enable_monitoring=False,
            pwa=False,
            mcp_server=False,
            theme=theme(),
            head=_head(texts),
        )
    hosts = {"127.0.0.1", "localhost", "::1", settings.host}
    app.add_middleware(Guard, hosts=hosts, body_bytes=max(BODY_BYTES, 8 * settings.question_chars))
    return app


@cache
def _asset(name: str) -> bytes:
    return (files("rag.web") / name).read_bytes()


@cache
def _assets_version() -> str:
    """Changes with any asset, so that no browser keeps an old one."""
    return hashlib.sha256(b"".join(_asset(name) for name in sorted(ASSETS))).hexdigest()[:8]


def _head(texts: Texts) -> str:
    version = _assets_version()
    return (
        '<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">'
        f'<link rel="stylesheet" href="/assets/page.css?{version}">'
        f'<script src="/assets/page.js?{version}" data-lang="{esc(texts.lang)}" '
        f'data-lost="{esc(texts.lost)}" data-reload="{esc(texts.reload)}" data-chosen="{esc(texts.chosen)}" '
        f'data-not-kept="{esc(texts.not_kept)}" data-not-reached="{esc(texts.not_reached)}">'
        "</script>"
    )


def _add_assets(app: FastAPI) -> None:
    from starlette.requests import Request
    from starlette.responses import RedirectResponse, Response

    async def asset(request: Request) -> Response:
        name = request.url.path.rsplit("/", 1)[-1]
        return Response(_asset(name), media_type=ASSETS[name], headers={"Cache-Control": "no-cache"})

    async def english(request: Request) -> Response:
        return RedirectResponse("/en/")

    for name in ASSETS:
        app.add_route(f"/assets/{name}", asset, include_in_schema=False)
    app.add_route("/en", english, include_in_schema=False)


def _add_reader(app: FastAPI, engine: Engine, texts: Texts) -> None:
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import Request
    from starlette.responses import HTMLResponse

    from rag.web.reader import render_reader, render_unknown

    def page(document_id: str, marks: list[Span]) -> HTMLResponse:
        try:
            document = engine.document(document_id)
        except RagError:
            return HTMLResponse(render_unknown(texts, _assets_version()), status_code=404)
        return HTMLResponse(render_reader(document, marks, texts, _assets_version()))

    async def reader(request: Request) -> HTMLResponse:
        query = request.query_params
        marks = _marks(query.getlist("s"), query.getlist("e"))
        return await run_in_threadpool(page, request.path_params["document_id"], marks)

    async def nothing(_: Request) -> HTMLResponse:
        return await run_in_threadpool(page, "", [])

    app.add_route(f"{texts.root}doc", nothing, include_in_schema=False)
    app.add_route(f"{texts.root}doc/{{document_id:path}}", reader, include_in_schema=False)


def _marks(starts: list[str], ends: list[str]) -> list[Span]:
    """The spans that an address asks to mark; what is not two short numbers is passed over."""
    pairs = list(zip(starts, ends, strict=False))[:_MOST_MARKS]
    numbers = [(s, e) for s, e in pairs if s.isdecimal() and e.isdecimal() and len(s) < 10 and len(e) < 10]
    return [Span(int(s), int(e)) for s, e in numbers]


def _require_loopback(host: str) -> None:
    """Raises RagError unless ``host`` is this machine: there is no password yet."""
    if not _is_loopback(host):
        raise RagError(
            f"不能在 {host} 上提供服务：页面还没有登录密码，只对本机开放。"
            "请把 host（或 RAG_HOST）设为 127.0.0.1。"
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bound(settings: Settings) -> socket.socket:
    """The port, taken but not yet listening: a conflict shows before the model loads."""
    _require_loopback(settings.host)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise RagError(_why_not_bound(settings, error)) from error
    return listener


def _why_not_bound(settings: Settings, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"端口 {settings.port} 已被占用：也许页面已经开着，"
            f"请先打开 http://{settings.host}:{settings.port} 看看；否则换一个端口，例如 RAG_PORT=7861。"
        )
    return f"不能使用 {settings.host}:{settings.port}（{error.strerror}）。请换一个端口，例如 RAG_PORT=7861。"


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
