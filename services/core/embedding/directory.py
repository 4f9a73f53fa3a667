"""What the embedder's models can do, known as long as anybody of this process ever knew."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from time import monotonic
from typing import Final, Generic, Protocol, TypeVar

from services.core.embedding import names as tasks
from services.core.embedding import refusals
from services.core.embedding.broker import Broker
from services.core.embedding.reading import Broken, fields_of, text_of
from services.core.errors import EmbedderDown
from services.core.types.documents import Json
from services.core.types.work import Roster

Info_co = TypeVar("Info_co", covariant=True)
Info = TypeVar("Info")
_UNANSWERED_S: Final = 30.0
"""A model that is not described in time is probably being loaded: it will be on the board."""
_REFUSED_S: Final = 2.0
_NOBODY: Final = EmbedderDown("no embedder is running")


class Read(Protocol[Info_co]):
    def __call__(self, text: str, *, name: str) -> Info_co:
        """The description in `text`. Raises Broken."""


class Directory(Generic[Info]):
    """Safe from several threads. What workers wrote counts; what they do not know is asked once."""

    def __init__(
        self,
        broker: Broker,
        *,
        kind: str,
        board: Callable[[Roster], Mapping[str, str]],
        read: Read[Info],
        timeout_s: float,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._broker = broker
        self._kind = kind
        self._board = board
        self._read = read
        self._timeout_s = timeout_s
        self._clock = clock
        self._known: dict[str, tuple[str, Info]] = {}
        self._asking = Lock()
        self._rests: dict[str, tuple[float, str]] = {}

    def find(self, name: str) -> Info:
        """Describe a model. Raises EmbedderDown when nobody can tell, or ever could."""
        try:
            roster = self._broker.roster()
        except EmbedderDown as error:
            return self._remembered(name, otherwise=error)
        text = self._board(roster).get(name)
        if text is not None:
            return self._understood(name, text)
        if not roster.workers:
            return self._remembered(name, otherwise=_NOBODY)
        return self._asked(name)

    def known(self, names: Sequence[str]) -> dict[str, Info]:
        """Those of the models that can be described without asking for any to be loaded."""
        try:
            board = self._board(self._broker.roster())
        except EmbedderDown:
            board = {}
        found = {}
        for name in names:
            try:
                found[name] = (
                    self._understood(name, board[name])
                    if name in board
                    else self._remembered(name, otherwise=_NOBODY)
                )
            except EmbedderDown:
                continue
        return found

    def _understood(self, name: str, text: str) -> Info:
        known = self._known.get(name)
        if known is not None and known[0] == text:
            return known[1]
        try:
            info = self._read(text, name=name)
        except Broken as error:
            raise EmbedderDown(f"the embedder is of another version: {error}") from error
        self._known[name] = (text, info)
        return info

    def _remembered(self, name: str, *, otherwise: EmbedderDown) -> Info:
        known = self._known.get(name)
        if known is None:
            raise EmbedderDown(f"{otherwise.detail}, and {name!r} was never seen here")
        return known[1]

    def _asked(self, name: str) -> Info:
        """Have the worker load it and say; one asks, others wait for what it hears."""
        if not self._asking.acquire(timeout=self._timeout_s):
            raise EmbedderDown(f"{name!r} is not described yet; it may be loading")
        try:
            text = self._board(self._broker.roster()).get(name)
            if text is None:
                text = self._answer(name)
        finally:
            self._asking.release()
        return self._understood(name, text)

    def _answer(self, name: str) -> str:
        until, why = self._rests.get(name, (float("-inf"), ""))
        if self._clock() < until:
            raise EmbedderDown(why)
        rest = _UNANSWERED_S
        try:
            payload: dict[str, Json] = {"kind": self._kind, "name": name}
            answer = self._broker.call(tasks.DESCRIBE, payload, timeout_s=self._timeout_s)
            rest = _REFUSED_S
            return _description(answer)
        except EmbedderDown as error:
            self._rests[name] = (self._clock() + rest, error.detail)
            raise
        finally:
            self._broker.forget_roster()


def _description(answer: Json) -> str:
    if isinstance(answer, dict) and "error" in answer:
        raise refusals.read(answer["error"])
    try:
        given = fields_of(answer, "answer", {"description"})
        return text_of(given["description"], "answer.description")
    except Broken as error:
        raise EmbedderDown(f"the embedder is of another version: {error}") from error
