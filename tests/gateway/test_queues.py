"""Queues over HTTP: what waits, who works, paused and resumed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from services.cli.main import app as command_line
from services.core.errors import Unavailable
from services.core.types.work import WorkerInfo
from services.gateway.main import create_app
from services.wiring import Runtime
from tests.gateway.conftest import ADDRESS, finished
from tests.gateway.running_server import serving

STARTED = datetime(2026, 5, 1, 12, tzinfo=UTC)
INGEST_WORKER = WorkerInfo("ingest", "box", 7, STARTED, "0.1.0")
EMBEDDER = WorkerInfo("embedder", "gpu", 9, STARTED, "0.1.0")


class Crew:
    """A workforce whose members are given, or that cannot be asked."""

    def __init__(self, *members: WorkerInfo, away: bool = False) -> None:
        self._members = members
        self._away = away

    def workers(self) -> tuple[WorkerInfo, ...]:
        if self._away:
            raise Unavailable("the broker does not answer")
        return self._members


def queue(client: TestClient, name: str) -> dict:
    answer = client.get("/v1/queues")
    assert answer.status_code == 200, answer.text
    return next(each for each in answer.json()["items"] if each["name"] == name)


@pytest.fixture
def resumed(client: TestClient) -> Iterator[None]:
    yield
    for name in ("ingest", "embed.index"):
        assert client.post(f"/v1/queues/{name}/resume").status_code == 200


def test_every_queue_is_listed_and_two_can_be_paused(client: TestClient) -> None:
    listed = client.get("/v1/queues").json()["items"]
    assert {each["name"]: each["pausable"] for each in listed} == {
        "ingest": True,
        "embed.index": True,
        "embed.query": False,
        "maintenance": False,
        "insight": False,
    }
    assert all(each["paused_at"] is None for each in listed)
    assert all(each["workers"] is None for each in listed)


def test_what_comes_while_a_queue_is_paused_waits_until_it_is_resumed(
    client: TestClient, scratch: str, resumed: None
) -> None:
    paused = client.post("/v1/queues/ingest/pause")
    assert paused.status_code == 200, paused.text
    assert paused.json()["paused_at"] is not None
    before = queue(client, "ingest")["items"]
    sent = client.post(f"/v1/indexes/{scratch}/documents", json=[{"id": "d", "title": "x"}])
    assert sent.status_code == 202
    again = client.post("/v1/queues/ingest/pause").json()
    assert again["paused_at"] == paused.json()["paused_at"]
    assert again["items"] == before + 1
    job = client.get(f"/v1/jobs/{sent.json()['id']}").json()
    assert (job["state"], job["counts"]["queued"]) == ("queued", 1)

    assert client.post("/v1/queues/ingest/resume").json()["paused_at"] is None
    assert finished(client, job["id"])["state"] == "succeeded"


@pytest.mark.parametrize(
    ("name", "status", "says"),
    [
        ("embed.query", 422, "ingest and embed.index can be paused"),
        ("maintenance", 422, "always goes on"),
        ("nothing", 404, "no queue"),
        ("INGEST", 422, "queue"),
    ],
)
@pytest.mark.parametrize("act", ["pause", "resume"])
def test_other_queues_are_refused(
    client: TestClient, name: str, status: int, says: str, act: str
) -> None:
    answer = client.post(f"/v1/queues/{name}/{act}")
    assert answer.status_code == status
    assert says in answer.text


def test_workers_are_shown_with_the_queues_they_empty(runtime: Runtime) -> None:
    app = create_app(replace(runtime, workforce=Crew(INGEST_WORKER, EMBEDDER)))
    client = TestClient(app, base_url=ADDRESS)
    (worker,) = queue(client, "ingest")["workers"]
    assert (worker["role"], worker["host"], worker["pid"]) == ("ingest", "box", 7)
    (worker,) = queue(client, "embed.index")["workers"]
    assert worker["role"] == "embedder"


def test_a_workforce_that_cannot_be_asked_hides_nothing_else(runtime: Runtime) -> None:
    client = TestClient(create_app(replace(runtime, workforce=Crew(away=True))), base_url=ADDRESS)
    assert queue(client, "ingest")["workers"] is None
    assert queue(client, "ingest")["items"] == 0


def test_queues_are_an_admins(guarded) -> None:  # type: ignore[no-untyped-def]
    client = guarded(bootstrap="b" * 24)
    assert client.get("/v1/queues").status_code == 401
    headers = {"Authorization": f"Bearer {'b' * 24}"}
    made = client.post("/v1/keys", json={"name": "k", "scopes": ["ingest"]}, headers=headers)
    key = {"Authorization": f"Bearer {made.json()['secret']}"}
    assert client.get("/v1/queues", headers=key).status_code == 403
    assert client.post("/v1/queues/ingest/pause", headers=key).status_code == 403
    assert client.get("/v1/queues", headers=headers).status_code == 200


def test_the_command_line_lists_pauses_and_resumes(runtime: Runtime, resumed: None) -> None:
    run = CliRunner().invoke
    with serving(create_app(runtime)) as address:
        paused = run(command_line, ["queues", "pause", "embed.index", "--url", address])
        assert paused.output.startswith("embed.index  paused since ")
        listed = run(command_line, ["queues", "list", "--url", address]).output.splitlines()
        lines = {line.split()[0]: line for line in listed}
        assert "paused since" in lines["embed.index"]
        assert "going on" in lines["ingest"]
        resumed_ = run(command_line, ["queues", "resume", "embed.index", "--url", address])
        assert resumed_.output == "embed.index  going on\n"
