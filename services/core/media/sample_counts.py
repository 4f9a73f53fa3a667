"""How many samples an MP4 claims to have, read before a demuxer makes room for all of them.

A file of two kilobytes can claim hundreds of millions, at 24 bytes of memory each.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final

_TABLES: Final = re.compile(rb"stsz|stz2|trun")
_COUNT_AT: Final = {b"stsz": 12, b"stz2": 12, b"trun": 8}
"""Where the number stands, counted from the table's name."""


def claimed(data: bytes) -> int:
    """The sum over all tables of samples, wherever they stand outside of the media themselves."""
    total = 0
    for start, stop in _outside_media(data):
        for found in _TABLES.finditer(data, start, stop):
            place = found.start() + _COUNT_AT[found[0]]
            if place + 4 <= len(data):
                total += int(struct.unpack_from(">I", data, place)[0])
    return total


def compressed(data: bytes) -> bool:
    """Whether the tables themselves are compressed, as very old QuickTime could."""
    return any(data.find(b"cmov", start, stop) >= 0 for start, stop in _outside_media(data))


def _outside_media(data: bytes) -> Iterator[tuple[int, int]]:
    """The boxes of the file but for `mdat`, whose bytes are arbitrary."""
    place = 0
    while place + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, place)
        if size == 1 and place + 16 <= len(data):
            size = struct.unpack_from(">Q", data, place + 8)[0]
        if size < 8:
            size = len(data) - place  # to the end, or no box at all
        end = min(len(data), place + size)
        if name != b"mdat":
            yield place, end
        place = end
