"""`margay configurations`: named ways to search, saved to be compared."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic import ValidationError
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


def choices_of(saved: dict[str, Any]) -> dict[str, Any]:
    """What a configuration chooses, without what its stages and its hybrid have by default.

    All that it holds where a newer server's has fields that are not known here.
    """
    # Not before it is wanted: it takes a second, which every other command would wait for.
    from services.core.types.rerank import RerankSpec
    from services.gateway.schemas.configurations import ConfigurationIn

    said = {name: value for name, value in saved.items() if name not in _BESIDE}
    if said.get("deadline_ms") == RerankSpec(()).deadline_ms:
        said["deadline_ms"] = None
    with suppress(ValidationError):
        said = ConfigurationIn.model_validate(said).model_dump(exclude_defaults=True)
    return {name: value for name, value in said.items() if value is not None and value != {}}


def _choices(saved: dict[str, Any]) -> str:
    made = choices_of(saved)
    return ", ".join(f"{name} {json.dumps(value)}" for name, value in made.items()) or "none"
