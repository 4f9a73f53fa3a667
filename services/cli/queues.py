"""`margay queues`: what waits in each queue, who empties it; paused and resumed."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from services.cli.client import DEFAULT_URL, ApiClient, Key, Url
from services.cli.output import console, print_json

app = typer.Typer(help="Queues of ingestion.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print the API's answer unchanged.")]
Queue = Annotated[str, typer.Argument(help="Name of the queue: ingest or embed.index.")]


@app.command("list")
def list_queues(as_json: AsJson = False, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """List the queues with what waits in them and the workers that are alive."""
    page = ApiClient(url, key).get("/v1/queues")
    if as_json:
        print_json(page)
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("queue", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for column in ("items", "messages", "workers"):
        table.add_column(column, justify="right")
    for queue in page["items"]:
        table.add_row(
            queue["name"],
            _state(queue),
            _number(queue["items"]),
            _number(queue["messages"]),
            _number(None if queue["workers"] is None else len(queue["workers"])),
        )
    console.print(table)


@app.command("pause")
def pause(queue: Queue, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Begin no further work of a queue; what is sent meanwhile is accepted, and waits."""
    _tell(ApiClient(url, key).post(f"/v1/queues/{queue}/pause"))


@app.command("resume")
def resume(queue: Queue, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Let a queue go on."""
    _tell(ApiClient(url, key).post(f"/v1/queues/{queue}/resume"))


def _tell(queue: dict[str, Any]) -> None:
    console.print(f"{queue['name']}  {_state(queue)}", markup=False)


def _state(queue: dict[str, Any]) -> str:
    if queue["paused_at"] is None:
        return "going on"
    return f"paused since {queue['paused_at'][:16].replace('T', ' ')} UTC"


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
