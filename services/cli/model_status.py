"""`margay models status`: how the models of a running server do."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from services.cli.client import DEFAULT_URL, ApiClient, Key, Url
from services.cli.jobs import AsJson
from services.cli.output import console, print_json

_MIB = 2**20


def status(as_json: AsJson = False, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Show which models of a server are in memory, what they take and how fast they are."""
    answer = ApiClient(url, key).get("/v1/models")
    if as_json:
        print_json(answer)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("model", "kind", "loaded", "memory", "waiting", "calls", "milliseconds"):
        table.add_column(column)
    for model in answer["items"]:
        table.add_row(
            model["name"],
            model["kind"],
            {True: "yes", False: model["failure"] or "no", None: "?"}[model["loaded"]],
            _known(model["memory_bytes"], lambda size: f"{size / _MIB:.0f} MiB"),
            _known(model["waiting"]["queries"], str),
            _known(model["calls"], str),
            ", ".join(f"{step} {ms:.1f}" for step, ms in model["steps_ms"].items()),
        )
    console.print(table)


def _known(value: Any, shown: Any) -> str:
    return "?" if value is None else str(shown(value))
