"""The ports to the ledger: jobs with their items, and the queues that an operator pauses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.core.types.documents import Json
from services.core.types.jobs import Due, Item, ItemError, ItemState, Job, JobKind, JobState


class JobStore(Protocol):
    """Jobs and items. What changes or returns a job raises NotFound if it is not there.

    What has finished stays as it ended: marking a finished item, or finishing a finished job,
    changes nothing. Only `retry_failed` opens it again.
    """

    def add(
        self,
        job_id: str,
        *,
        index: str,
        kind: JobKind,
        source: Mapping[str, Json] | None,
        expanded: bool,
        now: datetime,
    ) -> None: ...

    def add_items(
        self, job_id: str, items: Sequence[tuple[str, Mapping[str, Json]]], *, now: datetime
    ) -> None:
        """Append (document_id, payload) items, queued, with ascending sequences.

        Raises Conflict if the job has finished.
        """

    def add_failed_item(
        self,
        job_id: str,
        document_id: str,
        payload: Mapping[str, Json],
        *,
        error: ItemError,
        now: datetime,
    ) -> None:
        """Append a row of a source that is no valid document."""

    def next_sequence(self) -> int:
        """Take a number later than every item's so far (for deletions)."""

    def get(self, job_id: str) -> Job:
        """Raises NotFound."""

    def page(
        self, *, index: str | None, states: Sequence[JobState], before: str | None, limit: int
    ) -> list[Job]:
        """Newest first; `before` is the id of the last one seen."""

    def items(
        self, job_id: str, *, state: ItemState | None, after: int | None, limit: int
    ) -> list[Item]:
        """By sequence, those after `after`."""

    def claim(
        self,
        job_id: str,
        state: ItemState,
        *,
        limit: int,
        worker: str,
        now: datetime,
        lease_s: float,
        max_crashes: int,
    ) -> list[Item]:
        """Take items in this state that nobody holds and that are due, oldest first.

        `worker` is `<process>/<task>`: a claim is one task's of one process. A claim whose lease
        has run out counts as a crash. Items that were in hand then come last, each alone, and a
        process has one of them at a time; at `max_crashes` they fail as `worker_crashed`.
        """

    def reclaim(
        self, sequences: Sequence[int], *, worker: str, now: datetime, lease_s: float
    ) -> list[Item]:
        """Take just these, those of them that nobody has and that are still to be done."""

    def hold(self, sequences: Sequence[int], *, worker: str, until: datetime) -> None:
        """Lengthen the lease of those that this worker has and that are still to be done."""

    def unwritten(self, index: str, document_ids: Sequence[str]) -> list[Mapping[str, Json]]:
        """What was prepared of these documents and never succeeded: it may be half-written."""

    def mark_prepared(self, sequence: int, prepared: Mapping[str, Json], *, now: datetime) -> None:
        """queued -> prepared, its crashes forgotten; otherwise unchanged."""

    def mark_succeeded(self, sequence: int, *, now: datetime) -> None: ...

    def mark_failed(self, sequence: int, error: ItemError, *, now: datetime) -> None: ...

    def defer(self, sequence: int, error: ItemError, *, until: datetime) -> None:
        """Count an attempt and leave it in its state until then."""

    def pending(self, sequences: Sequence[int], *, worker: str | None = None) -> set[int]:
        """Which of these are still to be done (not cancelled, failed or finished meanwhile).

        With `worker`, only those that it has: nobody took them over when its lease ran out.
        """

    def lock_pending(self, sequences: Sequence[int], *, worker: str | None = None) -> set[int]:
        """As `pending`; nobody changes them or their jobs until this transaction ends.

        Call it before anything else is written: all take a job first, then its items.
        """

    def half_written(self) -> list[Item]:
        """Prepared items that a worker died with and nobody has, by sequence: they may be."""

    def release(self, *, worker: str) -> int:
        """Give back what a worker has, which is alive and done with it; returns how many items."""

    def bury(self, *, worker_prefix: str, now: datetime, max_crashes: int) -> int:
        """Drop the claims of workers that are known to have died; returns how many items.

        It counts as a crash of each, as a lease that ran out does.
        """

    def advance(self, job_id: str, *, cursor: str, done: int | None = None) -> None:
        """Remember how far an import or a rebuild has come (`done`: documents of a rebuild)."""

    def set_total(self, job_id: str, total: int) -> None:
        """A rebuild's number of documents."""

    def mark_expanded(self, job_id: str) -> None:
        """No further items will come."""

    def start(self, job_id: str, *, now: datetime) -> None:
        """queued -> running; otherwise unchanged."""

    def settle(self, job_id: str, *, now: datetime) -> Job:
        """Recount; once expanded and nothing is left, set the final state and time."""

    def finish(
        self, job_id: str, state: JobState, *, error: ItemError | None, now: datetime
    ) -> None:
        """End a job whatever its items say (a rebuild, or a source that cannot be read).

        Items still to be done are cancelled, and no further ones will come.
        """

    def unfinished(self) -> list[Job]:
        """Queued and running jobs, oldest first."""

    def due(self, *, now: datetime) -> list[Due]:
        """Unfinished jobs that are not put off and have something to do now, oldest first."""

    def waiting(self) -> Mapping[ItemState, int]:
        """Items to be done by state, over all jobs; documents of rebuilds count as prepared."""

    def note_failure(
        self, job_id: str, error: ItemError, *, now: datetime, pause_s: float, limit: int
    ) -> bool:
        """Count a task of the job that ended in an error; True if the job has now failed.

        It is put off for `pause_s`, twice as long after each further one without progress (an item
        that moved on, or the cursor); five minutes at most. The `limit`-th fails the job with what
        is still to be done of it, which `retry_failed` queues again.
        """

    def put_off(self, job_id: str, *, until: datetime) -> None:
        """Let its tasks not be sent before; nothing is counted."""

    def cancel(self, job_id: str, *, now: datetime) -> int:
        """Cancel what is still to be done; returns how many items. Raises Conflict if finished.

        No further items will come, even if its failures are tried again.
        """

    def cancel_documents(self, index: str, document_ids: Sequence[str], *, now: datetime) -> None:
        """Cancel pending items of documents that are being deleted, and settle their jobs."""

    def retry_failed(self, job_id: str, *, now: datetime) -> int:
        """Queue failed items again with fresh attempts and no crashes; returns how many."""

    def pending_job(self, index: str, document_id: str) -> str | None:
        """The job that still has to write this document, if any."""

    def due_in_s(self, job_id: str, state: ItemState, *, now: datetime) -> float | None:
        """Seconds until the next item in this state can be claimed; None when there is none."""


class QueueStore(Protocol):
    """Which queues are paused: whoever claims work looks here, in the same transaction."""

    def paused(self) -> Mapping[str, datetime]:
        """Since when each paused queue is."""

    def pause(self, name: str, *, now: datetime) -> None:
        """Begin no further work of a queue; one that is paused stays so since when it was."""

    def resume(self, name: str) -> None:
        """Let it go on; one that is not paused is fine."""
