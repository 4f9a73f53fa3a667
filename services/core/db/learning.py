"""What is learned of clicks: propensities of positions, click rates of documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, or_, select

from services.core.db.inserting import chunks, insert_into
from services.core.db.insight_tables import learned_signals, propensities
from services.core.errors import NotFound
from services.core.types.analytics import LearnedSignal, StoredPropensities

_ALL: Final = ""
"""No document's id: the row of all of them together, read by the same key lookup.

Where nothing was looked at it has no impressions, and says only when that was learned.
"""


class SqlLearning:
    """`ports.analytics.LearningStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def propensities(self, index: str) -> StoredPropensities | None:
        wanted = select(propensities).where(propensities.c.index_name == index)
        row = self._connection.execute(wanted).first()
        return (
            None if row is None else StoredPropensities(tuple(row.by_position), row.source, row.at)
        )

    def put_propensities(self, index: str, propensities_: StoredPropensities) -> None:
        values = {
            "source": propensities_.source,
            "by_position": list(propensities_.by_position),
            "at": propensities_.at,
        }
        new = insert_into(self._connection.dialect.name, propensities)
        stored = new.values(index_name=index, **values).on_conflict_do_update(
            index_elements=["index_name"], set_=values
        )
        try:
            self._connection.execute(stored)
        except NotFound as error:
            raise NotFound(f"index {index!r} does not exist") from error

    def drop_propensities(self, index: str) -> None:
        self._connection.execute(delete(propensities).where(propensities.c.index_name == index))

    def replace_signals(
        self,
        index: str,
        signals: Sequence[LearnedSignal],
        *,
        mean: float | None,
        now: datetime,
    ) -> None:
        ours = learned_signals.c.index_name == index
        self._connection.execute(delete(learned_signals).where(ours))
        rows = [
            {
                "index_name": index,
                "document_id": signal.document,
                "ctr": signal.ctr,
                "impressions": signal.impressions,
                "clicks": signal.clicks,
                "at": now,
            }
            for signal in sorted(signals, key=lambda each: each.document)
        ]
        of_all = {"document_id": _ALL, "ctr": mean or 0.0, "impressions": float(mean is not None)}
        rows.append({"index_name": index, **of_all, "clicks": 0.0, "at": now})
        new = insert_into(self._connection.dialect.name, learned_signals)
        try:
            for some in chunks(rows):
                self._connection.execute(new, list(some))
        except NotFound as error:
            raise NotFound(f"index {index!r} does not exist") from error

    def ctr(self, index: str, document_ids: Sequence[str]) -> Mapping[str, float]:
        found: dict[str, float] = {}
        for some in chunks([_ALL, *document_ids]):
            wanted = select(learned_signals.c.document_id, learned_signals.c.ctr).where(
                learned_signals.c.index_name == index,
                learned_signals.c.document_id.in_(some),
                or_(learned_signals.c.document_id != _ALL, learned_signals.c.impressions > 0),
            )
            found |= {row.document_id: row.ctr for row in self._connection.execute(wanted)}
        mean = found.pop(_ALL, None)
        return found if mean is None else dict.fromkeys(document_ids, mean) | found

    def signals(self, index: str, *, limit: int) -> list[LearnedSignal]:
        wanted = select(learned_signals).where(
            learned_signals.c.index_name == index, learned_signals.c.document_id != _ALL
        )
        best = wanted.order_by(learned_signals.c.ctr.desc(), learned_signals.c.document_id)
        rows = self._connection.execute(best.limit(limit))
        return [
            LearnedSignal(row.document_id, row.ctr, row.impressions, row.clicks) for row in rows
        ]

    def learned_at(self, index: str) -> datetime | None:
        at = select(learned_signals.c.at).where(
            learned_signals.c.index_name == index, learned_signals.c.document_id == _ALL
        )
        found: datetime | None = self._connection.execute(at).scalar()
        return found
