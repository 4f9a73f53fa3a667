"""Lines of JSON or of text from a plain or gzipped file, from any place on."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from datasets.errors import DatasetError
from datasets.records import Packed

MAX_LINE_BYTES: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end; `cursor` is where to go on after it, `where` names it to a person."""

    text: str
    cursor: str
    where: str


@dataclass(frozen=True, slots=True)
class Fields:
    """A line that holds a JSON object."""

    fields: dict[str, Any]
    cursor: str
    where: str


def lines(source: Path | Packed, *, after: str | None = None) -> Iterator[Line]:
    """Every line that is not blank; a cursor is `<byte offset>:<line number>`, unpacked if gzipped.

    Raises DatasetError if the file cannot be read, is not UTF-8, or has a line over 32 MiB.
    """
    name = Path(source.name).name
    offset, number = place(after, of=name)
    try:
        with opened(source) as file:
            file.seek(offset)
            while raw := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                where = f"{name}:{number}"
                if len(raw) > MAX_LINE_BYTES:
                    raise DatasetError(f"{where} is longer than {MAX_LINE_BYTES} bytes")
                if text := _text(raw, where).strip("\r\n\ufeff"):
                    yield Line(text, f"{file.tell()}:{number}", where)
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(name, error) from error


def objects(source: Path | Packed, *, after: str | None = None) -> Iterator[Fields]:
    """Every line as a JSON object. Raises DatasetError as `lines` does, and for what is none."""
    for line in lines(source, after=after):
        if not line.text.strip():
            continue
        try:
            fields = json.loads(line.text)
        except (ValueError, RecursionError) as error:
            raise DatasetError(f"{line.where} is not JSON") from error
        if not isinstance(fields, dict):
            raise DatasetError(f"{line.where} must be a JSON object")
        yield Fields(fields, line.cursor, line.where)


def objects_in(sources: Sequence[Path | Packed], *, after: str | None = None) -> Iterator[Fields]:
    """The objects of several files as of one; a cursor is `<file name>/<place in it>`.

    Raises DatasetError as `objects` does, and if the cursor names none of the files.
    """
    names = [Path(source.name).name for source in sources]
    name, _, inside = (after or "").rpartition("/")
    if after is not None and name not in names:
        raise DatasetError(f"{after!r} is no place in {', '.join(names[:3])}")
    begin = names.index(name) if after is not None else 0
    for at, source in enumerate(sources[begin:], start=begin):
        start = inside if after is not None and at == begin else None
        for line in objects(source, after=start):
            yield Fields(line.fields, f"{names[at]}/{line.cursor}", line.where)


def opened(source: Path | Packed) -> BinaryIO:
    """Open a file for reading, unpacking gzip. Raises OSError."""
    plain = _within(source) if isinstance(source, Packed) else source.open("rb")
    if not source.name.endswith(".gz"):
        return plain
    return cast(BinaryIO, _Unpacked(plain))


class _Unpacked(gzip.GzipFile):
    """A gzipped file that closes what it reads from."""

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        super().__init__(fileobj=packed, mode="rb")

    def close(self) -> None:
        super().close()
        self._packed.close()


def place(cursor: str | None, *, of: str) -> tuple[int, int]:
    """The numbers of a cursor `<a>:<b>`; zeros without one. Raises DatasetError."""
    first, _, second = (cursor or "0:0").partition(":")
    if not (first.isdecimal() and second.isdecimal()):
        raise DatasetError(f"{cursor!r} is no place in {of}")
    return int(first), int(second)


def unreadable(name: str, error: Exception) -> DatasetError:
    """What to raise when a file cannot be read."""
    return DatasetError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}")


def _within(source: Packed) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_Section(source)))


class _Section(io.RawIOBase):
    """The bytes of one member of an archive, as a file of its own."""

    def __init__(self, member: Packed) -> None:
        self._file = member.archive.open("rb")
        self._member = member
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._member.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self._member.size - self._at)
        if wanted <= 0:
            return 0
        self._file.seek(self._member.offset + self._at)
        found = self._file.read(wanted)
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def close(self) -> None:
        self._file.close()
        super().close()


def _text(raw: bytes, where: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DatasetError(f"{where} is not UTF-8") from error
