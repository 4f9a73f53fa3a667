"""Whatever the order of tasks, deletions and sweeps, the last acknowledged write stands."""

import secrets
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.core.errors import NotFound
from services.core.index.milvus import MilvusIndex
from services.ingest import change, pipeline
from tests.ingest.world import World, document

DOCUMENTS = st.sampled_from(["a", "b", "c"])
STEPS = st.one_of(
    st.tuples(st.just("send"), st.lists(DOCUMENTS, min_size=1, max_size=4)),
    st.tuples(st.just("delete"), DOCUMENTS),
    st.tuples(st.just("run"), st.integers(0, 5)),
    st.tuples(st.just("repeat"), st.integers(0, 5)),
    st.tuples(st.just("forget"), st.just(0)),
    st.tuples(st.just("sweep"), st.just(0)),
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, vectors: MilvusIndex) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("any"), vectors, name="unset", batch=2)
    yield world
    world.ports.database.close()


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEPS, min_size=1, max_size=10))
def test_the_last_acknowledged_write_stands(shared: World, steps: list) -> None:
    shared.index = f"any_{secrets.token_hex(6)}"
    shared.make_index()
    expected: dict[str, str] = {}
    done: list[tuple[str, dict[str, str]]] = []
    for number, (step, argument) in enumerate(steps):
        if step == "send":
            sent = [(name, f"{name} {number}.{place}") for place, name in enumerate(argument)]
            shared.accept(*[document(name, title) for name, title in sent])
            expected |= dict(sent)
        elif step == "delete":
            _delete(shared, argument, expected)
        elif step == "sweep":
            shared.sweep()
        elif step == "forget":
            shared.crash()
        else:
            _run(shared, argument, done, again=step == "repeat")
    shared.sweep()
    shared.queue.drain()
    assert shared.titles() == expected


def _delete(world: World, document_id: str, expected: dict[str, str]) -> None:
    if document_id in expected:
        change.delete(world.ports, world.index, document_id)
        del expected[document_id]
        return
    with pytest.raises(NotFound):
        change.delete(world.ports, world.index, document_id)


def _run(world: World, place: int, done: list, *, again: bool) -> None:
    """Run a waiting task out of turn, or one that has run before."""
    tasks = done if again else world.queue.waiting
    if place < len(tasks):
        task, ids = tasks[place] if again else tasks.pop(place)
        pipeline.handlers(world.ports)[task](**ids)
        done.append((task, ids))
