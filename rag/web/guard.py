"""The guard in front of every request: known routes, known hosts, own origin, small bodies, safe headers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from rag.errors import RagError
from rag.web.asking import incident
from rag.web.joins import cleaned
from rag.web.texts import ZH

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_BYTES = 64 * 1024
BODY_SECONDS = 15.0

# What the page, the reader and the API use. Uploads, files, proxies, monitoring, run history and
# schemas that come with the UI library are not on the list, so they do not exist here.
_OWN = re.compile(
    r"/(healthz|readyz|en|(en/)?doc(/.*)?|assets/(page|reader)\.(css|js)|assets/icon\.svg"
    r"|api/v1/(ask|search|answered|documents))"
)
_LIBRARY = re.compile(
    r"(/en)?/(config|theme\.css|favicon\.ico|manifest\.json|(assets|static|svelte)/[\w./ -]+"
    r"|gradio_api/(queue/(join|data)|heartbeat/\w+|startup-events|reset|cancel|info|app_id))?/?"
)

_POSTED = re.compile(
    r"/api/v1/(ask|search|answered)|(/en)?/gradio_api/(queue/join|startup-events|reset|cancel)/?"
)
_JOIN = re.compile(r"(/en)?/gradio_api/queue/join/?")
_HOST = re.compile(r"\[?([0-9a-z.:-]{1,253}?)\]?(:\d{1,5})?")

_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'{eval}",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}


class RefusedError(RagError):
    """A request that is not let through: HTTP status and what the client is told."""

    def __init__(self, status: int, told: str) -> None:
        super().__init__(told)
        self.status = status
        self.told = told


class Guard:
    """ASGI middleware around the whole app.

    ``hosts`` are the host names (without port) under which the page may be asked for: another name
    that resolves to this machine is a rebinding attack. Bodies up to ``body_bytes`` are let through.
    """

    def __init__(self, app: App, hosts: Collection[str], body_bytes: int = BODY_BYTES) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._body_bytes = body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # a web socket: the server closes what nobody accepts
        guarded = _Response(send, scope["path"])
        try:
            self._check(scope)
            body = await _body(scope, receive, self._body_bytes)
        except RefusedError as refusal:
            await _refuse(guarded, refusal)
            return
        # Whoever may reach this port is no proxy: what claims to be one is not believed.
        headers = [
            (n, v) for n, v in scope["headers"] if not n.lower().startswith((b"x-forwarded", b"forwarded"))
        ]
        try:
            await self._app({**scope, "headers": headers}, _replay(body, receive), guarded)
        except asyncio.CancelledError:  # the server stops while a page is open
            await guarded.end()
        except Exception as error:  # the last door: the server would log a trace that may quote the request
            told = ZH.failed.format(id=incident(error))
            await (guarded.end() if guarded.started else _refuse(guarded, RefusedError(500, told)))

    def _check(self, scope: Scope) -> None:
        """Raises RefusedError on a foreign host, an unknown route or a foreign origin."""
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get(b"host", "").lower()
        named = _HOST.fullmatch(host)
        if not named or named[1] not in self._hosts:
            raise RefusedError(421, "请用本机地址访问本页，例如 http://127.0.0.1 加端口号。")
        path = scope["path"]
        known = _OWN.fullmatch(path) or _LIBRARY.fullmatch(path)
        if not known or ".." in path.split("/"):
            raise RefusedError(404, "没有这个地址。")
        if scope["method"] not in ("GET", "HEAD") and not (
            scope["method"] == "POST" and _POSTED.fullmatch(path)
        ):
            raise RefusedError(405, "不支持这种请求。")
        origin = headers.get(b"origin")
        if scope["method"] == "POST" and origin is not None and _netloc(origin) != host:
            raise RefusedError(403, "请求来自别的网站，已拒绝。")
        if scope["method"] == "POST" and headers.get(b"sec-fetch-site") in ("cross-site", "same-site"):
            raise RefusedError(403, "请求来自别的网站，已拒绝。")


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


async def _body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body. Raises RefusedError when it is over the limit, too slow, or no question of the page."""
    if scope["method"] != "POST":
        return b""
    try:
        body = await asyncio.wait_for(_read(receive, limit), BODY_SECONDS)
        return cleaned(body) if _JOIN.fullmatch(scope["path"]) else body
    except TimeoutError:
        raise RefusedError(408, "请求发送得太慢，请重试。") from None
    except ValueError:
        raise RefusedError(400, "请求的内容不对。请重新载入页面再试。") from None


async def _read(receive: Receive, limit: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise RefusedError(400, "请求中断了。")
        body += message.get("body", b"")
        if len(body) > limit:
            raise RefusedError(413, f"内容过大，最多 {limit // 1024} KB。请缩短后再试。")
        if not message.get("more_body"):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the body that was read, then what the connection says."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed


class _Response:
    """A send that adds the safety headers; the library's own pages need eval, nothing else does."""

    def __init__(self, send: Send, path: str) -> None:
        self._send = send
        self._policy = _POLICY.format(eval=" 'unsafe-eval'" if path in ("/", "/en/") else "").encode()
        self.started = False
        self._ended = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [(n, v) for n, v in message.get("headers", []) if n.lower() not in _HEADERS]
            extra = [*_HEADERS.items(), (b"content-security-policy", self._policy)]
            message = {**message, "headers": [*kept, *extra]}
            self.started = True
        elif message["type"] == "http.response.body":
            self._ended = not message.get("more_body")
        await self._send(message)

    async def end(self) -> None:
        """Closes a response that was broken off."""
        if self.started and not self._ended:
            with suppress(Exception):  # shorter than was announced, or nobody listens any more
                await self({"type": "http.response.body", "body": b""})


async def _refuse(send: Send, refusal: RefusedError) -> None:
    body = f'{{"error": "{refusal.told}"}}'.encode()
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),  # what is left of an oversized body is not read
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
