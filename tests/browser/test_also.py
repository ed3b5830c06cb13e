"""Where the same words stand too, as a user meets it in a real browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(
    ("root", "told", "folded"), [("/", "同文另见：", "另有 1 处"), ("/en/", "Same words in: ", "1 more")]
)
def test_the_other_places_are_read_and_opened_by_keyboard(
    context: Any, page: Any, root: str, told: str, folded: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(root)
    box = page.locator("#question textarea")
    box.fill("会员每月会费同文")
    box.press("Enter")
    also = page.locator("#passage-1 .also")
    expect(also).to_have_count(1)
    expect(page.locator(".also")).to_have_count(1)
    expect(also.locator("> p")).to_contain_text(f"{told}《关于印发〈会费收缴办法（试行）〉的通知》一")
    hidden = also.locator("details a")
    expect(also.locator("> p a")).to_have_count(3)
    expect(hidden).to_be_hidden()
    summary = also.locator("summary")
    expect(summary).to_have_text(folded)
    also.locator("> p a").last.focus()
    page.keyboard.press("Tab")
    expect(summary).to_be_focused()
    assert summary.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
    shoot(page, f"also{root.replace('/', '-')}{width}-closed")
    page.keyboard.press("Enter")
    expect(hidden).to_be_visible()
    expect(hidden).to_contain_text("<script>")
    shoot(page, f"also{root.replace('/', '-')}{width}-open")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.keyboard.press("Tab")
    expect(hidden).to_be_focused()
    with context.expect_page() as opened:
        page.keyboard.press("Enter")
    reader = opened.value
    expect(reader.locator("#cited")).to_be_in_viewport()
    expect(reader.locator("mark").first).to_contain_text("第一条")
    page.keyboard.press("Escape")
    expect(page.locator("a.note").first).to_be_focused()
    assert page.evaluate("window.hacked") is None


def shoot(page: Any, name: str) -> None:
    if os.environ.get("SHOTS"):
        page.locator("#passage-1").screenshot(path=Path(os.environ["SHOTS"], f"{name}.png"))
