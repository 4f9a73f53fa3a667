"""Small encoded pictures, sounds and videos for tests of embedders."""

import functools
import io
import wave

import av
import numpy as np
from PIL import Image, ImageDraw

RATE = 16_000


@functools.cache
def picture(colour: str, *, size: tuple[int, int] = (160, 120), format: str = "PNG") -> bytes:
    """An encoded picture: a disc of one colour on white."""
    file = io.BytesIO()
    _disc(colour, size=size).save(file, format)
    return file.getvalue()


@functools.cache
def tone(hertz: float, *, seconds: float = 1.0) -> bytes:
    """A WAV file of one steady tone, mono, 16 kHz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE)
        wav.writeframes(_samples(hertz, seconds=seconds).tobytes())
    return file.getvalue()


@functools.cache
def clip(colour: str, *, seconds: int = 2, hertz: float | None = None) -> bytes:
    """An MP4 of 5 pictures a second in which a disc grows, with a tone beside it if `hertz`."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as movie:
        pictures = movie.add_stream("mpeg4", rate=5)
        pictures.width, pictures.height, pictures.pix_fmt = 96, 64, "yuv420p"
        sound = None if hertz is None else movie.add_stream("aac", rate=RATE, layout="mono")
        for step in range(5 * seconds):
            drawn = _disc(colour, size=(96, 64), margin=24 - 2 * (step % 8))
            movie.mux(pictures.encode(av.VideoFrame.from_image(drawn)))
        movie.mux(pictures.encode())
        if sound is not None and hertz is not None:
            samples = _samples(hertz, seconds=seconds)[None]
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, 0
            movie.mux(sound.encode(frame))
            movie.mux(sound.encode())
    return file.getvalue()


def _disc(colour: str, *, size: tuple[int, int], margin: int = 20) -> Image.Image:
    image = Image.new("RGB", size, "white")
    box = (margin, margin // 2, size[0] - margin, size[1] - margin // 2)
    ImageDraw.Draw(image).ellipse(box, fill=colour)
    return image


def _samples(hertz: float, *, seconds: float) -> np.ndarray:
    times = np.arange(int(RATE * seconds)) / RATE
    return (9000 * np.sin(2 * np.pi * hertz * times)).astype(np.int16)
