"""Makes small sounds and films with known contents, encoded by PyAV."""

import io
from fractions import Fraction

import av
import numpy as np

AUDIO_CODECS = {
    "wav": "pcm_s16le", "ogg": "libopus", "mp3": "libmp3lame", "mp4": "aac", "webm": "libopus",
}  # fmt: skip
VIDEO_CODECS = {"mp4": "libx264", "webm": "libvpx"}
RATE = 48_000
"""Samples a second of every sound made here."""
FPS = 10
COLOURS = {
    "red": (255, 0, 0), "green": (0, 160, 0), "blue": (0, 0, 255), "white": (255, 255, 255),
    "black": (0, 0, 0), "yellow": (255, 255, 0),
}  # fmt: skip


def sound(seconds: float = 1.0, frequency: float = 440.0, format: str = "wav") -> bytes:
    """A sine of half the full loudness, two equal channels; `format` wav, ogg, mp3 or mp4."""
    file = io.BytesIO()
    with av.open(file, "w", format=format) as container:
        stream = container.add_stream(AUDIO_CODECS[format], rate=RATE, layout="stereo")
        _write_sound(container, stream, seconds=seconds, frequency=frequency)
    return file.getvalue()


def film(
    seconds: float = 1.0,
    size: tuple[int, int] = (64, 48),
    colours: tuple[str, ...] = ("red", "blue"),
    sound: bool = True,
    format: str = "mp4",
    keyframes_s: float = 1.0,
    begins_s: float = 0.0,
    gap_s: float = 0.0,
    sound_begins_s: float = 0.0,
    sound_s: float | None = None,
) -> bytes:
    """Ten pictures a second, each colour for an equal part; `format` mp4 or webm.

    The top quarter is white, so that which way is up can be seen. With `sound` a 440 Hz sine,
    as long as the pictures or `sound_s`. Pictures and sound may begin later; `gap_s` is how long
    the picture in the middle stands still.
    """
    file = io.BytesIO()
    with av.open(file, "w", format=format) as container:
        pictures = container.add_stream(VIDEO_CODECS[format], rate=FPS)
        pictures.width, pictures.height = size
        pictures.pix_fmt = "yuv420p"
        pictures.codec_context.gop_size = max(1, round(keyframes_s * FPS))
        pictures.codec_context.thread_count = 1
        tone = (
            container.add_stream(AUDIO_CODECS[format], rate=RATE, layout="stereo")
            if sound
            else None
        )
        _write_pictures(
            container,
            pictures,
            seconds=seconds,
            colours=colours,
            begins_s=begins_s,
            gap_s=gap_s,
        )
        if tone is not None:
            sound_s = seconds if sound_s is None else sound_s
            _write_sound(container, tone, seconds=sound_s, frequency=440.0, begins_s=sound_begins_s)
    return file.getvalue()


def turned(mp4: bytes, matrix: tuple[int, int, int, int]) -> bytes:
    """The same film with another display matrix (a, b, c, d), as a phone writes it."""
    at = mp4.index(b"tkhd") + 4 + 40
    rows = [matrix[0], matrix[1], 0, matrix[2], matrix[3], 0, 0, 0]
    whole = [*(value << 16 for value in rows), 1 << 30]
    packed = b"".join(value.to_bytes(4, "big", signed=True) for value in whole)
    return mp4[:at] + packed + mp4[at + len(packed) :]


def _write_sound(
    container, stream, *, seconds: float, frequency: float, begins_s: float = 0.0
) -> None:
    times = np.arange(round(seconds * RATE)) / RATE
    wave = (np.sin(2 * np.pi * frequency * times) * 16_384).astype(np.int16)
    resampler = av.AudioResampler(
        format=stream.format, layout="stereo", rate=RATE, frame_size=stream.frame_size or 1024
    )
    frame = av.AudioFrame.from_ndarray(
        np.repeat(wave, 2)[np.newaxis, :], format="s16", layout="stereo"
    )
    frame.sample_rate = RATE
    frame.time_base = Fraction(1, RATE)
    frame.pts = round(begins_s * RATE)
    for part in [*resampler.resample(frame), *resampler.resample(None)]:
        container.mux(stream.encode(part))
    container.mux(stream.encode(None))


def _write_pictures(
    container,
    stream,
    *,
    seconds: float,
    colours: tuple[str, ...],
    begins_s: float,
    gap_s: float,
) -> None:
    total = max(1, round(seconds * FPS))
    for number in range(total):
        picture = np.empty((stream.height, stream.width, 3), dtype=np.uint8)
        picture[:] = COLOURS[colours[number * len(colours) // total]]
        picture[: stream.height // 4] = 255
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        still_s = gap_s if number >= total // 2 else 0.0
        frame.pts = number + round((begins_s + still_s) * FPS)
        frame.time_base = Fraction(1, FPS)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
