"""A page served by the fake engine in a process of its own, and a Chromium that cannot leave this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of the page, ready; ends with the tests, and in time."""
    process, address = started()
    try:
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture
def another_server() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server for one test alone, which may stop it: the process and its address."""
    process, address = started()
    yield process, address
    process.kill()
    process.communicate(timeout=20)


def started() -> tuple[subprocess.Popen[bytes], str]:
    """A server of its own, ready, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(ROOT / "tests" / "fake_engine.py"), str(port)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    _wait_until_healthy(process, f"http://127.0.0.1:{port}/healthz")
    return process, f"http://127.0.0.1:{port}"


def _wait_until_healthy(process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server did not start"
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"{address} did not answer in time")


@pytest.fixture(scope="module")  # while the driver lives, no other test of this process can run a loop
def chromium() -> Iterator[Any]:
    """Debian's Chromium, headless. Skips where it, or playwright, is not installed."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not path:
        pytest.skip("no Chromium on this machine: apt-get install chromium fonts-noto-cjk")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Any, server: str) -> Iterator[Any]:
    """A window of its own. Whatever a test does, no page may throw and none may ask another host."""
    window = chromium.new_context(
        base_url=server, viewport={"width": 1280, "height": 900}, reduced_motion="reduce", locale="zh-CN"
    )
    window.set_default_timeout(20_000)
    thrown: list[str] = []
    abroad: list[str] = []
    window.on("weberror", lambda error: thrown.append(str(error.error)))
    window.on("request", lambda request: abroad.append(request.url) if _leaves(request.url, server) else None)
    yield window
    window.close()
    assert thrown == []
    assert abroad == []


def _leaves(url: str, server: str) -> bool:
    return not url.startswith((f"{server}/", "data:", "blob:"))


@pytest.fixture
def page(context: Any) -> Any:
    """The Chinese page, ready for a question."""
    page = context.new_page()
    page.goto("/")
    page.locator("#result .start").wait_for()
    return page
