"""The dynamic batcher of one model: who waits, who shares a pass, which thread runs it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from math import inf
from threading import Condition, Lock, Thread
from time import monotonic
from typing import Final

from models import base
from services.core.errors import Busy, EmbedderDown
from services.embedder.calls import Batch, Call, Item, Modalities
from services.embedder.durations import Record
from services.embedder.lane import Lane, Limit, fit_one_batch
from services.embedder.model_slot import ModelSlot
from services.embedder.passes import Passes
from services.embedder.turns import Turns

PREPARERS: Final = max(2, min(4, (os.cpu_count() or 1) // 2))
"""Threads that take ingestion's batches: while one is in the forward pass, the others prepare."""
AHEAD: Final = 2
"""Query batches under way: one in the forward pass and, if it is full or of another kind, one being
prepared."""

LIMIT: Final = Limit(contents=32, tokens=16_384)


@dataclass(frozen=True, slots=True)
class Scheduling:
    """The bounds of a scheduler; see the settings of the same names."""

    limit: Limit = LIMIT
    max_wait_s: float = 0.002
    room: int = 4096
    patience_s: float = 60.0
    """How long ingestion waits for room in its queue before it is told to come back."""


class Scheduler:
    """Batches the calls of one model. Safe to use from several threads.

    A query that is alone runs at once on its caller's thread. While queries run, later ones wait
    and share the next pass, unless they carry something else: a text does not wait for a video to
    be decoded. When it is free, that pass waits up to `max_wait_s` until as many callers are here
    as were lately. Ingestion has a lane of its own and fills pass after pass.
    """

    def __init__(
        self, slot: ModelSlot, scheduling: Scheduling, *, turns: Turns, record: Record
    ) -> None:
        self._slot = slot
        self._scheduling = scheduling
        self._record = record
        self._lowered: dict[Modalities, Limit] = {}
        self._lock = Lock()
        self._query_came = Condition(self._lock)
        self._index_came = Condition(self._lock)
        self._room_came = Condition(self._lock)
        self._queries = Lane(base.Purpose.QUERY, room=scheduling.room)
        self._ingestion = Lane(base.Purpose.INDEX, room=scheduling.room)
        self._under_way: list[Modalities] = []
        """What the query passes carry that run or are being prepared."""
        self._crowd = 1
        """Callers that were here together when the last query pass began."""
        self._free_at = -inf
        self._threads: list[Thread] = []
        self._closed = False
        self._passes = Passes(slot.name, turns=turns, lock=self._lock, too_much=self._lower)

    def run(self, call: Call, model: base.Embedder) -> None:
        """Return when every content of the call has its raw vector.

        Raises Busy when there is no room, EmbedderDown when the deadline passes, the model fails
        or this is closed, InputError and MediaRefused for the call's own contents.
        """
        try:
            groups = _groups(call, model)
        except Exception as error:  # the edge to foreign runtimes: they raise what they like
            raise EmbedderDown(f"embedder {self._slot.name!r} failed: {error}") from error
        alone = self._enter(call, groups)
        if alone is None:
            self._wait(call)
        else:
            self._run_queries(alone)
            self._leave(call)  # changes nothing unless its time was up before the forward pass
        if call.error is not None:
            self._forget(call)
            raise call.error

    def waiting(self) -> tuple[int, int]:
        """How many contents of queries and of ingestion wait."""
        with self._lock:
            return len(self._queries), len(self._ingestion)

    def close(self) -> None:
        """Refuse new calls, fail those that wait, let the passes under way end."""
        with self._lock:
            self._closed = True
            for lane in (self._queries, self._ingestion):
                for call in lane.calls():
                    call.fail(self._closing())
                    lane.forget(call)
            for condition in (self._query_came, self._index_came, self._room_came):
                condition.notify_all()
        for thread in self._threads:
            thread.join()

    def _enter(self, call: Call, groups: dict[Modalities, list[Item]]) -> Batch | None:
        """Queue a call; or return its batch if it is a query that nobody could share now."""
        count = len(call.contents)
        with self._lock:
            if self._closed:
                raise self._closing()
            if call.purpose is base.Purpose.INDEX:
                self._wait_for_room(call, count)
                self._ingestion.put(groups, now=monotonic())
                self._start_threads()
                self._index_came.notify(PREPARERS)
                return None
            idle = not self._under_way and len(self._queries) == 0 and self._crowd <= 1
            if idle and len(groups) == 1:
                ((modalities, items),) = groups.items()
                if fit_one_batch(items, self._limit(modalities)):
                    self._under_way.append(modalities)
                    return Batch(modalities, call.purpose, items)
            if not self._queries.fits(count):
                raise self._busy(len(self._queries))
            first = len(self._queries) == 0
            now = monotonic()
            self._queries.put(groups, now=now)
            self._start_threads()
            pause = self._pause(now)
            if pause == 0 or (first and pause is not None):
                self._query_came.notify()
            return None

    def _wait_for_room(self, call: Call, count: int) -> None:
        patience = min(self._scheduling.patience_s, call.deadline - monotonic())
        came = self._room_came.wait_for(
            lambda: self._closed or self._ingestion.fits(count),
            timeout=max(0.0, patience),
        )
        if self._closed:
            raise self._closing()
        if not came:
            raise self._busy(len(self._ingestion))

    def _wait(self, call: Call) -> None:
        answered = False
        try:
            timeout = None if call.deadline == inf else max(0.0, call.deadline - monotonic())
            answered = call.done.wait(timeout)
        finally:
            if not answered:
                self._leave(call)

    def _leave(self, call: Call) -> None:
        with self._lock:
            if call.missing == 0 or call.error is not None:
                return
            call.left = True
            call.fail(EmbedderDown(f"embedder {self._slot.name!r} did not answer in time"))
        self._forget(call)

    def _forget(self, call: Call) -> None:
        """Make room: what of the call still waits is of no use."""
        with self._lock:
            for lane in (self._queries, self._ingestion):
                lane.forget(call)
            self._room_came.notify_all()

    def _start_threads(self) -> None:
        if self._threads:
            return
        jobs = [self._answer_queries] * AHEAD + [self._ingest] * PREPARERS
        for number, job in enumerate(jobs):
            thread = Thread(target=job, name=f"embed-{self._slot.name}-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _answer_queries(self) -> None:
        while (batch := self._next_queries()) is not None:
            self._run_queries(batch)

    def _next_queries(self) -> Batch | None:
        with self._lock:
            while not self._closed:
                now = monotonic()
                pause = self._pause(now)
                if pause != 0:
                    self._query_came.wait(pause)
                    continue
                full = self._queries.full(self._limit)
                skip = () if full else self._under_way
                batch = self._queries.take(self._limit, now=now, skip=skip)
                if batch is None:
                    continue
                self._under_way.append(batch.modalities)
                self._crowd = len(batch.calls()) + self._queries.callers()
                if self._pause(now) == 0:
                    self._query_came.notify()
                return batch
        return None

    def _pause(self, now: float) -> float | None:
        """Seconds until the waiting queries should be taken; None: not before something happens."""
        if len(self._queries) == 0:
            return None
        if len(self._under_way) >= AHEAD:
            return None
        if self._queries.full(self._limit):
            return 0
        if self._under_way:
            return 0 if self._queries.has_others(self._under_way) else None
        if self._queries.callers() >= self._crowd:
            return 0
        due = max(self._queries.oldest(), self._free_at) + self._scheduling.max_wait_s
        return max(0.0, due - now)

    def _run_queries(self, batch: Batch) -> None:
        try:
            self._run(batch)
        finally:
            with self._lock:
                self._under_way.remove(batch.modalities)
                self._free_at = monotonic()
                if len(self._queries):
                    self._query_came.notify()

    def _ingest(self) -> None:
        while (batch := self._next_ingestion()) is not None:
            self._run(batch)

    def _next_ingestion(self) -> Batch | None:
        with self._lock:
            while not self._closed:
                batch = self._ingestion.take(self._limit, now=monotonic())
                self._room_came.notify_all()
                if batch is not None:
                    return batch
                self._index_came.wait()
        return None

    def _run(self, batch: Batch) -> None:
        self._record.batch(len(batch.items), purpose=batch.purpose.value)
        try:
            with self._slot.held() as loaded:
                self._passes.run(loaded.model, batch)
        except EmbedderDown as error:
            self._passes.fail(batch, error)

    def _limit(self, modalities: Modalities) -> Limit:
        return self._lowered.get(modalities, self._scheduling.limit)

    def _lower(self, batch: Batch) -> None:
        with self._lock:
            self._lowered[batch.modalities] = self._limit(batch.modalities).half(batch)

    def _busy(self, waiting: int) -> Busy:
        return Busy(
            f"{waiting} contents wait for embedder {self._slot.name!r} already; "
            f"at most {self._scheduling.room} may; try again in a moment"
        )

    def _closing(self) -> EmbedderDown:
        return EmbedderDown(f"embedder {self._slot.name!r} is shutting down")


def _groups(call: Call, model: base.Embedder) -> dict[Modalities, list[Item]]:
    """The contents by what they carry, heaviest first: like lengths need the least padding."""
    groups: dict[Modalities, list[Item]] = {}
    for row, content in enumerate(call.contents):
        item = Item(call, row, model.weigh(content))
        groups.setdefault(content.modalities(), []).append(item)
    for items in groups.values():
        items.sort(key=lambda item: -item.weight)
    return groups
