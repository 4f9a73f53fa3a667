"""The store of indexes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from services.core.db import rerank_json
from services.core.db.tables import indexes
from services.core.errors import Conflict, NotFound
from services.core.types.indexes import (
    AttributeType,
    Former,
    Hnsw,
    Index,
    IndexSettings,
    Segments,
    Sound,
)

# Made once: every search asks for an index.
_GET = select(indexes).where(indexes.c.name == bindparam("name"))


class SqlIndexes:
    """`ports.stores.IndexStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> Index:
        row = self._connection.execute(_GET, {"name": name}).first()
        if row is None:
            raise NotFound(f"index {name!r} does not exist")
        return _index(row)

    def all(self) -> list[Index]:
        rows = self._connection.execute(select(indexes).order_by(indexes.c.name))
        return [_index(row) for row in rows]

    def add(self, index: Index) -> None:
        try:
            self._connection.execute(insert(indexes).values(_values(index)))
        except Conflict as error:
            raise Conflict(f"index {index.name!r} already exists") from error

    def save(self, index: Index) -> None:
        """Raises NotFound if it is not there."""
        changed = update(indexes).where(indexes.c.name == index.name).values(_values(index))
        if self._connection.execute(changed).rowcount == 0:
            raise NotFound(f"index {index.name!r} does not exist")

    def remove(self, name: str) -> None:
        # Foreign keys take documents, jobs, items and links along.
        if self._connection.execute(delete(indexes).where(indexes.c.name == name)).rowcount == 0:
            raise NotFound(f"index {name!r} does not exist")


def _values(index: Index) -> dict[str, Any]:
    building = index.building_settings
    return {
        "name": index.name,
        "settings": _dump(index.settings),
        "fingerprint": index.fingerprint,
        "generation": index.generation,
        "building": index.building,
        "building_settings": None if building is None else _dump(building),
        "building_fingerprint": index.building_fingerprint,
        "rerank": rerank_json.dump(index.rerank),
        "former": None if index.former is None else _dump_former(index.former),
        "created_at": index.created_at,
    }


def _dump(settings: IndexSettings) -> dict[str, Any]:
    return {
        "embedder": settings.embedder,
        "dimensions": settings.dimensions,
        "attributes": {name: str(type) for name, type in settings.attributes.items()},
        "hnsw": {"m": settings.hnsw.m, "ef_construction": settings.hnsw.ef_construction},
        "segments": {
            "length_s": settings.segments.length_s,
            "overlap_s": settings.segments.overlap_s,
            "frames": settings.segments.frames,
            "sound": str(settings.segments.sound),
        },
        "tags": {name: list(words) for name, words in settings.tags.items()},
    }


def _load(settings: dict[str, Any]) -> IndexSettings:
    return IndexSettings(
        embedder=settings["embedder"],
        dimensions=settings["dimensions"],
        attributes={name: AttributeType(type) for name, type in settings["attributes"].items()},
        hnsw=Hnsw(**settings["hnsw"]),
        segments=_segments(settings.get("segments")),
        tags={name: tuple(words) for name, words in settings.get("tags", {}).items()},
    )


def _segments(raw: dict[str, Any] | None) -> Segments:
    """Settings written before there were recordings have none."""
    return Segments() if raw is None else Segments(**{**raw, "sound": Sound(raw["sound"])})


def _dump_former(former: Former) -> dict[str, Any]:
    return {
        "generation": former.generation,
        "settings": _dump(former.settings),
        "fingerprint": former.fingerprint,
        "since": former.since.isoformat(),
        "stale": former.stale,
    }


def _load_former(raw: dict[str, Any]) -> Former:
    return Former(
        generation=raw["generation"],
        settings=_load(raw["settings"]),
        fingerprint=raw["fingerprint"],
        since=datetime.fromisoformat(raw["since"]),
        stale=raw.get("stale", False),
    )


def _index(row: Row[Any]) -> Index:
    return Index(
        name=row.name,
        settings=_load(row.settings),
        fingerprint=row.fingerprint,
        generation=row.generation,
        building=row.building,
        building_settings=None if row.building_settings is None else _load(row.building_settings),
        building_fingerprint=row.building_fingerprint,
        created_at=row.created_at,
        rerank=rerank_json.load(row.rerank),
        former=None if row.former is None else _load_former(row.former),
    )
