"""The store of API keys."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from services.core.db.tables import keys
from services.core.errors import Conflict, NotFound
from services.core.types.access import ApiKey, Scope


class SqlKeys:
    """`ports.stores.KeyStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, key: ApiKey) -> None:
        """Raises Conflict if the id or the secret is taken."""
        values = {
            "id": key.id,
            "name": key.name,
            "secret_sha256": key.secret_sha256,
            "scopes": sorted(key.scopes),
            "created_at": key.created_at,
            "expires_at": key.expires_at,
        }
        try:
            self._connection.execute(insert(keys).values(values))
        except Conflict as error:
            raise Conflict(f"API key {key.id!r} already exists") from error

    def by_secret(self, secret_sha256: str) -> ApiKey | None:
        wanted = select(keys).where(keys.c.secret_sha256 == secret_sha256)
        row = self._connection.execute(wanted).first()
        return None if row is None else _key(row)

    def all(self) -> list[ApiKey]:
        rows = self._connection.execute(select(keys).order_by(keys.c.created_at, keys.c.id))
        return [_key(row) for row in rows]

    def remove(self, key_id: str) -> None:
        if self._connection.execute(delete(keys).where(keys.c.id == key_id)).rowcount == 0:
            raise NotFound(f"API key {key_id!r} does not exist")


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        secret_sha256=row.secret_sha256,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
