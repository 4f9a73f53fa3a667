"""Which documents' vectors may be of a version that SQL does not have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select

from services.core.db.inserting import chunks, insert_into
from services.core.db.tables import torn_writes


class SqlTornWrites:
    """`ports.stores.TornWrites` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def mark(self, index: str, document_ids: Sequence[str], *, now: datetime) -> None:
        rows = [
            {"index_name": index, "document_id": document_id, "since": now}
            for document_id in sorted(set(document_ids))
        ]
        if rows:
            new = insert_into(self._connection.dialect.name, torn_writes)
            self._connection.execute(new.on_conflict_do_nothing(), rows)

    def forget(self, index: str, document_ids: Sequence[str]) -> None:
        for some in chunks(document_ids):
            self._connection.execute(
                delete(torn_writes).where(
                    torn_writes.c.index_name == index, torn_writes.c.document_id.in_(some)
                )
            )

    def ids(self, index: str, *, limit: int) -> list[str]:
        wanted = select(torn_writes.c.document_id).where(torn_writes.c.index_name == index)
        oldest = wanted.order_by(torn_writes.c.since, torn_writes.c.document_id).limit(limit)
        return list(self._connection.execute(oldest).scalars())
