"""What commands print: tables and bars on a terminal, plain lines into a pipe."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def complain(sentence: str) -> None:
    """Print one sentence to stderr."""
    errors.print(f"margay: {sentence}", style="red", markup=False, soft_wrap=True)


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: `1 query`, `2,000 queries`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def possessive(name: str) -> str:
    """Whose: `shop's`, `products'`."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def print_json(value: Any) -> None:
    """Print a value as JSON, unchanged and unwrapped, for programs."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def progress_bar() -> Progress:
    """A bar with counts and elapsed time, on stderr so that it never mixes with results."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
    )


def hits_table(response: dict[str, Any], *, title: str | None = None) -> Table:
    """One row per hit: what a person needs to judge it."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("#", justify="right", style="dim")
    table.add_column("score", justify="right")
    table.add_column("document", style="cyan", no_wrap=True)
    table.add_column("title")
    table.add_column("price", justify="right")
    table.add_column("matched", style="dim")
    for hit in response["hits"]:
        document = hit["document"]
        price = document.get("attributes", {}).get("price")
        table.add_row(
            str(hit["rank"]),
            "" if hit["score"] is None else f"{hit['score']:.3f}",
            Text(document["id"]),  # as text: a title may hold what Rich takes for markup
            Text(document["title"]),
            f"{price:.2f}" if isinstance(price, int | float) else "",
            _matched(hit["matched"]) if hit.get("matched") else "words",
        )
    return table


def _matched(matched: dict[str, Any]) -> str:
    """What was matched, and where in a recording or a file: `video 0:35`, `image page 3`."""
    where = ""
    if matched.get("start_s") is not None:
        minutes, seconds = divmod(int(matched["start_s"]), 60)
        where = f" {minutes}:{seconds:02}"
    if matched.get("page") is not None:
        where = f" page {matched['page']}"
    return f"{matched['modality']}{where}"
