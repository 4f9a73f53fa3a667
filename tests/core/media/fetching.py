"""Fetchers for the tests, which may reach the tests' own server alone."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest

from services.core.errors import MediaRefused
from services.core.media.addresses import Address
from services.core.media.fetch import GuardedFetcher
from services.core.settings import MediaLimits
from tests.core.media.site import Site

HOME = ip_address("127.0.0.1")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def at_home(address: Address) -> bool:
    """The rule of these tests: exactly the address of their own server."""
    return address == HOME


def fetcher(
    site: Site, *, allow: Any = at_home, names: dict[str, list[str]] | None = None, **limits: Any
) -> GuardedFetcher:
    def resolve(host: str, port: int) -> list[Address]:
        return [ip_address(text) for text in (names or {}).get(host, [])]

    return GuardedFetcher(
        MediaLimits(**{"max_image_bytes": 5000, "fetch_allowed_ports": (site.port,)} | limits),
        resolve=resolve,
        allow=allow,
    )


def reason(guarded: GuardedFetcher, url: str) -> str:
    with pytest.raises(MediaRefused) as caught:
        guarded.fetch(url)
    return caught.value.reason
