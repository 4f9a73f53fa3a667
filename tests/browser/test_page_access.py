"""Everybody can use the page: by keyboard, with a screen reader, on a phone, without motion."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import open_to_axe, serious
from tests.browser.chromium import NEEDED
from tests.browser.conftest import Opener
from tests.integration.server_process import ServerProcess

pytestmark = NEEDED
SHOWN = "#results .card[data-id]"
SHIFTS = """() => {
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) if (!shift.hadRecentInput) window.shifted += shift.value;
  }).observe({ type: "layout-shift", buffered: true });
}"""
SMALL = """() => [...document.querySelectorAll("button, select, input, a")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .filter((one) => !one.closest(".hidden, .skip"))
  .map((one) => [one, (one.closest("label") ?? one).getBoundingClientRect()])
  .filter(([one, box]) => box.width && (box.width < 24 || box.height < 24) && one.tagName !== "A")
  .map(([one, box]) => `${one.outerHTML.slice(0, 80)} ${box.width} x ${box.height}`)"""
COLUMNS = """() => {
  const grid = getComputedStyle(document.querySelector("#results"));
  return grid.gridTemplateColumns.split(" ").length;
}"""
STATES = ["start", "found", "empty", "product", "crop"]


def reach(page: Page, name: str) -> None:
    """Bring the page into a state."""
    if name == "start":
        expect(page.locator(".idea img[src]").first).to_be_visible()
        return
    expect(page.locator(SHOWN).first).to_be_visible()
    expect(page.locator("#filters fieldset").first).to_be_attached()
    if name == "product":
        page.get_by_role("button", name="Why?").first.click()
        expect(page.locator("#why .meter").first).to_be_visible()
    if name == "crop":
        page.get_by_role("button", name="Search with a part of").click()
        expect(page.locator("#crop-picture")).to_have_js_property("complete", True)


@pytest.fixture(scope="module")
def picture(shop: ServerProcess, catalog: Path) -> str:
    data = (catalog / "queries" / "leopard-fur.jpg").read_bytes()
    return str(shop.client.post("/v1/media", files={"file": ("a.jpg", data)}).json()["id"])


def path_of(state: str, picture: str) -> str:
    query = {"start": "/", "empty": "/?q=a+mug&n.price=..1"}
    return query.get(state, f"/?q=a+phone+case+with+this&with=1~image~{picture}")


@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
@pytest.mark.parametrize("state", STATES)
def test_axe_has_no_serious_finding(
    browser: Browser, shop: ServerProcess, picture: str, state: str, size: str, scheme: str
) -> None:
    address = f"http://127.0.0.1:{shop.port}{path_of(state, picture)}"
    with open_to_axe(browser, address, size=size, scheme=scheme) as page:
        reach(page, state)
        assert serious(page) == []


@pytest.mark.parametrize(
    ("size", "scheme"), [("phone", "light"), ("desktop", "dark"), ("wide", "light")]
)
@pytest.mark.parametrize("state", STATES)
def test_nothing_overflows_and_nothing_is_too_small(
    visit: Opener, picture: str, state: str, size: str, scheme: str
) -> None:
    with visit(path_of(state, picture), size=size, scheme=scheme, still=True) as page:
        reach(page, state)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert page.evaluate(SMALL) == []
        if state == "found":
            assert page.evaluate(COLUMNS) == {"phone": 2, "desktop": 3, "wide": 5}[size]
        shot = page.screenshot()
        assert len(shot) > 10_000  # something is drawn


def test_nothing_shifts_while_results_come(visit: Opener) -> None:
    with visit() as page:
        page.evaluate(f"({SHIFTS})()")
        expect(page.locator(".idea img[src]").first).to_be_visible()
        page.get_by_role("searchbox").fill("a mug")
        page.keyboard.press("Enter")
        reach(page, "found")
        page.wait_for_function("document.querySelectorAll('#results img').length > 20")
        assert page.evaluate("window.shifted") < 0.1


def test_everything_can_be_done_with_the_keyboard_alone(visit: Opener) -> None:
    with visit() as page:
        expect(page.locator(".idea").first).to_be_visible()
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the results")).to_be_focused()
        tab_to(page, "#text")
        page.keyboard.type("a mug")
        page.keyboard.press("Enter")
        reach(page, "found")
        tab_to(page, "#target")
        tab_to(page, "#rerank")
        page.keyboard.press("Space")
        expect(page.locator("#status")).to_contain_text("Reranked")
        tab_to(page, "#filters input[type=checkbox]")
        page.keyboard.press("Space")
        expect(page.locator("#chosen button")).to_have_count(1)
        expect(page.locator("#filters input:focus")).to_be_checked()
        tab_to(page, f"{SHOWN} .open")
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        tab_to(page, "#product-after")
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(page.locator(f"{SHOWN} .open").first).to_be_focused()
        tab_to(page, f"{SHOWN} .similar")
        page.keyboard.press("Enter")
        expect(page.locator(".chip")).to_have_count(1)
        page.locator("#text").focus()
        tab_to(page, ".chip .remove")
        page.keyboard.press("Enter")
        expect(page.locator("#ideas")).to_be_visible()
        expect(page.locator("#text")).to_be_focused()


def test_counts_are_told_and_states_have_names(visit: Opener) -> None:
    with visit("/?q=a+mug") as page:
        reach(page, "found")
        expect(page.get_by_role("status").first).to_contain_text("24 results so far")
        expect(page.get_by_role("search")).to_be_visible()
        expect(page.get_by_role("list", name="Results")).to_be_visible()
        expect(page.get_by_role("form", name="Filters")).to_be_visible()
        expect(page.get_by_role("heading", level=1, name="Results")).to_be_attached()


def test_colours_are_switched_and_remembered(visit: Opener) -> None:
    with visit() as page:
        paper = "getComputedStyle(document.body).backgroundColor"
        light = page.evaluate(paper)
        page.get_by_role("button", name="Use dark colours").click()
        dark = page.evaluate(paper)
        assert dark != light
        page.reload()
        assert page.evaluate(paper) == dark
        expect(page.get_by_role("button", name="Use light colours")).to_be_visible()


def test_nothing_moves_for_who_wants_it_still(visit: Opener) -> None:
    with visit("/?q=a+mug", still=True) as page:
        reach(page, "found")
        page.get_by_role("switch", name="Rerank").check()
        expect(page.locator("#status")).to_contain_text("Reranked")
        assert page.evaluate("document.getAnimations().length") == 0


def test_a_phone_offers_its_camera(visit: Opener) -> None:
    with visit(size="phone", touch=True) as page:
        camera = page.get_by_label("Take a picture")
        expect(page.locator("#camera")).to_be_visible()
        expect(camera).to_have_attribute("capture", "environment")
    with visit() as page:
        expect(page.locator("#camera")).to_be_hidden()


def test_the_script_of_the_page_is_small() -> None:
    folder = Path(__file__).parents[2] / "services" / "gateway" / "ui"
    assert sum(path.stat().st_size for path in folder.glob("*.js")) < 60_000


def tab_to(page: Page, selector: str, *, most: int = 60) -> None:
    """Press Tab until it is there; an element that cannot be reached fails the test."""
    for _ in range(most):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab")
