"""Opens an untrusted recording with one demuxer, and picks the streams of it that we keep."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import av

from services.core.errors import InsufficientStorage, MediaRefused, Unavailable
from services.core.media import sample_counts
from services.core.media.containers import Container
from services.core.settings import MediaLimits

SOUND_CODECS: Final = (
    "aac", "mp3", "opus", "vorbis", "flac", "alac",
    "pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le",
)  # fmt: skip
PICTURE_CODECS: Final = ("h264", "hevc", "av1", "vp8", "vp9", "mpeg4")
_DECODERS: Final = (
    *SOUND_CODECS, *PICTURE_CODECS, "mp3float", "libopus", "libdav1d", "libvpx", "libvpx-vp9",
)  # fmt: skip
"""No other decoder ever sees untrusted bytes."""
MAX_PICTURE_PIXELS: Final = 4096 * 2304
"""Of one picture of a video: what the models' own decoder takes."""
MAX_SAMPLE_RATE: Final = 192_000
MIN_SAMPLE_RATE: Final = 4_000
MAX_CHANNELS: Final = 8
MAX_PACKETS: Final = 1_000_000
"""Ten minutes of pictures and sound have about 60,000."""
MICROSECONDS: Final = 1_000_000
"""The clock of containers."""
BROKEN: Final = (
    av.FFmpegError, OSError, ValueError, TypeError, LookupError, ArithmeticError, RuntimeError,
    AttributeError, AssertionError, EOFError,
)  # fmt: skip
"""What the binding raises on bad bytes: its own errors, and whatever Python then raises."""


@dataclass(frozen=True, slots=True)
class Streams:
    """An open recording (PyAV's objects), and its first moving pictures and first sound."""

    container: Any
    pictures: Any | None
    sound: Any | None
    origin_s: float
    """What the container's clock shows at its beginning."""

    def kept(self) -> list[Any]:
        return [stream for stream in (self.pictures, self.sound) if stream is not None]


@contextmanager
def opened(data: bytes, container: Container, limits: MediaLimits) -> Iterator[Streams]:
    """Open it, within the limits that its header tells; close it behind the block.

    Raises MediaRefused `too_many_packets`, `too_many_streams`, `unsupported_codec`,
    `too_many_pixels`, `too_long` or `corrupt_recording`, the last for whatever goes wrong inside
    the block too; Unavailable.
    """
    if container is Container.MP4 and _claims_too_many(data):
        raise too_many_packets()
    with refusing_broken(), closing(_open(io.BytesIO(data), container, limits)) as source:
        if len(source.streams) > limits.max_streams:
            raise MediaRefused(
                f"the recording has {len(source.streams)} streams; "
                f"the limit is {limits.max_streams}",
                reason="too_many_streams",
            )
        streams = Streams(
            source,
            pictures=_first(source, "video", PICTURE_CODECS),
            sound=_first(source, "audio", SOUND_CODECS),
            origin_s=(source.start_time or 0) / MICROSECONDS,
        )
        _check_header(streams, limits)
        yield streams


@contextmanager
def refusing_broken() -> Iterator[None]:
    """Say of broken bytes that they are, and of a full memory or disk that it is."""
    try:
        yield
    except (*BROKEN, MemoryError) as error:
        # Broken files ask the library for absurd amounts of memory: that is no lack of ours.
        if isinstance(error, MemoryError) and not isinstance(error, av.FFmpegError):
            raise Unavailable("not enough memory for a recording; it is tried again") from error
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise InsufficientStorage("no space is left for temporary files") from error
        raise MediaRefused("the recording cannot be decoded", reason="corrupt_recording") from error


def too_many_packets() -> MediaRefused:
    """The error for a recording of more packets than anybody records in its time."""
    return MediaRefused(
        f"the recording has more than {MAX_PACKETS} packets, which is the limit",
        reason="too_many_packets",
    )


def too_long(seconds: float, limits: MediaLimits) -> MediaRefused:
    """The error for a recording that lasts at least so long."""
    return MediaRefused(
        f"the recording has {seconds:.1f} seconds; the limit is {limits.max_recording_s:g}",
        reason="too_long",
    )


def check_pixels(width: int, height: int, limits: MediaLimits) -> None:
    """Raise MediaRefused `too_many_pixels` for pictures that are too large."""
    most = min(MAX_PICTURE_PIXELS, limits.max_image_pixels)
    if width * height > most:
        raise MediaRefused(
            f"the video has pictures of {width} x {height} pixels; the limit is {most} in all",
            reason="too_many_pixels",
        )


def shows_pictures(file: BinaryIO, container: Container, limits: MediaLimits) -> bool:
    """Whether an MP4 or Matroska file has moving pictures; False if its header is broken."""
    data = file.read(limits.max_video_bytes + 1)
    if len(data) > limits.max_video_bytes or _claims_too_many(data):
        return True  # whoever takes it for a video says what is wrong with it
    try:
        with closing(_open(io.BytesIO(data), container, limits)) as source:
            return any(_is_film(stream) for stream in source.streams)
    except BROKEN:
        return False


def _claims_too_many(data: bytes) -> bool:
    return sample_counts.claimed(data) > MAX_PACKETS or sample_counts.compressed(data)


def _is_film(stream: Any) -> bool:
    """A cover picture is none."""
    return stream.type == "video" and not stream.disposition & av.stream.Disposition.attached_pic


def _open(file: BinaryIO, container: Container, limits: MediaLimits) -> Any:
    options = {
        "codec_whitelist": ",".join(_DECODERS),
        # The bytes are all there is: nothing in them may open a file or an address.
        "protocol_whitelist": "",
        "max_streams": str(16 * limits.max_streams),
    }
    return av.open(
        file,
        "r",
        format=container.value,
        container_options=options,
        metadata_errors="replace",
    )


def _first(source: Any, type: str, codecs: tuple[str, ...]) -> Any | None:
    """The first stream of that type. Raises MediaRefused for its codec."""
    for stream in source.streams:
        if stream.type != type or (type == "video" and not _is_film(stream)):
            continue
        context = stream.codec_context
        name = "an unknown codec" if context is None else context.codec.canonical_name
        if context is None or name not in codecs:
            what = "pictures" if type == "video" else "sound"
            raise MediaRefused(
                f"its {what} must be {', '.join(codecs)}; this is {name}",
                reason="unsupported_codec",
            )
        context.thread_count = 1
        return stream
    return None


def _check_header(streams: Streams, limits: MediaLimits) -> None:
    said_s = (streams.container.duration or 0) / MICROSECONDS
    # The length of an MP3 may be a guess; the true one is known behind its last frame.
    if said_s > 2 * limits.max_recording_s + 1:
        raise too_long(said_s, limits)
    if streams.pictures is not None:
        context = streams.pictures.codec_context
        check_pixels(context.width, context.height, limits)
        context.options = {"max_pixels": str(min(MAX_PICTURE_PIXELS, limits.max_image_pixels))}
    if streams.sound is not None:
        rate, channels = streams.sound.codec_context.sample_rate, streams.sound.channels
        if not MIN_SAMPLE_RATE <= rate <= MAX_SAMPLE_RATE or channels > MAX_CHANNELS:
            raise MediaRefused(
                f"the sound has {channels} channels of {rate} samples a second; the limits are "
                f"{MAX_CHANNELS} of {MIN_SAMPLE_RATE} to {MAX_SAMPLE_RATE}",
                reason="unsupported_codec",
            )
