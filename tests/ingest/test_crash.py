"""Killed at any step, the flow loses no acknowledged document and shows none twice."""

import json
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from services.core.errors import Conflict, NotFound
from services.core.index.milvus import MilvusIndex
from services.core.ports import Ports
from services.core.types.jobs import JobState
from services.core.types.vectors import Modality
from services.ingest import accept, attached, change, indexes, pipeline, rebuild, rollback
from tests.contract.hashing_embedder import HashingEmbedder
from tests.core.media.pdfs import pdf
from tests.ingest.crashing import Killed, Steps, crashing
from tests.ingest.world import ATTRIBUTES, World, document, picture
from tests.models.recordings import film, sound

Scenario = Callable[[World, Ports], None]
TONE = sound(1.0)
FILM = film(1.0)
MANUAL = pdf("Valve")


def killed_everywhere(world: World, scenario: Scenario, check: Scenario, *, stride: int) -> int:
    """Run a scenario once per step, killed there, taken up again and then checked."""
    name = world.index
    for last in count(start=0, step=stride):
        world.index = f"{name}_{last}"
        world.make_index()
        world.ingest(
            document("old", "Before", images=["file:p", "file:q"]),
            p=picture("red"),
            q=picture("blue"),
        )
        steps = Steps(last)
        ports = crashing(world.ports, steps)
        world.start(ports)
        with suppress(Killed):
            scenario(world, ports)
            world.queue.drain()
        survived = not steps.dead
        world.crash()
        world.queue.drain()
        world.sweep()
        world.queue.drain()
        check(world, world.ports)
        indexes.delete(world.ports, world.index)
        if survived:
            return last
    raise AssertionError("unreachable")


def send(world: World, ports: Ports) -> None:
    documents = [
        document("old", "After", images=["file:new"], attributes={"price": 1}),
        document("words", "Only words"),
        {"id": "photo", "images": ["file:new"]},
        document("bad", images=["file:broken"]),
        document("old", "Last", images=["file:new"]),
    ]
    files = {"new": picture("green"), "broken": b"no picture"}
    world.acknowledged = accept.accept(ports, world.index, documents, files=files).id


def everything_sent_is_there(world: World, ports: Ports) -> None:
    job_id = getattr(world, "acknowledged", None)
    titles = world.titles()
    if job_id is None:
        assert titles in ({"old": "Before"}, {"old": "Last", "words": "Only words", "photo": ""})
        return
    assert titles == {"old": "Last", "words": "Only words", "photo": ""}
    assert world.job(job_id).state is JobState.PARTIALLY_SUCCEEDED
    assert world.reasons(job_id).keys() == {"bad"}
    del world.acknowledged


def import_rows(world: World, ports: Ports) -> None:
    rows = [document(f"d{n:02}", images=["path:p.png"]) for n in range(10)]
    (world.imports / "p.png").write_bytes(picture())
    (world.imports / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    source = {"type": "jsonl", "path": "rows.jsonl"}
    world.acknowledged = accept.accept_import(ports, world.index, source).id


def every_row_is_there_once(world: World, ports: Ports) -> None:
    job_id = getattr(world, "acknowledged", None)
    if job_id is None:
        return
    assert len(world.titles()) == 11
    assert world.job(job_id).total == 10
    del world.acknowledged


def change_things(world: World, ports: Ports) -> None:
    change.patch(ports, world.index, "old", {"attributes": {"price": 5}})
    change.delete(ports, world.index, "old")


def patched_or_deleted_as_a_whole(world: World, ports: Ports) -> None:
    try:
        stored = world.stored("old")
    except NotFound:
        assert world.titles() == {}
    else:
        assert world.titles() == {"old": "Before"}
        assert stored.in_sync


def rebuild_smaller(world: World, ports: Ports) -> None:
    with suppress(Conflict):
        rebuild.start(ports, world.index, dimensions=32)


def back_and_forth(world: World, ports: Ports) -> None:
    world.later(hours=1)
    with ports.database.read() as work:
        former = work.indexes.get(world.index).former
    with suppress(Conflict):
        if former is None:
            rebuild.start(ports, world.index, dimensions=32)
        else:
            rollback.start(ports, world.index)


def serves_one_generation(world: World, ports: Ports) -> None:
    assert world.titles() == {"old": "Before"}
    with ports.database.read() as work:
        index = work.indexes.get(world.index)
    assert index.building is None
    former = () if index.former is None else (index.former.generation,)
    assert ports.vectors.generations(world.index) == (*former, index.generation)


def send_recordings(world: World, ports: Ports) -> None:
    documents = [
        document("old", "After", audio=["file:tone"], files=["file:manual"]),
        document("clip", "Clip", video=["file:film"], audio=["file:tone"]),
        document("bad", video=["file:tone"]),
        document("old", "Last", files=["file:manual"]),
    ]
    files = {"tone": TONE, "film": FILM, "manual": MANUAL}
    world.acknowledged = accept.accept(ports, world.index, documents, files=files).id


def every_recording_sent_is_there(world: World, ports: Ports) -> None:
    job_id = getattr(world, "acknowledged", None)
    titles = world.titles()
    if job_id is None:
        assert titles in ({"old": "Before"}, {"old": "Last", "clip": "Clip"})
        return
    assert titles == {"old": "Last", "clip": "Clip"}
    assert world.reasons(job_id) == {"bad": "unsupported_type"}
    assert set(world.stored("old").views) == {
        "old:text:0", "old:image:f0:p1", "old:text:f0:p1",
    }  # fmt: skip
    for media_id in attached.media_ids(world.stored("clip").document):
        assert world.ports.media.exists(f"media/full/{media_id}")
        assert world.ports.media.exists(f"media/thumbnail/{media_id}")
    del world.acknowledged


SCENARIOS = {
    "documents": (send, everything_sent_is_there),
    "import": (import_rows, every_row_is_there_once),
    "changes": (change_things, patched_or_deleted_as_a_whole),
    "rebuild": (rebuild_smaller, serves_one_generation),
    "rollback": (back_and_forth, serves_one_generation),
}
RECORDINGS = (send_recordings, every_recording_sent_is_there)


@pytest.mark.parametrize("name", SCENARIOS)
def test_killed_at_some_steps_everything_is_taken_up_again(world: World, name: str) -> None:
    steps = killed_everywhere(world, *SCENARIOS[name], stride=9)
    assert steps > 0


@pytest.mark.thorough
@pytest.mark.parametrize("name", SCENARIOS)
def test_killed_at_every_step_everything_is_taken_up_again(world: World, name: str) -> None:
    steps = killed_everywhere(world, *SCENARIOS[name], stride=1)
    assert steps > 5


@pytest.mark.parametrize("stride", [13, pytest.param(1, marks=pytest.mark.thorough)])
def test_killed_while_recordings_are_taken_in_everything_is_taken_up_again(
    world: World, stride: int
) -> None:
    world.embed_with(HashingEmbedder(modalities=frozenset(Modality) - {Modality.COMBINED}))
    assert killed_everywhere(world, *RECORDINGS, stride=stride) > 20


def test_making_an_index_can_be_cut_short_anywhere(tmp_path: Path, vectors: MilvusIndex) -> None:
    world = World(tmp_path, vectors, name="cut_short")
    for last in count():
        steps = Steps(last)
        with suppress(Killed):
            indexes.create(crashing(world.ports, steps), world.index, attributes=ATTRIBUTES)
        world.make_index()
        assert world.titles() == {}
        steps_of_deletion = Steps(last)
        with suppress(Killed):
            indexes.delete(crashing(world.ports, steps_of_deletion), world.index)
        with suppress(NotFound):
            indexes.delete(world.ports, world.index)
        assert world.ports.vectors.generations(world.index) == ()
        if not steps.dead and not steps_of_deletion.dead:
            break
    world.ports.database.close()


def test_tasks_run_again_after_the_end_change_nothing(world: World) -> None:
    job = world.ingest(document("a", images=["file:p"]), document("b"), p=picture())
    before = (world.titles(), world.stored("a"), world.job(job.id), world.keys(""))
    for _ in range(2):
        pipeline.prepare_items(world.ports, job.id)
        pipeline.index_items(world.ports, job.id)
        world.sweep()
    world.queue.drain()
    assert (world.titles(), world.stored("a"), world.job(job.id), world.keys("")) == before
