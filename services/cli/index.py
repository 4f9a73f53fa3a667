"""`margay index`: create, list, measure, verify, rebuild and roll back catalogs."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from services.cli import drift
from services.cli.client import DEFAULT_URL, ApiClient, Key, Url
from services.cli.jobs import AsJson, follow
from services.cli.output import console, print_json

app = typer.Typer(help="Indexes: named catalogs.", no_args_is_help=True)
app.command("drift")(drift.show)
app.command("baseline")(drift.accept)

Name = Annotated[str, typer.Argument(help="Name of the index.")]


@app.command("create")
def create(
    name: Name,
    attribute: Annotated[
        list[str] | None,
        typer.Option("--attribute", "-a", help="Filterable attribute, e.g. price:number (repeat)."),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", help="Words to tag pictures with: colour=red,navy,white (repeat)."),
    ] = None,
    embedder: Annotated[str, typer.Option(help="One of: margay models list.")] = "pocket",
    dimensions: Annotated[
        int | None, typer.Option(help="Vector size; default: the embedder's.")
    ] = None,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Create an index, or leave an equal one as it is."""
    settings: dict[str, Any] = {"embedder": embedder, "attributes": _attributes(attribute or [])}
    if tag:
        settings["tags"] = _tags(tag)
    if dimensions is not None:
        settings["dimensions"] = dimensions
    index = ApiClient(url, key).request("PUT", f"/v1/indexes/{name}", json=settings)
    made = index["settings"]
    console.print(f"{index['name']}: {made['embedder']}, {made['dimensions']} dimensions")


@app.command("list")
def list_indexes(as_json: AsJson = False, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """List the indexes."""
    page = ApiClient(url, key).get("/v1/indexes")
    if as_json:
        print_json(page)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("index", "embedder", "dimensions", "attributes"):
        table.add_column(column)
    for index in page["items"]:
        settings = index["settings"]
        table.add_row(
            index["name"],
            settings["embedder"],
            str(settings["dimensions"]),
            ", ".join(settings["attributes"]),
        )
    console.print(table)


@app.command("stats")
def stats(name: Name, as_json: AsJson = False, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Count documents and views."""
    answer = ApiClient(url, key).get(f"/v1/indexes/{name}/stats")
    if as_json:
        print_json(answer)
        return
    console.print(f"documents  {answer['documents']}")
    for modality, rows in answer["views"].items():
        console.print(f"{modality:9}  {rows} views")
    console.print(f"estimated  {answer['estimated_bytes'] / 2**20:.1f} MiB of vectors and graph")
    if (former := answer["former"]) is not None:
        console.print(
            f"former     {former['estimated_bytes'] / 2**20:.1f} MiB more, "
            f"until {former['kept_until']}"
        )


@app.command("verify")
def verify(name: Name, as_json: AsJson = False, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Compare SQL with the vector store; exit 1 if they differ."""
    answer = ApiClient(url, key).get(f"/v1/indexes/{name}/verify")
    if as_json:
        print_json(answer)
    elif answer["consistent"]:
        console.print(f"{name} is consistent: {answer['documents']} documents")
    else:
        console.print(f"{name} is not consistent; repair it with: margay index rebuild {name}")
        console.print(answer)
    if not answer["consistent"]:
        raise typer.Exit(1)


@app.command("rebuild")
def rebuild(name: Name, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Build a new collection from SQL beside the old one, then switch to it."""
    client = ApiClient(url, key)
    job = client.post(f"/v1/indexes/{name}/rebuild", json={})
    follow(client, job["id"], title="Rebuilding")
    console.print(f"{name} is rebuilt")


@app.command("rollback")
def roll_back(name: Name, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Go back to the collection that served before the last rebuild, with its settings."""
    client = ApiClient(url, key)
    job = client.post(f"/v1/indexes/{name}/rollback", json={})
    follow(client, job["id"], title="Rolling back")
    made = client.get(f"/v1/indexes/{name}")["settings"]
    console.print(f"{name} is rolled back: {made['embedder']}, {made['dimensions']} dimensions")


@app.command("drop-former")
def drop_former(name: Name, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Drop the collection that is kept for a rollback."""
    ApiClient(url, key).request("DELETE", f"/v1/indexes/{name}/former")
    console.print(f"the former collection of {name} is dropped")


def _attributes(pairs: list[str]) -> dict[str, str]:
    attributes = {}
    for pair in pairs:
        name, colon, kind = pair.partition(":")
        if not colon:
            raise typer.BadParameter(
                f"{pair!r} must be name:type, e.g. price:number", param_hint="--attribute"
            )
        attributes[name] = kind
    return attributes


def _tags(pairs: list[str]) -> dict[str, list[str]]:
    tags = {}
    for pair in pairs:
        name, equals, words = pair.partition("=")
        if not equals:
            raise typer.BadParameter(
                f"{pair!r} must be name=words, e.g. colour=red,navy", param_hint="--tag"
            )
        tags[name] = [word.strip() for word in words.split(",")]
    return tags
