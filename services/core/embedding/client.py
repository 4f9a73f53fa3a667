"""The EmbedderClient port over the broker: the models are in another process."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

import numpy as np

from services.core.embedding import arrays, contents, descriptions, names, refusals
from services.core.embedding.broker import Broker
from services.core.embedding.directory import Directory
from services.core.embedding.gathering import Gathering, Ticket
from services.core.embedding.reading import Broken, fields_of, list_of, text_of
from services.core.errors import EmbedderDown, InputError, MargayError
from services.core.types.documents import Json
from services.core.types.vectors import Content, EmbedderInfo, Matrix, Purpose

BLOBS_OUTLIVE_S: Final = 2.0
"""How much longer than its question a medium lies on the broker if nobody takes it."""
_AHEAD: Final = 2
"""Parts of a large call that are under way at once: one is embedded while the next arrives."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Contents of one kind may share a question, and then a forward pass."""

    embedder: str
    purpose: Purpose
    dimensions: int | None
    modalities: tuple[str, ...]


class BrokerEmbedder:
    """Several callers share a message, and each gets its own rows or its own error.

    A message holds at most `batch` contents and has `timeout_s` to be answered; a large call is
    several messages. Safe from several threads.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        names: Sequence[str],
        timeout_s: float,
        batch: int,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._broker = broker
        self._names = tuple(dict.fromkeys(names))
        self._timeout_s = timeout_s
        self._batch = batch
        self._clock = clock
        self._directory = Directory(
            broker,
            kind="embedder",
            board=lambda roster: roster.embedders,
            read=descriptions.read_embedder,
            timeout_s=timeout_s,
            clock=clock,
        )
        self._gathering = Gathering(self._ask, batch=batch, clock=clock)

    def names(self) -> tuple[str, ...]:
        return self._names

    def info(self, embedder: str) -> EmbedderInfo:
        """See `EmbedderClient.info`. While the embedder is down: what was known of it."""
        if embedder not in self._names:
            raise InputError.at("embedder", f"{embedder!r} is not one of {', '.join(self._names)}")
        return self._directory.find(embedder)

    def able(self, modality: str) -> tuple[str, ...]:
        found = self._directory.known(self._names)
        return tuple(name for name, info in found.items() if modality in info.modalities)

    def embed(
        self,
        embedder: str,
        contents: Sequence[Content],
        purpose: Purpose,
        *,
        dimensions: int | None = None,
    ) -> Matrix:
        """See `EmbedderClient.embed`. Raises Busy when too much waits for the model already."""
        info = self.info(embedder)
        width = info.dimensions[0] if dimensions is None else dimensions
        if width not in info.dimensions:
            offered = ", ".join(str(each) for each in info.dimensions)
            raise InputError.at("dimensions", f"{info.name} offers {offered}")
        if not contents:
            return np.empty((0, width), dtype=np.float32)
        if len(contents) <= self._batch:
            return self._gathering.get(
                *self._ticket(info, contents, purpose, dimensions, width=width)
            )
        parts = [
            contents[start : start + self._batch] for start in range(0, len(contents), self._batch)
        ]
        rows: list[Matrix] = []
        tickets: list[Ticket] = []
        try:
            for place in range(len(parts)):
                for part in parts[len(tickets) : place + _AHEAD]:
                    kind, ticket = self._ticket(info, part, purpose, dimensions, width=width)
                    self._gathering.put(kind, ticket)
                    tickets.append(ticket)
                rows.append(self._own(tickets[place], begins_at=place * self._batch))
        finally:
            for ticket in tickets:
                ticket.left = True
        return np.concatenate(rows)

    def check(self) -> None:
        """Raise EmbedderDown unless a worker is alive and can describe the default embedder."""
        if not self._broker.roster().workers:
            raise EmbedderDown("no embedder is running")
        if self._names:
            self._directory.find(self._names[0])

    @property
    def waiting(self) -> int:
        """Questions that are not answered yet."""
        return self._gathering.under_way

    def close(self) -> None:
        """Fail the calls that wait, end the threads. The broker is its owner's to close."""
        self._gathering.close()

    def _ticket(
        self,
        info: EmbedderInfo,
        part: Sequence[Content],
        purpose: Purpose,
        dimensions: int | None,
        *,
        width: int,
    ) -> tuple[Kind, Ticket]:
        deadline = self._clock() + self._timeout_s
        ticket = Ticket(part, width=width, fingerprint=info.fingerprint, deadline=deadline)
        return Kind(info.name, purpose, dimensions, contents.kinds_of(part)), ticket

    def _own(self, ticket: Ticket, *, begins_at: int) -> Matrix:
        try:
            return self._gathering.wait(ticket)
        except InputError as error:
            raise refusals.moved(error, by=begins_at) from error

    def _ask(self, kind: Hashable, tickets: Sequence[Ticket], unwanted: Callable[[], bool]) -> None:
        assert isinstance(kind, Kind)
        left_s = max(ticket.deadline for ticket in tickets) - self._clock()
        media = contents.media_of(content for each in tickets for content in each.contents)
        blobs = self._broker.put_blobs(media, ttl_s=left_s + BLOBS_OUTLIVE_S) if media else []
        try:
            payload = _question(kind, tickets, iter(blobs), deadline=self._broker.now() + left_s)
            answer = self._broker.call(names.EMBED, payload, timeout_s=left_s, unwanted=unwanted)
        except EmbedderDown:
            self._broker.drop_blobs(blobs)
            raise
        self._hand_out(kind, tickets, answer)

    def _hand_out(self, kind: Kind, tickets: Sequence[Ticket], answer: Json) -> None:
        try:
            fingerprint, answers = _answered(answer, callers=len(tickets))
        except Broken as error:
            raise EmbedderDown(f"the embedder is of another version: {error}") from error
        for ticket, given in zip(tickets, answers, strict=True):
            found = _one(given, ticket)
            if not isinstance(found, MargayError) and fingerprint != ticket.fingerprint:
                # Vectors of another model than the caller compared with its index's.
                self._broker.forget_roster()
                found = EmbedderDown(f"embedder {kind.embedder!r} was just replaced; try again")
            ticket.fill(found)


def _question(
    kind: Kind, tickets: Sequence[Ticket], blobs: Iterator[str], *, deadline: float
) -> dict[str, Json]:
    return {
        "embedder": kind.embedder,
        "purpose": kind.purpose.value,
        "dimensions": kind.dimensions,
        "deadline": deadline,
        "calls": [[contents.write(each, blobs) for each in ticket.contents] for ticket in tickets],
    }


def _answered(answer: Json, *, callers: int) -> tuple[str, list[Json]]:
    """Whose vectors they are, and each caller's answer. Raises Broken, and refusals of all."""
    if isinstance(answer, dict) and "error" in answer:
        raise refusals.read(answer["error"])
    given = fields_of(answer, "answer", {"fingerprint", "answers"})
    answers = list_of(given["answers"], "answer.answers")
    if len(answers) != callers:
        raise Broken(f"{len(answers)} answers came for {callers} callers")
    return text_of(given["fingerprint"], "answer.fingerprint"), answers


def _one(given: Json, ticket: Ticket) -> Matrix | MargayError:
    if isinstance(given, dict) and "error" in given:
        return refusals.read(given["error"])
    try:
        return arrays.read_vectors(given, rows=len(ticket.contents), width=ticket.width)
    except Broken as error:
        return EmbedderDown(f"the embedder's answer cannot be used: {error}")
