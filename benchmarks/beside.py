"""Our figures beside another's, taken in turns, and how they are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.report import Bar


@dataclass(frozen=True, slots=True)
class Beside:
    """Things per second, ours and another's: medians of rounds taken in turns."""

    name: str
    ours_per_s: float
    other_per_s: float
    ratio: float
    """The median of the ratios of the rounds, so that a busy moment spoils both sides of one."""
    limit: float | None
    """The bar that the ratio is held against, if any."""


def beside(
    name: str, rounds: dict[str, list[float]], other: str, *, count: int, limit: float | None
) -> Beside:
    """Compare our seconds with another side's, round by round; `count` things were done in each."""
    ours, others = rounds["ours"], rounds[other]
    ratio = median(b / a for a, b in zip(ours, others, strict=True))
    return Beside(name, count / median(ours), count / median(others), ratio, limit)


def in_turns(sides: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each side, one after the other in every round; a first round is thrown away."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        names = list(sides)
        for name in names if number % 2 else reversed(names):
            seconds = sides[name]()
            if number:
                taken[name].append(seconds)
    return taken


def bars(rows: Sequence[Beside]) -> list[Bar]:
    """The rows that are held against a limit."""
    return [Bar(row.name, row.ratio, row.limit, False) for row in rows if row.limit is not None]


def as_dict(rows: Sequence[Beside], missing: str) -> dict[str, Any]:
    """All figures, for JSON."""
    return {"embedders": [asdict(row) for row in rows], "rival_missing": missing}


def show(rows: Sequence[Beside], missing: str) -> None:
    """Print the figures as a table, then the bars."""
    console = Console()
    table = Table("embedder", "ours", "other", "ratio", box=None)
    for row in rows:
        rates = f"{row.ours_per_s:.1f}/s", f"{row.other_per_s:.1f}/s", f"{row.ratio:.2f}x"
        table.add_row(row.name, *rates)
    console.print(table)
    if missing:
        console.print(f"infinity-emb was not measured: {missing}")
    for bar in bars(rows):
        verdict = "met" if bar.met else "MISSED"
        console.print(f"{verdict:6}  {bar.name}: {bar.value:.2f} >= {bar.limit:g}")
