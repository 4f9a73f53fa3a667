"""Filters, price range, order and an empty answer; the address keeps them all."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.chromium import NEEDED
from tests.browser.conftest import Opener
from tests.integration.server_process import ServerProcess

pytestmark = NEEDED
SHOWN = "#results .card[data-id]"


def prices(page: Page) -> list[float]:
    expect(page.locator(SHOWN).first).to_be_visible()
    expect(page.locator("#results")).not_to_have_attribute("aria-busy", "true")
    return [float(text) for text in page.locator(f"{SHOWN} .price").all_inner_texts()]


def _counts_brands(response: Response) -> bool:
    return '"facets":["brand"' in (response.request.post_data or "")


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_facets_and_a_price_range_narrow_and_are_lifted(visit: Opener, size: str) -> None:
    with visit("/?q=product", size=size) as page:
        if size == "phone":
            page.get_by_role("button", name="Filters and order").click()
        page.get_by_label("price, at most").fill("30")
        with page.expect_response(_counts_brands) as counted:
            page.keyboard.press("Tab")
        expect(page.locator("#chosen")).to_contain_text("price up to 30")
        assert max(prices(page)) <= 30
        brands = page.get_by_role("group", name="brand")
        first = brands.get_by_role("checkbox").first
        count = counted.value.json()["facets"]["brand"][0]["count"]
        expect(brands.locator("small").first).to_have_text(str(count))
        first.check()
        expect(page.locator("#chosen button")).to_have_count(3)  # each, and all of them
        expect(page.locator(SHOWN)).to_have_count(min(count, 24))
        expect(first).to_be_checked()
        expect(brands.get_by_role("checkbox")).not_to_have_count(1)  # others can still be chosen
        page.get_by_role("button", name="Remove All filters").click()
        expect(page.locator("#chosen button")).to_have_count(0)


def test_handles_of_a_range_are_moved_by_key_and_pointer_and_do_not_pass(visit: Opener) -> None:
    with visit("/?q=product") as page:
        least = page.get_by_role("slider", name="price, handle at least")
        most = page.get_by_role("slider", name="price, handle at most")
        bars = page.get_by_role("group", name="price").locator(".histogram i")
        expect(bars).to_have_count(16)
        shares = bars.evaluate_all("all => all.map(one => +one.style.getPropertyValue('--share'))")
        assert max(shares) == 1
        box = most.bounding_box()
        assert box is not None
        most.focus()
        for _ in range(30):
            page.keyboard.press("ArrowLeft")
        upper = page.get_by_label("price, at most", exact=True)
        expect(upper).not_to_have_value("")
        expect(page.locator("#chosen")).to_contain_text("price up to")
        highest = float(upper.input_value())
        assert max(prices(page)) <= highest
        least.press("End")
        lower = page.get_by_label("price, at least", exact=True)
        expect(lower).to_have_value(upper.input_value())  # they meet
        least.press("Home")
        expect(lower).to_have_value("")
        # Forced: where the other handle lies above, it is its track that takes the press.
        most.click(position={"x": box["width"] - 3, "y": box["height"] / 2}, force=True)
        page.get_by_role("button", name="Remove price").click()
        expect(page.locator("#chosen button")).to_have_count(0)


def test_sorted_by_price_over_all_pages(visit: Opener) -> None:
    with visit("/?q=a+mug") as page:
        expect(page.locator(SHOWN).first).to_be_visible()
        page.get_by_label("Sort").select_option("price:asc")
        expect(page.locator("#status")).to_contain_text("lowest price first")
        page.get_by_role("button", name="Show more").scroll_into_view_if_needed()
        expect(page.locator(SHOWN)).not_to_have_count(24)
        found = prices(page)
        assert found == sorted(found)
        expect(page.get_by_role("switch", name="Rerank")).to_be_disabled()


def test_nothing_found_says_so_and_shows_what_is_nearest(visit: Opener) -> None:
    with visit("/?q=a+mug&n.price=..1") as page:
        expect(page.get_by_role("heading", name="Nothing fits these filters.")).to_be_visible()
        expect(page.locator("#status")).to_have_text("Nothing was found.")
        expect(page.locator(SHOWN)).to_have_count(6)
        page.get_by_role("button", name="Search without the filters").click()
        expect(page.locator(SHOWN)).to_have_count(24)
        expect(page).not_to_have_url("**n.price**")


def test_the_one_filter_that_leaves_nothing_is_named_and_lifted(visit: Opener) -> None:
    with visit("/?q=a+mug&n.price=..1&f.in_stock=is:true") as page:
        page.get_by_role("button", name="Without price (").click()
        expect(page.locator("#chosen button")).to_have_text(["in stock: yes ×"])
        expect(page.locator(SHOWN).first).to_be_visible()


def test_the_address_is_the_query_and_the_way_back(visit: Opener, catalog: Path) -> None:
    with visit() as page:
        page.get_by_role("searchbox").fill("a phone case with this")
        page.locator("#file").set_input_files(catalog / "queries" / "leopard-fur.jpg")
        expect(page.locator(SHOWN).first).to_be_visible()
        titles = page.locator(f"{SHOWN} h2").all_inner_texts()
        shared = page.url
        assert "q=a+phone+case+with+this" in shared
        assert "image%7Emed_" in shared
        page.get_by_role("button", name="Remove the picture").click()
        expect(page.locator(".chip")).to_have_count(0)
        page.go_back()
        expect(page.locator(".chip")).to_have_count(1)
        expect(page.locator(f"{SHOWN} h2").first).to_have_text(titles[0])
        page.goto(shared)
        expect(page.locator(SHOWN).first).to_be_visible()
        assert page.locator(f"{SHOWN} h2").all_inner_texts()[:24] == titles[:24]


def test_an_address_names_a_product_that_the_page_then_shows_by_its_title(visit: Opener) -> None:
    with visit("/?q=mug") as page:
        expect(page.locator(SHOWN).first).to_be_visible()
        identity = page.locator(SHOWN).first.get_attribute("data-id")
        title = page.locator(f"{SHOWN} h2").first.inner_text()
        page.goto(page.url.split("?")[0] + f"?with=1~document_id~{identity}&target=image")
        expect(page.locator(".chip-name")).to_have_text(f"like {title}")
        expect(page.get_by_label("Match")).to_have_value("image")
        expect(page.locator(".matched").first).to_contain_text("by its picture")


def test_one_of_several_indexes_is_chosen(visit: Opener, shop: ServerProcess) -> None:
    shop.client.put("/v1/indexes/bare", json={}).raise_for_status()
    try:
        with visit("/?q=a+mug&index=bare") as page:
            expect(page.get_by_label("Index")).to_have_value("bare")
            expect(page.locator("#nearest")).to_contain_text("nothing in this index")
            page.get_by_label("Index").select_option("products")
            expect(page.locator(SHOWN)).to_have_count(24)
            assert "index=products" in page.url
    finally:
        shop.client.delete("/v1/indexes/bare", params={"confirm": "bare"})


def test_an_answer_without_the_embedder_says_what_it_lacks(visit: Opener) -> None:
    with visit() as page:

        def without(route: object) -> None:
            answer = route.fetch()  # type: ignore[attr-defined]
            body = answer.json() | {"degraded": True, "degraded_reasons": ["embedder"]}
            route.fulfill(response=answer, json=body)  # type: ignore[attr-defined]

        page.route("**/search", without)
        page.get_by_role("searchbox").fill("a mug")
        page.keyboard.press("Enter")
        expect(page.locator("#nearest .notice")).to_contain_text("only exact words were searched")
        expect(page.locator(SHOWN).first).to_be_visible()
        page.unroute_all(behavior="wait")
