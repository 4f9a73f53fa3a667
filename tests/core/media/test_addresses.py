"""Only public addresses may be fetched from, however they are spelt."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import FetchFailed, MediaRefused
from services.core.media.addresses import is_public, parse, system_resolve

PORTS = (80, 443)
PRIVATE = (
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "100.127.255.255",
    "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255",
    "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "168.63.129.16", "::", "::1", "::127.0.0.1", "fe80::1", "fe80::1%eth0",
    "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "100::1", "2001:db8::1", "2001:2::1",
    "2001:10::1", "3fff::1", "4000::1", "2001:4860:4860::8888%eth0", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "64:ff9b:1::808:808", "2002:7f00:1::",
    "2002:a9fe:a9fe::", "2002:808:808::", "2001:0:7f00:1::1", "2001::f5ff:fffe",
)  # fmt: skip
PUBLIC = (
    "1.1.1.1", "8.8.8.8", "93.184.215.14", "100.63.255.255", "100.128.0.1", "172.15.255.255",
    "172.32.0.1", "192.0.1.1", "198.17.255.255", "198.20.0.1", "223.255.255.255",
    "2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450:4001::200e", "::ffff:8.8.8.8",
    "64:ff9b::808:808",
)  # fmt: skip


@pytest.mark.parametrize("text", PRIVATE)
def test_what_is_not_for_everyone_is_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_what_everyone_can_reach_is_public(text: str) -> None:
    assert is_public(ip_address(text))


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_ipv6_spellings_are_judged_by_the_ipv4_address_in_them(address: IPv4Address) -> None:
    for prefix in (0xFFFF << 32, 0x64FF9B << 96):
        assert is_public(IPv6Address(prefix | int(address))) == is_public(address)
    assert not is_public(IPv6Address(0x2002 << 112 | int(address) << 80))


@given(st.ip_addresses())
def test_nothing_is_public_that_python_holds_for_private(
    address: IPv4Address | IPv6Address,
) -> None:
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_link_local


def reason(url: str) -> str:
    with pytest.raises(MediaRefused) as caught:
        parse(url, ports=PORTS)
    return caught.value.reason


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.com/a", "gopher://example.com/1", "data:image/png,x",
     "javascript:alert(1)", "//example.com/a", "example.com/a", "", "ws://example.com/",
     "unix:///run/x", "HTTPSS://example.com", "jar:http://example.com/!/"],
)  # fmt: skip
def test_only_http_and_https_are_fetched(url: str) -> None:
    assert reason(url) == "scheme_not_allowed"


@pytest.mark.parametrize(
    "url", ["http://u:p@example.com/", "http://u@example.com/", "http://:@example.com/",
            "http://example.com\\@10.0.0.1/", "http://example.com%40x@y.z/"]
)  # fmt: skip
def test_an_address_with_credentials_is_refused(url: str) -> None:
    assert reason(url) in ("credentials_in_url", "invalid_url")


@pytest.mark.parametrize("port", [0, 22, 25, 6379, 8000, 19530])
def test_other_ports_are_refused(port: int) -> None:
    assert reason(f"http://example.com:{port}/") == "port_not_allowed"


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f.1", "0x7f000001", "017700000001", "127.1", "127.0.1", "0177.0.0.1",
     "0x7f.0.0.1", "127.0.0.0x1", "①②⑦.⓪.⓪.①", "%31%32%37.0.0.1",
     "999.1.1.1", "1.2.3.4.5", "[::1%25lo]", "[fe80::1%eth0]", "[::1", "[v1.x]", "[127.0.0.1]", "",
     "a..b", "exa mple", "-a.com", "a" * 64 + ".com", "a." * 130 + "com", "ex\tample.com",
     "example.com\n", "exam\x00ple.com", "example.com:80:80", "example.com:x", "a,b", "a;b"],
)  # fmt: skip
def test_a_host_that_programs_read_differently_is_refused(host: str) -> None:
    assert reason(f"http://{host}/") == "invalid_url"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1.", "127。0。0。1", "[::ffff:7f00:1]", "[::1]"]
)
def test_a_plain_address_is_read_as_one_for_the_rule_to_see(host: str) -> None:
    literal = parse(f"http://{host}/", ports=PORTS).literal
    assert literal is not None
    assert not is_public(literal)


@pytest.mark.parametrize(
    ("url", "host", "port", "literal"),
    [
        ("https://Example.COM./a?b#c", "example.com", 443, None),
        ("http://bücher.example/", "xn--bcher-kva.example", 80, None),
        ("http://example.com:443/", "example.com", 443, None),
        ("http://[2606:4700::1111]:80/x", "2606:4700::1111", 80, "2606:4700::1111"),
        ("http://10.0.0.1/", "10.0.0.1", 80, "10.0.0.1"),
        ("http://cdn_1.example.com/ä b.png?q=ü", "cdn_1.example.com", 80, None),
    ],
)
def test_a_target_has_the_parts_that_are_connected_to(
    url: str, host: str, port: int, literal: str | None
) -> None:
    target = parse(url, ports=PORTS)
    assert (target.host, target.port) == (host, port)
    assert target.literal == (ip_address(literal) if literal else None)


def test_a_very_long_address_is_refused() -> None:
    assert reason("http://example.com/" + "a" * 2048) == "invalid_url"


@given(st.text(max_size=60))
def test_any_text_is_a_target_or_refused(text: str) -> None:
    for url in (text, "http://" + text, "http://example.com" + text):
        try:
            target = parse(url, ports=PORTS)
        except MediaRefused:
            continue
        assert target.scheme in ("http", "https")
        assert target.port in PORTS
        assert target.host.isascii()


def test_the_systems_names_are_resolved() -> None:
    assert set(system_resolve("localhost", 80)) <= {ip_address("127.0.0.1"), ip_address("::1")}
    with pytest.raises(FetchFailed, match=r"nowhere\.invalid"):
        system_resolve("nowhere.invalid", 80)
    with pytest.raises(FetchFailed):
        system_resolve("a" * 70, 80)
