"""`margay index drift` and `margay index baseline`: what has changed, and that it may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from services.cli.client import DEFAULT_URL, ApiClient, Key, Url
from services.cli.jobs import AsJson
from services.cli.output import console, print_json

Name = Annotated[str, typer.Argument(help="Name of the index.")]


def show(name: Name, as_json: AsJson = False, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Tell whether searches, answers and documents are still as they were; exit 1 if not."""
    answer = ApiClient(url, key).get(f"/v1/indexes/{name}/drift")
    if as_json:
        print_json(answer)
    else:
        _print(answer)
    if any(each["drifted"] for each in answer["findings"]):
        raise typer.Exit(1)


def accept(name: Name, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Say that what is searched and found now is right: later is held against it."""
    answer = ApiClient(url, key).post(f"/v1/indexes/{name}/baseline", json={})
    for kind in answer["kinds"]:
        console.print(f"{kind['of']:9}  {kind['kind']:9}  {kind['vectors']}")
    console.print(
        "This is what is usual from now on; what comes is judged in an hour at the earliest."
    )


def _print(answer: dict[str, Any]) -> None:
    if answer["looked_at"] is None:
        console.print("nobody has looked yet: is the watch on, do sweeps run?")
        return
    if answer["baseline_at"] is None:
        console.print("what is usual is still gathered; nothing is held against it yet")
    elif not answer["findings"]:
        console.print(
            "nothing can be judged yet: it takes 200 searches or views of a kind in the baseline, "
            "as many since, and an hour between"
        )
    if answer["findings"]:
        console.print(_table(answer["findings"]))
    for kind, share in answer["empty"].items():
        console.print(f"{kind}: {share:.1%} without a hit")
    if (probe := answer["probe"]) is not None:
        measured = ", ".join(f"{name} {value:.3f}" for name, value in probe["measures"].items())
        console.print(f"{probe['query_set']}: {measured}")


def _table(findings: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("of", "kind", "signal", "size", "chance", "seen", ""):
        table.add_column(column)
    for each in findings:
        table.add_row(
            each["of"],
            each["kind"],
            each["signal"],
            f"{each['size']:.3f}",
            f"{each['chance']:.1g}",
            str(each["now"]),
            "drifted" if each["drifted"] else "",
        )
    return table
