"""The collection that served before a rebuild: kept for a while, and what of it is out of date.

Nothing is written to it while it is kept, so keeping it costs its memory and no more. What has
changed since is brought up to date when an index is rolled back to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from services.core.ports import Ports
from services.core.types.documents import StoredDocument
from services.core.types.indexes import CollectionStats, Former, Index
from services.ingest import embed, indexes

CLOCKS_DIFFER: Final = timedelta(minutes=10)
"""More than the clocks of two workers do: what was written so shortly before counts as after."""


def keep(ports: Ports, index: Index) -> Index:
    """The index with its serving collection as the former one, if the settings keep any."""
    if ports.settings.ingest.keep_former_s <= 0:
        return replace(index, former=None)
    serving = Former(index.generation, index.settings, index.fingerprint, ports.clock())
    return replace(index, former=serving)


@dataclass(frozen=True, slots=True)
class Held:
    """What the former collection holds, and until when."""

    former: Former
    rows: CollectionStats
    until: datetime


def held(ports: Ports, name: str) -> Held | None:
    """Count the former collection's rows; None when there is none. Raises NotFound, IndexDown."""
    with ports.database.read() as work:
        former = work.indexes.get(name).former
    if former is None or former.generation not in ports.vectors.generations(name):
        return None
    rows = ports.vectors.stats(former.collection(name))
    return Held(former, rows, kept_until(ports, former))


def kept_until(ports: Ports, former: Former) -> datetime:
    """When the sweep drops it."""
    return former.since + timedelta(seconds=ports.settings.ingest.keep_former_s)


def is_over(ports: Ports, index: Index) -> bool:
    """Whether the former collection has been kept long enough, and nobody goes back to it."""
    former = index.former
    return (
        former is not None
        and former.generation != index.building
        and kept_until(ports, former) <= ports.clock()
    )


def out_of_date(
    ports: Ports, index: Index, target: embed.Target, page: Sequence[StoredDocument]
) -> list[StoredDocument]:
    """Which of these documents a collection has to be given: all of them, unless it is the former.

    It lacks those changed since it served, and whatever it was never given.
    """
    former = index.former
    if former is None or former.stale or former.generation != target.collection.generation:
        return list(page)
    info = embed.embedder_of(ports, target)
    segments = target.collection.settings.segments
    unchanged = {
        stored.document.id: indexes.expected_views(stored, info, segments)
        for stored in page
        if stored.updated_at < former.since - CLOCKS_DIFFER
    }
    wanted = [view_id for views in unchanged.values() for view_id in views]
    rows = ports.vectors.vectors(target.collection, wanted) if wanted else {}
    return [
        stored
        for stored in page
        if not unchanged.get(stored.document.id)
        or not rows.keys() >= set(unchanged[stored.document.id])
    ]
