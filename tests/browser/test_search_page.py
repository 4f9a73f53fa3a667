"""A person searches by words, by picture, by both, and for more of the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from datasets.sample_catalog import generate
from tests.browser.chromium import CHROMIUM, FLAGS, NEEDED
from tests.integration.server_process import ServerProcess

EVIL = '<img src=x onerror="document.title=1">'

pytestmark = NEEDED


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser") / "catalog"
    generate(folder, count=120)
    return folder


@pytest.fixture(scope="module")
def server(catalog: Path) -> Iterator[ServerProcess]:
    process = ServerProcess(
        catalog.parent / "server", environ={"MARGAY_INGEST__IMPORT_ROOTS": str(catalog)}
    )
    process.start()
    process.client.put("/v1/indexes/products", json={"attributes": {"price": "number"}})
    job = process.client.post(
        "/v1/indexes/products/imports",
        json={"type": "jsonl", "path": str(catalog / "products.jsonl")},
    ).json()
    assert process.wait_for_job(job["id"])["state"] == "succeeded"
    evil = process.client.post(
        "/v1/indexes/products/documents",
        json=[{"id": "evil", "title": EVIL, "description": "scripted markup title"}],
    ).json()
    assert process.wait_for_job(evil["id"])["state"] == "succeeded"
    yield process
    process.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS) as launched,
    ):
        yield launched


@pytest.fixture(params=[(390, 844), (1280, 900)], ids=["phone", "desktop"])
def page(request: pytest.FixtureRequest, browser: Browser, server: ServerProcess) -> Iterator[Page]:
    width, height = request.param
    opened = browser.new_page(viewport={"width": width, "height": height})
    troubles: list[str] = []
    opened.on(
        "console",
        lambda message: troubles.append(message.text) if message.type == "error" else None,
    )
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.goto(f"http://127.0.0.1:{server.port}/")
    yield opened
    if folder := os.environ.get("SCREENSHOTS"):
        opened.screenshot(path=f"{folder}/{request.node.name}.png", full_page=False)
    seen = list(troubles)  # what a page that is closed no longer loads is no trouble
    opened.close()
    # A violated content policy shows up here; a refusal that the page explains is no trouble.
    assert [text for text in seen if "422" not in text and "415" not in text] == []


def cards(page: Page) -> list[str]:
    expect(page.locator("#results .card").first).to_be_visible()
    return page.locator("#results .card h2").all_inner_texts()


def test_words_find_products_with_their_pictures(page: Page) -> None:
    page.get_by_role("searchbox").fill("a mug")
    page.get_by_role("button", name="Search", exact=True).click()
    assert "mug" in cards(page)[0].lower()
    picture = page.locator("#results .card img").first
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 0


def test_a_picture_and_words_together(page: Page, catalog: Path) -> None:
    page.get_by_role("searchbox").fill("a phone case with this")
    page.locator("#file").set_input_files(catalog / "queries" / "leopard-fur.jpg")
    first = cards(page)[0].lower()
    expect(page.locator("#medium")).to_be_visible()
    expect(page.locator("#medium-icon")).to_be_hidden()
    assert "case" in first


def test_more_like_this_starts_from_the_product(page: Page) -> None:
    page.get_by_role("searchbox").fill("sofa")
    page.keyboard.press("Enter")
    title = cards(page)[0]
    page.locator("#results .card .similar").first.click()
    expect(page.locator("#like-title")).to_have_text(title)
    expect(page.locator("#results .card h2").first).not_to_have_text(title)


def test_show_more_appends_the_next_page_without_repeating(page: Page) -> None:
    page.get_by_role("searchbox").fill("product")
    page.keyboard.press("Enter")
    assert len(cards(page)) == 24
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("#results .card")).to_have_count(48)
    pictures = page.locator("#results .card img").evaluate_all("all => all.map(one => one.src)")
    assert len(set(pictures)) == len(pictures)


def test_the_page_does_not_wait_until_models_are_loaded(page: Page) -> None:
    page.route("**/v1/capabilities", lambda _: None)
    page.reload()
    expect(page.locator("#index option")).to_have_count(1)
    page.get_by_role("searchbox").fill("product")
    page.keyboard.press("Enter")
    assert len(cards(page)) == 24


def test_markup_in_a_title_is_shown_as_text(page: Page) -> None:
    page.get_by_role("searchbox").fill("scripted markup title")
    page.keyboard.press("Enter")
    assert EVIL in cards(page)
    assert page.title() == "Margay"


def test_a_file_that_is_no_picture_is_refused_in_words(page: Page, tmp_path: Path) -> None:
    fake = tmp_path / "fake.jpg"
    fake.write_bytes(b"not a picture at all")
    page.locator("#file").set_input_files(fake)
    expect(page.locator("#status.bad")).to_contain_text("image")
