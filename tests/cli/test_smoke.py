"""`margay smoke` against a real server: a table when it is well, a reason when it is not."""

from __future__ import annotations

import httpx
import pytest

from services.cli import smoke
from services.cli.client import ApiClient, ApiProblem
from tests.cli.conftest import Margay
from tests.integration.server_process import ServerProcess


@pytest.fixture(scope="module")
def address(server: ServerProcess) -> str:
    return f"http://127.0.0.1:{server.port}"


def test_it_finds_three_products_and_leaves_no_trace(margay: Margay, address: str):
    done = margay("smoke", "--url", address)
    assert done.code == 0, done.err
    rows = done.out.splitlines()
    assert rows[0].split() == ["search", "wanted", "found", "first", "score", "ms", "right"]
    assert [row.split()[-1] for row in rows[1:4]] == ["yes", "yes", "yes"]
    assert httpx.get(f"{address}/v1/indexes").json()["items"] == []


def test_it_gives_up_in_time_and_leaves_no_trace_either(margay: Margay, address: str):
    done = margay("smoke", "--url", address, "--timeout", "0")
    assert done.code == 1
    assert "do the workers run?" in done.err
    assert httpx.get(f"{address}/v1/indexes").json()["items"] == []


def test_without_a_server_it_says_so(margay: Margay):
    done = margay("smoke", "--url", "http://127.0.0.1:9")
    assert done.code == 1
    assert "no server answers at http://127.0.0.1:9" in done.err


def test_a_failed_product_is_named_with_its_reason(address: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(smoke, "_data_uri", lambda _picture: "data:image/jpeg;base64,AAAA")
    with pytest.raises(ApiProblem, match=r"ended failed: unsupported_type: (?!.*unsupported_type)"):
        smoke.smoke(url=address, key=None)
    assert ApiClient(address, None).get("/v1/indexes")["items"] == []


def test_its_products_look_different_and_are_all_sold():
    found = smoke._products()
    assert len({product.id for product in found.values()}) == len(smoke.LOOKS) == 10
