"""The catalog of stored media, and who holds them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, delete, or_, select

from services.core.db.inserting import chunks, insert_into
from services.core.db.ledger_rows import PENDING
from services.core.db.tables import document_media, item_media, items
from services.core.db.tables import media as catalog
from services.core.errors import NotFound
from services.core.types.documents import Media

_FIELDS: Final = (
    "kind",
    "content_type",
    "width",
    "height",
    "bytes",
    "sha256",
    "owner",
    "created_at",
    "expires_at",
    "duration_s",
    "pages",
)


class SqlMedia:
    """`ports.stores.MediaCatalog` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, media: Media) -> None:
        values: dict[str, Any] = {name: getattr(media, name) for name in _FIELDS}
        values |= {
            "index_name": media.index,
            "sound": media.sound,
            "sound_s": media.sound_s,
            "worded": list(media.worded),
        }
        statement = insert_into(self._connection.dialect.name, catalog).values(
            id=media.id, **values
        )
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_=values)
        )

    def get(self, media_id: str) -> Media:
        row = self._connection.execute(select(catalog).where(catalog.c.id == media_id)).first()
        if row is None:
            raise NotFound(f"media {media_id!r} does not exist")
        return _media(row)

    def link(self, index: str, document_id: str, media_ids: Sequence[str]) -> None:
        old = delete(document_media).where(
            document_media.c.index_name == index, document_media.c.document_id == document_id
        )
        self._connection.execute(old)
        for media_id in dict.fromkeys(media_ids):
            self._connection.execute(
                document_media.insert().values(
                    index_name=index, document_id=document_id, media_id=media_id
                )
            )

    def abandoned(self, *, now: datetime, unlinked_before: datetime, limit: int) -> list[Media]:
        linked = select(1).where(document_media.c.media_id == catalog.c.id).exists()
        held = (
            select(1)
            .select_from(item_media.join(items, items.c.sequence == item_media.c.sequence))
            .where(item_media.c.media_id == catalog.c.id, items.c.state.in_(PENDING))
            .exists()
        )
        unheld = and_(
            catalog.c.index_name.is_not(None),
            catalog.c.created_at < unlinked_before,
            ~linked,
            ~held,
        )
        wanted = select(catalog).where(or_(catalog.c.expires_at <= now, unheld))
        rows = self._connection.execute(wanted.order_by(catalog.c.created_at).limit(limit))
        return [_media(row) for row in rows]

    def remove(self, media_ids: Sequence[str]) -> None:
        for some in chunks(media_ids):
            self._connection.execute(delete(catalog).where(catalog.c.id.in_(some)))


def _media(row: Row[Any]) -> Media:
    return Media(
        id=row.id,
        index=row.index_name,
        sound=row.sound or False,
        sound_s=row.sound_s or 0.0,
        worded=tuple(row.worded or ()),
        **{name: getattr(row, name) for name in _FIELDS},
    )
