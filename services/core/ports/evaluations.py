"""The port to the ledger of evaluations: what was asked for, who measures, what is measured."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from services.core.types.evaluations import (
    Evaluation,
    EvaluationError,
    EvaluationRequest,
    EvaluationState,
)


class EvaluationStore(Protocol):
    """Evaluations with their parts. What has finished stays as it ended.

    What names one that is not there raises NotFound, except where a worker asks: it is told that
    the evaluation is not its own any more. `worker` is `<process>/<task>`.
    """

    def add(
        self, evaluation_id: str, request: EvaluationRequest, *, total: int, now: datetime
    ) -> None: ...

    def get(self, evaluation_id: str) -> Evaluation: ...

    def page(
        self, *, states: tuple[EvaluationState, ...], before: str | None, limit: int
    ) -> list[Evaluation]:
        """Newest first; `before` is the id of the last one seen; no states: all."""

    def report(self, evaluation_id: str) -> Mapping[str, Any] | None:
        """What came out; None until it has succeeded."""

    def ids(self) -> set[str]:
        """Of every evaluation there is."""

    def due(self, *, now: datetime) -> list[str]:
        """Unfinished ones that nobody has, or whose lease has run out, oldest first."""

    def claim(
        self, evaluation_id: str, *, worker: str, now: datetime, lease_s: float, limit: int
    ) -> Evaluation | None:
        """Take one that is due; None if it is not (finished, gone, put off, another's).

        A claim whose lease has run out is of a worker that died: that counts as a failure, and at
        `limit` in a row it has failed as `worker_crashed`.
        """

    def hold(self, evaluation_id: str, *, worker: str, until: datetime) -> bool:
        """Lengthen the lease; False if it is not this worker's any more, or was cancelled."""

    def put_part(
        self, evaluation_id: str, part: str, result: Any, *, worker: str, done: int
    ) -> bool:
        """Keep a part's result and what is done now; False (and nothing kept) as `hold`.

        Its failures are forgotten: it gets on.
        """

    def part_names(self, evaluation_id: str) -> set[str]:
        """Which parts are measured already."""

    def parts(self, evaluation_id: str) -> dict[str, Any]:
        """What is measured already."""

    def release(self, evaluation_id: str, *, worker: str, until: datetime) -> None:
        """Give it back; nobody takes it before then."""

    def note_failure(
        self,
        evaluation_id: str,
        error: EvaluationError,
        *,
        worker: str,
        now: datetime,
        until: datetime,
        limit: int,
    ) -> bool:
        """Give it back with one failure more; True if that was the `limit`-th: it has failed."""

    def succeed(
        self, evaluation_id: str, report: Mapping[str, Any], *, worker: str, now: datetime
    ) -> bool:
        """End it with its report, its parts forgotten; False as `hold`."""

    def fail(
        self, evaluation_id: str, error: EvaluationError, *, worker: str, now: datetime
    ) -> None:
        """End it for good, if it is this worker's."""

    def cancel(self, evaluation_id: str, *, now: datetime) -> None:
        """Raises Conflict if it has finished."""

    def remove(self, evaluation_id: str) -> None:
        """Raises Conflict unless it has finished."""

    def bury(self, *, worker_prefix: str, now: datetime, limit: int) -> int:
        """Free what workers have that are known to have died, counting it; returns how many."""
