"""Readiness: every dependency at once, each named, none waited for long."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from services.core.errors import Unavailable
from services.core.types.work import WorkerInfo
from services.gateway import readiness
from services.gateway.main import create_app
from services.wiring import Runtime
from tests.gateway.conftest import ADDRESS


class Dependency:
    """Something outside that answers, refuses or hangs."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers = threading.Event()
        self.answers.set()
        self.error: Exception | None = None

    def check(self) -> None:
        self.asked += 1
        assert self.answers.wait(30)
        if self.error is not None:
            raise self.error


@pytest.fixture
def dependency() -> Iterator[Dependency]:
    dependency = Dependency()
    yield dependency
    dependency.answers.set()


@pytest.fixture
def asking(runtime: Runtime, dependency: Dependency) -> TestClient:
    """A client of an installation that has one dependency more."""
    more = replace(runtime, checks={"broker": dependency.check})
    return TestClient(create_app(more), base_url=ADDRESS)


def test_what_answers_is_named_with_what_the_runtime_adds(asking: TestClient) -> None:
    answer = asking.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["checks"] == dict.fromkeys(
        ["database", "vectors", "media", "embedder", "broker"], "ok"
    )
    assert answer.json()["workers"] == {}


def test_what_refuses_is_named_with_its_reason(asking: TestClient, dependency: Dependency) -> None:
    dependency.error = Unavailable("the broker does not answer")
    answer = asking.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["detail"] == "not ready: broker"
    assert answer.json()["errors"] == [{"field": "broker", "problem": "the broker does not answer"}]
    assert "retry-after" in answer.headers


def test_a_check_with_a_fault_of_its_own_is_no_500(
    asking: TestClient, dependency: Dependency
) -> None:
    dependency.error = ZeroDivisionError("private")
    answer = asking.get("/health/ready")
    assert answer.status_code == 503
    assert "private" not in answer.text


def test_what_hangs_is_named_in_time_and_is_not_asked_again(
    asking: TestClient, dependency: Dependency, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "LIMIT_S", 0.2)
    dependency.answers.clear()
    for _ in range(5):
        problems = asking.get("/health/ready").json()["errors"]
        broker = next(each["problem"] for each in problems if each["field"] == "broker")
        assert broker.startswith("has not answered for")
    assert dependency.asked == 1
    monkeypatch.undo()
    dependency.answers.set()
    assert asking.get("/health/ready").status_code == 200
    assert asking.get("/health/live").status_code == 200


class Workers:
    """Two ingest workers and an embedder; or a broker that does not say."""

    def __init__(self) -> None:
        self.silent = False

    def workers(self) -> tuple[WorkerInfo, ...]:
        if self.silent:
            raise Unavailable("the broker does not answer")
        now = datetime.now(UTC)
        roles = (("ingest", 1), ("ingest", 2), ("embedder", 3))
        return tuple(WorkerInfo(role, "host", pid, now, "1") for role, pid in roles)


def test_workers_are_counted_and_not_required(runtime: Runtime) -> None:
    workers = Workers()
    client = TestClient(create_app(replace(runtime, workforce=workers)), base_url=ADDRESS)
    assert client.get("/health/ready").json()["workers"] == {"ingest": 2, "embedder": 1}
    workers.silent = True
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["workers"] == {}
