"""With the shipped model and the real queue, the nearest document is the one described."""

import secrets
import threading
from pathlib import Path

import pytest

from models import registry
from services.core.index.milvus import MilvusIndex
from services.core.queue.local import LocalQueue
from services.core.types.jobs import JobState
from services.core.types.vectors import Content, Modality, Purpose
from services.embedder.runtime import EmbedderRuntime
from services.ingest import pipeline
from tests.ingest.world import World, document, picture

COLOURS = ("red", "green", "blue", "yellow", "black", "orange")


@pytest.fixture
def pocket_world(tmp_path: Path, vectors: MilvusIndex):
    world = World(tmp_path, vectors, name=f"pocket_{secrets.token_hex(4)}")
    world.embed_with(EmbedderRuntime(["hashing"], lambda name: registry.load("pocket")))
    world.make_index()
    yield world
    world.ports.database.close()


def test_documents_are_found_by_words_and_by_their_picture(pocket_world: World) -> None:
    world = pocket_world
    things = ("mug", "sofa", "phone case", "dress", "watch", "lamp")
    files = {colour: picture(colour) for colour in COLOURS}
    world.ingest(
        *[
            document(colour, f"A {colour} {thing}", images=[f"file:{colour}"])
            for colour, thing in zip(COLOURS, things, strict=True)
        ],
        **files,
    )
    assert len(world.titles()) == len(COLOURS)
    assert _nearest(world, Content(text="sofa in green"), Modality.TEXT) == "green"
    assert _nearest(world, Content(image=files["blue"]), Modality.IMAGE) == "blue"


def test_worker_threads_bring_many_jobs_to_their_end(world: World, monkeypatch) -> None:
    lanes = dict.fromkeys(pipeline.handlers(world.ports), "one")
    lanes |= {"ingest.prepare": "prepare", "ingest.embed": "embed"}
    queue = LocalQueue(lanes, threads={"one": 1, "prepare": 2, "embed": 2})
    queue.start(pipeline.handlers(world.ports))
    monkeypatch.setattr(world.queue, "send", queue.send)
    senders = [
        threading.Thread(
            target=lambda n=n: world.accept(
                *[document(f"d{n}-{place}", images=["file:p"]) for place in range(5)],
                document("shared", f"by {n}"),
                p=picture(COLOURS[n]),
            )
        )
        for n in range(4)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    try:
        _until_finished(world)
    finally:
        queue.stop()
    assert len(world.titles()) == 21
    with world.ports.database.read() as work:
        jobs = work.jobs.page(index=world.index, states=(), before=None, limit=10)
    assert {job.state for job in jobs} == {JobState.SUCCEEDED}


def _until_finished(world: World) -> None:
    waiting = threading.Event()
    for _ in range(600):
        with world.ports.database.read() as work:
            if not work.jobs.unfinished():
                return
        waiting.wait(0.05)
    raise AssertionError("the jobs did not finish")


def _nearest(world: World, content: Content, modality: Modality) -> str:
    with world.ports.database.read() as work:
        serving = work.indexes.get(world.index).serving()
    vector = world.ports.embedder.embed("hashing", [content], Purpose.QUERY)[0]
    hits = world.ports.vectors.search(serving, vector, modalities=[modality], limit=1)
    return hits[0].document_id
