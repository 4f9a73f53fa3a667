"""The queues that an operator has paused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, select

from services.core.db.inserting import insert_into
from services.core.db.tables import queues


class SqlQueues:
    """`ports.ledger.QueueStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def paused(self) -> Mapping[str, datetime]:
        rows = self._connection.execute(select(queues.c.name, queues.c.paused_at))
        return {row.name: row.paused_at for row in rows}

    def pause(self, name: str, *, now: datetime) -> None:
        new = insert_into(self._connection.dialect.name, queues).values(name=name, paused_at=now)
        self._connection.execute(new.on_conflict_do_nothing())

    def resume(self, name: str) -> None:
        self._connection.execute(delete(queues).where(queues.c.name == name))
