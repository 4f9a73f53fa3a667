"""`python -m benchmarks.rerank`: what models of known accuracy are worth, and what it costs."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks import rerank_quality, rerank_speed
from benchmarks.rerank_quality import ACCURACIES, BLENDS, PASSES, Quality
from benchmarks.rerank_shop import Shop, open_shop
from benchmarks.rerank_speed import Cost
from datasets.sample_catalog import generate
from services.core.types.rerank import VlmSpec
from services.insight.query_set import Query

SPEED_QUERIES = 60


def main() -> int:
    """Run it; the exit code says whether every bar was met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rerank", description=__doc__)
    parser.add_argument("--catalog", type=Path, help="a drawn sample catalog; default: draws one")
    parser.add_argument("--documents", type=int, default=900)
    parser.add_argument("--queries", type=int, default=350, help="for quality; spread over types")
    parser.add_argument("--only", choices=("quality", "speed"))
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="margay-rerank-") as name:
        catalog = asked.catalog or _draw(Path(name) / "catalog", asked.documents)
        with open_shop(Path(name) / "data", catalog) as shop:
            speed = [] if asked.only == "quality" else _speed(shop)
            quality = None if asked.only == "speed" else _quality(shop, asked.queries)
    if asked.json:
        print(
            json.dumps(
                {
                    "quality": None if quality is None else asdict(quality),
                    "speed": [asdict(cost) | {"met": cost.met} for cost in speed],
                },
                indent=2,
            )
        )
    else:
        _show(quality, speed)
    return not (all(cost.met for cost in speed) and (quality is None or harmless(quality)))


def harmless(quality: Quality) -> bool:
    """By default, a model that guesses costs no more than the metric's noise."""
    default = VlmSpec()
    guessing = quality.cell(passes=default.passes, accuracy=0.0, blend=default.blend)
    return -guessing.gain <= quality.noise


def spread(queries: Sequence[Query], count: int) -> list[Query]:
    """`count` of them, every n-th."""
    return list(queries[:: max(1, len(queries) // count)])[:count]


def _draw(folder: Path, count: int) -> Path:
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("Drawing the catalog", total=None)
        generate(
            folder,
            count=count,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    return folder


def _speed(shop: Shop) -> list[Cost]:
    return rerank_speed.measure(shop, queries=spread(shop.asked.queries, SPEED_QUERIES))


def _quality(shop: Shop, count: int) -> Quality:
    queries = spread(shop.asked.queries, count)
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("Asking the models", total=len(queries) * len(ACCURACIES))
        return rerank_quality.measure(shop, queries=queries, advance=lambda: progress.advance(task))


def _show(quality: Quality | None, speed: Sequence[Cost]) -> None:
    console = Console()
    if quality is not None:
        console.print(
            f"first stage: nDCG@10 {quality.first_stage:.3f} ± {quality.noise:.3f} "
            f"({quality.queries} queries)"
        )
        for passes in PASSES:
            console.print(_gains(quality, passes))
        verdict = "met" if harmless(quality) else "MISSED"
        console.print(f"{verdict}: at the defaults a guess costs no more than the noise")
    if speed:
        console.print(_costs(speed))


def _gains(quality: Quality, passes: int) -> Table:
    title = {1: "one look", 2: "two looks"}[passes]
    table = Table(f"{title}: blend", *(f"accuracy {each:g}" for each in ACCURACIES), box=None)
    for blend in BLENDS:
        cells = [quality.cell(passes=passes, accuracy=each, blend=blend) for each in ACCURACIES]
        shown = [f"{cell.ndcg:.3f} ({cell.gain:+.3f} ± {cell.noise:.3f})" for cell in cells]
        table.add_row(f"{blend:.1f}", *shown)
    return table


def _costs(speed: Sequence[Cost]) -> Table:
    table = Table("p50", "ours", "floor", "", "bar", box=None)
    for cost in speed:
        bar = f"<= {cost.limit_ms:g}: {'met' if cost.met else 'MISSED'}" if cost.limit_ms else ""
        floor = f"{cost.floor_ms:.3f} ms" if cost.floor else ""
        table.add_row(cost.name, f"{cost.ours_ms:.3f} ms", floor, cost.floor, bar)
    return table


if __name__ == "__main__":
    sys.exit(main())
