"""What logging searches costs a search: the same searches with and without it, taking turns.

Run it with `python -m benchmarks.search_log`. Both sides are applications over one installation of
the sample catalog in this process, spoken to as over HTTP; each pair of searches goes in both
orders. Then what is not in a search's way: the writing, and the settling of events.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from fastapi.testclient import TestClient

from datasets.sample_catalog import generate
from services.core.settings import Events, Ingest, Settings, Stores
from services.core.types.events import Action, Event
from services.gateway.main import create_app
from services.gateway.search_log import SearchLog
from services.gateway.visitor import Visitor
from services.search import pipeline
from services.search.hits import SearchResponse
from services.search.parts import Part
from services.search.request import SearchRequest
from services.wiring import Runtime, open_runtime

INDEX: Final = "bench"
BATCH: Final = 500
TEXTS: Final = ("a striped navy mug", "red lamp", "phone case", "floral dress", "green chair")


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=600, help="Pairs of searches.")
    parser.add_argument("--products", type=int, default=300)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runtime = _installation(Path(folder), products=asked.products)
        try:
            for line in [*_searches(runtime, asked.pairs), *_apart(runtime)]:
                sys.stdout.write(f"{line}\n")
        finally:
            runtime.close()
    return 0


def _installation(folder: Path, *, products: int) -> Runtime:
    generate(folder / "catalog", count=products)
    runtime = open_runtime(
        Settings(stores=Stores(data_dir=folder / "data"), ingest=Ingest(import_roots=(folder,)))
    )
    with TestClient(create_app(runtime), base_url="http://127.0.0.1") as client:
        client.put(f"/v1/indexes/{INDEX}", json={}).raise_for_status()
        source = {"type": "jsonl", "path": str(folder / "catalog" / "products.jsonl")}
        job = client.post(f"/v1/indexes/{INDEX}/imports", json=source).raise_for_status().json()
        while job["finished_at"] is None:
            time.sleep(0.2)
            job = client.get(f"/v1/jobs/{job['id']}").json()
    return runtime


def _searches(runtime: Runtime, pairs: int) -> list[str]:
    clients = [_client(runtime, log_searches=logs) for logs in (False, True)]
    took: list[list[float]] = [[], []]
    asked = [{"text": text, "client_id": f"client-{place}"} for place, text in enumerate(TEXTS)]
    for client in clients:
        client.__enter__()
    for number in range(-20, pairs):
        for side in ((0, 1), (1, 0))[number % 2]:
            body = asked[number % len(asked)]
            seconds = _timed(
                lambda client=clients[side], body=body: client.post(  # type: ignore[misc]
                    f"/v1/indexes/{INDEX}/search", json=body
                ).raise_for_status()
            )
            if number >= 0:
                took[side].append(seconds)
    for client in clients:
        client.__exit__(None, None, None)
    differences = [with_ - without for without, with_ in zip(*took, strict=True)]
    return [
        f"search without the log: {_percentiles(took[0])}",
        f"search with the log:    {_percentiles(took[1])}",
        f"difference of a pair:   {1e6 * median(differences):.0f} us (median of {pairs} pairs)",
    ]


def _apart(runtime: Runtime) -> list[str]:
    request = SearchRequest(INDEX, (Part(text=TEXTS[0]),))
    found = pipeline.search(request, ports=runtime.ports)
    log = SearchLog(runtime.ports)
    answers = [replace(found, query_id=f"qry_{number:06}") for number in range(BATCH)]
    noting = _timed(lambda: _note(log, answers, request))
    writing = _timed(log.flush)
    log.close()
    now = runtime.ports.clock()
    events = [
        Event(f"e{number}-{hit.id}", each.query_id, Action.IMPRESSION, hit.id, None, None, now, now)
        for number, each in enumerate(answers)
        for hit in found.hits
    ]
    settling = _timed(lambda: _add(runtime, events))
    return [
        f"noting one search:      {1e6 * noting / BATCH:.0f} us, in the search's way",
        f"writing {BATCH} searches:   {1e3 * writing:.0f} ms, beside the searches",
        f"storing {len(events)} events:   {1e3 * settling:.0f} ms in batches of 1000",
    ]


def _note(log: SearchLog, answers: Sequence[SearchResponse], request: SearchRequest) -> None:
    for each in answers:
        log.note(each, index=INDEX, parts=request.parts, visitor=Visitor(), client_id="one")


def _add(runtime: Runtime, events: Sequence[Event]) -> None:
    for start in range(0, len(events), 1000):
        with runtime.ports.database.work() as work:
            work.events.add(events[start : start + 1000])


def _client(runtime: Runtime, *, log_searches: bool) -> TestClient:
    events = Events(log_searches=log_searches, learn_every_s=0)
    settings = runtime.settings.model_copy(update={"events": events})
    ports = replace(runtime.ports, settings=settings)
    app = create_app(replace(runtime, settings=settings, ports=ports))
    return TestClient(app, base_url="http://127.0.0.1")


def _timed(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def _percentiles(seconds: Sequence[float]) -> str:
    cuts = quantiles(seconds, n=20)
    return f"p50 {1e3 * median(seconds):.2f} ms, p95 {1e3 * cuts[18]:.2f} ms"


if __name__ == "__main__":
    sys.exit(main())
