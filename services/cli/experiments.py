"""`margay experiments`: which way to search is better, tried on those who search."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from services.cli.client import (
    DEFAULT_INDEX,
    DEFAULT_URL,
    ApiClient,
    ApiProblem,
    IndexName,
    Key,
    Url,
)
from services.cli.jobs import AsJson
from services.cli.output import console, possessive, print_json

app = typer.Typer(
    help="Experiments: configurations tried on those who search.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(help="Name of the experiment.")]
Kind = Annotated[str, typer.Option("--kind", help="ab or interleaving.")]
MinLift = Annotated[float, typer.Option("--min-lift", help="Relative lift that it is to find.")]
Alpha = Annotated[float, typer.Option("--alpha", help="Risk of a false alarm.")]
PowerOption = Annotated[float, typer.Option("--power", help="Chance of finding the lift.")]
Analysis = Annotated[
    str, typer.Option("--analysis", help="always_valid (look at any time) or fixed (once).")
]
Traffic = Annotated[float, typer.Option("--traffic", help="Share of all clients that takes part.")]
_PATH: Final = "/v1/experiments"
_WAIT_S: Final = 300.0


@app.command("create")
def create(
    name: Name,
    variant: Annotated[
        list[str],
        typer.Option(
            "--variant",
            help="NAME, NAME=CONFIGURATION or NAME=CONFIGURATION:SHARE; control first.",
        ),
    ],
    index: IndexName = DEFAULT_INDEX,
    kind: Kind = "ab",
    layer: Annotated[
        str, typer.Option("--layer", help="Those of one layer never meet.")
    ] = "default",
    traffic: Traffic = 1.0,
    goal: Annotated[str, typer.Option("--goal", help="click, add_to_cart or purchase.")] = "click",
    analysis: Analysis = "always_valid",
    alpha: Alpha = 0.05,
    power: PowerOption = 0.8,
    min_lift: MinLift = 0.05,
    sample_size: Annotated[
        int | None, typer.Option("--sample-size", help="Clients per variant, or queries.")
    ] = None,
    query_set: Annotated[
        str | None, typer.Option("--query-set", help="Judged queries no variant may worsen.")
    ] = None,
    max_latency_ratio: Annotated[
        float | None, typer.Option("--max-latency-ratio", help="Most of control's latency.")
    ] = None,
    description: Annotated[str, typer.Option("--description")] = "",
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Draft an experiment; `start` lets clients take part."""
    body = {
        "name": name, "index": index, "kind": kind, "layer": layer, "traffic": traffic,
        "variants": [_variant(each) for each in variant], "goal": goal, "analysis": analysis,
        "alpha": alpha, "power": power, "min_lift": min_lift, "sample_size": sample_size,
        "query_set": query_set, "max_latency_ratio": max_latency_ratio,
        "description": description,
    }  # fmt: skip
    _tell(ApiClient(url, key).post(_PATH, json=body))


@app.command("list")
def list_experiments(
    index: Annotated[str | None, typer.Option("--index", "-i", help="Only of this index.")] = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """List the experiments, the newest first."""
    page = ApiClient(url, key).get(_PATH, params={} if index is None else {"index": index})
    if as_json:
        print_json(page)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("experiment", "index", "kind", "state", "traffic", "variants"):
        table.add_column(column, no_wrap=column == "experiment")
    for each in page["items"]:
        names = ", ".join(variant["name"] for variant in each["variants"])
        share = f"{each['traffic']:.0%}"
        table.add_row(each["name"], each["index"], each["kind"], each["state"], share, names)
    console.print(table)


@app.command("show")
def show(name: Name, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Print an experiment as JSON."""
    print_json(ApiClient(url, key).get(f"{_PATH}/{name}"))


@app.command("start")
def start(name: Name, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Let clients take part."""
    _tell(ApiClient(url, key).post(f"{_PATH}/{name}/start"))


@app.command("stop")
def stop(name: Name, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """End it for good; its last report follows."""
    _tell(ApiClient(url, key).post(f"{_PATH}/{name}/stop"))


@app.command("delete")
def delete(name: Name, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Forget an experiment that does not run."""
    ApiClient(url, key).request("DELETE", f"{_PATH}/{name}")
    console.print(f"{name} is deleted", markup=False)


@app.command("report")
def report(
    name: Name,
    fresh: Annotated[bool, typer.Option("--fresh", help="Have it made now.")] = False,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Print what an experiment came to."""
    client = ApiClient(url, key)
    found = _made(client, name) if fresh else client.get(f"{_PATH}/{name}/report")
    if as_json:
        print_json(found)
        return
    if found["error"] is not None:
        console.print(f"not reckoned: {found['error']['detail']}", markup=False, soft_wrap=True)
    if found["report"] is not None:
        _print_report(found["report"])


@app.command("power")
def reckon_power(
    baseline: Annotated[
        float | None, typer.Option("--baseline", help="A/B: share of clients that reach the goal.")
    ] = None,
    kind: Kind = "ab",
    min_lift: MinLift = 0.05,
    alpha: Alpha = 0.05,
    power: PowerOption = 0.8,
    analysis: Analysis = "always_valid",
    decided: Annotated[
        float, typer.Option("--decided", help="Interleaving: share of queries with a winner.")
    ] = 1.0,
    per_day: Annotated[
        float | None, typer.Option("--per-day", help="New clients, or queries, a day.")
    ] = None,
    traffic: Traffic = 1.0,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Say how many clients or queries an experiment needs."""
    body = {
        "kind": kind, "baseline": baseline, "min_lift": min_lift, "alpha": alpha, "power": power,
        "analysis": analysis, "decided": decided, "per_day": per_day, "traffic": traffic,
    }  # fmt: skip
    size = ApiClient(url, key).post(f"{_PATH}/power", json=body)
    per_variant = f"{size['per_variant']:,} {size['unit']} per variant, " if kind == "ab" else ""
    days = "" if size["days"] is None else f", {size['days']:.1f} days"
    console.print(f"{per_variant}{size['total']:,} {size['unit']} in all{days}")


def _variant(written: str) -> dict[str, Any]:
    name, _, rest = written.partition("=")
    configuration, _, share = rest.partition(":")
    try:
        part = float(share) if share else None
    except ValueError as error:
        raise typer.BadParameter(
            f"the share in {written!r} must be a number", param_hint="--variant"
        ) from error
    return {"name": name, "configuration": configuration or None, "share": part}


def _tell(experiment: dict[str, Any]) -> None:
    names = ", ".join(each["name"] for each in experiment["variants"])
    console.print(
        f"{experiment['name']}  {experiment['kind']} of {names} on {experiment['traffic']:.0%} of "
        f"{possessive(experiment['index'])} clients: {experiment['state']}",
        markup=False,
        soft_wrap=True,
    )


def _made(client: ApiClient, name: str) -> dict[str, Any]:
    before = client.post(f"{_PATH}/{name}/report")["reported_at"]
    deadline = time.monotonic() + _WAIT_S
    while time.monotonic() < deadline:
        try:
            found = client.get(f"{_PATH}/{name}/report")
        except ApiProblem as problem:
            if problem.status != 404:
                raise
        else:
            if found["reported_at"] != before:
                return found
        time.sleep(0.3)
    raise ApiProblem(0, f"no report within {_WAIT_S:.0f} s; does an ingest worker run?", [])


def figures_table(made: Mapping[str, Any]) -> Table:
    """A row per variant of a report, in the words of its kind of experiment."""
    interleaved = made["kind"] == "interleaving"
    table = Table(box=None, pad_edge=False)
    table.add_column("variant")
    units = ("queries with a winner", "won") if interleaved else ("clients", "reached the goal")
    for column in (*units, "rate"):
        table.add_column(column, justify="right")
    for each in made["variants"]:
        table.add_row(
            each["variant"], f"{each['units']:,}", f"{each['hits']:,}", f"{each['rate']:.2%}"
        )
    return table


def _print_report(made: dict[str, Any]) -> None:
    console.print(figures_table(made))
    for each in made["comparisons"]:
        console.print(each["sentence"], markup=False, soft_wrap=True)
        for rail in each["guardrails"]:
            console.print(
                f"  {rail['name']}: {rail['control']:.3f} to {rail['treatment']:.3f}, "
                f"{rail['state']}",
                markup=False,
            )
    if made["mismatch"] is not None and made["mismatch"]["mismatched"]:
        console.print(
            f"The variants did not get the clients planned (p = {made['mismatch']['p_value']:.2g})."
        )
    for each in made["pages"]:
        if each["failed"]:
            of = "" if each["variant"] is None else f" of {each['variant']}"
            console.print(f"{each['failed']:,} of {each['pages']:,} pages{of} were made by another")
    winner = made["winner"]
    console.print(f"Winner: {winner}" if winner else "No winner.", markup=False)
