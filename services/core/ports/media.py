"""The ports to where media bytes lie and to where they are fetched from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class MediaStore(Protocol):
    """A flat, durable key -> bytes store (a folder, a bucket)."""

    def put(self, key: str, data: bytes) -> None:
        """Write durably and atomically; the same key is replaced. Raises InsufficientStorage."""

    def get(self, key: str) -> bytes:
        """Return the bytes. Raises NotFound."""

    def part(self, key: str, start: int, stop: int) -> bytes:
        """Return the bytes from `start` (counted from 0) to before `stop`. Raises NotFound."""

    def exists(self, key: str) -> bool: ...

    def delete(self, key: str) -> None:
        """Remove; an absent key is fine."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key that starts with `prefix`, in no particular order."""

    def check(self) -> None:
        """Raise Unavailable unless it can be written now."""


class MediaFetcher(Protocol):
    def fetch(
        self, url: str, *, max_bytes: int | None = None, timeout_s: float | None = None
    ) -> bytes:
        """Fetch a public address; at most `max_bytes` (None: as many as a picture may have).

        All of it takes at most `timeout_s` (None: as long as so many bytes may take).

        Raises MediaRefused for an address or size we do not accept (not worth trying again),
        FetchFailed when the other side did not answer well (worth trying again).
        """
