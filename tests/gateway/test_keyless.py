"""Without keys only this machine is answered, and no web page it shows may write."""

import pytest
from starlette.requests import HTTPConnection

from services.core.errors import Forbidden, MargayError, Unauthenticated
from services.gateway import keyless


def request(*, server: str = "127.0.0.1", method: str = "POST", **headers: str) -> HTTPConnection:
    given = {
        "host": "localhost:8000",
        **{name.replace("_", "-"): text for name, text in headers.items()},
    }
    raw = [(name.encode(), text.encode()) for name, text in given.items()]
    return HTTPConnection(
        {"type": "http", "method": method, "server": (server, 8000), "headers": raw}
    )


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST:1"])
def test_the_names_of_this_machine_are_answered(host: str) -> None:
    keyless.check(request(host=host))


@pytest.mark.parametrize(
    ("connection", "kind"),
    [
        (request(host="evil.example:8000"), Forbidden),
        (request(host=""), Forbidden),
        (request(host="127.0.0.1.evil.example"), Forbidden),
        (request(server="192.168.1.5"), Unauthenticated),
        (request(x_forwarded_for="203.0.113.9"), Unauthenticated),
        (request(origin="https://evil.example"), Forbidden),
        (request(origin="http://localhost:3000"), Forbidden),
        (request(origin="null"), Forbidden),
        (request(sec_fetch_site="cross-site"), Forbidden),
        (request(sec_fetch_site="same-site"), Forbidden),
    ],
)
def test_others_are_not(connection: HTTPConnection, kind: type[MargayError]) -> None:
    with pytest.raises(kind):
        keyless.check(connection)


def test_the_own_page_may_write_and_any_page_may_link() -> None:
    keyless.check(request(origin="http://localhost:8000", sec_fetch_site="same-origin"))
    keyless.check(request(method="GET", sec_fetch_site="cross-site"))


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("::ffff:127.0.0.1", True),
        ("localhost", True), ("0.0.0.0", False), ("::", False), ("10.0.0.1", False), ("box", False),
    ],
)  # fmt: skip
def test_loopback_is_recognised(host: str, loopback: bool) -> None:
    assert keyless.is_loopback(host) is loopback
