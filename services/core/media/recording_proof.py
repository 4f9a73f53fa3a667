"""Decodes a recording as it goes by: all of its sound, and a picture of each second."""

from __future__ import annotations

import math
from typing import Any, Final

import av
import numpy as np
from PIL import Image

from services.core.errors import MediaRefused
from services.core.media.recording_streams import Streams, check_pixels, too_long
from services.core.settings import MediaLimits

MAX_DAMAGED: Final = 8
"""Players skip a few bad packets; so do the models' decoders."""
_BETWEEN_S: Final = 1.0
"""A video may begin anew with each of its pictures: one a second is looked at."""
_DARK, _BRIGHT = 24.0, 235.0
_USUAL_GAP_S: Final = 0.04


class PictureProof:
    """Pictures that can be decoded; `poster` is the first that is neither black nor white."""

    def __init__(self, streams: Streams, limits: MediaLimits) -> None:
        self._context = streams.pictures.codec_context if streams.pictures is not None else None
        self._gap_s, self._aspect = _shape(streams.pictures)
        self._origin_s = streams.origin_s
        self._limits = limits
        self._next_s = 0.0
        self._last_s = -math.inf
        self._damaged = 0
        self._rank = -1.0
        self.poster: Image.Image | None = None
        self.size = (0, 0)
        self.end_s = 0.0

    def see(self, packet: Any) -> None:
        """Look at a packet of the video. Raises MediaRefused, FFmpegError."""
        moment = packet.pts if packet.pts is not None else packet.dts
        if moment is None:
            return
        start_s = float(moment * packet.time_base) - self._origin_s
        length_s = float((packet.duration or 0) * packet.time_base) or self._gap_s
        if start_s >= self._last_s:
            # Only of the last picture: packets come in another order, and the time to the next
            # one of the file is not how long a picture is shown.
            self._last_s, self.end_s = start_s, max(0.0, start_s + length_s)
        if self.end_s > self._limits.max_recording_s + _USUAL_GAP_S:
            raise too_long(self.end_s, self._limits)
        if packet.is_keyframe and start_s >= self._next_s:
            self._next_s = start_s + _BETWEEN_S
            self._decode(packet)

    def _decode(self, packet: Any) -> None:
        context = self._context
        assert context is not None
        try:
            # Flushed behind each: a decoder may hold a picture back until others follow.
            frames = [*context.decode(packet), *context.decode(None)]
        except av.FFmpegError:
            self._damaged += 1
            if self._damaged > MAX_DAMAGED:
                raise
            frames = []
        finally:
            context.flush_buffers()
        for frame in frames:
            check_pixels(frame.width, frame.height, self._limits)
            self._consider(frame)

    def _consider(self, frame: Any) -> None:
        if self._rank >= 1:
            return
        image = _small(frame, self._limits.thumbnail_pixels, aspect=self._aspect)
        light = float(np.asarray(image.convert("L")).mean())
        rank = 1.0 if _DARK < light < _BRIGHT else light / 1000
        if rank > self._rank:
            self._rank, self.poster = rank, image
            turned = frame.rotation % 180 != 0
            self.size = (frame.height, frame.width) if turned else (frame.width, frame.height)


class SoundProof:
    """Sound that can be decoded; `peaks` are the loudest samples (0..1) of each frame."""

    def __init__(self, streams: Streams, limits: MediaLimits) -> None:
        self._origin_s = streams.origin_s
        self._limits = limits
        self._damaged = 0
        self._context = streams.sound.codec_context if streams.sound is not None else None
        self.peaks: list[float] = []
        self.end_s = 0.0

    def hear(self, packet: Any | None) -> None:
        """Decode a packet (None: what is held back). Raises MediaRefused, FFmpegError."""
        if self._context is None:
            return
        try:
            frames = self._context.decode(packet)
        except av.FFmpegError:
            self._damaged += 1
            if self._damaged > MAX_DAMAGED:
                raise
            return
        for frame in frames:
            self._take(frame)

    def _take(self, frame: Any) -> None:
        length_s = frame.samples / frame.sample_rate
        start_s = self.end_s if frame.time is None else frame.time - self._origin_s
        self.end_s = max(self.end_s, start_s + length_s)
        if self.end_s > self._limits.max_recording_s + _USUAL_GAP_S * 5:
            raise too_long(self.end_s, self._limits)
        self.peaks.append(_peak(frame.to_ndarray()))


def nothing_decoded(what: str) -> MediaRefused:
    """The error for a stream that gave nothing at all."""
    return MediaRefused(f"no {what} of the recording can be decoded", reason="corrupt_recording")


def _peak(samples: Any) -> float:
    if samples.size == 0:
        return 0.0
    if samples.dtype.kind == "u":
        return float(np.abs(samples.astype(np.int16) - 128).max()) / 128
    loudest = max(float(samples.max()), -float(samples.min()))
    if samples.dtype.kind == "i":
        loudest /= float(np.iinfo(samples.dtype).max)
    return min(1.0, loudest) if np.isfinite(loudest) else 1.0


def _small(frame: Any, longest: int, *, aspect: float) -> Image.Image:
    """The frame as an upright RGB picture with square pixels, bounded."""
    wide = frame.width * aspect
    scale = min(1.0, longest / max(wide, frame.height))
    size = max(1, round(wide * scale)), max(1, round(frame.height * scale))
    array = frame.reformat(*size, format="rgb24", interpolation="AREA").to_ndarray()
    image = Image.fromarray(np.ascontiguousarray(array))
    return image.rotate(frame.rotation, expand=True) if frame.rotation else image


def _shape(pictures: Any | None) -> tuple[float, float]:
    """Seconds from one picture to the next, and how wide a pixel is for its height."""
    if pictures is None:
        return _USUAL_GAP_S, 1.0
    rate, aspect = pictures.average_rate, float(pictures.sample_aspect_ratio or 1)
    gap_s = min(1.0, 1 / float(rate)) if rate else _USUAL_GAP_S
    return gap_s, aspect if 0.1 < aspect < 10 else 1.0
