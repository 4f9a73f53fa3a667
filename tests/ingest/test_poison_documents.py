"""A document that kills whatever works on it ends as failed, and the others do not suffer."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest

from services.core.index.milvus import MilvusIndex
from services.core.types.jobs import JobState
from services.ingest import pipeline
from tests.ingest.crashing import Killed
from tests.ingest.deadly import ADDRESS, INDEX, POISON, DeadlyEmbedder
from tests.ingest.world import World, document

MAX_CRASHES = 3
ROOT = Path(__file__).resolve().parents[2]


def die() -> NoReturn:
    raise Killed


@pytest.mark.parametrize("most", [1, 2, 3])
def test_after_so_many_restarts_it_has_failed(world: World, most: int) -> None:
    limits = world.ports.settings.workers.model_copy(update={"max_crashes": most})
    settings = world.ports.settings.model_copy(update={"workers": limits})
    world.ports = replace(world.ports, settings=settings)
    world.embed_with(DeadlyEmbedder(die=die))
    titles = [f"thing {number}" for number in range(6)]
    job = world.accept(
        *(document(f"d{number}", title) for number, title in enumerate(titles)),
        document("bad", POISON),
        document("last", "thing 9"),
    )
    deaths = 0
    while not world.job(job.id).state.finished:
        try:
            pipeline.resume(world.ports)
            world.queue.drain()
        except Killed:
            deaths += 1
            world.queue.stop()
            assert deaths <= most, "it kills for ever"
    assert deaths == most
    failed = set(world.reasons(job.id).items())
    assert ("bad", "worker_crashed") in failed
    if most > 1:  # with a single try what was in the same batch cannot be told from it
        assert failed == {("bad", "worker_crashed")}
        assert len(world.titles()) == 7


@pytest.mark.slow
@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(document("bad", POISON), id="while it is embedded"),
        pytest.param(
            document("bad", "x", images=[ADDRESS]),
            id="while it is prepared",
            marks=pytest.mark.thorough,
        ),
    ],
)
def test_a_real_process_killed_by_a_document_comes_through(
    tmp_path: Path, bad: dict[str, Any]
) -> None:
    vectors = MilvusIndex(str(tmp_path / "vectors.db"))
    world = World(tmp_path, vectors, name=INDEX, batch=8)
    world.make_index()
    job = world.accept(document("a", "one"), bad, document("b", "two"))
    world.ports.database.close()
    vectors.close()
    ends = []
    while len(ends) <= MAX_CRASHES:
        ended = subprocess.run(
            [sys.executable, "-m", "tests.ingest.deadly", str(tmp_path), job.id],
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
        ends.append(ended.returncode)
        if ended.returncode != -signal.SIGKILL:
            break
    assert ends == [-signal.SIGKILL] * MAX_CRASHES + [0], ended.stderr[-3000:]
    vectors = MilvusIndex(str(tmp_path / "vectors.db"))
    world = World(tmp_path, vectors, name=INDEX)
    assert world.reasons(job.id) == {"bad": "worker_crashed"}
    assert world.job(job.id).state is JobState.PARTIALLY_SUCCEEDED
    assert world.titles() == {"a": "one", "b": "two"}
    world.ports.database.close()
    vectors.close()
