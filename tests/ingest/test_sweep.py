"""The sweep removes what nobody needs, and nothing that somebody still does."""

from services.core.types.jobs import JobState
from services.ingest import change, pipeline, references
from tests.ingest.world import World, document, picture

STAGED = references.STAGED


def test_pictures_that_no_document_holds_go_after_a_day(world: World) -> None:
    world.ingest(
        document("a", images=["file:p"]),
        document("b", images=["file:q"]),
        p=picture("red"),
        q=picture("blue"),
    )
    change.delete(world.ports, world.index, "a")
    world.sweep()
    assert len(world.keys("media/")) == 4
    world.later(days=2)
    world.sweep()
    (kept,) = world.stored("b").document.images
    assert world.keys("media/") == [f"media/full/{kept}", f"media/thumbnail/{kept}"]


def test_a_picture_asked_for_again_is_kept(world: World) -> None:
    world.ingest(document("a", images=["file:p"]), p=picture())
    change.delete(world.ports, world.index, "a")
    world.later(days=2)
    world.accept(document("b", images=["file:p"]), p=picture())
    task, ids = world.queue.waiting.pop(0)
    pipeline.handlers(world.ports)[task](**ids)  # prepared, not yet linked to a document
    world.sweep()
    world.queue.drain()
    (media_id,) = world.stored("b").document.images
    assert world.ports.media.exists(f"media/full/{media_id}")


def test_staged_bytes_wait_as_long_as_their_job(world: World) -> None:
    # Staged keys carry the real time of their making, so the world's time must lead it.
    world.now = _real_now()
    job = world.accept(document("a", images=["file:p"]), p=picture())
    world.later(days=40)
    world.queue.waiting.clear()
    world.sweep()
    assert len(world.keys(STAGED)) == 1
    world.queue.drain()
    assert world.job(job.id).state is JobState.SUCCEEDED


def test_staged_bytes_nobody_waits_for_go_after_a_day(world: World) -> None:
    world.now = _real_now()
    world.ingest(document("a", images=["file:p"]), p=b"no picture")
    world.sweep()
    assert len(world.keys(STAGED)) == 1  # for a retry
    world.later(days=1, minutes=1)
    world.sweep()
    assert world.keys(STAGED) == []


def test_a_foreign_key_among_the_staged_ones_is_left(world: World) -> None:
    world.ports.media.put(f"{STAGED}readme", b"x")
    world.sweep()
    assert world.keys(STAGED) == [f"{STAGED}readme"]


def test_forgotten_tasks_are_sent_again(world: World) -> None:
    job = world.accept(document("a"))
    world.queue.waiting.clear()
    world.sweep()
    world.queue.drain()
    assert world.job(job.id).state is JobState.SUCCEEDED


def test_claims_of_a_process_that_is_gone_are_dropped_at_the_start(world: World) -> None:
    from services.core.types.jobs import ItemState
    from services.ingest import claims

    job = world.accept(document("a"))
    taken = next(claims.batches(world.ports, job.id, ItemState.QUEUED))
    assert len(taken) == 1
    world.sweep()
    world.queue.drain()
    assert world.job(job.id).counts[ItemState.QUEUED] == 1  # held by the one that took it
    world.crash()
    world.queue.drain()
    assert world.job(job.id).state is JobState.SUCCEEDED


def _real_now():
    from datetime import UTC, datetime

    return datetime.now(UTC)
