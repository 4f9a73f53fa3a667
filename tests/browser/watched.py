"""Watches a page: what it complains of fails the test, a violated content policy above all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Browser, ConsoleMessage, Page

COUNT_VIOLATIONS = """() => {
  window.violations = [];
  addEventListener("securitypolicyviolation", (event) => {
    window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
  });
}"""
NETWORK_CHANGED = "ERR_NETWORK_CHANGED"
SIZES = {"phone": (390, 844), "desktop": (1280, 900), "wide": (1920, 1080)}


@contextmanager
def watched(
    browser: Browser,
    address: str,
    *,
    size: str = "desktop",
    scheme: str = "light",
    still: bool = False,
    touch: bool = False,
    expected: Sequence[str] = (),
    name: str = "page",
) -> Iterator[Page]:
    """Open the page at `address` in a context of its own.

    `expected` are pieces of console errors that a test brings about: the browser reports each
    refusal of the server, which the page explains, as one. SCREENSHOTS names a folder to keep a
    picture of its end in.
    """
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]  # "light" or "dark"
        reduced_motion="reduce" if still else "no-preference",
        has_touch=touch,
        is_mobile=touch,
    )
    context.add_init_script(f"({COUNT_VIOLATIONS})()")
    page = context.new_page()
    troubles: list[str] = []
    broken_off: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # Networks that Docker makes and removes break off what is loading.
        if message.type == "error":
            (broken_off if NETWORK_CHANGED in message.text else troubles).append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(address)
    if broken_off:
        page.goto(address)
    try:
        yield page
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=f"{folder}/{name}-{size}-{scheme}.png")
        violations = page.evaluate("window.violations")
        seen = list(troubles)  # what a page that is closed no longer loads is no trouble
    finally:
        context.close()
    unexpected = [text for text in seen if not any(each in text for each in expected)]
    assert not violations, f"the content policy was violated: {violations}"
    assert not unexpected, f"the page complained: {unexpected}"
