"""Which addresses of the network may be fetched from: the public ones."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final, TypeAlias

import httpx

from services.core.errors import FetchFailed, MediaRefused

Address: TypeAlias = IPv4Address | IPv6Address
Resolve: TypeAlias = Callable[[str, int], Sequence[Address]]
"""All addresses of a host name (ASCII) for a port. Raises FetchFailed."""
Allow: TypeAlias = Callable[[Address], bool]

MAX_URL_CHARACTERS: Final = 2048
_PORTS: Final = {"http": 80, "https": 443}
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")


def _networks(*texts: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text) for text in texts)


_REFUSED: Final = _networks(
    # Special-purpose IPv4, written out: Python's own lists have changed between versions.
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    # A public address at which a cloud answers its own machines with their secrets.
    "168.63.129.16/32",
    # Tunnels and documentation inside the global unicast range of IPv6 (6to4, Teredo, ORCHID).
    "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)  # fmt: skip
_UNICAST: Final = IPv6Network("2000::/3")
_TRANSLATED: Final = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
"""IPv6 spellings of an IPv4 address, which is what counts: mapped, and NAT64's."""


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address, in the parts that a connection needs; nobody parses the text again."""

    url: httpx.URL
    scheme: str
    host: str
    """ASCII, lower case, without brackets or a final dot: a name, or a literal address."""
    port: int
    literal: Address | None


def is_public(address: Address) -> bool:
    """Tell whether an address is a global unicast one, and no spelling of one that is not."""
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        if any(address in network for network in _TRANSLATED):
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in _UNICAST:
            return False
    if any(address in net for net in _REFUSED if net.version == address.version):
        return False
    return address.is_global and not address.is_multicast


def system_resolve(host: str, port: int) -> list[Address]:
    """Ask the system. Raises FetchFailed."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchFailed(f"the name {host} could not be resolved") from error
    return list(dict.fromkeys(ip_address(str(entry[4][0])) for entry in found))


def parse(text: str | httpx.URL, *, ports: Sequence[int]) -> Target:
    """Take a URL apart. Raises MediaRefused.

    The reason is `invalid_url`, `scheme_not_allowed`, `credentials_in_url` or `port_not_allowed`.
    """
    if len(str(text)) > MAX_URL_CHARACTERS:
        raise MediaRefused(
            f"the address has more than {MAX_URL_CHARACTERS} characters", reason="invalid_url"
        )
    try:
        url = httpx.URL(text)
        host = url.raw_host.decode("ascii").lower().removesuffix(".")
    except (httpx.InvalidURL, UnicodeError, ValueError, TypeError) as error:
        raise MediaRefused(f"the address is malformed: {error}", reason="invalid_url") from error
    if url.scheme not in _PORTS:
        raise MediaRefused("only http and https addresses are fetched", reason="scheme_not_allowed")
    if url.userinfo:
        raise MediaRefused("the address holds a user name or password", reason="credentials_in_url")
    port = _PORTS[url.scheme] if url.port is None else url.port
    if port not in ports:
        allowed = ", ".join(map(str, ports))
        raise MediaRefused(
            f"port {port} is not fetched from; allowed: {allowed}", reason="port_not_allowed"
        )
    return Target(url, url.scheme, host, port, _literal(host))


def _literal(host: str) -> Address | None:
    """Return the address that the host spells out; None for a name. Raises MediaRefused.

    One strict spelling is taken: what some programs read as an address and others as a name
    (`2130706433`, `0x7f.1`, `127.1`, `0177.0.0.1`) is refused.
    """
    try:
        address = ip_address(host)
    except ValueError:
        numeric = _NUMBER.fullmatch(host.rpartition(".")[2]) is not None
        if numeric or len(host) > 253 or not _NAME.fullmatch(host):
            raise MediaRefused("the address has no valid host name", reason="invalid_url") from None
        return None
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        raise MediaRefused("the address names a network interface", reason="invalid_url")
    return address
