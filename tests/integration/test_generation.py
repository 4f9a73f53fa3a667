"""Searches reranked by a real generation stack: `transformers serve` with a tiny Qwen2-VL."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.server_process import ServerProcess, free_port
from tests.integration.test_kill import picture

pytestmark = [
    pytest.mark.thorough,
    # Warnings of libraries while the checkpoint is made; the servers are processes of their own.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]
START_LIMIT_S = 180
COUNT = 6
SAYS = ("Ranked list: [3, 1] ", "Ranked list: [2, 3] ")


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    for name in ("torch", "torchvision", "transformers"):
        pytest.importorskip(name)
    from tests.integration import tiny_vlm  # needs torch

    folder = tmp_path_factory.mktemp("checkpoints")
    return {
        "babbling": tiny_vlm.make(folder / "babbling"),
        "listing": tiny_vlm.make(folder / "listing", says=SAYS),
    }


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `transformers serve`."""
    for name in ("accelerate", "openai"):
        pytest.importorskip(name, reason=f"`transformers serve` needs {name}: pip install {name}")
    port = free_port()
    command = [
        *(str(Path(sys.executable).parent / "transformers"), "serve", "--host", "127.0.0.1"),
        *("--port", str(port), "--device", "cpu", "--dtype", "float32"),
    ]
    log = tmp_path_factory.mktemp("generation") / "serve.log"
    environ = os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "2"}
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=environ, stdout=file, stderr=file)
    try:
        deadline = time.monotonic() + START_LIMIT_S
        while not _healthy(port):
            assert process.poll() is None, log.read_text("utf-8", "replace")[-3000:]
            assert time.monotonic() < deadline, "transformers serve did not start in time"
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).is_success
    except httpx.TransportError:
        return False


@pytest.fixture
def shop(
    request: pytest.FixtureRequest, tmp_path: Path, generation: str, checkpoints: dict[str, Path]
) -> Iterator[ServerProcess]:
    """`margay serve` with six pictures, and the model named by the test's parameter."""
    server = ServerProcess(
        tmp_path,
        environ={
            "MARGAY_RERANK__VLM_URL": generation,
            "MARGAY_RERANK__VLM_MODEL": str(checkpoints[request.param]),
        },
    )
    with server:
        server.client.put("/v1/indexes/shop", json={}).raise_for_status()
        rows = [
            {"id": f"d{n}", "title": f"Thing {n}", "images": [picture(n)]} for n in range(COUNT)
        ]
        job = server.client.post("/v1/indexes/shop/documents", json=rows).raise_for_status().json()
        assert server.wait_for_job(job["id"])["state"] == "succeeded"
        yield server


def search(shop: ServerProcess, **more: Any) -> dict[str, Any]:
    asked = {"text": "a thing", "image": picture(3), **more}
    answer = shop.client.post("/v1/indexes/shop/search", json=asked, timeout=180)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def ids_of(found: dict[str, Any]) -> list[str]:
    return [hit["id"] for hit in found["hits"]]


def reranked(shop: ServerProcess, **stage: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer, and the report of its only stage."""
    stages = [{"stage": "vlm", **stage}]
    found = search(shop, rerank=stages, deadline_ms=120_000)
    (report,) = found["rerank"]
    return found, report


@pytest.mark.parametrize("shop", ["babbling"], indirect=True)
def test_random_tokens_are_an_invalid_answer_and_the_first_order_stays(
    shop: ServerProcess,
) -> None:
    plain = ids_of(search(shop))
    found, report = reranked(shop)
    assert report["status"] == "invalid", report
    assert ids_of(found) == plain


@pytest.mark.parametrize("shop", ["listing"], indirect=True)
def test_a_short_list_in_prose_is_completed_and_applied(shop: ServerProcess) -> None:
    """This server ignores `response_format`: the model answers in free text, and is understood."""
    plain = ids_of(search(shop))
    found, report = reranked(shop, blend=0, passes=1)
    assert report["status"] == "applied", report
    assert report["repairs"] == {"prose": 1, "missing": COUNT - 2}
    first_two = {said: [plain[int(n) - 1] for n in said if n.isdigit()] for said in SAYS}
    assert ids_of(found)[:2] in first_two.values()
    assert sorted(ids_of(found)) == sorted(plain)


@pytest.mark.parametrize("shop", ["listing"], indirect=True)
def test_by_default_it_looks_twice_and_what_it_says_of_places_is_not_believed(
    shop: ServerProcess,
) -> None:
    plain = ids_of(search(shop))
    found, report = reranked(shop)
    assert report["status"] == "applied", report
    assert "looks agree by" in report["detail"]
    assert sorted(ids_of(found)) == sorted(plain)
    assert all(hit["rerank"]["reason"] is None or len(hit["rerank"]["reason"]) <= 500
               for hit in found["hits"])  # fmt: skip
