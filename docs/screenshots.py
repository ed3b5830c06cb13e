"""Draws docs/page.png and docs/page-phone.png from the sample documents: python docs/screenshots.py."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
QUESTION = "怀孕七个月了，单位还安排上夜班，可以吗？"
SHOTS = {"page.png": (1280, 1000), "page-phone.png": (390, 844)}


def main() -> int:
    """Exit status: 0 done, 1 without a Chromium."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        print("Chromium is not installed: apt-get install chromium fonts-noto-cjk", file=sys.stderr)
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as address,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, (width, height) in SHOTS.items():
            draw(browser, address, DOCS / name, width, height)
        browser.close()
    return 0


def draw(browser: Any, address: str, target: Path, width: int, height: int) -> None:
    """The answer to QUESTION in a window of that size, in CSS pixels."""
    page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
    page.goto(address)
    page.locator("#question textarea").fill(QUESTION)
    page.locator("#question textarea").press("Enter")
    page.locator(".answer").wait_for()
    page.evaluate("document.fonts.ready")
    page.locator("#question textarea").blur()
    page.screenshot(path=target)
    print(target)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The page over an index of corpus/ in ``folder``; its address."""
    import uvicorn

    from rag.engine import Engine
    from rag.ingest import ingest
    from rag.settings import load_settings
    from rag.web.server import build_app

    settings = load_settings(index=folder / "index")
    ingest([DOCS.parent / "corpus"], settings)
    engine = Engine.open(settings)
    server = uvicorn.Server(uvicorn.Config(build_app(engine, settings), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.1)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        engine.close()


if __name__ == "__main__":
    sys.exit(main())
