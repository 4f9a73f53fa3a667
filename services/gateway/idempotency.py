"""Idempotency-Key: the same request sent again gets the first answer, another one is refused."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Annotated, Final

from fastapi import Header

from services.core import ids
from services.core.errors import Conflict, FieldProblem
from services.core.ports import Ports, UnitOfWork
from services.core.types.access import Caller
from services.core.types.idempotency import RememberedResponse

KEPT: Final = timedelta(hours=24)

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=f"^{ids.IDEMPOTENCY_KEY.pattern}$",
        description=(
            "Makes a repetition safe for a day: the same key and body give the first answer, "
            "the same key with another body is refused (409)."
        ),
    ),
]


def fingerprint(path: str, digest: str) -> str:
    """Digest what makes two requests the same."""
    return hashlib.sha256(f"{path}\n{digest}".encode()).hexdigest()


def earlier_answer(
    ports: Ports, caller: Caller, key: str | None, print_: str
) -> RememberedResponse | None:
    """Look up the answer to this request. Raises Conflict for a key used for another one."""
    if key is None:
        return None
    with ports.database.read() as work:
        found = work.idempotency.get(name_of(caller), key, now=ports.clock())
    if found is not None and found.fingerprint != print_:
        problem = "was already used for another request"
        raise Conflict(
            f"Idempotency-Key: {problem}", fields=(FieldProblem("Idempotency-Key", problem),)
        )
    return found


def remember(
    work: UnitOfWork, ports: Ports, caller: Caller, key: str, response: RememberedResponse
) -> None:
    """Keep an answer. Raises Conflict when an equal key was used at the same moment."""
    work.idempotency.put(name_of(caller), key, response, expires_at=ports.clock() + KEPT)


def name_of(caller: Caller) -> str:
    """Name a caller, so that two callers' keys never meet."""
    return caller.key_id or "keyless"
