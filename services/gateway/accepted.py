"""The answer to work that was accepted: 202, the job, where to find it, and the same one again."""

from __future__ import annotations

import json
from collections.abc import Callable

from fastapi import Response

from services.core.errors import Conflict
from services.core.ports import Ports, UnitOfWork
from services.core.types.access import Caller
from services.core.types.idempotency import RememberedResponse
from services.core.types.jobs import Job
from services.gateway import idempotency
from services.gateway.schemas.jobs import JobOut
from services.ingest.accept import Within


def once(
    ports: Ports,
    caller: Caller,
    key: str | None,
    fingerprint: str,
    accept: Callable[[Within | None], Job],
) -> Response:
    """Accept, unless this request was already answered; then give that answer.

    Answer and job are stored in one transaction, so neither exists without the other.
    """
    earlier = idempotency.earlier_answer(ports, caller, key, fingerprint)
    if earlier is not None:
        return _repeated(earlier)

    def remember(work: UnitOfWork, job: Job) -> None:
        assert key is not None
        answer = RememberedResponse(fingerprint, 202, JobOut.of(job).model_dump_json())
        idempotency.remember(work, ports, caller, key, answer)

    try:
        job = accept(remember if key is not None else None)
    except Conflict:
        # An equal request at the same moment came first: its answer is this one's too.
        earlier = idempotency.earlier_answer(ports, caller, key, fingerprint)
        if earlier is None:
            raise
        return _repeated(earlier)
    return _response(202, JobOut.of(job).model_dump_json(), replayed=False)


def _repeated(earlier: RememberedResponse) -> Response:
    return _response(earlier.status, earlier.body, replayed=True)


def _response(status: int, body: str, *, replayed: bool) -> Response:
    headers = {"Location": f"/v1/jobs/{json.loads(body)['id']}"}
    if replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(body, status, headers=headers, media_type="application/json")
