"""Fetch a medium from a public address, and from nowhere else."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from typing import Final

import httpcore
import httpx

from services.core.errors import FetchFailed, MediaRefused
from services.core.media.addresses import Allow, Resolve, Target, is_public, parse, system_resolve
from services.core.media.pinned import Deadline, PinnedBackend
from services.core.settings import MediaLimits

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_GONE: Final = frozenset({404, 410})
_CLOSED: Final = frozenset({401, 402, 403, 407, 451})
_PASSING: Final = frozenset({408, 421, 425, 429})
_RESOLVERS: Final = 8
_HEADERS: Final = (
    ("User-Agent", "margay-media-fetcher"),
    ("Accept", "image/jpeg, image/png, image/webp, image/gif, image/bmp, */*;q=0.5"),
    ("Accept-Encoding", "identity"),
    ("Connection", "close"),
)


class GuardedFetcher:
    """A MediaFetcher that a caller cannot use to reach what only this machine can reach.

    Each hop gets a connection of its own, made to an address that was checked; proxies named in
    the environment are ignored, as they would resolve the name again.
    """

    def __init__(
        self,
        limits: MediaLimits,
        *,
        resolve: Resolve = system_resolve,
        allow: Allow = is_public,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._limits = limits
        self._resolve = resolve
        self._allow = allow
        self._given_tls = tls
        self._resolvers = ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="resolve")

    def fetch(
        self, url: str, *, max_bytes: int | None = None, timeout_s: float | None = None
    ) -> bytes:
        """Return the bytes at the address, within `fetch_timeout_s` for a picture.

        At most `max_bytes`, by default `max_image_bytes`; what may be larger may take longer, in
        proportion, unless `timeout_s` is given.

        Raises MediaRefused with the reason `invalid_url`, `scheme_not_allowed`,
        `credentials_in_url`, `port_not_allowed`, `address_not_public`, `too_many_redirects`,
        `too_many_bytes`, `encoded_body`, `not_found`, `access_denied` or `unexpected_status`;
        FetchFailed for what may pass: no connection, no time, a server's error.
        """
        most = self._limits.max_image_bytes if max_bytes is None else max_bytes
        longer = max(1.0, most / self._limits.max_image_bytes)
        usual_s = self._limits.fetch_timeout_s * longer
        deadline = Deadline(usual_s if timeout_s is None else timeout_s)
        target = self._parse(url)
        for _ in range(self._limits.fetch_max_redirects + 1):
            answer = self._hop(target, deadline, most)
            if isinstance(answer, bytes):
                return answer
            target = answer
        raise MediaRefused(
            f"more than {self._limits.fetch_max_redirects} redirects", reason="too_many_redirects"
        )

    def _parse(self, url: str | httpx.URL) -> Target:
        return parse(url, ports=self._limits.fetch_allowed_ports)

    def _hop(self, target: Target, deadline: Deadline, most: int) -> bytes | Target:
        """Return the body, or where it is said to be."""
        with _translated(target), self._connected(target, deadline) as pool:
            request = httpcore.Request(
                "GET",
                httpcore.URL(
                    scheme=target.scheme,
                    host=target.host,
                    port=target.port,
                    target=target.url.raw_path,
                ),
                headers=[("Host", _host_header(target)), *_HEADERS],
            )
            response = pool.handle_request(request)
            try:
                return self._answer(target, response, most)
            finally:
                response.close()

    def _connected(self, target: Target, deadline: Deadline) -> httpcore.ConnectionPool:
        return httpcore.ConnectionPool(
            ssl_context=self._tls if target.scheme == "https" else None,
            max_connections=1,
            network_backend=PinnedBackend(
                target,
                deadline=deadline,
                resolve=self._resolve,
                allow=self._allow,
                resolvers=self._resolvers,
            ),
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._given_tls or httpx.create_ssl_context(trust_env=False)

    def _answer(self, target: Target, response: httpcore.Response, most: int) -> bytes | Target:
        headers = httpx.Headers(response.headers)
        if response.status in _REDIRECTS and "location" in headers:
            return self._parse(_joined(target, headers["location"]))
        _check_status(target, response.status)
        encoding = headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            raise MediaRefused(
                f"{target.host} sent a body encoded as {encoding[:20]}, unasked",
                reason="encoded_body",
            )
        announced = headers.get("content-length", "0")
        # A length of more digits than any limit has is over it, too.
        if announced.isdecimal() and int(announced[:20]) > most:
            raise _too_large(most)
        return _body(response, most)


def _body(response: httpcore.Response, most: int) -> bytes:
    body = bytearray()
    for part in response.iter_stream():
        body += part
        if len(body) > most:
            raise _too_large(most)
    return bytes(body)


def _too_large(most: int) -> MediaRefused:
    return MediaRefused(
        f"the file has more than {most} bytes, which is the limit", reason="too_many_bytes"
    )


def _joined(target: Target, location: str) -> httpx.URL:
    try:
        return target.url.join(location)
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise MediaRefused(
            f"{target.host} redirects to a malformed address", reason="invalid_url"
        ) from error


def _check_status(target: Target, status: int) -> None:
    if status == 200:
        return
    said = f"{target.host} answered {status}"
    if status in _GONE:
        raise MediaRefused(said, reason="not_found")
    if status in _CLOSED:
        raise MediaRefused(said, reason="access_denied")
    if status in _PASSING or status >= 500:
        raise FetchFailed(said)
    raise MediaRefused(said, reason="unexpected_status")


def _host_header(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return host if target.url.port is None else f"{host}:{target.port}"


@contextmanager
def _translated(target: Target) -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise FetchFailed(f"{target.host} did not answer in time") from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise FetchFailed(f"{target.host} could not be fetched from: {error}") from error
