"""`margay query-sets`: judged queries of an index, sent to a server to be asked there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from datasets.errors import DatasetError
from datasets.folder import Folder
from datasets.records import Judged
from services.cli.client import DEFAULT_INDEX, DEFAULT_URL, ApiClient, IndexName, Key, Url
from services.cli.jobs import AsJson
from services.cli.output import console, counted, print_json, progress_bar
from services.core.errors import InputError

app = typer.Typer(help="Query sets: judged queries of an index.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the query set.")]
MOST_AT_ONCE: Final = 200
BYTES_AT_ONCE: Final = 16 * 1024 * 1024
"""Of files in one request: a server takes 64 MiB unless it is told otherwise."""
_MEDIA: Final = ("image", "audio", "video")


@app.command("put")
def put(
    name: Name,
    folder: Annotated[
        Path,
        typer.Argument(
            help="Folder with queries.jsonl and qrels.txt.", exists=True, file_okay=False
        ),
    ],
    index: IndexName = DEFAULT_INDEX,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Send a folder's queries with their grades, in place of a set of this name."""
    client = ApiClient(url, key)
    empty = {"index": index, "description": description}
    made = client.request("PUT", f"/v1/query-sets/{name}", json=empty)
    with progress_bar() as bar:
        task = bar.add_task("Sending queries", total=None)
        try:
            for batch in _batches(Folder(folder).queries()):
                made = _send(client, name, batch)
                bar.update(task, completed=made["queries"])
        except DatasetError as error:
            raise InputError(str(error)) from error
    kinds = ", ".join(f"{count} {kind}" for kind, count in made["kinds"].items())
    queries = counted(made["queries"], "query", "queries")
    console.print(f"{name}: {queries} ({kinds or 'none'})", markup=False)


@app.command("list")
def list_sets(as_json: AsJson = False, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """List the query sets."""
    page = ApiClient(url, key).get("/v1/query-sets")
    if as_json:
        print_json(page)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("query set", "index", "queries", "kinds", "description"):
        table.add_column(column)
    for each in page["items"]:
        kinds = ", ".join(f"{count} {kind}" for kind, count in each["kinds"].items())
        table.add_row(each["name"], each["index"], str(each["queries"]), kinds, each["description"])
    console.print(table, markup=False)


@app.command("delete")
def delete(name: Name, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Forget a query set."""
    ApiClient(url, key).request("DELETE", f"/v1/query-sets/{name}")
    console.print(f"{name} is deleted", markup=False)


def _batches(queries: Iterator[Judged]) -> Iterator[list[Judged]]:
    """Few enough, and small enough, for a request each."""
    batch: list[Judged] = []
    size = 0
    for query in queries:
        own = sum(path.stat().st_size for path in _files(query).values())
        if batch and (len(batch) == MOST_AT_ONCE or size + own > BYTES_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(query)
        size += own
    if batch:
        yield batch


def _send(client: ApiClient, name: str, batch: list[Judged]) -> dict[str, Any]:
    queries = [_sent(query) for query in batch]
    found = {path: f"{place}" for place, path in enumerate(_paths(batch))}
    for query, judged in zip(queries, batch, strict=True):
        query |= {kind: f"file:{found[path]}" for kind, path in _files(judged).items()}
    files: list[tuple[str, Any]] = [
        ("request", (None, json.dumps({"queries": queries}), "application/json"))
    ]
    files += [("files", (called, path.read_bytes())) for path, called in found.items()]
    return client.post(f"/v1/query-sets/{name}/queries", files=files)


def _sent(query: Judged) -> dict[str, Any]:
    addresses = {kind: medium for kind in _MEDIA if isinstance(medium := getattr(query, kind), str)}
    given = {
        "text": query.text,
        "category": query.category,
        "paraphrase_of": query.paraphrase_of,
        **addresses,
    }
    grades = {document: max(grade, 0) for document, grade in query.grades.items()}
    present = {field: value for field, value in given.items() if value is not None}
    return {"id": query.id, "grades": grades, **present}


def _files(query: Judged) -> dict[str, Path]:
    media = {kind: getattr(query, kind) for kind in _MEDIA}
    return {kind: medium for kind, medium in media.items() if isinstance(medium, Path)}


def _paths(batch: list[Judged]) -> list[Path]:
    return list(dict.fromkeys(path for query in batch for path in _files(query).values()))
