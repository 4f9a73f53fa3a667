"""The two trials that need other containers: documents that kill, a full media store."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from deploy.chaos.compose import ChaosError
from deploy.chaos.poison import sitecustomize as poison
from deploy.chaos.report import Row
from deploy.chaos.shop import Shop, documents, first_product, picture
from deploy.chaos.trials import GIVE_UP_S, Stage

WORKERS: Final = ("ingest-worker", "embedder")
MEDIA_USERS: Final = ("gateway", *WORKERS)
DEADLY: Final = 2
"""The documents of a batch of which one kills the decoder, the other the model."""
FILLER: Final = "/small/filler"


def poisoned(stage: Stage, row: Row, *, number: int) -> None:
    """Two documents kill their workers; both must end as failed, and nothing else."""
    batch = documents(row.name, number)
    batch[0]["images"] = [picture(first_product(), note=poison.PICTURE.decode())]
    batch[1]["title"] = f"An {poison.TEXT} thing"
    shop = stage.shop
    with _exchanged(stage, row, WORKERS, "compose.poison.yml"):
        begin = len(stage.searches.outcomes)
        _state(stage, row, "broken")
        before = len(shop.jobs)
        while shop.send(batch, fault=row.name, key=f"{shop.index}-{row.name}") != 202:
            time.sleep(0.5)
        row.sent = number
        (job,) = shop.jobs[before:]
        _until(stage, row, lambda: shop.job(job)["finished_at"] is not None, begin, "the job ends")
        failed = {
            str(item["document_id"]): item["error"]["code"]
            for item in shop.items(job)
            if item["state"] == "failed"
        }
        deadly = [str(each["id"]) for each in batch[:DEADLY]]
        if failed != dict.fromkeys(deadly, "worker_crashed"):
            row.problems.append(f"failed are {failed}, not {deadly} as worker_crashed")
        _until(stage, row, lambda: stage.searches.well(since=begin), begin, "searches are well")
    for each in deadly:
        del shop.acknowledged[each]
    shop.jobs_that_may_fail += 1
    _state(stage, row, "over")


def disk_full(stage: Stage, row: Row, *, number: int) -> None:
    """Nothing that cannot be kept is acknowledged; what was acknowledged waits until there is room.

    In an index of its own: the media of the others lie where they lay.
    """
    with ExitStack() as closing:
        closing.enter_context(_exchanged(stage, row, MEDIA_USERS, "compose.full-disk.yml"))
        shop = Shop(stage.shop.client, f"{stage.shop.index}_disk")
        shop.open()
        closing.callback(shop.close)
        begin = len(stage.searches.outcomes)
        _state(stage, row, "broken")
        with _queue_paused(shop):
            if shop.send(documents(row.name, number), fault=row.name, key=shop.index) != 202:
                raise ChaosError("the documents were refused before the disk was full")
            stage.compose.inside("gateway", f"head -c 64000000 /dev/zero > {FILLER}")
        closing.callback(stage.compose.inside, "gateway", f"rm -f {FILLER}")
        row.sent = number
        (job,) = shop.jobs
        _until(stage, row, lambda: _refusals(shop, job) == {"insufficient_storage"}, begin, "told")
        status = shop.send(documents("never", 1), fault="never", key=f"{shop.index}-2")
        if status != 507:
            row.problems.append(f"a document that cannot be kept was answered {status}, not 507")
        _state(stage, row, "recovers")
        stage.compose.inside("gateway", f"rm -f {FILLER}")
        _until(stage, row, lambda: shop.job(job)["finished_at"] is not None, begin, "the job ends")
        shown = shop.found()
        row.lost = len(shop.acknowledged.keys() - shown.keys())
        row.doubled = sum(times > 1 for times in shown.values())
    _state(stage, row, "over")


@contextmanager
def _exchanged(stage: Stage, row: Row, services: tuple[str, ...], override: str) -> Iterator[None]:
    """Run other containers meanwhile; what was sent to the plain ones is finished first."""
    _state(stage, row, "prepares")
    stage.shop.finish()
    stage.compose.exchange(services, override)
    try:
        yield
    finally:
        _state(stage, row, "clears up")
        stage.compose.exchange(services, None)


@contextmanager
def _queue_paused(shop: Shop) -> Iterator[None]:
    shop.client.post("/v1/queues/ingest/pause").raise_for_status()
    try:
        yield
    finally:
        shop.client.post("/v1/queues/ingest/resume").raise_for_status()


def _refusals(shop: Shop, job: str) -> set[str]:
    """The codes of what items were last put off for."""
    items: list[dict[str, Any]] = shop.items(job)
    return {item["error"]["code"] if item["error"] else "none" for item in items}


def _until(stage: Stage, row: Row, fact: Callable[[], bool], begin: int, what: str) -> None:
    deadline = time.monotonic() + GIVE_UP_S
    while not fact():
        time.sleep(0.3)
        row.searches = Counter(outcome for outcome, _ in stage.searches.outcomes[begin:])
        stage.report.draw()
        if time.monotonic() > deadline:
            raise ChaosError(f"{row.name}: {what}: not within {GIVE_UP_S:g} s")


def _state(stage: Stage, row: Row, state: str) -> None:
    row.state = state
    stage.report.say(row)
