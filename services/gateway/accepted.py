"""The answer to work that was accepted: 202, what was made of it, where, and the same again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeAlias, TypeVar

from fastapi import Response

from services.core.errors import Conflict
from services.core.ports import Ports, UnitOfWork
from services.core.types.access import Caller
from services.core.types.idempotency import RememberedResponse
from services.core.types.jobs import Job
from services.gateway import idempotency
from services.gateway.schemas.jobs import JobOut
from services.ingest.accept import Within

Made = TypeVar("Made")
Inside: TypeAlias = Callable[[UnitOfWork, Made], None] | None
"""What to do in the transaction that accepts."""


def once(
    ports: Ports,
    caller: Caller,
    key: str | None,
    fingerprint: str,
    accept: Callable[[Within | None], Job],
) -> Response:
    """Accept a job, unless this request was already answered; then give that answer."""
    return once_made(ports, caller, key, fingerprint, accept, shown=_job, where="/v1/jobs")


def once_made(
    ports: Ports,
    caller: Caller,
    key: str | None,
    fingerprint: str,
    accept: Callable[[Inside[Made]], Made],
    *,
    shown: Callable[[Made], str],
    where: str,
) -> Response:
    """Accept, unless this request was already answered; then give that answer.

    `shown` is the answer as JSON with an `id`, found below `where`. Answer and work are stored in
    one transaction, so neither exists without the other.
    """
    earlier = idempotency.earlier_answer(ports, caller, key, fingerprint)
    if earlier is not None:
        return _response(earlier.status, earlier.body, where, replayed=True)

    def remember(work: UnitOfWork, made: Made) -> None:
        assert key is not None
        answer = RememberedResponse(fingerprint, 202, shown(made))
        idempotency.remember(work, ports, caller, key, answer)

    try:
        made = accept(remember if key is not None else None)
    except Conflict:
        # An equal request at the same moment came first: its answer is this one's too.
        earlier = idempotency.earlier_answer(ports, caller, key, fingerprint)
        if earlier is None:
            raise
        return _response(earlier.status, earlier.body, where, replayed=True)
    return _response(202, shown(made), where, replayed=False)


def _job(job: Job) -> str:
    return JobOut.of(job).model_dump_json()


def _response(status: int, body: str, where: str, *, replayed: bool) -> Response:
    headers = {"Location": f"{where}/{json.loads(body)['id']}"}
    if replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(body, status, headers=headers, media_type="application/json")
