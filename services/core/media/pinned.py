"""Connections that go to an address that was checked, and end at a deadline."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from concurrent.futures import TimeoutError as NotResolved
from typing import Any

import httpcore

from services.core.errors import FetchFailed, MediaRefused
from services.core.media.addresses import Address, Allow, Resolve, Target


class Deadline:
    """A moment after which nothing more is waited for."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left. Raises httpcore.ReadTimeout when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for this address is over")
        return left


class PinnedBackend(httpcore.NetworkBackend):
    """Resolves a name once, checks every address it has, and connects to one of those checked.

    As the connection is made to the number that was looked at, a name that answers differently
    the next time gains nothing.
    """

    def __init__(
        self,
        target: Target,
        *,
        deadline: Deadline,
        resolve: Resolve,
        allow: Allow,
        resolvers: Executor,
    ) -> None:
        self._target = target
        self._deadline = deadline
        self._resolve = resolve
        self._allow = allow
        self._resolvers = resolvers

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline counts
        local_address: str | None = None,  # noqa: ARG002 - of no use here
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 - of no use here
    ) -> httpcore.NetworkStream:
        """Connect to the target. Raises MediaRefused, FetchFailed, httpcore's errors."""
        assert (host, port) == (self._target.host, self._target.port)
        addresses = self._addresses()
        for address in addresses:
            if not self._allow(address):
                # The number is not told: the answer must not map somebody's inner network.
                raise MediaRefused(
                    f"{host} leads to an address that is not public", reason="address_not_public"
                )
        return self._connect_first(addresses)

    def _addresses(self) -> Sequence[Address]:
        target = self._target
        if target.literal is not None:
            return (target.literal,)
        asked = self._resolvers.submit(self._resolve, target.host, target.port)
        try:
            # The system's resolver knows no deadline; it is left behind when ours has come.
            addresses = asked.result(timeout=self._deadline.left())
        except NotResolved as error:
            asked.cancel()
            raise FetchFailed(f"the name {target.host} was not resolved in time") from error
        if not addresses:
            raise FetchFailed(f"the name {target.host} has no address")
        return addresses

    def _connect_first(self, addresses: Sequence[Address]) -> httpcore.NetworkStream:
        sockets = httpcore.SyncBackend()
        for place, address in enumerate(addresses):
            share = self._deadline.left() / (len(addresses) - place)
            try:
                stream = sockets.connect_tcp(str(address), self._target.port, timeout=share)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if place + 1 == len(addresses):
                    raise
            else:
                return HurriedStream(stream, self._deadline)
        raise AssertionError("there was at least one address")


class HurriedStream(httpcore.NetworkStream):
    """A stream whose every operation ends at the deadline, however little comes at a time."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """Read what is there."""
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Write all."""
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        """Close the socket."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Check the certificate against the host's name, not against the number."""
        secure = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left())
        return HurriedStream(secure, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Tell about the socket."""
        return self._stream.get_extra_info(info)
