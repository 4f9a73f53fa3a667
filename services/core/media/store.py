"""Media bytes in a folder or a bucket, behind fsspec."""

from __future__ import annotations

import errno
import posixpath
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from services.core.errors import (
    InputError,
    InsufficientStorage,
    NotFound,
    SettingsError,
    Unavailable,
)
from services.core.media.local_files import LocalFiles
from services.core.media.s3 import SCHEME

_SEGMENT: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}"
KEY: Final = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT}){{0,3}}")
"""One to four segments that start with a letter or digit: no key can leave the root."""
PREFIX: Final = re.compile(rf"(?:{_SEGMENT}/){{0,3}}(?:{_SEGMENT})?")
_ABSENT: Final = (FileNotFoundError, NotADirectoryError, IsADirectoryError)
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class FsspecMediaStore:
    """A MediaStore at an fsspec URL: `file:///folder`, `memory://name`, `s3://bucket/folder`.

    In a local folder, `put` returns once the bytes and their name have reached the disk; a bucket
    is as durable as its server. Made after a fork, never before: S3's client has a thread.
    """

    def __init__(self, url: str, options: Mapping[str, Any] | None = None) -> None:
        """`options` are those of the file system (`services.core.media.s3.options`).

        Raises SettingsError for an address that cannot be opened, or that refuses us.
        """
        if "::" in url:
            raise SettingsError(f"MARGAY_STORES__MEDIA_URL is {url!r}; chained URLs are not taken")
        try:
            self._files, self._root = _open(url, options or {})
        except (OSError, ValueError, ImportError) as error:
            raise SettingsError(
                f"MARGAY_STORES__MEDIA_URL is {url!r}, which cannot be opened: {error}"
            ) from error

    def put(self, key: str, data: bytes) -> None:
        """Write durably and atomically. Raises InsufficientStorage, Unavailable."""
        path = self._path(key)
        with _translated():
            self._files.pipe_file(path, data)

    def get(self, key: str) -> bytes:
        """Return the bytes. Raises NotFound, Unavailable."""
        return self._read(key)

    def part(self, key: str, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to before `stop`. Raises NotFound, Unavailable."""
        return self._read(key, start=start, end=stop)

    def exists(self, key: str) -> bool:
        """Tell whether something lies under the key. Raises Unavailable."""
        path = self._path(key)
        with _translated():
            return bool(self._files.isfile(path))

    def delete(self, key: str) -> None:
        """Remove; an absent key is fine. Raises Unavailable."""
        path = self._path(key)
        with _translated():
            try:
                self._files.rm_file(path)
            except _ABSENT:
                return

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key that starts with `prefix`. Raises InputError, Unavailable."""
        if not PREFIX.fullmatch(prefix):
            raise InputError.at("prefix", "is not the beginning of a key")
        folder = posixpath.join(self._root, posixpath.dirname(prefix)).rstrip("/")
        with _translated():
            self._files.invalidate_cache()
            for path in self._files.find(folder):
                key = posixpath.relpath(path, self._root)
                if key.startswith(prefix) and KEY.fullmatch(key):
                    yield key

    def check(self) -> None:
        """Raise Unavailable unless it can be written now."""
        key = f"probe/{secrets.token_hex(8)}"
        try:
            self.put(key, bytes(4096))
            self.delete(key)
        except InsufficientStorage as error:
            raise Unavailable(error.detail) from error

    def _read(self, key: str, **which: int) -> bytes:
        path = self._path(key)
        with _translated():
            try:
                data: bytes = self._files.cat_file(path, **which)
            except _ABSENT as error:
                raise NotFound(f"nothing is stored under {key}") from error
            return data

    def _path(self, key: str) -> str:
        if not KEY.fullmatch(key):
            raise InputError.at(
                "key", "must be 1-4 segments of letters, digits, '.', '_' and '-', joined by '/'"
            )
        return f"{self._root}/{key}"


def _open(url: str, options: Mapping[str, Any]) -> tuple[Any, str]:
    """Return the file system (fsspec is untyped) and the root path in it, made if need be."""
    files, root = url_to_fs(url, **options)
    root = root.rstrip("/")
    if isinstance(files, LocalFileSystem):
        return LocalFiles(root), root
    if url.startswith(SCHEME):
        # Imported here: only an installation with the extra `stack` has what it needs.
        from services.core.media.s3_files import S3Files

        return S3Files(files, root), root
    files.makedirs(root, exist_ok=True)
    return files, root


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise InsufficientStorage("no space is left where media are stored") from error
        raise Unavailable(f"the media store failed: {error.strerror or error}") from error
