"""`python -m benchmarks`: draw a catalog, ingest it twice, ask it twice, compare."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import Progress

from benchmarks import ours
from benchmarks.floor import Floor, Product
from benchmarks.report import Latency, Rate, Report, latency, show
from datasets.sample_catalog import generate
from models.base import Content

LIMIT = 10


def main() -> int:
    """Run it; the exit code says whether every bar was met."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")
    parser.add_argument("--documents", type=int, default=900)
    parser.add_argument("--queries", type=int, default=150)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="margay-bench-") as folder:
        report = run(Path(folder), documents=arguments.documents, queries=arguments.queries)
    show(report, as_json=arguments.json)
    return not all(bar.met for bar in report.bars())


def run(folder: Path, *, documents: int, queries: int) -> Report:
    """Measure ours and the floor on one machine, alternating query by query."""
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("Drawing the catalog", total=documents)
        catalog = folder / "catalog"
        generate(catalog, count=documents, progress=lambda n, _: progress.update(task, completed=n))
        products = read_products(catalog)
        floor = Floor(folder / "floor.db")
        # The floor goes first, alone on the machine, as ours will be.
        task = progress.add_task("Naive loop", total=documents)
        begun = time.perf_counter()
        for _ in floor.ingest_one_by_one(products):
            progress.advance(task)
        floor.ready()
        naive_s = time.perf_counter() - begun
        with ours.server(folder / "data", import_root=catalog) as client:
            task = progress.add_task("Our ingest", total=1)
            ours_s = ours.ingest(client, catalog / "products.jsonl")
            progress.advance(task)
            words = [f"{product.text[:60]}" for product in products[:queries]]
            pictures = [product.picture.read_bytes() for product in products[:queries]]
            task = progress.add_task("Queries", total=2 * queries)
            advance = lambda: progress.advance(task)  # noqa: E731 - a callback of one expression
            latencies = (
                text_latency(client, floor, words, advance),
                image_latency(client, floor, pictures, advance),
            )
            rates = (
                Rate("ingest, documents", documents / ours_s, documents / naive_s),
                *throughput(client, floor, words),
            )
    return Report(latencies, rates)


def read_products(catalog: Path) -> list[Product]:
    """The catalog's lines, as the naive loop needs them."""
    products = []
    for line in (catalog / "products.jsonl").read_text("utf-8").splitlines():
        raw = json.loads(line)
        products.append(
            Product(raw["id"], f"{raw['title']}. {raw['description']}", catalog / raw["images"][0])
        )
    return products


def text_latency(
    client: httpx.Client, floor: Floor, words: list[str], advance: Callable[[], None]
) -> Latency:
    """Ask by words, alternately."""
    return _alternate(
        "text query",
        [
            (
                lambda text=text: ours.search(client, text=text, picture=None, limit=LIMIT),
                lambda text=text: floor.search(Content(text=text), limit=LIMIT),
            )
            for text in words
        ],
        advance,
    )


def image_latency(
    client: httpx.Client, floor: Floor, pictures: list[bytes], advance: Callable[[], None]
) -> Latency:
    """Ask by picture, alternately."""
    return _alternate(
        "image query",
        [
            (
                lambda picture=picture: ours.search(
                    client, text=None, picture=picture, limit=LIMIT
                ),
                lambda picture=picture: floor.search(Content(image=picture), limit=LIMIT),
            )
            for picture in pictures
        ],
        advance,
    )


def throughput(client: httpx.Client, floor: Floor, words: list[str]) -> list[Rate]:
    """Text queries a second with 1 and with 4 clients at once."""
    rates = []
    for clients in (1, 4):
        ask_ours = lambda text: ours.search(client, text=text, picture=None, limit=LIMIT)  # noqa: E731
        ask_floor = lambda text: floor.search(Content(text=text), limit=LIMIT)  # noqa: E731
        rates.append(
            Rate(
                f"text queries, {clients} client{'s' if clients > 1 else ''}",
                _per_second(ask_ours, words, clients),
                _per_second(ask_floor, words, clients),
            )
        )
    return rates


def _alternate(
    name: str,
    pairs: list[tuple[Callable[[], object], Callable[[], object]]],
    advance: Callable[[], None],
) -> Latency:
    for ask_ours, ask_floor in pairs[:5]:
        ask_ours(), ask_floor()  # warm both up
    taken: tuple[list[float], list[float]] = ([], [])
    for pair in pairs:
        for ask, times in zip(pair, taken, strict=True):
            begun = time.perf_counter()
            ask()
            times.append((time.perf_counter() - begun) * 1000)
        advance()
    return latency(name, *taken)


def _per_second(ask: Callable[[str], object], words: list[str], clients: int) -> float:
    with ThreadPoolExecutor(clients) as pool:
        begun = time.perf_counter()
        list(pool.map(ask, words))
        return len(words) / (time.perf_counter() - begun)


if __name__ == "__main__":
    sys.exit(main())
