"""`margay analytics`: what came of searches, and judgments out of clicks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table
from rich.text import Text

from services.cli.client import DEFAULT_INDEX, DEFAULT_URL, ApiClient, IndexName, Key, Url
from services.cli.jobs import AsJson
from services.cli.output import console, counted, print_json
from services.core.errors import InputError
from services.core.types.analytics import By

app = typer.Typer(help="What came of searches.", no_args_is_help=True)

Days = Annotated[int, typer.Option("--days", min=1, help="How many days to look back.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="Most rows.")]
NOT_KNOWN: Final = "none"
"""The source of propensities that nobody set and no clicks gave."""
_CLICKS: Final = (
    "searches", "seen", "clicks", "carts", "bought", "CTR", "corrected", "conv.",
)  # fmt: skip


@app.command("clicks")
def clicks(
    index: IndexName = DEFAULT_INDEX,
    by: Annotated[By, typer.Option("--by", help="What tells searches apart.")] = By.KIND,
    days: Days = 30,
    attribute: Annotated[
        str, typer.Option("--attribute", help="The attribute that --by category takes.")
    ] = "category",
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Show click rates and conversion, plain and corrected for position.

    With `--by index`: of all indexes.
    """
    asked: dict[str, Any] = {"by": by.value, "days": days}
    if by is not By.INDEX:
        asked["index"] = index
    if by is By.CATEGORY:
        asked["attribute"] = attribute
    found = ApiClient(url, key).get("/v1/analytics/clicks", params=asked)
    if as_json:
        print_json(found)
        return
    print_clicks(by, found["items"])


def print_clicks(by: By, rows: Sequence[Mapping[str, Any]]) -> None:
    """The table, and why a rate is not in it."""
    console.print(clicks_table(by, rows))
    if any(row["clicks"] and row["ctr"] is None for row in rows):
        console.print(
            "A rate is missing where no impressions were told: what was seen and not clicked is "
            "not known. Send events of action_name impression.",
            soft_wrap=True,
        )


def clicks_table(by: By, rows: Sequence[Mapping[str, Any]]) -> Table:
    """A row each, for 80 columns: a long name is folded, no figure is cut off."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(by.value, overflow="fold")
    for column in _CLICKS:
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        name = " / ".join(each for each in (row["key"], row["variant"]) if each is not None) or "-"
        table.add_row(
            Text(name),
            "" if row["searches"] is None else str(row["searches"]),
            *(str(row[each]) for each in ("impressions", "clicks", "add_to_carts", "purchases")),
            _rate(row["ctr"]),
            _share(row["corrected_ctr"] and row["corrected_ctr"]["rate"]),
            _share(row["conversion"]),
        )
    return table


@app.command("queries")
def queries(
    index: IndexName = DEFAULT_INDEX,
    days: Days = 30,
    limit: Limit = 20,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Show the texts searched for most, and how many of them found nothing."""
    asked = {"index": index, "days": days, "limit": limit}
    found = ApiClient(url, key).get("/v1/analytics/queries", params=asked)
    if as_json:
        print_json(found)
        return
    table = _table("text", "searches", "found nothing", "with click", "clicks")
    for row in found["items"]:
        table.add_row(
            Text(row["text"]),
            str(row["searches"]),
            str(row["none_found"]),
            _share(row["click_rate"]),
            str(row["clicks"]),
        )
    console.print(table)


@app.command("documents")
def documents(
    index: IndexName = DEFAULT_INDEX,
    limit: Limit = 20,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Show the click rates that the stage `signals` weighs, the highest first."""
    asked = {"index": index, "limit": limit}
    found = ApiClient(url, key).get("/v1/analytics/documents", params=asked)
    if as_json:
        print_json(found)
        return
    if not found["items"]:
        last = f" (last at {found['at']})" if found["at"] else ""
        console.print(
            f"nothing was learned of {index} yet; clicks are looked at each hour{last}, "
            "unless MARGAY_EVENTS__LEARN_EVERY_S says otherwise",
            markup=False,
            soft_wrap=True,
        )
        return
    table = _table("document", "CTR", "looked at", "clicks")
    for row in found["items"]:
        table.add_row(
            row["id"], _share(row["ctr"]), f"{row['impressions']:.1f}", f"{row['clicks']:.0f}"
        )
    console.print(table)


@app.command("judgments")
def judgments(
    folder: Annotated[Path, typer.Argument(help="Where queries.jsonl and qrels.txt are written.")],
    index: IndexName = DEFAULT_INDEX,
    days: Days = 90,
    least_clients: Annotated[
        int, typer.Option("--least-clients", min=1, help="Leave texts of fewer clients out.")
    ] = 3,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Write judgments out of clicks as a query set: queries.jsonl, and qrels.txt as TREC has it."""
    asked = {"index": index, "days": days, "least_clients": least_clients}
    found = ApiClient(url, key).get("/v1/analytics/judgments", params=asked)["queries"]
    if not found:
        raise InputError.at(
            "judgments", f"no text was searched and clicked by {least_clients} clients or more"
        )
    lines = [{"query_id": each["id"], "type": "text", "text": each["text"]} for each in found]
    _write(folder, "queries.jsonl", [json.dumps(each, ensure_ascii=False) for each in lines])
    _write(folder, "qrels.txt", [line for each in found for line in _qrels(each)])
    grades = sum(len(each["grades"]) for each in found)
    console.print(
        f"{counted(len(found), 'query', 'queries')} with {counted(grades, 'grade')} written to "
        f"{folder}",
        markup=False,
    )


@app.command("propensities")
def propensities(
    index: IndexName = DEFAULT_INDEX,
    values: Annotated[
        str | None,
        typer.Option("--set", help="Numbers of positions 1, 2, ... such as 1,0.7,0.5"),
    ] = None,
    drop: Annotated[bool, typer.Option("--drop", help="Forget them; they are estimated.")] = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Show how likely each position is looked at, and where that comes from; or set it."""
    client, path = ApiClient(url, key), f"/v1/indexes/{index}/propensities"
    if drop and values is not None:
        raise typer.BadParameter("cannot be combined with --set", param_hint="--drop")
    if drop:
        client.request("DELETE", path)
    if values is not None:
        client.request("PUT", path, json={"by_position": _numbers(values)})
    found = client.get(path)
    if found["source"] == NOT_KNOWN:
        console.print("none are known: every position counts alike")
        return
    shown = "  ".join(f"{place}: {value:.3g}" for place, value in _places(found["by_position"]))
    console.print(f"{found['source']}  {shown}", markup=False)


def _numbers(values: str) -> list[float]:
    try:
        return [float(each) for each in values.split(",")]
    except ValueError as error:
        raise typer.BadParameter(
            "must be numbers with commas between", param_hint="--set"
        ) from error


def _places(values: Sequence[float]) -> list[tuple[int, float]]:
    return list(enumerate(values, start=1))


def _qrels(query: Mapping[str, Any]) -> list[str]:
    ranked = sorted(query["grades"].items(), key=lambda pair: (-pair[1], pair[0]))
    return [f"{query['id']} 0 {document} {grade}" for document, grade in ranked]


def _write(folder: Path, name: str, lines: Sequence[str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("".join(f"{line}\n" for line in lines), "utf-8")
    except OSError as error:
        raise InputError.at(str(folder / name), f"cannot be written: {error.strerror}") from error


def _table(first: str, *columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _rate(rate: Mapping[str, float] | None) -> str:
    if rate is None:
        return ""
    return f"{rate['rate']:.1%} ({100 * rate['low']:.0f}-{100 * rate['high']:.0f})"


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"
