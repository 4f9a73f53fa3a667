"""`margay configurations`: named ways to search, saved to be compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from services.cli.client import DEFAULT_URL, ApiClient, Key, Url
from services.cli.jobs import AsJson
from services.cli.output import console, print_json

app = typer.Typer(help="Configurations: saved ways to search.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the configuration.")]
_BESIDE: Final = ("name", "description")
"""What a configuration has beside its choices."""


@app.command("put")
def put(
    name: Name,
    definition: Annotated[
        str,
        typer.Argument(help="""JSON, e.g. '{"hybrid": {"lexical": 0.3}}', or a file of it."""),
    ] = "{}",
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Save a configuration, or replace the one of its name."""
    client = ApiClient(url, key)
    saved = client.request("PUT", f"/v1/configurations/{name}", json=_read(definition))
    console.print(f"{saved['name']}: {_choices(saved)}", markup=False)


@app.command("list")
def list_configurations(as_json: AsJson = False, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """List the configurations."""
    page = ApiClient(url, key).get("/v1/configurations")
    if as_json:
        print_json(page)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("configuration", "choices", "description"):
        table.add_column(column)
    for each in page["items"]:
        table.add_row(each["name"], _choices(each), each["description"])
    console.print(table, markup=False)


@app.command("show")
def show(name: Name, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Print a configuration as JSON."""
    print_json(ApiClient(url, key).get(f"/v1/configurations/{name}"))


@app.command("delete")
def delete(name: Name, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Forget a configuration."""
    ApiClient(url, key).request("DELETE", f"/v1/configurations/{name}")
    console.print(f"{name} is deleted", markup=False)


def _read(definition: str) -> dict[str, Any]:
    file = definition.lstrip()[:1] != "{"
    try:
        raw = json.loads(Path(definition).read_text("utf-8") if file else definition)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(
            f"must be JSON or a file of it ({error})", param_hint="DEFINITION"
        ) from error
    if not isinstance(raw, dict):
        raise typer.BadParameter("must be a JSON object", param_hint="DEFINITION")
    return raw


def _choices(saved: dict[str, Any]) -> str:
    made = {
        name: value
        for name, value in saved.items()
        if name not in _BESIDE and value is not None and value != {}
    }
    return ", ".join(f"{name} {json.dumps(value)}" for name, value in made.items()) or "none"
