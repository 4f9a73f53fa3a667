"""Puts the packets of a recording, unchanged, into a clean container that browsers play."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import av

from services.core.errors import MediaRefused
from services.core.media.containers import Container
from services.core.media.recording_streams import Streams


@dataclass(frozen=True, slots=True)
class _Target:
    """A muxer, what it makes with and without pictures, and the codecs it can hold."""

    muxer: str
    sound_type: str
    picture_type: str | None
    codecs: frozenset[str]


_PCM: Final = frozenset({"pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le"})
_MP4: Final = _Target(
    "mp4",
    "audio/mp4",
    "video/mp4",
    frozenset({"h264", "hevc", "av1", "vp9", "mpeg4", "aac", "mp3", "opus", "flac", "alac"}),
)
_WEBM: Final = _Target(
    "webm", "audio/webm", "video/webm", frozenset({"vp8", "vp9", "av1", "opus", "vorbis"})
)
_TARGETS: Final = {
    Container.WAV: (_Target("wav", "audio/wav", None, _PCM),),
    Container.MP3: (_Target("mp3", "audio/mpeg", None, frozenset({"mp3"})),),
    Container.AAC: (_MP4,),
    Container.FLAC: (_Target("flac", "audio/flac", None, frozenset({"flac"})),),
    Container.OGG: (_Target("ogg", "audio/ogg", None, frozenset({"opus", "vorbis", "flac"})),),
    Container.MP4: (_MP4, _WEBM),
    Container.MATROSKA: (_WEBM, _MP4),
}
"""Where the streams of a container may go, its own family first."""
_OPTIONS: Final = {
    # Nothing that says when, where and with what it was made; the same input, the same bytes.
    "fflags": "+bitexact",
    "id3v2_version": "0",
    "write_xing": "1",
}


class Copy:
    """A clean container that is being written; `write` each packet, then take `data`."""

    def __init__(self, streams: Streams, output: Any, path: Path, content_type: str) -> None:
        self.content_type = content_type
        self._origin_s = streams.origin_s
        self._output = output
        self._path = path
        self._to = {stream.index: _added(output, stream) for stream in streams.kept()}

    def write(self, packet: Any) -> None:
        """Add a packet of a kept stream, which is used up by it."""
        shift = round(self._origin_s / packet.time_base)
        if shift:
            packet.pts = None if packet.pts is None else packet.pts - shift
            packet.dts = None if packet.dts is None else packet.dts - shift
        packet.stream = self._to[packet.stream.index]
        self._output.mux(packet)

    def data(self) -> bytes:
        """Finish it; its bytes."""
        self._output.close()
        return self._path.read_bytes()


@contextmanager
def copying(streams: Streams, container: Container) -> Iterator[Copy]:
    """Begin a copy of the kept streams. Raises MediaRefused `unsupported_codec`."""
    target = _target(container, {_codec(stream) for stream in streams.kept()})
    content_type = target.sound_type if streams.pictures is None else target.picture_type
    if content_type is None:
        raise MediaRefused(
            f"{container.shown} with moving pictures is not taken; send MP4 or WebM",
            reason="unsupported_type",
        )
    options = _OPTIONS | ({"movflags": "+faststart"} if target is _MP4 else {})
    # On the disk: the index of an MP4 is put before its packets when all of them are known.
    with TemporaryDirectory(prefix="margay-") as folder:
        path = Path(folder) / "copy"
        with av.open(str(path), "w", format=target.muxer, container_options=options) as output:
            yield Copy(streams, output, path, content_type)


def _target(container: Container, codecs: Iterable[str]) -> _Target:
    wanted = set(codecs)
    for target in _TARGETS[container]:
        if wanted <= target.codecs:
            return target
    fits = " or ".join(target.muxer for target in _TARGETS[container])
    raise MediaRefused(
        f"{' with '.join(sorted(wanted))} does not go into {fits} as it is; encode it anew",
        reason="unsupported_codec",
    )


def _added(output: Any, stream: Any) -> Any:
    added = output.add_stream_from_template(stream)
    added.metadata.clear()
    if _codec(stream) == "hevc" and output.format.name == "mp4":
        added.codec_context.codec_tag = "hvc1"  # the spelling that every player knows
    return added


def _codec(stream: Any) -> str:
    return str(stream.codec_context.codec.canonical_name)
