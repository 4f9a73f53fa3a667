"""Queries go before ingestion."""

from threading import Event, Thread

from services.embedder.gate import PriorityGate


def test_ingestion_waits_until_the_queries_are_done() -> None:
    gate = PriorityGate(patience_s=30)
    order: list[str] = []
    started = Event()

    def ingest() -> None:
        started.set()
        with gate.batch():
            order.append("batch")

    with gate.query():
        worker = Thread(target=ingest)
        worker.start()
        assert started.wait(5)
        with gate.query():
            order.append("query")
        worker.join(0.05)
        assert worker.is_alive()
        order.append("first query ends")
    worker.join(5)
    assert order == ["query", "first query ends", "batch"]


def test_a_query_enters_while_a_batch_is_under_way() -> None:
    gate = PriorityGate()
    with gate.batch(), gate.query():
        pass


def test_batches_come_one_at_a_time() -> None:
    gate = PriorityGate()
    inside = Event()

    def second() -> None:
        with gate.batch():
            inside.set()

    with gate.batch():
        worker = Thread(target=second)
        worker.start()
        assert not inside.wait(0.05)
    worker.join(5)
    assert inside.is_set()


def test_ingestion_goes_on_beside_queries_that_never_pause() -> None:
    gate = PriorityGate(patience_s=0.01)
    with gate.query(), gate.batch():
        pass


def test_an_error_inside_leaves_the_gate_open() -> None:
    gate = PriorityGate(patience_s=30)
    for enter in (gate.query, gate.batch):
        try:
            with enter():
                raise ValueError
        except ValueError:
            pass
    with gate.batch():
        pass
