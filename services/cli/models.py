"""`margay models`: which embedders this installation knows."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from models import registry
from services.cli.output import console, print_json

app = typer.Typer(help="Embedding models.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `models` a group although it has one command so far."""


@app.command("list")
def list_models(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the embedders with what they can do."""
    rows = [
        {
            "name": card.name,
            "modalities": sorted(card.modalities),
            "dimensions": list(card.dimensions),
            "licence": card.licence,
            "summary": card.summary,
        }
        for card in registry.cards()
    ]
    if as_json:
        print_json(rows)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("name", "modalities", "dimensions", "licence", "summary"):
        table.add_column(column)
    for card in registry.cards():
        table.add_row(
            card.name,
            ", ".join(sorted(card.modalities)),
            ", ".join(map(str, card.dimensions)),
            card.licence,
            card.summary,
        )
    console.print(table)
