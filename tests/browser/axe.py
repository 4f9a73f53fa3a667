"""Lets axe look at a page, and tells what it finds that would keep somebody out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.watched import SIZES


@contextmanager
def open_to_axe(browser: Browser, address: str, *, size: str, scheme: str) -> Iterator[Page]:
    """Open the page at `address` without its content policy, for axe itself to be let in."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]  # "light" or "dark"
        reduced_motion="reduce",
        bypass_csp=True,
    )
    try:
        page = context.new_page()
        page.goto(address)
        yield page
    finally:
        context.close()


def serious(page: Page) -> list[tuple[str, list[str]]]:
    """Rules that are broken seriously or critically, each with the first places."""
    found = Axe().run(page).response["violations"]
    bad = [one for one in found if one["impact"] in ("serious", "critical")]
    return [(one["id"], [str(node["target"]) for node in one["nodes"]][:3]) for one in bad]
