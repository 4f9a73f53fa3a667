"""A closer look at a hit, why it was found, a region of the query's picture, and reranking."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.browser.chromium import NEEDED
from tests.browser.conftest import Opener
from tests.integration.server_process import ServerProcess

pytestmark = NEEDED
SHOWN = "#results .card[data-id]"
SWAPPED = "all => all.slice(0, 24).map(one => one.dataset.id)"


def first_title(page: Page) -> str:
    expect(page.locator(SHOWN).first).to_be_visible()
    return page.locator(f"{SHOWN} h2").first.inner_text()


def test_a_picture_opens_large_and_larger_and_the_next_one_follows(visit: Opener) -> None:
    with visit("/?q=a+mug") as page:
        title = first_title(page)
        closer = page.get_by_role("button", name=f"Look closer at {title}").first
        closer.click()
        dialog = page.get_by_role("dialog", name=title)
        expect(dialog).to_be_visible()
        pane = page.locator("#zoom-pane")
        before = pane.evaluate("pane => pane.scrollWidth")
        dialog.get_by_role("button", name="Larger").click()
        assert pane.evaluate("pane => pane.scrollWidth") > before * 1.5
        number = page.locator("#product-facts").inner_text()
        dialog.get_by_role("button", name="Next").click()
        expect(page.locator("#product-facts")).not_to_have_text(number, use_inner_text=True)
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(closer).to_be_focused()


def test_every_picture_of_a_product_can_be_looked_at(
    visit: Opener, shop: ServerProcess, catalog: Path
) -> None:
    files = sorted((catalog / "images").iterdir())[:2]
    sent = [{"id": "two", "title": "Zyx quux", "images": ["file:a.jpg", "file:b.jpg"]}]
    parts = [("documents", ("documents.json", json.dumps(sent), "application/json"))]
    parts += [
        ("files", ("a.jpg", files[0].read_bytes())),
        ("files", ("b.jpg", files[1].read_bytes())),
    ]
    job = shop.client.post("/v1/indexes/products/documents", files=parts).json()
    assert shop.wait_for_job(job["id"])["state"] == "succeeded"
    try:
        with visit("/?q=Zyx+quux") as page:
            page.get_by_role("button", name="Look closer at Zyx quux").click()
            shown = page.locator("#zoom-pane img")
            before = shown.get_attribute("src")
            page.get_by_role("button", name="Show 2 of 2").focus()
            page.keyboard.press("Enter")
            expect(shown).not_to_have_attribute("src", before or "")
            assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    finally:
        shop.client.delete("/v1/indexes/products/documents/two")


@pytest.mark.parametrize(
    ("vision", "said"),
    [
        (None, "by business signals"),
        ({"model": "phi", "available": True, "reason": None}, "the vision model, business"),
        ({"model": "phi", "available": False, "reason": "x"}, "the vision model does not answer"),
    ],
)
def test_the_switch_says_what_reranks(visit: Opener, vision: object, said: str) -> None:
    with visit() as page:

        def told(route: Route) -> None:
            answer = route.fetch()
            route.fulfill(response=answer, json=answer.json() | {"vision": vision})

        page.route("**/v1/capabilities", told)
        page.goto(page.url + "?q=a+mug")
        expect(page.locator("#rerank-by")).to_contain_text(said)
        expect(page.get_by_role("switch", name="Rerank by")).to_be_enabled()
        page.unroute_all(behavior="wait")


def test_why_shows_how_near_each_part_is(visit: Opener, catalog: Path) -> None:
    with visit() as page:
        page.get_by_role("searchbox").fill("a phone case with this")
        page.locator("#file").set_input_files(catalog / "queries" / "leopard-fur.jpg")
        first_title(page)
        page.get_by_role("button", name="Why?").first.click()
        bars = page.locator("#why .meter")
        expect(bars).to_have_count(2)
        shares = bars.evaluate_all("all => all.map(one => one.style.getPropertyValue('--share'))")
        assert all(0 < float(share) < 1 for share in shares)
        expect(page.locator("#why")).to_contain_text("by words and picture")
        expect(page.locator("#why")).to_contain_text("Place")
        page.get_by_role("button", name="Like this, but…").click()
        expect(page.get_by_role("searchbox")).to_be_focused()


def test_a_region_of_the_picture_is_searched_with(visit: Opener, catalog: Path) -> None:
    with visit() as page:
        page.locator("#file").set_input_files(catalog / "queries" / "leopard-fur.jpg")
        first_title(page)
        whole = page.url
        page.get_by_role("button", name="Search with a part of leopard-fur.jpg").click()
        frame = page.locator("#crop-frame")
        expect(frame).to_be_focused()
        for _ in range(10):
            page.keyboard.press("Shift+ArrowLeft")
        page.keyboard.press("ArrowDown")
        box = frame.bounding_box()
        assert box is not None
        assert box["width"] < box["height"]
        page.mouse.move(box["x"] + 20, box["y"] + 20)
        page.mouse.down()
        page.mouse.move(box["x"] + 40, box["y"] + 20, steps=3)
        page.mouse.up()
        moved = frame.bounding_box()
        assert moved is not None
        assert moved["x"] > box["x"]
        page.get_by_role("button", name="Search with this part").click()
        expect(page.locator(".chip-name")).to_have_text("part of a picture")
        assert page.url != whole
        part = page.request.get(page.locator(".chip img").evaluate("image => image.src"))
        width, height = Image.open(io.BytesIO(part.body())).size
        assert width < height


def test_first_results_are_there_before_the_reranked_order_slides_in(visit: Opener) -> None:
    with visit("/?q=a+mug") as page:
        before = first_title(page)
        held: list[Route] = []

        def hold(route: Route) -> None:
            if '"stage"' in (route.request.post_data or ""):
                held.append(route)
            else:
                route.continue_()

        page.route("**/search", hold)
        page.get_by_role("switch", name="Rerank").check()
        expect(page.locator("#status")).to_contain_text("Reranking…")
        expect(page.locator(f"{SHOWN} h2").first).to_have_text(before)
        order = page.locator(SHOWN).evaluate_all(SWAPPED)
        held.pop().continue_()
        expect(page.locator("#status")).to_contain_text("Reranked by business signals")
        assert page.locator(SHOWN).evaluate_all(SWAPPED) != order
        expect(page.locator(".matched", has_text="was").first).to_be_visible()
        assert "rerank=1" in page.url
        page.unroute_all(behavior="wait")
