"""Every operation under generated requests: answers as described, and never a 5xx."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.core.settings import Auth, MediaLimits, Server, Settings, Stores
from services.gateway.main import create_app
from services.wiring import open_runtime
from tests.gateway.conftest import ATTRIBUTES
from tests.gateway.running_server import serving

HERE = Path(__file__).parent
KEY = "the-key-of-the-generated-requests"
HEADERS = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server of its own, as generated requests make and delete things at will."""
    settings = Settings(
        stores=Stores(data_dir=tmp_path / "data"),
        auth=Auth(bootstrap_key=KEY),
        server=Server(max_request_bytes=1024 * 1024),
        # No port that an example's address could have: nothing leaves this machine.
        media=MediaLimits(fetch_allowed_ports=(9,)),
    )
    runtime = open_runtime(settings)
    with serving(create_app(runtime)) as served:
        yield served
    runtime.close()


@pytest.mark.slow
@pytest.mark.parametrize("examples", [3, pytest.param(12, marks=pytest.mark.thorough)])
def test_answers_are_as_described(address: str, tmp_path: Path, examples: int) -> None:
    with httpx.Client(base_url=address, headers=HEADERS, trust_env=False) as http:
        http.put("/v1/indexes/products", json={"attributes": ATTRIBUTES}).raise_for_status()
        paths = http.get("/openapi.json").json()["paths"]
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "--config-file", HERE / "schemathesis.toml",
            "run", f"{address}/openapi.json", "--header", f"Authorization: Bearer {KEY}",
            "--phases", "examples,coverage,fuzzing", "--max-examples", str(examples),
            "--generation-deterministic", "--continue-on-failure", "--no-color",
        ],
        cwd=tmp_path,
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(HERE / "hooks_for_schemathesis.py")},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Tested: {sum(len(each) for each in paths.values())}" in done.stdout
