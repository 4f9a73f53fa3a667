"""Opens the bytes of a sound or a film under the limits that every decoder here keeps."""

import io
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Final, Literal

import av

from models.base import UnreadableMedia

MAX_STREAMS: Final = 8
MAX_RANGE_S: Final = 600.0
"""Longest stretch that is decoded at once."""
MAX_PIXELS: Final = 4096 * 2304
"""Of one picture of a film: up to 4K."""
MAX_DAMAGED_PACKETS: Final = 8
"""Players skip a few bad packets (the first after a seek often is one); so do we."""
MICROSECONDS: Final = 1_000_000
"""The clock of containers."""
VERSION: Final = 2
"""Part of a fingerprint: raise it when the same bytes would give other samples or pictures."""

FORMATS: Final = (
    "mov", "mp4", "matroska", "webm", "ogg", "wav", "mp3", "flac", "aac", "aiff", "avi", "mpegts",
)  # fmt: skip
"""Demuxers that may look at the bytes. Playlists, which name further files, are not among them."""
CODECS: Final = (
    "aac", "mp3", "mp3float", "opus", "libopus", "vorbis", "flac", "alac", "ac3", "eac3",
    "pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le", "pcm_s16be",
    "pcm_s24be", "pcm_alaw", "pcm_mulaw", "amrnb", "libopencore_amrnb",
    "h264", "hevc", "vp8", "libvpx", "vp9", "libvpx-vp9", "av1", "libdav1d", "mpeg4", "mpeg2video",
    "mpeg1video", "mjpeg", "theora", "prores", "h263",
)  # fmt: skip
"""Decoders that may run."""

DAMAGE: Final = (
    av.FFmpegError, OSError, ValueError, TypeError, LookupError, ArithmeticError, RuntimeError,
    AttributeError, AssertionError, EOFError, MemoryError,
)  # fmt: skip
"""What the binding raises on bad bytes: its own errors, and whatever Python then raises."""

_SIGNATURES: Final = re.compile(
    rb"RIFF|OggS|fLaC|ID3|FORM|\x1aE\xdf\xa3|\xff[\xe0-\xff]|....(ftyp|moov|mdat|wide)", re.DOTALL
)


@contextmanager
def opened(data: bytes, *, kind: str) -> Iterator[Any]:
    """The container of `data`, at most `MAX_STREAMS` streams; `kind` is for messages.

    Raises `UnreadableMedia` with reason `empty`, `unknown_format`, `too_many_streams` or `damaged`,
    the last for anything that goes wrong inside the block too.
    """
    if not data:
        raise UnreadableMedia("empty", f"the {kind} has no bytes")
    try:
        with closing(_open(data, kind=kind)) as container:
            if len(container.streams) > MAX_STREAMS:
                raise UnreadableMedia(
                    "too_many_streams",
                    f"the {kind} has {len(container.streams)} streams; at most {MAX_STREAMS}",
                )
            yield container
    except UnreadableMedia:
        raise
    except DAMAGE as error:
        raise UnreadableMedia("damaged", f"the {kind} is damaged or cut short") from error


def _open(data: bytes, *, kind: str) -> Any:
    options = {
        "format_whitelist": ",".join(FORMATS),
        "codec_whitelist": ",".join(CODECS),
        # The bytes are all there is: nothing in them may open a file or an address.
        "protocol_whitelist": "",
        "max_streams": str(16 * MAX_STREAMS),
    }
    try:
        return av.open(io.BytesIO(data), "r", container_options=options, metadata_errors="replace")
    except DAMAGE as error:
        if _SIGNATURES.match(data):
            raise
        raise UnreadableMedia(
            "unknown_format", f"the {kind} is none of {', '.join(FORMATS)}"
        ) from error


def stream(container: Any, kind: Literal["audio", "video"]) -> Any | None:
    """The stream to decode, ready for it; None where there is none. A cover picture is no film."""
    found = next(_of_kind(container, kind), None)
    return None if found is None else _ready(found, kind=kind)


def has(container: Any, kind: Literal["audio", "video"]) -> bool:
    """Whether there is a stream of that kind in a codec that is decoded."""
    found = next(_of_kind(container, kind), None)
    return found is not None and _is_decoded(found)


def _of_kind(container: Any, kind: str) -> Iterator[Any]:
    cover = av.stream.Disposition.attached_pic
    return (
        each for each in container.streams if each.type == kind and not each.disposition & cover
    )


def _is_decoded(found: Any) -> bool:
    return found.codec_context is not None and found.codec_context.name in CODECS


def _ready(found: Any, *, kind: str) -> Any:
    if not _is_decoded(found):
        raise UnreadableMedia("unknown_format", f"its {kind} is in a codec that is not decoded")
    context = found.codec_context
    context.thread_count = 1
    if kind == "video":
        context.options = {"max_pixels": str(MAX_PIXELS)}
        check_pixels(context.width, context.height)
    return found


def check_pixels(width: int, height: int) -> None:
    """Raise `UnreadableMedia` for a film whose pictures are too large."""
    if width * height > MAX_PIXELS:
        raise UnreadableMedia(
            "too_many_pixels",
            f"the video has {width} x {height} pixels; at most {MAX_PIXELS:,} are decoded",
        )


def check_range(start_s: float, end_s: float | None, *, kind: str) -> None:
    """Raise `UnreadableMedia` for more seconds than are decoded at once."""
    if end_s is not None and end_s - start_s > MAX_RANGE_S:
        raise UnreadableMedia(
            "too_long",
            f"{end_s - start_s:.0f} s of the {kind} are asked for; at most {MAX_RANGE_S:.0f}",
        )


def origin_s(container: Any) -> float:
    """What the container's clock shows at its beginning."""
    return float(container.start_time or 0) / MICROSECONDS


def length_s(container: Any, found: Any) -> float:
    """When a stream ends: as its file says, or where its last packet ends."""
    if found.duration and found.time_base:
        begins_s = float((found.start_time or 0) * found.time_base) - origin_s(container)
        return max(0.0, begins_s) + float(found.duration * found.time_base)
    if container.duration:
        return float(container.duration) / MICROSECONDS
    ends = [
        float((packet.pts + (packet.duration or 0)) * packet.time_base)
        for packet in container.demux(found)
        if packet.pts is not None
    ]
    container.seek(0)
    return max(ends, default=origin_s(container)) - origin_s(container)


def decoded(container: Any, found: Any, *, from_s: float) -> Iterator[Any]:
    """The frames of a stream from the last point before `from_s` where decoding can begin."""
    if from_s > 0:
        # In this stream: another one may have nothing there, and where it has is too late.
        try:
            container.seek(round((from_s + origin_s(container)) / found.time_base), stream=found)
        except av.FFmpegError:
            container.seek(0)  # the stream begins later
    damaged = 0
    for packet in container.demux(found):
        try:
            frames = found.codec_context.decode(packet)
        except av.FFmpegError:
            damaged += 1
            if damaged > MAX_DAMAGED_PACKETS:
                raise
            continue
        yield from frames
