"""Figures of a run: percentiles, ratios and the bars they are held against."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import quantiles
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of one kind of query, ours and the floor's, taken alternately."""

    name: str
    ours_p50_ms: float
    ours_p95_ms: float
    floor_p50_ms: float
    floor_p95_ms: float

    @property
    def overhead_ms(self) -> float:
        return self.ours_p50_ms - self.floor_p50_ms

    @property
    def ratio(self) -> float:
        return self.ours_p50_ms / self.floor_p50_ms


@dataclass(frozen=True, slots=True)
class Rate:
    """Things per second, ours and the rival's."""

    name: str
    ours_per_s: float
    rival_per_s: float

    @property
    def ratio(self) -> float:
        return self.ours_per_s / self.rival_per_s


@dataclass(frozen=True, slots=True)
class Bar:
    """A limit that a figure is held against."""

    name: str
    value: float
    limit: float
    at_most: bool

    @property
    def met(self) -> bool:
        return self.value <= self.limit if self.at_most else self.value >= self.limit


@dataclass(frozen=True, slots=True)
class Report:
    latencies: tuple[Latency, ...]
    rates: tuple[Rate, ...]

    def bars(self) -> tuple[Bar, ...]:
        """The project's bars: overhead per query, and ingest against the naive loop."""
        bars = []
        for latency in self.latencies:
            bars.append(Bar(f"{latency.name}: p50 overhead, ms", latency.overhead_ms, 6.0, True))
            bars.append(Bar(f"{latency.name}: p50 over the floor", latency.ratio, 1.5, True))
        bars.extend(
            Bar(f"{rate.name} against the naive loop", rate.ratio, 1.5, False)
            for rate in self.rates
            if rate.name.startswith("ingest")
        )
        return tuple(bars)


def latency(name: str, ours_ms: list[float], floor_ms: list[float]) -> Latency:
    """Summarise two lists of durations."""
    ours, floor = quantiles(ours_ms, n=20), quantiles(floor_ms, n=20)
    return Latency(name, ours[9], ours[18], floor[9], floor[18])


def as_dict(report: Report) -> dict[str, Any]:
    """All figures, for JSON."""
    return {
        "latencies": [
            asdict(row) | {"ratio": row.ratio, "overhead_ms": row.overhead_ms}
            for row in report.latencies
        ],
        "rates": [asdict(row) | {"ratio": row.ratio} for row in report.rates],
        "bars": [asdict(bar) | {"met": bar.met} for bar in report.bars()],
    }


def show(report: Report) -> None:
    """Print the figures as tables, then the bars."""
    console = Console()
    table = Table("query", "ours p50", "p95", "floor p50", "p95", "overhead", "ratio", box=None)
    for row in report.latencies:
        table.add_row(
            row.name,
            f"{row.ours_p50_ms:.1f} ms",
            f"{row.ours_p95_ms:.1f}",
            f"{row.floor_p50_ms:.1f} ms",
            f"{row.floor_p95_ms:.1f}",
            f"{row.overhead_ms:+.1f} ms",
            f"{row.ratio:.2f}x",
        )
    console.print(table)
    table = Table("throughput", "ours", "rival", "ratio", box=None)
    for rate in report.rates:
        table.add_row(
            rate.name, f"{rate.ours_per_s:.0f}/s", f"{rate.rival_per_s:.0f}/s", f"{rate.ratio:.2f}x"
        )
    console.print(table)
    for bar in report.bars():
        sign = "<=" if bar.at_most else ">="
        verdict = "met" if bar.met else "MISSED"
        console.print(f"{verdict:6}  {bar.name}: {bar.value:.2f} {sign} {bar.limit:g}")
