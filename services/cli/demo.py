"""`margay demo`: the sample catalog, served, ingested and toured in one command."""

from __future__ import annotations

import logging
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

import typer

from datasets.sample_catalog import generate
from services.cli.client import ApiClient, ApiProblem
from services.cli.jobs import follow
from services.cli.output import console, errors, progress_bar
from services.cli.serve import address, runtime_server, settings_from
from services.cli.tour import tour
from services.core import checks
from services.core.errors import SettingsError

INDEX = "products"
ATTRIBUTES = {
    "brand": "string",
    "category": "string",
    "kind": "string",
    "colour": "string",
    "pattern": "string",
    "price": "number",
    "rating": "number",
    "in_stock": "boolean",
}


def demo(
    once: Annotated[bool, typer.Option("--once", help="Exit after the tour.")] = False,
    port: Annotated[int | None, typer.Option(help="Port to bind; default 8000.")] = None,
) -> None:
    """Make the sample catalog, serve it, ingest it, show five searches, serve until Ctrl-C."""
    wanted = settings_from(port=port)
    checks.port_free(wanted)  # said before a catalog is drawn for nothing
    data_dir = wanted.stores.data_dir
    catalog = draw_catalog(data_dir / "catalog")
    settings = settings_from(
        port=port, more={"MARGAY_INGEST__IMPORT_ROOTS": str(catalog.resolve())}
    )
    with runtime_server(settings, log_level=logging.WARNING) as server:
        key = settings.auth.bootstrap_key.get_secret_value() or None
        client = ApiClient(address(settings), key)
        ingest_catalog(client, catalog)
        tour(client, index=INDEX, queries=catalog / "queries")
        console.print(f"\nSearch it yourself: [bold]{address(settings)}[/]")
        if not once:
            console.print("[dim]Serving until Ctrl-C.[/]")
            try:
                server.wait()
            except KeyboardInterrupt:
                errors.print("Stopping.")


def draw_catalog(folder: Path) -> Path:
    """Draw the 900 products unless they are there; instant the second time."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with progress_bar() as bar:
            task = bar.add_task("Drawing the sample catalog", total=None)
            generate(
                folder, progress=lambda done, total: bar.update(task, completed=done, total=total)
            )
            bar.update(task, visible=False)
    except OSError as error:
        raise SettingsError(
            f"the sample catalog cannot be written to {folder} ({error.strerror or error}); "
            "set MARGAY_STORES__DATA_DIR to a folder of yours with 200 MB free"
        ) from error
    return folder


def ingest_catalog(client: ApiClient, catalog: Path) -> None:
    """Bring the catalog into the index, or go on where an interrupted run stopped."""
    client.request("PUT", f"/v1/indexes/{INDEX}", json={"attributes": ATTRIBUTES})
    unfinished = _unfinished_import(client)
    if unfinished is None:
        expected = sum(1 for _ in (catalog / "products.jsonl").open("rb"))
        if client.get(f"/v1/indexes/{INDEX}/stats")["documents"] >= expected:
            _renew_vectors(client)
            return
        source = {"type": "jsonl", "path": str((catalog / "products.jsonl").resolve())}
        unfinished = client.post(f"/v1/indexes/{INDEX}/imports", json=source)["id"]
    try:
        follow(client, unfinished)
    except ApiProblem as problem:
        raise SettingsError(f"the demo's ingest broke off: {problem.sentence()}") from problem


def _renew_vectors(client: ApiClient) -> None:
    """Rebuild what another version's model made: its vectors and ours cannot be compared."""
    try:
        client.post(f"/v1/indexes/{INDEX}/search", json={"text": "mug", "limit": 1})
    except ApiProblem as problem:
        if problem.status != HTTPStatus.CONFLICT:
            raise
        job = client.post(f"/v1/indexes/{INDEX}/rebuild", json={})
        follow(client, job["id"], title="Rebuilding for this version's model")


def _unfinished_import(client: ApiClient) -> str | None:
    page: dict[str, Any] = client.get("/v1/jobs", params={"index": INDEX})
    for job in page["items"]:
        if job["kind"] == "import" and job["finished_at"] is None:
            return str(job["id"])
    return None
