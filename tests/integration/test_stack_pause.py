"""Work that an operator pauses, or a full disk holds up, waits and is finished afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.stack_traffic import Catalogue, Searches, document
from tests.servers.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.thorough]


@pytest.mark.parametrize(("queue", "state"), [("ingest", "queued"), ("embed.index", "prepared")])
def test_a_paused_queue_keeps_what_was_accepted_until_it_is_resumed(
    stack: Stack, queue: str, state: str
) -> None:
    catalogue = Catalogue(stack, f"pause_{state}")
    with Searches(catalogue) as searches, paused(stack, queue):
        job = catalogue.send([document(number) for number in range(12)])
        waits = f"/v1/jobs/{job}/items?state={state}"
        stack.wait_until(lambda: len(stack.get(waits)["items"]) == 12, what=f"all are {state}")
        searches.see(20)
        assert len(stack.get(waits)["items"]) == 12, "nothing of a paused queue is begun"
        assert a_queue(stack, queue)["items"] == 12
    assert set(searches.outcomes) == {"ok"}
    catalogue.check()


def test_documents_that_a_full_disk_refuses_are_stored_when_there_is_room(
    stack: Stack, small_disk: Path | None
) -> None:
    if small_disk is None:
        pytest.skip("needs a small file system: run as root on Linux, where tmpfs can be mounted")
    catalogue = Catalogue(stack, "full_disk")
    with Searches(catalogue) as searches:
        with contextlib.ExitStack() as disk:
            with paused(stack, "ingest"):
                job = catalogue.send([document(number) for number in range(12)])
                disk.enter_context(full(small_disk))
            stack.wait_until(
                lambda: refusals(stack, job) == {"insufficient_storage"},
                what="the items say what holds them up",
            )
            refused = stack.client.post(f"{catalogue.path}/documents", json=[document(12)])
            assert refused.status_code == 507, "what cannot be kept is not acknowledged"
        catalogue.finish()
    assert set(searches.outcomes) == {"ok"}, "searches need no room"
    catalogue.check()


@contextlib.contextmanager
def paused(stack: Stack, queue: str) -> Iterator[None]:
    answer = stack.client.post(f"/v1/queues/{queue}/pause")
    assert answer.status_code == 200, answer.text
    assert a_queue(stack, queue)["paused_at"] is not None
    try:
        yield
    finally:
        assert stack.client.post(f"/v1/queues/{queue}/resume").status_code == 200


def a_queue(stack: Stack, name: str) -> dict[str, Any]:
    return next(each for each in stack.get("/v1/queues")["items"] if each["name"] == name)


@contextlib.contextmanager
def full(disk: Path) -> Iterator[None]:
    """Leave no byte on a file system."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (1 << 16, 1 << 10, 1):
            with contextlib.suppress(OSError):
                while file.write(b"\0" * size):
                    pass
    try:
        yield
    finally:
        filler.unlink()


def refusals(stack: Stack, job: str | None) -> set[str]:
    """The codes of what items of a job were last put off for."""
    items = stack.get(f"/v1/jobs/{job}/items")["items"]
    return {item["error"]["code"] if item["error"] else "none" for item in items}
