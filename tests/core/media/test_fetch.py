"""The fetcher reaches what it may, within its limits, and nothing else."""

from __future__ import annotations

import ssl
from ipaddress import ip_address
from itertools import cycle

import pytest

from services.core.errors import FetchFailed
from services.core.media.addresses import Address, is_public
from services.core.media.fetch import GuardedFetcher
from services.core.settings import MediaLimits
from tests.core.media.fetching import CHUNKED, HOME, at_home, fetcher, reason
from tests.core.media.site import CERTIFICATE, Site, ok, redirect, serving


def test_a_picture_is_fetched_and_asked_for_plainly(site: Site) -> None:
    site.pages["/a%20b?q=1"] = ok(b"picture")
    assert fetcher(site).fetch(site.url("/a b?q=1#part")) == b"picture"
    headers = site.headers()
    assert headers["host"] == f"127.0.0.1:{site.port}"
    assert headers["accept-encoding"] == "identity"
    assert not {"cookie", "authorization", "referer"} & set(headers)


def test_a_chunked_body_and_one_that_ends_with_the_connection_are_read(site: Site) -> None:
    site.pages["/chunked"] = CHUNKED + b"3\r\npic\r\n4\r\nture\r\n0\r\n\r\n"
    site.pages["/closing"] = b"HTTP/1.0 200 OK\r\n\r\npicture"
    assert fetcher(site).fetch(site.url("/chunked")) == b"picture"
    assert fetcher(site).fetch(site.url("/closing")) == b"picture"


def test_by_default_a_private_address_is_refused_before_a_connection_is_made(site: Site) -> None:
    guarded = fetcher(site, allow=is_public, names={"inside.test": ["10.1.2.3", "127.0.0.1"]})
    for host in ("127.0.0.1", "inside.test", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"):
        assert reason(guarded, site.url("/", host=host)) == "address_not_public"
    assert reason(GuardedFetcher(MediaLimits()), "http://localhost/") == "address_not_public"
    assert site.requests == []


def test_a_name_with_one_private_address_among_public_ones_is_refused(site: Site) -> None:
    names = {"mixed.test": ["127.0.0.1", "10.0.0.1"]}
    assert reason(fetcher(site, names=names), site.url("/", host="mixed.test")) == (
        "address_not_public"
    )
    assert site.requests == []


def test_the_host_header_carries_the_name_not_the_number(site: Site) -> None:
    site.pages["/a"] = ok(b"picture")
    names = {"xn--bcher-kva.test": ["127.0.0.1"]}
    assert fetcher(site, names=names).fetch(site.url("/a", host="bücher.test")) == b"picture"
    assert site.headers()["host"] == f"xn--bcher-kva.test:{site.port}"


def test_the_next_address_of_a_name_is_tried(site: Site) -> None:
    site.pages["/a"] = ok(b"picture")
    guarded = fetcher(site, allow=lambda _: True, names={"two.test": ["127.0.0.2", "127.0.0.1"]})
    assert guarded.fetch(site.url("/a", host="two.test")) == b"picture"


def test_a_redirect_is_followed_and_may_be_relative(site: Site) -> None:
    site.pages |= {"/a": redirect("b/c"), "/b/c": redirect(f"//127.0.0.1:{site.port}/d")}
    site.pages["/d"] = ok(b"picture")
    assert fetcher(site).fetch(site.url("/a")) == b"picture"
    assert site.paths == ["/a", "/b/c", "/d"]


@pytest.mark.parametrize("status", ["301 x", "302 x", "303 x", "307 x", "308 x"])
def test_a_redirect_to_a_private_address_is_refused(site: Site, status: str) -> None:
    site.pages["/a"] = redirect(site.url("/inside", host="10.0.0.1"), status=status)
    assert reason(fetcher(site), site.url("/a")) == "address_not_public"


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("file:///etc/passwd", "scheme_not_allowed"),
        ("http://127.0.0.1:22/", "port_not_allowed"),
        ("http://user:pw@127.0.0.1/", "credentials_in_url"),
        ("http://[::1", "invalid_url"),
        ("http://2130706433:{port}/", "invalid_url"),
        ("http://[::1]:{port}/", "address_not_public"),
    ],
)
def test_a_redirect_is_checked_like_the_first_address(site: Site, location: str, why: str) -> None:
    site.pages["/a"] = redirect(location.format(port=site.port))
    assert reason(fetcher(site), site.url("/a")) == why
    assert site.paths == ["/a"]


def test_the_number_of_redirects_is_limited(site: Site) -> None:
    site.pages |= {f"/{step}": redirect(f"/{step + 1}") for step in range(3)}
    site.pages |= {"/3": ok(b"picture"), "/loop": redirect("/loop")}
    assert fetcher(site, fetch_max_redirects=3).fetch(site.url("/0")) == b"picture"
    assert reason(fetcher(site, fetch_max_redirects=2), site.url("/0")) == "too_many_redirects"
    assert reason(fetcher(site), site.url("/loop")) == "too_many_redirects"


def test_a_name_that_changes_its_mind_is_connected_to_where_it_was_checked(site: Site) -> None:
    """Rebinding: asked a second time, the name leads inside; there is no second time."""
    asked: list[str] = []
    answers = cycle([[ip_address("127.0.0.1")], [ip_address("127.0.0.9")]])

    def rebinding(host: str, port: int) -> list[Address]:
        asked.append(host)
        return next(answers)

    limits = MediaLimits(fetch_allowed_ports=(site.port,))
    guarded = GuardedFetcher(limits, resolve=rebinding, allow=at_home)
    site.pages["/a"] = ok(b"picture")
    assert guarded.fetch(site.url("/a", host="rebinding.test")) == b"picture"
    assert asked == ["rebinding.test"]
    # The second answer is the private one: it is looked at, and refused.
    assert reason(guarded, site.url("/a", host="rebinding.test")) == "address_not_public"
    # Within one fetch, too: each hop looks at the very answer that it connects to.
    site.pages["/b"] = redirect("/a")
    assert reason(guarded, site.url("/b", host="rebinding.test")) == "address_not_public"
    assert site.paths == ["/a", "/b"]


@pytest.mark.parametrize(
    ("status", "why"),
    [("404 x", "not_found"), ("410 x", "not_found"), ("401 x", "access_denied"),
     ("403 x", "access_denied"), ("204 x", "unexpected_status"), ("206 x", "unexpected_status"),
     ("304 x", "unexpected_status"), ("418 x", "unexpected_status"),
     ("302 no location", "unexpected_status")],
)  # fmt: skip
def test_a_final_answer_is_refused_by_reason(site: Site, status: str, why: str) -> None:
    site.pages["/a"] = ok(b"", status=status)
    assert reason(fetcher(site), site.url("/a")) == why


@pytest.mark.parametrize(
    "answer",
    [
        *(ok(b"", status=f"{status} x") for status in (408, 429, 500, 502, 503)),
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000,
        CHUNKED + b"3\r\npic\r\n",
    ],
)
def test_what_may_pass_is_worth_another_try(site: Site, answer: bytes) -> None:
    site.pages["/a"] = answer
    with pytest.raises(FetchFailed, match=r"127\.0\.0\.1"):
        fetcher(site).fetch(site.url("/a"))


def test_no_server_and_no_name_are_worth_another_try(site: Site) -> None:
    with serving() as gone:
        pass
    with pytest.raises(FetchFailed):
        fetcher(gone).fetch(gone.url("/a"))
    with pytest.raises(FetchFailed, match="no address"):
        fetcher(site).fetch(site.url("/a", host="unknown.test"))


def test_proxies_of_the_environment_are_ignored(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    site.pages["/a"] = ok(b"picture")
    assert fetcher(site).fetch(site.url("/a")) == b"picture"


@pytest.mark.parametrize(
    ("host", "fits"), [("pictures.test", True), ("other.test", False), ("127.0.0.1", False)]
)
def test_a_certificate_is_checked_against_the_name(host: str, fits: bool) -> None:
    trusting = ssl.create_default_context(cafile=str(CERTIFICATE))
    with serving(tls=True) as site:
        site.pages["/a"] = ok(b"picture")
        guarded = GuardedFetcher(
            MediaLimits(fetch_allowed_ports=(site.port,)),
            resolve=lambda host, port: [HOME],
            allow=at_home,
            tls=trusting,
        )
        url = site.url("/a", host=host, scheme="https")
        if fits:
            assert guarded.fetch(url) == b"picture"
            assert site.headers()["host"] == f"pictures.test:{site.port}"
        else:
            with pytest.raises(FetchFailed, match="CERTIFICATE_VERIFY_FAILED"):
                guarded.fetch(url)
            assert site.requests == []


def test_a_certificate_that_nobody_signed_is_not_trusted() -> None:
    with serving(tls=True) as site:
        guarded = GuardedFetcher(
            MediaLimits(fetch_allowed_ports=(site.port,)),
            resolve=lambda host, port: [HOME],
            allow=at_home,
        )
        with pytest.raises(FetchFailed, match="CERTIFICATE_VERIFY_FAILED"):
            guarded.fetch(site.url("/a", host="pictures.test", scheme="https"))
