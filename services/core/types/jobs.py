"""The ingestion ledger: a job is one accepted request, an item is one document in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.core.types.documents import Json


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIALLY_SUCCEEDED = "partially_succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def finished(self) -> bool:
        return self not in (JobState.QUEUED, JobState.RUNNING)


class ItemState(StrEnum):
    """`prepared` = media fetched, checked and stored; waiting for the embedder."""

    QUEUED = "queued"
    PREPARED = "prepared"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def finished(self) -> bool:
        return self not in (ItemState.QUEUED, ItemState.PREPARED)


class JobKind(StrEnum):
    DOCUMENTS = "documents"
    IMPORT = "import"
    REBUILD = "rebuild"


@dataclass(frozen=True, slots=True)
class Job:
    """A job and its counts. `source` is the import's specification, or the rebuild's settings.

    `cursor` is how far an import's source has been read (rows) or a rebuild has come (last
    document id); `expanded` is True when no further items will be added. While it is not finished,
    `failures` counts its tasks that ended in an error since it last came on, the last of which is
    `error`, and `due_at` is when it is tried again.
    """

    id: str
    index: str
    kind: JobKind
    state: JobState
    source: Mapping[str, Json] | None
    cursor: str | None
    expanded: bool
    total: int
    counts: Mapping[ItemState, int]
    error: ItemError | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    failures: int
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Due:
    """What an unfinished job has to do now: `queued` and `prepared` items that can be claimed.

    `left` tells whether any item at all is still to be done, `expanded` whether none will come.
    """

    job_id: str
    kind: JobKind
    expanded: bool
    queued: bool
    prepared: bool
    left: bool

    @property
    def over(self) -> bool:
        """Whether its last word was lost: it has only to be settled."""
        return self.expanded and not self.left and self.kind is not JobKind.REBUILD


@dataclass(frozen=True, slots=True)
class ItemError:
    """Why it failed: a reason code of docs/errors.md and a sentence."""

    code: str
    detail: str
    """What no store could hold (NUL, half of a surrogate pair) is written as `?`."""

    def __post_init__(self) -> None:
        # Details quote what callers and remote servers wrote, and an error must not be one itself.
        if not self.detail.isprintable():
            kept = (each if each.isprintable() or each == "\n" else "?" for each in self.detail)
            object.__setattr__(self, "detail", "".join(kept))


@dataclass(frozen=True, slots=True)
class Item:
    """One document of a job. `sequence` orders all acknowledged writes of the instance.

    `payload` is the document as accepted (as JSON); `prepared` the same with its media ids.
    `crashes` counts the workers that died with it in hand since it last came on; `claimed_by` is
    the worker that has it.
    """

    sequence: int
    job_id: str
    index: str
    ordinal: int
    document_id: str
    state: ItemState
    attempts: int
    payload: Mapping[str, Json]
    prepared: Mapping[str, Json] | None
    error: ItemError | None
    updated_at: datetime
    crashes: int
    claimed_by: str | None
