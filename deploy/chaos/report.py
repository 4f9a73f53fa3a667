"""The live table of `make chaos`, and its verdict."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.table import Table

HARMLESS: Final = frozenset({"ok"})


@dataclass
class Row:
    """What one fault did. Seconds count from the moment it struck."""

    name: str
    allowed: frozenset[str] = frozenset()
    state: str = "waits"
    searches: Counter[str] = field(default_factory=Counter)
    searches_back_s: float | None = None
    healthy_s: float | None = None
    sent: int = 0
    lost: int | None = None
    doubled: int | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """Searches that came to what they must not come to."""
        wrong = self.searches.keys() - HARMLESS - self.allowed
        return sum(self.searches[each] for each in wrong)

    @property
    def good(self) -> bool:
        return not (self.failed or self.problems or self.lost or self.doubled)


class Report:
    """Rows that are drawn anew whenever one changes."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        plain = not sys.stdout.isatty()
        self.console = Console(width=140 if plain else None)
        self._live = Live(console=self.console, auto_refresh=False)

    def __enter__(self) -> Report:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.draw()
        self._live.stop()

    def draw(self) -> None:
        if self.console.is_terminal:
            self._live.update(self._table(), refresh=True)

    def say(self, row: Row) -> None:
        """Where nothing can be drawn twice, a line a fault."""
        self.draw()
        if not self.console.is_terminal:
            self.console.print(f"{row.name}: {row.state} {dict(row.searches)}")

    def say_left(self, jobs: int) -> None:
        """How many jobs are waited for."""
        if jobs % 10 == 0:
            self.console.print(f"waiting for {jobs} jobs")

    def verdict(self, problem: str | None) -> bool:
        """Print what was wrong, `problem` beyond single faults; whether nothing was."""
        if not self.console.is_terminal:
            self.console.print(self._table())
        for row in self.rows:
            wrong = row.searches.keys() - HARMLESS - row.allowed
            faults = [f"{row.searches[one]} searches came to: {one}" for one in sorted(wrong)]
            for each in [*row.problems, *faults]:
                self.console.print(f"[red]{row.name}[/]: {each}", highlight=False)
        if problem is not None:
            self.console.print(f"[red]at the end[/]: {problem}", highlight=False)
        good = problem is None and all(row.good for row in self.rows)
        count = len(self.rows)
        said = (
            f"[green]All is well: {count} faults, no document lost or doubled.[/]"
            if good
            else f"[red]Not well: {sum(not row.good for row in self.rows)} of {count} faults.[/]"
        )
        self.console.print(said)
        return good

    def _table(self) -> Table:
        table = Table(title="make chaos", caption="seconds count from the fault")
        for name in ("fault", "state"):
            table.add_column(name)
        for name in (
            *("ok", "degraded", "refused", "unreachable", "failed"),
            *("searches well", "all healthy", "sent", "lost", "doubled"),
        ):
            table.add_column(name, justify="right")
        for row in self.rows:
            kinds = [row.searches[each] for each in ("ok", "degraded", "refused", "unreachable")]
            cells = [*map(str, kinds), _number(row.failed)]
            cells += [_seconds(row.searches_back_s), _seconds(row.healthy_s), str(row.sent)]
            cells += [_number(row.lost), _number(row.doubled)]
            table.add_row(row.name, row.state, *cells, style=None if row.good else "red")
        return table


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} s"


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
