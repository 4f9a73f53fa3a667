"""What the clients of the embedder need of the broker; `core.queue.exchange` gives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from services.core.types.documents import Json
from services.core.types.work import Roster


class Broker(Protocol):
    """Every method raises EmbedderDown when the broker does not answer."""

    def call(
        self,
        task: str,
        payload: Mapping[str, Json],
        *,
        timeout_s: float,
        unwanted: Callable[[], bool] = lambda: False,
    ) -> Json:
        """Run a task in an embedder; its answer. Raises EmbedderDown if there is none in time."""

    def roster(self) -> Roster:
        """Who is alive and what they have, at most half a second old."""

    def forget_roster(self) -> None:
        """Look again at the next question."""

    def now(self) -> float:
        """Seconds by the broker's clock, the same in every process."""

    def put_blobs(self, blobs: Sequence[bytes], *, ttl_s: float) -> list[str]:
        """Keep bytes for one reader, at most `ttl_s` seconds; their ids."""

    def drop_blobs(self, ids: Sequence[str]) -> None:
        """Forget those that nobody took. Raises nothing."""
