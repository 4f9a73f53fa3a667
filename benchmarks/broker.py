"""`python -m benchmarks broker`: what a stack of processes costs beside one process."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

import pytest
from rich.console import Console
from rich.table import Table

from benchmarks import celery_echo, device, http_load
from benchmarks.http_load import Load
from benchmarks.report import Bar
from datasets.sample_catalog import generate
from models import registry
from services.cli.demo import ATTRIBUTES
from services.core.embedding.client import BrokerEmbedder
from services.core.queue.celery_app import make_app
from services.core.queue.exchange import Exchange
from services.core.settings import Settings, Stores
from services.core.types.vectors import Content, Purpose
from services.embedder.runtime import EmbedderRuntime
from tests.servers import stack as stacks
from tests.servers.stack import KEY, Stack

EMBEDDER: Final = "pocket"
CLIENTS: Final = 48
INDEXES: Final = ("first", "second")
AS_SHIPPED: Final = {
    "MARGAY_INGEST__LEASE_S": "60",
    "MARGAY_INGEST__SWEEP_EVERY_S": "30",
    "MARGAY_INGEST__BATCH_ITEMS": "64",
    "MARGAY_WORKERS__DUE_EVERY_S": "2",
    "MARGAY_WORKERS__QUERY_TIMEOUT_S": "10",
}
"""The settings that the tests' stack shortens, as they are by default."""


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """Milliseconds of one query at a time, taken in turns.

    The fastest twentieth says what it costs where no other work waits for a core.
    """

    p5_ms: float
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Ingest:
    """`device_s` is what the device alone takes for the same contents."""

    documents: int
    contents: int
    seconds: float
    device_s: float

    @property
    def ratio(self) -> float:
        return self.device_s / self.seconds


@dataclass(frozen=True, slots=True)
class Found:
    trips: dict[str, RoundTrip]
    gateway: Load
    echo_per_s: float
    ingest: Ingest

    def bars(self) -> list[Bar]:
        """What the stack promises."""
        trip = self.trips["over the broker"].p50_ms - self.trips["in process"].p50_ms
        return [
            Bar("query over the broker: p50 over in-process, ms", trip, 5.0, True),
            Bar("queries a second through one gateway", self.gateway.per_s, 300.0, False),
            Bar("ingest: share of its device's speed", self.ingest.ratio, 0.9, False),
        ]


def run(
    *, queries: int = 300, seconds: float = 6.0, documents: int = 600, content_ms: float = 25.0
) -> Found:
    """Measure all on one stack of real processes, one part after the other."""
    with tempfile.TemporaryDirectory(prefix="margay-broker-") as name:
        folder = Path(name)
        catalog = folder / "catalog"
        generate(catalog, count=documents)
        environ = AS_SHIPPED | {"MARGAY_INGEST__IMPORT_ROOTS": str(catalog)}
        with (
            stacks.running(folder, environ=environ) as stack,
            celery_echo.running(stack.servers["redis"].url) as echo,
        ):
            trips = round_trips(stack, echo, queries=queries)
            with _device(stack, content_ms=0.0):
                gateway = throughput(stack, seconds=seconds)
                echo_per_s = celery_echo.per_second(echo, clients=CLIENTS, seconds=seconds)
            with _device(stack, content_ms=content_ms):
                taken = ingest(stack, catalog / "products.jsonl", content_ms=content_ms)
    return Found(trips, gateway, echo_per_s, taken)


def run_if_possible() -> tuple[Found | None, str]:
    """All of it; or nothing, and which server could not be started here."""
    try:
        return run(), ""
    except pytest.skip.Exception as reason:
        return None, str(reason)


def round_trips(stack: Stack, echo: Any, *, queries: int) -> dict[str, RoundTrip]:
    """A text query in this process, over the broker, and what Celery takes for an echo."""
    app = make_app(Settings(stores=Stores(broker_url=stack.servers["redis"].url)))
    exchange = Exchange(app)
    client = BrokerEmbedder(exchange, names=[EMBEDDER], timeout_s=10, batch=32)
    runtime = EmbedderRuntime([EMBEDDER], registry.load)
    runtime.warm_up()
    texts = [[Content(text=f"red mug number {place}")] for place in range(queries)]
    sides: dict[str, Callable[[list[Content]], object]] = {
        "in process": lambda each: runtime.embed(EMBEDDER, each, Purpose.QUERY),
        "over the broker": lambda each: client.embed(EMBEDDER, each, Purpose.QUERY),
        "Celery's echo": lambda each: celery_echo.ask(echo, each[0].text),
    }
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for number, each in enumerate(texts[:20] + texts):
        for name, ask in sides.items():
            begun = time.perf_counter()
            ask(each)
            if number >= 20:
                taken[name].append(1000 * (time.perf_counter() - begun))
    client.close()
    exchange.close()
    runtime.close()
    app.close()
    marks = {name: quantiles(each, n=20) for name, each in taken.items()}
    return {name: RoundTrip(each[0], each[9], each[18]) for name, each in marks.items()}


def throughput(stack: Stack, *, seconds: float) -> Load:
    """Texts embedded a second through HTTP, one a request."""
    body = json.dumps({"model": EMBEDDER, "input": "red mug", "encoding_format": "base64"})
    address = ("127.0.0.1", stack.port)
    options: dict[str, Any] = {"key": KEY, "clients": CLIENTS}
    http_load.elsewhere(address, "/v1/embeddings", body.encode(), seconds=2.0, **options)
    return http_load.elsewhere(address, "/v1/embeddings", body.encode(), seconds=seconds, **options)


def ingest(stack: Stack, products: Path, *, content_ms: float) -> Ingest:
    """Import the same catalog into two indexes at once, and the time of all of it."""
    for index in INDEXES:
        settings = {"attributes": ATTRIBUTES, "embedder": EMBEDDER}
        stack.client.put(f"/v1/indexes/{index}", json=settings).raise_for_status()
    begun = time.perf_counter()
    source = {"type": "jsonl", "path": str(products)}
    jobs = [
        stack.client.post(f"/v1/indexes/{index}/imports", json=source).raise_for_status().json()
        for index in INDEXES
    ]
    finished = [_finished(stack, job["id"]) for job in jobs]
    seconds = time.perf_counter() - begun
    lines = products.read_text("utf-8").splitlines()
    # A document is its words and its picture; the view of both is computed from those.
    contents = len(INDEXES) * sum(1 + len(json.loads(line)["images"]) for line in lines)
    for job in finished:
        if job["state"] != "succeeded":
            raise RuntimeError(f"an import ended {job['state']}: {job['counts']}")
    documents = len(INDEXES) * len(lines)
    return Ingest(documents, contents, seconds, contents * content_ms / 1000)


def as_dict(found: Found | None, lacking: str) -> dict[str, Any]:
    """All figures, for JSON."""
    if found is None:
        return {"broker_missing": lacking}
    bars = [asdict(bar) | {"met": bar.met} for bar in found.bars()]
    return {"broker": asdict(found) | {"bars": bars}}


def show(found: Found | None, lacking: str) -> None:
    """Print the figures as a table, then the bars."""
    console = Console()
    if found is None:
        console.print(f"a stack of processes was not measured: {lacking}")
        return
    table = Table("one query", "p5", "p50", "p95", box=None)
    for name, trip in found.trips.items():
        marks = (trip.p5_ms, trip.p50_ms, trip.p95_ms)
        table.add_row(name, *(f"{each:.2f} ms" for each in marks))
    console.print(table)
    load, taken = found.gateway, found.ingest
    console.print(
        f"{CLIENTS} clients: {load.per_s:.0f}/s through one gateway (p50 {load.p50_ms:.0f} ms, "
        f"p95 {load.p95_ms:.0f}, {load.failures} failed); Celery's echo {found.echo_per_s:.0f}/s"
    )
    console.print(
        f"ingest: {taken.documents} documents ({taken.contents} contents) in {taken.seconds:.1f} s;"
        f" the device alone {taken.device_s:.1f} s"
    )
    for bar in found.bars():
        verdict, sign = "met" if bar.met else "MISSED", "<=" if bar.at_most else ">="
        console.print(f"{verdict:6}  {bar.name}: {bar.value:.2f} {sign} {bar.limit:g}")


@contextmanager
def _device(stack: Stack, *, content_ms: float) -> Iterator[None]:
    """The embedder with a device of that speed in place of its models."""
    os.environ[device.VARIABLE] = str(content_ms)
    try:
        with stack.broken("embedder", "benchmarks.device"):
            stack.wait_until(stack.ready, what="the stack is ready")
            yield
    finally:
        del os.environ[device.VARIABLE]


def _finished(stack: Stack, job_id: str) -> dict[str, Any]:
    while True:
        job: dict[str, Any] = stack.get(f"/v1/jobs/{job_id}")
        if job["finished_at"] is not None:
            return job
        time.sleep(0.1)
