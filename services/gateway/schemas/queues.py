"""Queues over HTTP."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from services.core.types.work import WorkerInfo
from services.gateway.schemas.base import Answer, example


class WorkerOut(Answer):
    """A process that empties the queue and was alive within the last seconds."""

    role: str
    host: str
    pid: int
    version: str
    started_at: datetime

    @classmethod
    def of(cls, worker: WorkerInfo) -> WorkerOut:
        return cls(
            role=worker.role,
            host=worker.host,
            pid=worker.pid,
            version=worker.version,
            started_at=worker.started_at,
        )


class QueueOut(Answer):
    """A queue, what waits for it, and who empties it."""

    model_config = Answer.model_config | example(
        {
            "name": "ingest",
            "pausable": True,
            "paused_at": None,
            "items": 640,
            "messages": 1,
            "workers": [
                {
                    "role": "ingest",
                    "host": "6f1c02a9d3b4",
                    "pid": 12,
                    "version": "0.1.0",
                    "started_at": "2026-11-21T10:00:00Z",
                }
            ],
        }
    )

    name: str
    pausable: bool
    paused_at: datetime | None
    items: int | None = Field(
        description="Documents of unfinished jobs that wait for this step or are in it; null for "
        "a queue that works through no job."
    )
    messages: int | None = Field(
        description="Messages on their way: each says that a job has work, whatever the number of "
        "its items. Null if it cannot be told."
    )
    workers: list[WorkerOut] | None = Field(
        description="Null where the server does the work itself, or if it cannot be told."
    )
