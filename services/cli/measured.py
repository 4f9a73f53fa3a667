"""Evaluations on a server, from the command line: asked for, followed and printed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import typer
from rich.table import Table

from services.cli.client import ApiClient
from services.cli.output import console, errors, print_json, progress_bar

EVERY_S: Final = 0.3


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the server, as its API calls it."""

    query_set: str
    configurations: tuple[str, ...]
    depth: int
    tune_hybrid: bool
    recall: bool
    sizes: bool
    price_per_hour: float | None


def measure(client: ApiClient, wanted: Wanted, *, html: Path | None, as_json: bool) -> None:
    """Have it measured, follow it with a bar and print what came out; exit 1 unless it succeeded.

    `html` is where the report is written as a page. Ctrl-C ends the following, not the evaluation.
    """
    body = {name: getattr(wanted, name) for name in Wanted.__slots__}
    made = client.post("/v1/evaluations", json={**body, "configurations": [*wanted.configurations]})
    found = _followed(client, made["id"])
    if found["state"] != "succeeded":
        why = f": {found['error']['detail']}" if found["error"] else ""
        console.print(f"Evaluation {found['id']} ended {found['state']}{why}", markup=False)
        raise typer.Exit(1)
    if html is not None:
        html.write_text(client.text(f"/v1/evaluations/{found['id']}/report.html"), "utf-8")
        # Not among the results: with --json those are for programs.
        errors.print(f"The report is written to {html}", markup=False, soft_wrap=True)
    if as_json:
        print_json(found)
        return
    report = found["report"]
    console.print(_table(report))
    console.print(report["summary"], markup=False)
    for sentence in (*(each["sentence"] for each in report["weights"]), *report["notes"]):
        console.print(sentence, markup=False)


def _followed(client: ApiClient, evaluation_id: str) -> dict[str, Any]:
    with progress_bar() as bar:
        task = bar.add_task(f"Measuring {evaluation_id}", total=None)
        while True:
            found = client.get(f"/v1/evaluations/{evaluation_id}")
            bar.update(task, completed=found["done"], total=found["total"])
            if found["finished_at"] is not None:
                return found
            time.sleep(EVERY_S)


def _table(report: dict[str, Any]) -> Table:
    """A row per configuration and kind of query."""
    columns = ("ndcg@10", "recall@10", f"mrr@{report['depth']}")
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))  # all in 80 columns
    table.add_column("configuration", no_wrap=True)
    table.add_column("queries", no_wrap=True)
    for column in (columns[0], "95 %", *columns[1:], "p50 ms", "p95 ms"):
        table.add_column(column, justify="right")
    for each in report["measured"]:
        first = (each["name"], *_latency(each["latency"]))
        for part in each["slices"]:
            if part["by"] == "category":
                continue
            found = part["measures"]
            best = found[columns[0]]
            table.add_row(
                first[0],
                f"{part['queries']} {part['name']}",
                f"{best['mean']:.3f}",
                f"{best['low']:.3f}-{best['high']:.3f}",
                *(f"{found[name]['mean']:.3f}" for name in columns[1:]),
                *first[1:],
            )
            first = ("", "", "")
    return table


def _latency(latency: dict[str, float] | None) -> tuple[str, str]:
    return ("", "") if latency is None else (f"{latency['p50']:.1f}", f"{latency['p95']:.1f}")
