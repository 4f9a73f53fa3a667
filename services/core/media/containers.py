"""Which container of sound or pictures a file is, by its first bytes."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

_ID3_HEADER: Final = 10
_PDF_WITHIN: Final = 1024
"""Readers of PDF look for its mark in so many bytes."""
_STILLS: Final = (b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")
"""Brands of the same boxes as MP4 that hold pictures."""
_QUICKTIME: Final = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
"""What an old QuickTime film, that does not say its brand, begins with."""


class Container(StrEnum):
    """The value is the name of the one demuxer that may read it."""

    WAV = "wav"
    MP3 = "mp3"
    AAC = "aac"
    FLAC = "flac"
    OGG = "ogg"
    MP4 = "mov"
    MATROSKA = "matroska"

    @property
    def shown(self) -> str:
        """What people call it."""
        return _TITLES[self]


_TITLES: Final = {
    Container.WAV: "WAV",
    Container.MP3: "MP3",
    Container.AAC: "AAC",
    Container.FLAC: "FLAC",
    Container.OGG: "Ogg",
    Container.MP4: "MP4 or QuickTime",
    Container.MATROSKA: "WebM or Matroska",
}


def container(data: bytes) -> Container | None:
    """The container, or None if it is none of ours."""
    if data[:4] in (b"RIFF", b"RF64") and data[8:12] == b"WAVE":
        return Container.WAV
    if data.startswith(b"OggS"):
        return Container.OGG
    if data.startswith(b"\x1aE\xdf\xa3"):
        return Container.MATROSKA
    if data[4:8] == b"ftyp":
        return None if data[8:12] in _STILLS else Container.MP4
    if data[4:8] in _QUICKTIME:
        return Container.MP4
    return _bare_sound(data)


def is_pdf(data: bytes) -> bool:
    """Whether it has the mark of a PDF where readers look for it."""
    return b"%PDF-" in data[:_PDF_WITHIN]


def _bare_sound(data: bytes) -> Container | None:
    """Sounds that are a row of frames, perhaps behind an ID3 tag."""
    tagged = data.startswith(b"ID3") and len(data) > _ID3_HEADER
    start = _ID3_HEADER + _syncsafe(data[6:10]) if tagged else 0
    if data[start : start + 4] == b"fLaC":
        return Container.FLAC
    head = data[start : start + 2]
    if len(head) == 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        # Twelve ones and layer 0 begin a frame of AAC; layer 0 means nothing in MP3.
        if head[1] & 0xF6 == 0xF0:
            return Container.AAC
        if head[1] & 0x06:
            return Container.MP3
    return Container.MP3 if tagged else None


def _syncsafe(number: bytes) -> int:
    """Seven bits of each byte, as tags write their size."""
    value = 0
    for byte in number:
        value = value << 7 | byte & 0x7F
    return value
