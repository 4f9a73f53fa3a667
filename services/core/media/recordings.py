"""An untrusted sound or video, checked and put into a clean container with a thumbnail.

What is kept are the very packets of its first sound and its first moving pictures; titles, places,
covers, subtitles and further streams stay behind.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Final

from services.core.errors import MediaRefused
from services.core.media import images, sniff, waveform
from services.core.media.containers import Container, container
from services.core.media.kinds import Kind, check_bytes
from services.core.media.recording_copy import Copy, copying
from services.core.media.recording_proof import PictureProof, SoundProof, nothing_decoded
from services.core.media.recording_streams import (
    MAX_PACKETS,
    MICROSECONDS,
    Streams,
    opened,
    too_many_packets,
)
from services.core.settings import MediaLimits

_DEMANDS: Final = {
    Kind.AUDIO: "the sound must be WAV, MP3, Ogg, FLAC, M4A or AAC",
    Kind.VIDEO: "the video must be MP4, QuickTime, WebM or Matroska",
}
_COUNTED: Final = frozenset({Container.MP4, Container.MATROSKA, Container.FLAC, Container.WAV})
"""Containers whose header tells the true length."""
_CLICK_S: Final = 0.02
"""Beside pictures a shorter sound is none: no model hears anything in it."""


@dataclass(frozen=True, slots=True)
class NormalisedRecording:
    """A recording in a container of ours; the same input gives the same bytes.

    `duration_s` is where its pictures end (of a sound: where it ends), `sound_s` where its sound
    ends (0: there is none). Width and height, of the upright picture, are 0 for a sound.
    """

    full: bytes
    content_type: str
    thumbnail: bytes
    """A JPEG: a picture of the video, or the sound as a drawing."""
    duration_s: float
    sound_s: float
    width: int
    height: int
    sha256_of_input: str = ""
    """Hexadecimal."""


def normalise(data: bytes, kind: Kind, limits: MediaLimits) -> NormalisedRecording:
    """Check the bytes of a sound or a video (`kind` says which), decode and copy them.

    Raises MediaRefused with the reason `empty_file`, `too_many_bytes`, `unsupported_type`,
    `unsupported_codec`, `too_many_streams`, `too_many_packets`, `too_many_pixels`, `too_long`,
    `truncated` or `corrupt_recording`; Unavailable if memory ran out, InsufficientStorage.
    """
    check_bytes(data, kind, limits)
    found = container(data)
    if found is None:
        raise sniff.refused(_DEMANDS[kind], data)
    with opened(data, found, limits) as streams:
        _check_kind(streams, found, kind)
        seen, heard = PictureProof(streams, limits), SoundProof(streams, limits)
        with copying(streams, found) as copy:
            _pass(streams, seen, heard, copy)
            full = copy.data()
        # Matroska counts its length from the zero of a clock that may begin later.
        skipped_s = max(0.0, streams.origin_s) if found is Container.MATROSKA else 0.0
        _check_whole(streams, found, skipped_s + max(seen.end_s, heard.end_s))
        made = _made(full, copy.content_type, seen, heard, limits)
    return replace(made, sha256_of_input=hashlib.sha256(data).hexdigest())


def _check_kind(streams: Streams, found: Container, kind: Kind) -> None:
    if streams.pictures is None and streams.sound is None:
        raise MediaRefused(
            "the recording has neither sound nor moving pictures", reason="corrupt_recording"
        )
    actual = Kind.AUDIO if streams.pictures is None else Kind.VIDEO
    if actual is not kind:
        raise MediaRefused(
            f"{_DEMANDS[kind]} by its content; this is a {actual.noun} ({found.shown})",
            reason="unsupported_type",
        )


def _pass(streams: Streams, seen: PictureProof, heard: SoundProof, copy: Copy) -> None:
    """Let every packet go by once: looked at, listened to, then copied."""
    pictures, sound = streams.pictures, streams.sound
    for number, packet in enumerate(streams.container.demux(streams.kept())):
        if number > MAX_PACKETS:
            raise too_many_packets()
        if packet.size == 0 or packet.dts is None:
            continue  # what ends each stream
        if pictures is not None and packet.stream.index == pictures.index:
            seen.see(packet)
        else:
            heard.hear(packet)
        copy.write(packet)
    heard.hear(None)
    if pictures is not None and seen.poster is None:
        raise nothing_decoded("picture")
    if sound is not None and not heard.peaks:
        raise nothing_decoded("sound")


def _check_whole(streams: Streams, found: Container, end_s: float) -> None:
    """A file that breaks off still has the length of the whole in its header."""
    said_s = (streams.container.duration or 0) / MICROSECONDS
    if found in _COUNTED and end_s < said_s - max(1.0, said_s / 20):
        raise MediaRefused(
            f"the recording is cut off: {end_s:.1f} of {said_s:.1f} seconds are there",
            reason="truncated",
        )


def _made(
    full: bytes, content_type: str, seen: PictureProof, heard: SoundProof, limits: MediaLimits
) -> NormalisedRecording:
    sound_s = round(heard.end_s, 3)
    if seen.poster is not None and sound_s < _CLICK_S:
        sound_s = 0.0
    picture = seen.poster or waveform.draw(heard.peaks, width=limits.thumbnail_pixels)
    return NormalisedRecording(
        full=full,
        content_type=content_type,
        thumbnail=images.thumbnail(picture, limits),
        duration_s=sound_s if seen.poster is None else round(seen.end_s, 3),
        sound_s=sound_s,
        width=seen.size[0],
        height=seen.size[1],
    )
