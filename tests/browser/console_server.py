"""A server for the console: products, documents that mean harm, and a job that has failed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.browser.conftest import ATTRIBUTES
from tests.browser.hostile import HANDLER, HOSTILE
from tests.integration.server_process import ServerProcess

PRODUCTS: Final = 36
REFUSED: Final = ("status of 401", "status of 403", "status of 404", "status of 422")
"""What the browser reports of refusals that the console explains."""


@contextmanager
def desk_with(
    folder: Path, catalog: Path, *, key: str = "", environ: Mapping[str, str] | None = None
) -> Iterator[ServerProcess]:
    """Yield a server with an index `products` of 40 documents; with `key`, it asks for that one."""
    rows = (catalog / "products.jsonl").read_text().splitlines()[:PRODUCTS]
    shutil.copytree(catalog / "images", folder / "images")
    (folder / "products.jsonl").write_text("\n".join(rows) + "\n")
    bad = {"id": "bad", "title": HANDLER, "images": [f"images/{HANDLER}"]}
    (folder / "bad.jsonl").write_text(json.dumps(bad) + "\n")
    more = {"MARGAY_INGEST__IMPORT_ROOTS": str(folder), **(environ or {})}
    if key:
        more["MARGAY_AUTH__BOOTSTRAP_KEY"] = key
    process = ServerProcess(folder / "server", environ=more)
    if key:
        process.client.headers["Authorization"] = f"Bearer {key}"
    with process:
        process.client.put("/v1/indexes/products", json={"attributes": ATTRIBUTES})
        for name, state in (("products", "succeeded"), ("bad", "failed")):
            source = {"type": "jsonl", "path": str(folder / f"{name}.jsonl")}
            job = process.client.post("/v1/indexes/products/imports", json=source).json()
            assert process.wait_for_job(job["id"])["state"] == state
        job = process.client.post("/v1/indexes/products/documents", json=HOSTILE).json()
        assert process.wait_for_job(job["id"])["state"] == "succeeded"
        yield process
