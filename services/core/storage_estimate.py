"""How much memory vectors take: what capacity is planned by, wherever we speak of it.

A view takes its float32 numbers (4 bytes each) and its place in the HNSW graph: `2 m` links of
4 bytes on the lowest layer, and on the layers above `m` links on each of the `1 / (m - 1)` that a
view is expected to be on (each layer has an m-th of the views of the one below); plus 12 bytes of
the graph's own, the count of links (4) and the row's number (8). Filter columns, keys and what the
store keeps for its own sake come on top.
"""

from __future__ import annotations

import math
from typing import Final

GIB: Final = 1024**3
_NUMBER_BYTES: Final = 4
_LINK_BYTES: Final = 4
_ROW_BYTES: Final = 12


def storage_bytes(dimensions: int, m: int = 16) -> int:
    """Bytes that one view of this size takes in an HNSW index with `m` links (>= 2) a node."""
    if dimensions < 1 or m < 2:
        raise ValueError(f"no vector has {dimensions} dimensions, or no graph {m} links a node")
    links = 2 * m + m / (m - 1)
    return math.ceil(_NUMBER_BYTES * dimensions + _LINK_BYTES * links + _ROW_BYTES)


def gib_per_million(dimensions: int, m: int = 16) -> float:
    """GiB that a million such views take, to two decimals."""
    return round(storage_bytes(dimensions, m) * 1_000_000 / GIB, 2)
