"""Jobs and their items over HTTP."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field, JsonValue

from services.core.types.jobs import Item, ItemError, ItemState, Job, JobKind, JobState
from services.gateway.schemas.base import Answer, example
from services.ingest import item_picture


class ErrorOut(Answer):
    """Why it failed; `code` is one of those in docs/errors.md."""

    code: str = Field(examples=["media_refused"])
    detail: str

    @classmethod
    def of(cls, error: ItemError | None) -> ErrorOut | None:
        return None if error is None else cls(code=error.code, detail=error.detail)


class CountsOut(Answer):
    """Items by state."""

    queued: int
    prepared: int
    succeeded: int
    failed: int
    cancelled: int


class JobOut(Answer):
    """One accepted request. `total` grows while an import's source is still being read."""

    model_config = Answer.model_config | example(
        {
            "id": "job_019aa5d0c1e20123456789abcdef",
            "index": "products",
            "kind": "documents",
            "state": "running",
            "total": 900,
            "counts": {"queued": 640, "prepared": 4, "succeeded": 255, "failed": 1, "cancelled": 0},
            "expanded": True,
            "error": None,
            "source": None,
            "created_at": "2026-11-21T10:00:00Z",
            "started_at": "2026-11-21T10:00:00.020Z",
            "finished_at": None,
            "failures": 0,
            "due_at": None,
        }
    )

    id: str
    index: str
    kind: JobKind
    state: JobState
    total: int
    counts: CountsOut
    expanded: bool = Field(description="False while further items may be added.")
    error: ErrorOut | None = Field(
        description="Why it failed; of a job that is not finished, what ended its last task."
    )
    source: dict[str, JsonValue] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    failures: int = Field(
        description="Tasks in a row that an error of ours ended; at "
        "`MARGAY_WORKERS__MAX_FAILURES` the job has failed."
    )
    due_at: datetime | None = Field(description="When it is tried again after such an error.")

    @classmethod
    def of(cls, job: Job) -> JobOut:
        counts = {state.value: job.counts.get(state, 0) for state in ItemState}
        return cls(
            id=job.id,
            index=job.index,
            kind=job.kind,
            state=job.state,
            total=job.total,
            counts=CountsOut(**counts),
            expanded=job.expanded,
            error=ErrorOut.of(job.error),
            source=None if job.source is None else dict(job.source),
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
            failures=job.failures,
            due_at=job.due_at,
        )


class ItemOut(Answer):
    """One document of a job. `sequence` orders all acknowledged writes of the installation."""

    sequence: int
    ordinal: int
    document_id: str
    state: ItemState
    attempts: int
    crashes: int = Field(
        description="Workers that died with it in hand; at `MARGAY_WORKERS__MAX_CRASHES` it has "
        "failed."
    )
    error: ErrorOut | None
    picture: str | None = Field(
        description="Where a small one of what was sent can be asked for; of a picture that was to "
        "be fetched, its address; null without a picture."
    )
    updated_at: datetime

    @classmethod
    def of(cls, item: Item) -> ItemOut:
        return cls(
            sequence=item.sequence,
            ordinal=item.ordinal,
            document_id=item.document_id,
            state=item.state,
            attempts=item.attempts,
            crashes=item.crashes,
            error=ErrorOut.of(item.error),
            picture=_picture_of(item),
            updated_at=item.updated_at,
        )


def _picture_of(item: Item) -> str | None:
    reference = item_picture.shown(item)
    if reference is None or item_picture.is_address(reference):
        return reference
    return f"/v1/jobs/{item.job_id}/items/{item.sequence}/thumbnail"
