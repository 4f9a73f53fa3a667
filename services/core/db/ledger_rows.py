"""Rows of the ledger as nouns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Row

from services.core import ids
from services.core.types import attached_json
from services.core.types.documents import Json
from services.core.types.jobs import Due, Item, ItemError, ItemState, Job, JobKind, JobState

PENDING: Final = tuple(str(state) for state in ItemState if not state.finished)
"""States of an item that is still to be done."""
UNFINISHED: Final = tuple(str(state) for state in JobState if not state.finished)


def item(row: Row[Any], *, claimed_by: str | None = None) -> Item:
    """Make an item of a row of `items`; `claimed_by` if it was claimed since it was read."""
    return Item(
        sequence=row.sequence,
        job_id=row.job_id,
        index=row.index_name,
        ordinal=row.ordinal,
        document_id=row.document_id,
        state=ItemState(row.state),
        attempts=row.attempts,
        payload=row.payload,
        prepared=row.prepared,
        error=_error(row),
        updated_at=row.updated_at,
        crashes=row.crashes,
        claimed_by=claimed_by or row.claimed_by,
    )


def job(row: Row[Any]) -> Job:
    """Make a job of a row of `jobs`."""
    kind, state = JobKind(row.kind), JobState(row.state)
    if kind is JobKind.REBUILD:
        total, counts = row.total, _rebuilt(state, done=row.done, total=row.total)
    else:
        counts = {each: getattr(row, each) for each in ItemState}
        total = sum(counts.values())
    return Job(
        id=row.id,
        index=row.index_name,
        kind=kind,
        state=state,
        source=row.source,
        cursor=row.cursor,
        expanded=row.expanded,
        total=total,
        counts=counts,
        error=_error(row),
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        failures=row.failures,
        due_at=row.due_at,
    )


def due(row: Row[Any]) -> Due:
    """Make what a job has to do of a row of the question for it."""
    return Due(
        job_id=row.id,
        kind=JobKind(row.kind),
        expanded=row.expanded,
        queued=bool(row.queued),
        prepared=bool(row.prepared),
        left=bool(row.left),
    )


def error_values(error: ItemError | None) -> dict[str, str | None]:
    """Columns of an error, or of none."""
    return {
        "error_code": None if error is None else error.code,
        "error_detail": None if error is None else error.detail,
    }


def media_of(payload: Mapping[str, Json]) -> list[str]:
    """Ids of stored media that a payload refers to, each once."""
    names = [name.removeprefix("media:") for name in attached_json.references(payload)]
    return list(dict.fromkeys(name for name in names if ids.MEDIA_ID.fullmatch(name)))


def _error(row: Row[Any]) -> ItemError | None:
    return None if row.error_code is None else ItemError(row.error_code, row.error_detail)


def _rebuilt(state: JobState, *, done: int, total: int) -> dict[ItemState, int]:
    """Documents of a rebuild in the states that items have: what is left shares the job's end."""
    left = {
        JobState.CANCELLED: ItemState.CANCELLED,
        JobState.FAILED: ItemState.FAILED,
    }.get(state, ItemState.QUEUED)
    counts = dict.fromkeys(ItemState, 0)
    counts[left] = 0 if state is JobState.SUCCEEDED else max(0, total - done)
    counts[ItemState.SUCCEEDED] = done
    return counts
