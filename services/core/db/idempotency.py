"""The store of answers remembered for Idempotency-Keys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from services.core.db.tables import idempotency
from services.core.errors import Conflict
from services.core.types.idempotency import RememberedResponse


class SqlIdempotency:
    """`ports.stores.IdempotencyStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, caller: str, key: str, *, now: datetime) -> RememberedResponse | None:
        wanted = select(idempotency.c.fingerprint, idempotency.c.status, idempotency.c.body).where(
            idempotency.c.caller == caller,
            idempotency.c.key == key,
            idempotency.c.expires_at > now,
        )
        row = self._connection.execute(wanted).first()
        return None if row is None else RememberedResponse(row.fingerprint, row.status, row.body)

    def put(
        self, caller: str, key: str, response: RememberedResponse, *, expires_at: datetime
    ) -> None:
        values = {
            "caller": caller,
            "key": key,
            "fingerprint": response.fingerprint,
            "status": response.status,
            "body": response.body,
            "expires_at": expires_at,
        }
        try:
            self._connection.execute(insert(idempotency).values(values))
        except Conflict as error:
            raise Conflict("Idempotency-Key: was used by another request just now") from error

    def forget_expired(self, *, now: datetime) -> int:
        """Drop what no longer counts; returns how many."""
        return self._connection.execute(
            delete(idempotency).where(idempotency.c.expires_at <= now)
        ).rowcount
