"""Every operation under generated requests: answers as described, and never a 5xx."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error

from services.core.settings import Auth, Server, Settings, Stores
from services.gateway.main import create_app
from services.wiring import open_runtime
from tests.gateway.conftest import ATTRIBUTES
from tests.gateway.running_server import serving

KEY = "the-key-of-the-generated-requests"
HEADERS = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server of its own, as generated requests delete and make things at will."""
    runtime = open_runtime(
        Settings(
            stores=Stores(data_dir=tmp_path_factory.mktemp("api")),
            auth=Auth(bootstrap_key=KEY),
            server=Server(max_request_bytes=1024 * 1024),
        )
    )
    with serving(create_app(runtime)) as address:
        yield schemathesis.openapi.from_url(f"{address}/openapi.json")
    runtime.close()


schema = schemathesis.pytest.from_fixture("api")


@pytest.mark.slow
@schema.parametrize()
@settings(max_examples=12, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_are_as_described(case: Any) -> None:
    _have_a_catalog(case.operation.base_url)
    response = case.call(headers=HEADERS)
    assert response.status_code < 500 or response.json()["code"] == "fetch_failed", response.text
    case.validate_response(response, headers=HEADERS, excluded_checks=[not_a_server_error])


def _have_a_catalog(address: str) -> None:
    with httpx.Client(base_url=address, headers=HEADERS, trust_env=False) as http:
        http.put("/v1/indexes/products", json={"attributes": ATTRIBUTES})
