"""Callers who ask for the same kind of thing share one question while another is under way."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Condition, Event, Thread, current_thread
from time import monotonic
from typing import Final, TypeAlias

from services.core.embedding import refusals
from services.core.errors import EmbedderDown, MargayError
from services.core.types.vectors import Content, Matrix

logger: Final = logging.getLogger(__name__)
_LEAVING_S: Final = 2.0


@dataclass(slots=True, eq=False)
class Ticket:
    """What one caller waits for, until its deadline: vectors, or why there are none."""

    contents: Sequence[Content]
    width: int
    """Numbers that each of its vectors must have."""
    fingerprint: str
    """Of the model that the caller believes in."""
    deadline: float
    answer: Matrix | None = None
    error: MargayError | None = None
    left: bool = False
    done: Event = field(default_factory=Event)

    def fill(self, answer: Matrix | MargayError) -> None:
        """Give the caller what it gets; the first answer counts."""
        if self.done.is_set():
            return
        if isinstance(answer, MargayError):
            self.error = answer
        else:
            self.answer = answer
        self.done.set()


Ask: TypeAlias = Callable[[Hashable, Sequence[Ticket], Callable[[], bool]], None]
"""Fill each of the tickets; the third argument tells whether all their callers have left."""


class Gathering:
    """A few threads that ask for everybody; safe from several threads.

    At most `per_key` questions of one key are under way: whoever comes meanwhile waits, and goes
    with all the others that wait then, `batch` contents in a question. Keys do not wait for each
    other as long as there are threads.
    """

    def __init__(
        self,
        ask: Ask,
        *,
        batch: int,
        per_key: int = 2,
        threads: int = 8,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._ask = ask
        self._batch = batch
        self._per_key = per_key
        self._most = threads
        self._clock = clock
        self._changed = Condition()
        self._lines: dict[Hashable, deque[Ticket]] = {}
        self._under_way: dict[Hashable, int] = {}
        self._threads: list[Thread] = []
        self._idle = 0
        self._closed = False

    def get(self, key: Hashable, ticket: Ticket) -> Matrix:
        """`put` and `wait`; where nobody of its key waits, on the caller's own thread."""
        if self._begins(key):
            self._serve(key, [ticket])
        else:
            self.put(key, ticket)
        return self.wait(ticket)

    def put(self, key: Hashable, ticket: Ticket) -> None:
        """Let it be asked with others of its key. Raises EmbedderDown once closed."""
        with self._changed:
            if self._closed:
                raise EmbedderDown("this process is about to end")
            self._lines.setdefault(key, deque()).append(ticket)
            self._staff()

    def wait(self, ticket: Ticket) -> Matrix:
        """The vectors of a ticket. Raises what the embedder raised, EmbedderDown out of time."""
        try:
            if not ticket.done.wait(max(0.0, ticket.deadline - self._clock())):
                raise EmbedderDown("the embedder did not answer in time")
        finally:
            ticket.left = True
        if ticket.error is not None:
            raise ticket.error
        assert ticket.answer is not None, "a ticket without error has its vectors"
        return ticket.answer

    @property
    def under_way(self) -> int:
        """Questions that are not answered yet."""
        return sum(self._under_way.values())

    def close(self) -> None:
        """Fail those who wait and let the threads end; a question under way is given up."""
        with self._changed:
            self._closed = True
            waiting = [ticket for line in self._lines.values() for ticket in line]
            self._lines.clear()
            self._changed.notify_all()
        for ticket in waiting:
            ticket.fill(EmbedderDown("this process is about to end"))
        for thread in self._threads:
            if thread is not current_thread():
                thread.join(_LEAVING_S)

    def _work(self) -> None:
        while (taken := self._next()) is not None:
            self._serve(*taken)

    def _serve(self, key: Hashable, tickets: Sequence[Ticket]) -> None:
        try:
            self._ask(key, tickets, partial(self._unwanted, tickets))
        except MargayError as error:
            for ticket in tickets:
                ticket.fill(refusals.again(error))
        except Exception:
            logger.exception("embedding.failed")
            for ticket in tickets:
                ticket.fill(EmbedderDown("the question failed; the log says why"))
        finally:
            self._ended(key)

    def _begins(self, key: Hashable) -> bool:
        """Whether the caller may ask for itself; then the question is under way."""
        with self._changed:
            under_way = self._under_way.get(key, 0)
            if self._closed or key in self._lines or under_way >= self._per_key:
                return False
            self._under_way[key] = under_way + 1
            return True

    def _next(self) -> tuple[Hashable, list[Ticket]] | None:
        """Wait for tickets of a key that has a question to spare; None once closed."""
        with self._changed:
            while not self._closed:
                key = self._ready()
                if key is not None:
                    tickets = self._take(key)
                    if tickets:
                        self._under_way[key] = self._under_way.get(key, 0) + 1
                        self._staff()
                        return key, tickets
                    continue
                self._idle += 1
                self._changed.wait()
                self._idle -= 1
        return None

    def _staff(self) -> None:
        """See to it that somebody takes what is ready."""
        if self._ready() is None:
            return
        if self._idle:
            self._changed.notify()
        elif len(self._threads) < self._most:
            name = f"embed-ask-{len(self._threads)}"
            thread = Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _ready(self) -> Hashable | None:
        """The key whose first ticket is the most urgent."""
        free = [
            (line[0].deadline, key)
            for key, line in self._lines.items()
            if self._under_way.get(key, 0) < self._per_key
        ]
        return min(free, key=lambda each: each[0])[1] if free else None

    def _take(self, key: Hashable) -> list[Ticket]:
        line, size = self._lines[key], 0
        taken: list[Ticket] = []
        now = self._clock()
        while line and (not taken or size + len(line[0].contents) <= self._batch):
            ticket = line.popleft()
            if not ticket.left and now < ticket.deadline:
                taken.append(ticket)
                size += len(ticket.contents)
        if not line:
            del self._lines[key]
        return taken

    def _ended(self, key: Hashable) -> None:
        with self._changed:
            self._under_way[key] -= 1
            if not self._under_way[key]:
                del self._under_way[key]
            self._staff()

    def _unwanted(self, tickets: Sequence[Ticket]) -> bool:
        return self._closed or all(ticket.left for ticket in tickets)
