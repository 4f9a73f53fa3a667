"""The vocabularies of indexes, kept for a while: reading one scans the index's documents."""

from __future__ import annotations

import time
from datetime import datetime
from threading import Lock
from typing import Final, TypeAlias

from cachetools import TTLCache

from services.core.ports import Ports
from services.core.types.facets import Facet
from services.core.types.indexes import AttributeType, Index
from services.search.understanding.vocabulary import Vocabulary, vocabulary

KEPT_S: Final = 60.0
"""A new value is not known for so long; searching for it by meaning works at once."""
MAX_VALUES: Final = 1000
"""Of one attribute, the most frequent."""
_MAX_INDEXES: Final = 64
_WORDED: Final = (AttributeType.STRING, AttributeType.TAGS)

_Key: TypeAlias = tuple[str, datetime, int]


class Vocabularies:
    """One for a process; safe to use from several threads."""

    def __init__(self, *, kept_s: float = KEPT_S) -> None:
        self._held: TTLCache[_Key, Vocabulary] = TTLCache(_MAX_INDEXES, kept_s, time.monotonic)
        self._lock = Lock()

    def of(self, index: Index, *, ports: Ports, now: datetime) -> Vocabulary:
        """The values of the index's string and tags attributes, as its live documents have them."""
        key = (index.name, index.created_at, index.generation)
        with self._lock:
            known = self._held.get(key)
        if known is None:
            known = _read(index, ports=ports, now=now)
            with self._lock:
                self._held[key] = known
        return known


def _read(index: Index, *, ports: Ports, now: datetime) -> Vocabulary:
    types = index.settings.filterable()
    facets = [Facet(name) for name, type in types.items() if type in _WORDED]
    with ports.database.read() as work:
        counted = work.facets.count(
            index.name, facets, types, filter=None, now=now, limit=MAX_VALUES
        )
    return vocabulary(
        {each.facet.attribute: [str(held.value) for held in each.values] for each in counted}
    )
