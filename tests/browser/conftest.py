"""A browser, and a server with a part of the sample catalog and documents that mean harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from datasets.sample_catalog import generate
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.hostile import HOSTILE
from tests.browser.watched import watched
from tests.integration.server_process import ServerProcess

ATTRIBUTES = {
    "brand": "string",
    "category": "string",
    "colour": "string",
    "price": "number",
    "rating": "number",
    "in_stock": "boolean",
}
PATIENCE_MS = 15_000  # of a busy machine
Opener = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS) as launched,
    ):
        yield launched


@pytest.fixture(scope="session")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser") / "catalog"
    generate(folder, count=120)
    return folder


@pytest.fixture(scope="session")
def shop(catalog: Path) -> Iterator[ServerProcess]:
    """A server with the index `products`: 120 of the sample catalog and the hostile ones."""
    environ = {"MARGAY_INGEST__IMPORT_ROOTS": str(catalog)}
    with ServerProcess(catalog.parent / "server", environ=environ) as process:
        _fill(process, catalog)
        yield process


@pytest.fixture
def visit(browser: Browser, shop: ServerProcess, request: pytest.FixtureRequest) -> Opener:
    """Open a path of the server in a watched page; keyword arguments as `watched` takes them."""

    def opened(path: str = "/", **options: Any) -> AbstractContextManager[Page]:
        address = f"http://127.0.0.1:{shop.port}{path}"
        return watched(browser, address, name=request.node.originalname, **options)

    return partial(opened)


def _fill(process: ServerProcess, catalog: Path) -> None:
    process.client.put("/v1/indexes/products", json={"attributes": ATTRIBUTES})
    source = {"type": "jsonl", "path": str(catalog / "products.jsonl")}
    jobs = [
        process.client.post("/v1/indexes/products/imports", json=source),
        process.client.post("/v1/indexes/products/documents", json=HOSTILE),
    ]
    for job in jobs:
        assert job.status_code == 202, job.text
        assert process.wait_for_job(job.json()["id"])["state"] == "succeeded"
