"""The store of saved configurations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from services.core.db import configuration_json
from services.core.db.insight_tables import configurations
from services.core.errors import NotFound
from services.core.types.configurations import Configuration

# Made once: a search by a configuration asks for it.
_GET = select(configurations.c.definition).where(configurations.c.name == bindparam("name"))


class SqlConfigurations:
    """`ports.configurations.ConfigurationStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> Configuration:
        definition = self._connection.execute(_GET, {"name": name}).scalar()
        if definition is None:
            raise NotFound(f"configuration {name!r} does not exist")
        return configuration_json.load(name, definition)

    def all(self) -> list[Configuration]:
        rows = self._connection.execute(select(configurations).order_by(configurations.c.name))
        return [configuration_json.load(row.name, row.definition) for row in rows]

    def put(self, configuration: Configuration, *, now: datetime) -> bool:
        """Raises Conflict if another adds the same name at the same moment."""
        name = configuration.name
        values = {"definition": configuration_json.dump(configuration), "updated_at": now}
        there = update(configurations).where(configurations.c.name == name).values(values)
        if self._connection.execute(there).rowcount:
            return False
        self._connection.execute(insert(configurations).values(name=name, created_at=now, **values))
        return True

    def remove(self, name: str) -> None:
        gone = delete(configurations).where(configurations.c.name == name)
        if self._connection.execute(gone).rowcount == 0:
            raise NotFound(f"configuration {name!r} does not exist")
