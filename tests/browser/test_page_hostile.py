"""Words of documents and of addresses are shown as text, whatever markup they are."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import NEEDED
from tests.browser.conftest import Opener
from tests.browser.hostile import HOSTILE

pytestmark = NEEDED
ADDRESSES = [
    "/?q=%3Cimg%20src%3Dx%20onerror%3Dharmed%3D1%3E",
    "/?with=1~text~%3Cscript%3Eharmed%3D1%3C%2Fscript%3E&index=%3Cscript%3E",
    "/?q=a&f.%3Cb%3E=%3Dx&n.price=..javascript:1&sort=__proto__:asc&target=%22%3E",
    "/?q=a&with=1~image~javascript:harmed&with=nonsense&with=99~text~x&with=1~__proto__~x",
]


def harmless(page: Page) -> None:
    assert page.evaluate("window.harmed") is None
    assert page.locator("main :is(script, iframe, style, [onerror], [onload])").count() == 0
    assert page.locator("a[href^='javascript:']").count() == 0


def test_markup_in_titles_descriptions_and_attributes_is_text(visit: Opener) -> None:
    with visit("/?q=hostile+script+handler+link+style") as page:
        for document in HOSTILE:
            card = page.locator(f".card[data-id='{document['id']}']")
            expect(card.locator("h2")).to_have_text(document["title"])
            card.get_by_role("button", name="Why?").click()
            dialog = page.get_by_role("dialog")
            expect(dialog.locator("#product-description")).to_have_text(document["description"])
            expect(dialog.locator("#product-facts")).to_contain_text(document["title"])
            harmless(page)
            page.keyboard.press("Escape")
        expect(page.locator("#filters fieldset").first).to_be_visible()
        harmless(page)


def test_markup_in_a_chip_and_in_the_title_of_the_page_is_text(visit: Opener) -> None:
    with visit("/?q=hostile+handler") as page:
        card = page.locator(".card[data-id='hostile-1']")
        card.get_by_role("button", name="More like this").click()
        expect(page.locator(".chip-name")).to_have_text(f"like {HOSTILE[1]['title']}")
        expect(page).to_have_title(f"{HOSTILE[1]['title']} – Margay")
        harmless(page)


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_cannot_harm(visit: Opener, address: str) -> None:
    with visit(address, expected=["404", "422"]) as page:
        expect(page.locator("#status")).not_to_have_text("Searching…")
        expect(page.locator("#results")).not_to_have_attribute("aria-busy", "true")
        harmless(page)
