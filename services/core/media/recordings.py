"""Sounds and videos are checked by their content before anything trusts them."""

from __future__ import annotations

import io
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

import av

from services.core.errors import MediaRefused
from services.core.settings import MediaLimits

FORMATS: Final = (
    "mov", "mp4", "matroska", "webm", "ogg", "wav", "mp3", "flac", "aac", "aiff", "avi", "mpegts",
)  # fmt: skip
"""Containers that are opened. Playlists, which name further files, are not among them."""
_OPTIONS: Final = {"format_whitelist": ",".join(FORMATS), "protocol_whitelist": ""}
_DAMAGE: Final = (av.FFmpegError, OSError, ValueError, ArithmeticError, LookupError, TypeError)
"""What the binding raises on bad bytes."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recording holds; `sound` and `pictures` tell which streams it has."""

    duration_s: float
    sound: bool
    pictures: bool


def check_recording(data: bytes, kind: str, limits: MediaLimits, *, max_s: float) -> Recorded:
    """Open `kind` (`audio` or `video`) and read its packets, without keeping anything.

    Raises MediaRefused with the reason `empty_file`, `unsupported_type`, `too_many_streams`,
    `no_sound`, `no_pictures`, `too_many_pixels`, `too_long` or `corrupt_recording`.
    """
    if not data:
        raise MediaRefused("the file is empty", reason="empty_file")
    try:
        container = av.open(io.BytesIO(data), "r", options=_OPTIONS, metadata_errors="replace")
    except _DAMAGE as error:
        shown = ", ".join(FORMATS)
        raise MediaRefused(f"the {kind} is none of {shown}", reason="unsupported_type") from error
    with closing(container):
        try:
            return _checked(container, kind, limits, max_s)
        except _DAMAGE as error:
            raise MediaRefused(f"the {kind} is damaged", reason="corrupt_recording") from error


def _checked(container: Any, kind: str, limits: MediaLimits, max_s: float) -> Recorded:
    streams = len(container.streams)
    if streams > limits.max_streams:
        raise MediaRefused(
            f"the file has {streams} streams; at most {limits.max_streams}",
            reason="too_many_streams",
        )
    sounds = list(container.streams.audio)
    # The picture on a record's sleeve does not make it a film.
    cover = av.stream.Disposition.attached_pic
    films = [each for each in container.streams.video if not each.disposition & cover]
    if kind == "audio" and not sounds:
        raise MediaRefused("the file has no sound", reason="no_sound")
    if kind == "video" and not films:
        raise MediaRefused("the file has no moving pictures", reason="no_pictures")
    for film in films:
        pixels = film.codec_context.width * film.codec_context.height
        if pixels > limits.max_image_pixels:
            raise MediaRefused(f"its pictures have {pixels} pixels", reason="too_many_pixels")
    duration_s = _duration_s(container, (sounds if kind == "audio" else films)[0], max_s=max_s)
    return Recorded(duration_s, sound=bool(sounds), pictures=bool(films))


def _duration_s(container: Any, stream: Any, *, max_s: float) -> float:
    """Where its last packet ends: what a header says may be anything."""
    first_s, end_s = None, 0.0
    for packet in container.demux(stream):
        if packet.pts is None:
            continue
        start_s = float(packet.pts * packet.time_base)
        first_s = start_s if first_s is None else min(first_s, start_s)
        end_s = max(end_s, start_s + float((packet.duration or 0) * packet.time_base))
        if end_s - first_s > max_s:
            raise MediaRefused(f"it takes more than {max_s:g} s", reason="too_long")
    if first_s is None or end_s <= first_s:
        raise MediaRefused("the file holds no recording", reason="corrupt_recording")
    return end_s - first_s
