"""The page asks for a key where the server does, and takes pictures that are pasted or dropped."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from datasets.sample_catalog import generate
from tests.browser.chromium import NEEDED
from tests.browser.watched import watched
from tests.integration.server_process import ServerProcess

KEY = "a-key-for-this-test-only-0123456789abcdef"
HAND_OVER = """([data, event]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "leopard.jpg", { type: "image/jpeg" }));
  const made = event === "paste"
    ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true })
    : new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
  document.body.dispatchEvent(made);
}"""

pytestmark = NEEDED


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("key") / "catalog"
    generate(folder, count=36)
    return folder


@pytest.fixture(scope="module")
def server(catalog: Path) -> Iterator[ServerProcess]:
    process = ServerProcess(
        catalog.parent / "locked",
        environ={
            "MARGAY_INGEST__IMPORT_ROOTS": str(catalog),
            "MARGAY_AUTH__BOOTSTRAP_KEY": KEY,
        },
    )
    process.client.headers["Authorization"] = f"Bearer {KEY}"
    with process:
        process.client.put("/v1/indexes/products", json={"attributes": {"price": "number"}})
        source = {"type": "jsonl", "path": str(catalog / "products.jsonl")}
        job = process.client.post("/v1/indexes/products/imports", json=source).json()
        process.wait_for_job(job["id"])
        yield process


@pytest.fixture
def page(browser: Browser, server: ServerProcess) -> Iterator[Page]:
    with watched(browser, f"http://127.0.0.1:{server.port}/", expected=["401"]) as opened:
        yield opened


def _give_key(page: Page, key: str) -> None:
    page.get_by_label("This server asks for an API key").fill(key)
    page.get_by_role("button", name="Use it").click()


def test_a_key_is_asked_for_and_then_pictures_show(page: Page) -> None:
    expect(page.locator("#key-form")).to_be_visible()
    _give_key(page, "wrong")
    expect(page.locator("#status.bad")).to_contain_text("key")
    _give_key(page, KEY)
    expect(page.locator("#key-form")).to_be_hidden()
    page.get_by_role("searchbox").fill("a mug")
    page.keyboard.press("Enter")
    picture = page.locator("#results .card[data-id] img").first
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


@pytest.mark.parametrize("event", ["paste", "drop"])
def test_a_picture_can_be_pasted_or_dropped(page: Page, catalog: Path, event: str) -> None:
    _give_key(page, KEY)
    expect(page.locator("#key-form")).to_be_hidden()
    picture = (catalog / "queries" / "leopard-fur.jpg").read_bytes()
    page.evaluate(HAND_OVER, [base64.b64encode(picture).decode(), event])
    expect(page.locator(".chip-name")).to_have_text("leopard.jpg")
    expect(page.locator("#results .card[data-id]").first).to_be_visible()
    page.get_by_role("button", name="Remove the picture leopard.jpg").click()
    expect(page.locator("#ideas")).to_be_visible()
    expect(page.locator("#results .card")).to_have_count(0)
