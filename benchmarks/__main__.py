"""`python -m benchmarks`: a search, an embedder and a stack of processes, each beside its floor."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import Progress

from benchmarks import beside, broker, embedders, ours, report, rival
from benchmarks.floor import BareSearch, load_model
from benchmarks.naive import NaiveLoop, Product
from benchmarks.report import Bar, Latency, Rate, Report, latency
from datasets.sample_catalog import generate
from models.base import Content

LIMIT = 10
WARM_UP = 10
PARTS = ("all", "search", "embedders", "broker")
Query = TypeVar("Query")


def main() -> int:
    """Run it; the exit code says whether every bar was met."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("part", nargs="?", choices=PARTS, default="all")
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=embedders.ROUNDS)
    parser.add_argument(
        "--rival-python", type=Path, default=rival.PYTHON, help="a Python with infinity-emb"
    )
    arguments = parser.parse_args()
    figures: dict[str, Any] = {}
    bars: list[Bar] = []
    if arguments.part in ("all", "search"):
        with tempfile.TemporaryDirectory(prefix="margay-bench-") as folder:
            whole = run(Path(folder), documents=arguments.documents, queries=arguments.queries)
        figures |= report.as_dict(whole)
        bars += whole.bars()
        if not arguments.json:
            report.show(whole)
    if arguments.part in ("all", "embedders"):
        found = embedders.run(rounds=arguments.rounds, rival_python=arguments.rival_python)
        figures |= beside.as_dict(*found)
        bars += beside.bars(found[0])
        if not arguments.json:
            beside.show(*found)
    if arguments.part in ("all", "broker"):
        stack, lacking = broker.run_if_possible()
        figures |= broker.as_dict(stack, lacking)
        bars += [] if stack is None else stack.bars()
        if not arguments.json:
            broker.show(stack, lacking)
    if arguments.json:
        print(json.dumps(figures, indent=2))
    return not all(bar.met for bar in bars)


def run(folder: Path, *, documents: int, queries: int) -> Report:
    """Measure ours and the floor on one machine, alternating query by query."""
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("Drawing the catalog", total=documents)
        catalog = folder / "catalog"
        generate(catalog, count=documents, progress=lambda n, _: progress.update(task, completed=n))
        products = read_products(catalog)
        embedder = load_model()
        # The naive loop goes first, alone on the machine, as ours will be.
        task = progress.add_task("Naive loop", total=documents)
        naive = NaiveLoop(folder / "naive", embedder)
        begun = time.perf_counter()
        for _ in naive.run(products):
            progress.advance(task)
        naive_s = time.perf_counter() - begun
        with ours.server(folder / "data", import_root=catalog) as client:
            task = progress.add_task("Our ingest", total=1)
            ours_s = ours.ingest(client, catalog / "products.jsonl")
            progress.advance(task)
            shutil.copytree(folder / "data" / "vectors.db", folder / "floor.db")
            floor = BareSearch(folder / "floor.db", embedder, index=ours.INDEX)
            caller = ours.Caller(client)
            words = [product.text[:60] for product in products[:queries]]
            pictures = [product.picture.read_bytes() for product in products[:queries]]
            task = progress.add_task("Queries", total=2 * queries)
            advance = partial(progress.advance, task)
            latencies = (
                text_latency(caller, floor, words, advance),
                image_latency(caller, floor, pictures, advance),
            )
            rates = (
                Rate("ingest, documents", documents / ours_s, documents / naive_s),
                *throughput(caller, floor, words),
            )
    return Report(latencies, rates)


def read_products(catalog: Path) -> list[Product]:
    """The catalog's lines, as the naive loop needs them."""
    lines = (catalog / "products.jsonl").read_text("utf-8").splitlines()
    raws = [json.loads(line) for line in lines]
    return [Product(raw, catalog / raw["images"][0]) for raw in raws]


def text_latency(
    caller: ours.Caller, floor: BareSearch, words: list[str], advance: Callable[[], None]
) -> Latency:
    """Ask by words, alternately."""
    return _alternate(
        "text query",
        words,
        partial(_ours_by_words, caller),
        partial(_floor_by_words, floor),
        advance,
    )


def image_latency(
    caller: ours.Caller, floor: BareSearch, pictures: list[bytes], advance: Callable[[], None]
) -> Latency:
    """Ask by picture, alternately."""
    return _alternate(
        "image query",
        pictures,
        partial(_ours_by_picture, caller),
        partial(_floor_by_picture, floor),
        advance,
    )


def throughput(caller: ours.Caller, floor: BareSearch, words: list[str]) -> list[Rate]:
    """Text queries a second with 1 and with 4 clients at once."""
    return [
        Rate(
            f"text queries, {clients} client{'s' if clients > 1 else ''}",
            _per_second(partial(_ours_by_words, caller), words, clients),
            _per_second(partial(_floor_by_words, floor), words, clients),
        )
        for clients in (1, 4)
    ]


def _ours_by_words(caller: ours.Caller, text: str) -> list[str]:
    return caller.search(text=text, picture=None, limit=LIMIT)


def _ours_by_picture(caller: ours.Caller, picture: bytes) -> list[str]:
    return caller.search(text=None, picture=picture, limit=LIMIT)


def _floor_by_words(floor: BareSearch, text: str) -> list[str]:
    return floor.search(Content(text=text), limit=LIMIT)


def _floor_by_picture(floor: BareSearch, picture: bytes) -> list[str]:
    return floor.search(Content(image=picture), limit=LIMIT)


def _alternate(
    name: str,
    queries: Sequence[Query],
    ask_ours: Callable[[Query], object],
    ask_floor: Callable[[Query], object],
    advance: Callable[[], None],
) -> Latency:
    for query in queries[:WARM_UP]:
        ask_ours(query)
        ask_floor(query)
    ours_ms: list[float] = []
    floor_ms: list[float] = []
    for query in queries:
        ours_ms.append(_milliseconds(ask_ours, query))
        floor_ms.append(_milliseconds(ask_floor, query))
        advance()
    return latency(name, ours_ms, floor_ms)


def _milliseconds(ask: Callable[[Query], object], query: Query) -> float:
    begun = time.perf_counter()
    ask(query)
    return (time.perf_counter() - begun) * 1000


def _per_second(ask: Callable[[str], object], words: list[str], clients: int) -> float:
    with ThreadPoolExecutor(clients) as pool:
        begun = time.perf_counter()
        list(pool.map(ask, words))
        return len(words) / (time.perf_counter() - begun)


if __name__ == "__main__":
    sys.exit(main())
