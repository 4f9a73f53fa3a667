"""The door without a key: open to this machine only, and not to web pages it happens to show."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from services.core.errors import Forbidden, Unauthenticated

_SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS")
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip")


def check(connection: HTTPConnection) -> None:
    """Raise unless the request came over loopback, named it so, and no other site caused it."""
    _came_over_loopback(connection)
    host = connection.headers.get("host", "")
    if not is_loopback(_host_name(host)):
        # A page of another site can make its own name resolve to 127.0.0.1 (DNS rebinding);
        # its requests still carry that name.
        raise Forbidden(
            f"without API keys only localhost, 127.0.0.1 and [::1] are answered, not {host[:100]!r}"
        )
    if connection.scope["method"] not in _SAFE_METHODS:
        _not_from_another_site(connection, host)


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address means this machine."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _came_over_loopback(connection: HTTPConnection) -> None:
    server = connection.scope.get("server")
    local = server is not None and (server[1] is None or is_loopback(server[0]))
    if not local:
        raise Unauthenticated("without API keys this server answers on loopback only")
    if any(name in connection.headers for name in _FORWARDED):
        raise Unauthenticated("behind a proxy an API key is needed: set MARGAY_AUTH__BOOTSTRAP_KEY")


def _not_from_another_site(connection: HTTPConnection, host: str) -> None:
    origin = connection.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        raise Forbidden(f"a page of {origin[:100]!r} may not write here")
    if connection.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise Forbidden("a page of another site may not write here")


def _host_name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
