"""The fetcher stops at its limits of bytes and of time, whatever a server does."""

from __future__ import annotations

import gzip
import threading
import time
from typing import Any

import pytest

from services.core.errors import FetchFailed, MediaRefused
from services.core.media.addresses import Address
from services.core.media.fetch import GuardedFetcher
from services.core.settings import MediaLimits
from tests.core.media.fetching import CHUNKED, HOME, fetcher, reason
from tests.core.media.site import Site, ok, redirect


def test_a_body_over_the_limit_is_refused(site: Site) -> None:
    site.pages["/exact"] = ok(bytes(5000))
    site.pages["/announced"] = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"
    site.pages["/over"] = ok(bytes(5001))
    assert fetcher(site).fetch(site.url("/exact")) == bytes(5000)
    assert reason(fetcher(site), site.url("/announced")) == "too_many_bytes"
    assert reason(fetcher(site), site.url("/over")) == "too_many_bytes"


def test_another_limit_can_be_given_for_larger_media(site: Site) -> None:
    site.pages["/large"] = ok(bytes(9000))
    assert fetcher(site).fetch(site.url("/large"), max_bytes=9000) == bytes(9000)
    with pytest.raises(MediaRefused, match="more than 8999 bytes") as caught:
        fetcher(site).fetch(site.url("/large"), max_bytes=8999)
    assert caught.value.reason == "too_many_bytes"


def test_a_body_without_end_is_cut_at_the_limit(site: Site) -> None:
    hung_up = threading.Event()

    def endless(connection: Any) -> None:
        connection.sendall(CHUNKED)
        try:
            while True:
                connection.sendall(b"400\r\n" + bytes(1024) + b"\r\n")
        except OSError:
            hung_up.set()

    site.pages["/a"] = endless
    assert reason(fetcher(site), site.url("/a")) == "too_many_bytes"
    assert hung_up.wait(10)


def test_a_compressed_body_is_refused_unopened(site: Site) -> None:
    bomb = gzip.compress(bytes(1_000_000))
    assert len(bomb) < 5000
    for encoding in ("gzip", "br", "deflate, gzip"):
        site.pages["/a"] = ok(bomb, headers=f"Content-Encoding: {encoding}\r\n")
        assert reason(fetcher(site), site.url("/a")) == "encoded_body"
    site.pages["/a"] = ok(b"picture", headers="Content-Encoding: identity\r\n")
    assert fetcher(site).fetch(site.url("/a")) == b"picture"


def drip(head: bytes, piece: bytes) -> Any:
    def script(connection: Any) -> None:
        connection.sendall(head)
        try:
            while True:
                connection.sendall(piece)
                time.sleep(0.02)
        except OSError:
            return

    return script


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"", b""),
        (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n", b"x"),
        (CHUNKED, b"1\r\nx\r\n"),
    ],
    ids=["silence", "headers", "hints", "body", "chunks"],
)
def test_a_server_that_drips_is_left_at_the_deadline(site: Site, head: bytes, piece: bytes) -> None:
    site.pages["/a"] = drip(head, piece)
    with pytest.raises(FetchFailed, match="in time"):
        fetcher(site, fetch_timeout_s=0.3).fetch(site.url("/a"))


def test_who_waits_for_a_large_medium_can_say_how_long(site: Site) -> None:
    site.pages["/a"] = drip(CHUNKED, b"1\r\nx\r\n")
    with pytest.raises(FetchFailed, match="in time"):
        fetcher(site, fetch_timeout_s=60).fetch(site.url("/a"), max_bytes=50_000, timeout_s=0.2)
    with pytest.raises(FetchFailed, match="in time"):
        fetcher(site).fetch(site.url("/a"), timeout_s=0.0)


def test_the_deadline_is_one_for_all_redirects(site: Site) -> None:
    def slow(connection: Any) -> None:
        time.sleep(0.15)
        connection.sendall(redirect("/a"))

    site.pages["/a"] = slow
    with pytest.raises(FetchFailed, match="in time"):
        fetcher(site, fetch_timeout_s=0.4, fetch_max_redirects=20).fetch(site.url("/a"))
    assert len(site.requests) < 5


def test_a_resolver_that_hangs_is_left_at_the_deadline(site: Site) -> None:
    released = threading.Event()

    def hanging(host: str, port: int) -> list[Address]:
        released.wait(10)
        return [HOME]

    limits = MediaLimits(fetch_allowed_ports=(site.port,), fetch_timeout_s=0.1)
    try:
        with pytest.raises(FetchFailed, match="resolved in time"):
            GuardedFetcher(limits, resolve=hanging).fetch(site.url("/", host="slow.test"))
    finally:
        released.set()
