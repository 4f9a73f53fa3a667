"""A job's progress as a stream: from a real server, to the end, and with its seat given back."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
from fastapi.testclient import TestClient

from services.gateway.main import EVENT_STREAMS, create_app
from services.wiring import Runtime
from tests.gateway.conftest import finished, products, send_products
from tests.gateway.running_server import serving


def events(lines: Iterator[str]) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


def test_a_stream_shows_the_job_until_it_is_finished(
    client: TestClient, scratch: str, runtime: Runtime
) -> None:
    answer = client.post(
        f"/v1/indexes/{scratch}/documents",
        json=[{"id": f"d{n}", "title": f"Thing {n}"} for n in range(20)],
    )
    job_id = answer.json()["id"]
    with (
        serving(create_app(runtime)) as address,
        httpx.Client(trust_env=False) as http,
        http.stream("GET", f"{address}/v1/jobs/{job_id}/events", timeout=60) as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        seen = events(stream.iter_lines())
    assert seen[-1] == client.get(f"/v1/jobs/{job_id}").json()
    assert seen[-1]["state"] == "succeeded"
    done = [snapshot["counts"]["succeeded"] for snapshot in seen]
    assert done == sorted(done)
    assert len({json.dumps(snapshot) for snapshot in seen}) == len(seen)


def test_a_finished_job_is_one_event(client: TestClient, scratch: str) -> None:
    job = send_products(client, scratch, products()[:1])
    with client.stream("GET", f"/v1/jobs/{job['id']}/events") as stream:
        assert events(stream.iter_lines()) == [job]
    assert client.app.state.gateway.listeners.taken == 0  # type: ignore[attr-defined]


def test_a_listener_that_leaves_gives_its_seat_back(
    client: TestClient, scratch: str, runtime: Runtime
) -> None:
    app = create_app(runtime)
    seats = app.state.gateway.listeners
    with runtime.ports.locks.writing(scratch):  # nothing can finish while we listen
        job_id = client.post(
            f"/v1/indexes/{scratch}/documents", json=[{"id": "d", "title": "x"}]
        ).json()["id"]
        with serving(app) as address, httpx.Client(trust_env=False) as http:
            with http.stream("GET", f"{address}/v1/jobs/{job_id}/events", timeout=60) as stream:
                lines = stream.iter_lines()
                assert next(lines) == "event: job"
                assert seats.taken == 1
            left = threading.Event()
            for _ in range(200):
                if seats.taken == 0:
                    break
                left.wait(0.05)
            assert seats.taken == 0
    finished(client, job_id)


def test_more_listeners_than_seats_are_refused(client: TestClient, scratch: str) -> None:
    job = send_products(client, scratch, products()[:1])
    seats = client.app.state.gateway.listeners  # type: ignore[attr-defined]
    for _ in range(EVENT_STREAMS):
        seats.take()
    assert client.get(f"/v1/jobs/{job['id']}/events").status_code == 429
    for _ in range(EVENT_STREAMS):
        seats.leave()
    assert client.get(f"/v1/jobs/{job['id']}/events").status_code == 200
