"""Who goes first, who shares a pass, who is turned away: shown by held passes, not by clocks."""

from threading import Event, Semaphore

import numpy as np
import pytest

from models import base
from services.core.errors import Busy, EmbedderDown, MediaRefused
from services.core.types.vectors import Content, Purpose
from services.embedder.lane import Limit
from services.embedder.scheduler import PREPARERS
from tests.embedder.listed import LONG_S, WAIT_S, Listed, expected


def test_queries_that_come_during_a_pass_share_the_next_one(bench) -> None:
    each = bench()
    held = each.hold_a_pass()
    calls = [each.call(f"query {n}") for n in range(5)]
    each.until_waiting(queries=5)
    each.model.release()
    for n, call in enumerate(calls):
        np.testing.assert_allclose(call.result(WAIT_S), [expected(Content(text=f"query {n}"))])
    held.result(WAIT_S)
    assert [len(texts) for texts in each.model.passes] == [1, 5]
    assert each.model.most_at_once == 1


def test_a_query_overtakes_the_ingestion_that_waits(bench) -> None:
    each = bench(limit=Limit(contents=1, tokens=10_000))
    held = each.hold_a_pass(purpose=Purpose.INDEX)
    bulk = each.call(*"abcdefgh", purpose=Purpose.INDEX)
    # The others of the preparing threads took one content each, and wait for their turn.
    each.until_waiting(ingestion=8 - (PREPARERS - 1))
    query = each.call("query")
    assert each.model.entered.acquire(timeout=WAIT_S), "the query runs beside the held pass"
    assert each.model.passes == [["held"], ["query"]]
    each.model.release()
    for call in (query, held, bulk):
        call.result(WAIT_S)
    assert sorted(text for texts in each.model.passes[2:] for text in texts) == list("abcdefgh")


def test_batches_are_filled_by_their_padded_cost(bench) -> None:
    each = bench(limit=Limit(contents=8, tokens=12))
    each.call("x", "xxxxxx", "xx", "xxxxx", "xxx", "x" * 50, purpose=Purpose.INDEX).result(WAIT_S)
    sizes = sorted([len(text) for text in texts] for texts in each.model.passes)
    assert sizes == [[3, 2, 1], [6, 5], [50]]


def test_texts_and_pictures_never_share_a_pass(bench) -> None:
    each = bench()
    held = each.hold_a_pass()
    mixed = [Content(text="a"), Content(image=b"1"), Content(text="b"), Content(image=b"2")]
    call = each.call_with(mixed)
    each.until_waiting(queries=2)
    each.model.release()
    np.testing.assert_allclose(call.result(WAIT_S), [expected(each) for each in mixed], rtol=1e-6)
    held.result(WAIT_S)
    assert sorted(each.model.passes[1:]) == [["a", "b"], ["b'1'", "b'2'"]]


class SlowReader(Listed):
    """Takes as long over a picture as the test wants."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = Semaphore(0)
        self.read = Event()

    def preprocess(self, modalities, batch, purpose):
        if base.Modality.IMAGE in modalities:
            self.reading.release()
            assert self.read.wait(WAIT_S)
        return super().preprocess(modalities, batch, purpose)


def test_a_text_does_not_wait_for_a_picture_to_be_decoded(bench) -> None:
    model = SlowReader()
    each = bench(model)
    pictures = [each.call_with([Content(image=bytes([n]))]) for n in range(2)]
    assert model.reading.acquire(timeout=WAIT_S)
    for n in range(3):
        each.call(f"query {n}").result(WAIT_S)
    model.read.set()
    for picture in pictures:
        picture.result(WAIT_S)


def test_a_query_that_is_alone_waits_for_nobody(bench) -> None:
    each = bench(max_wait_s=LONG_S)
    for n in range(3):
        assert each.call(f"query {n}").result(WAIT_S).shape == (1, 4)


def test_a_free_pass_waits_until_as_many_callers_are_back_as_were_lately(bench) -> None:
    each = bench(max_wait_s=LONG_S)
    held = each.hold_a_pass()
    first = [each.call("a"), each.call("b"), each.call("c")]
    each.until_waiting(queries=3)
    each.model.release()
    for call in (held, *first):
        call.result(WAIT_S)
    one, two = each.call("d"), each.call("e")
    each.until_waiting(queries=2)
    assert not one.done()
    three = each.call("f")
    for call in (one, two, three):
        call.result(WAIT_S)
    assert sorted(map(sorted, each.model.passes)) == [["a", "b", "c"], ["d", "e", "f"], ["held"]]


def test_the_wait_for_others_ends(bench) -> None:
    each = bench(max_wait_s=0.001)
    held = each.hold_a_pass()
    calls = [each.call("a"), each.call("b")]
    each.until_waiting(queries=2)
    each.model.release()
    for call in (held, *calls):
        call.result(WAIT_S)
    each.call("alone").result(WAIT_S)
    assert each.model.passes[-1] == ["alone"]


def test_a_full_batch_is_prepared_while_another_is_in_the_forward_pass(bench) -> None:
    each = bench(limit=Limit(contents=2, tokens=10_000))
    held = each.hold_a_pass()
    calls = [each.call("a"), each.call("b"), each.call("c")]
    each.until(lambda: len(each.model.prepared) == 2)
    each.until_waiting(queries=1)
    assert each.model.passes == [["held"]]
    each.model.release()
    for call in (held, *calls):
        call.result(WAIT_S)


def test_ingestion_prepares_the_next_batch_during_the_forward_pass(bench) -> None:
    each = bench(limit=Limit(contents=2, tokens=10_000))
    each.model.hold()
    call = each.call(*"abcdef", purpose=Purpose.INDEX)
    each.until(lambda: len(each.model.prepared) >= 2)
    assert len(each.model.passes) == 1
    each.model.release()
    call.result(WAIT_S)


@pytest.mark.parametrize("purpose", Purpose)
def test_a_damaged_picture_fails_its_own_caller_only(bench, purpose) -> None:
    each = bench()
    held = each.hold_a_pass(purpose=purpose)
    if purpose is Purpose.INDEX:
        blocked = [each.call("blocked", purpose=purpose) for _ in range(PREPARERS - 1)]
    else:
        blocked = [each.call_with([Content(image=b"blocked")])]
    each.until(lambda: len(each.model.prepared) == 1 + len(blocked))
    pictures = [[Content(image=data)] for data in (b"one", b"damaged", b"two")]
    calls = [each.call_with(contents, purpose=purpose) for contents in pictures]
    side = "queries" if purpose is Purpose.QUERY else "ingestion"
    each.until_waiting(**{side: len(calls)})
    each.model.release()
    with pytest.raises(MediaRefused, match="damaged"):
        calls[1].result(WAIT_S)
    for at in (0, 2):
        np.testing.assert_allclose(calls[at].result(WAIT_S)[0], expected(pictures[at][0]))
    for call in (held, *blocked):
        call.result(WAIT_S)
    shared = ["b'damaged'", "b'one'", "b'two'"]
    assert shared in map(sorted, each.model.prepared), "they did share a batch"


def test_a_crash_fails_its_own_caller_only(bench) -> None:
    each = bench()
    held = each.hold_a_pass()
    calls = [each.call("fine"), each.call("crash")]
    each.until_waiting(queries=2)
    each.model.release()
    assert calls[0].result(WAIT_S).shape == (1, 4)
    with pytest.raises(EmbedderDown, match="device is lost"):
        calls[1].result(WAIT_S)
    held.result(WAIT_S)


def test_queries_beyond_the_room_are_turned_away_at_once(bench) -> None:
    each = bench(room=2)
    held = each.hold_a_pass()
    first = each.call("a", "b")
    each.until_waiting(queries=2)
    with pytest.raises(Busy, match="2 contents wait"):
        each.call("c").result(WAIT_S)
    bulk = each.call("bulk", purpose=Purpose.INDEX)
    each.model.release()
    for call in (held, first, bulk):
        call.result(WAIT_S)
    each.call("c").result(WAIT_S)


@pytest.mark.parametrize("purpose", Purpose)
def test_a_call_larger_than_the_queue_is_taken_when_nothing_waits(bench, purpose) -> None:
    each = bench(room=2)
    texts = [f"text {n}" for n in range(30)]
    vectors = each.call(*texts, purpose=purpose).result(WAIT_S)
    np.testing.assert_allclose(vectors, [expected(Content(text=text)) for text in texts])


def test_ingestion_waits_for_room_and_is_turned_away_only_when_its_patience_ends(bench) -> None:
    each = bench(room=4, limit=Limit(contents=1, tokens=10_000), patience_s=LONG_S)
    each.model.hold()
    first = each.call(*(f"first {n}" for n in range(4 + PREPARERS)), purpose=Purpose.INDEX)
    each.until_waiting(ingestion=4)
    second = each.call(*(f"second {n}" for n in range(4)), purpose=Purpose.INDEX)
    each.model.release()
    assert first.result(WAIT_S).shape == (4 + PREPARERS, 4)
    assert second.result(WAIT_S).shape == (4, 4)
    hurried = bench(room=1, limit=Limit(contents=1, tokens=10_000), patience_s=0.0)
    hurried.model.hold()
    bulk = hurried.call(*(f"{n}" for n in range(1 + PREPARERS)), purpose=Purpose.INDEX)
    hurried.until_waiting(ingestion=1)
    with pytest.raises(Busy):
        hurried.call("late", purpose=Purpose.INDEX).result(WAIT_S)
    hurried.model.release()
    bulk.result(WAIT_S)
