"""`margay models`: what is listed, pulled, verified and refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models import lock
from models.options import LoadOptions
from models.pull import pull
from tests.cli.conftest import Margay
from tests.models.hub_server import COMMIT, Hub, hub_server

NAME = "sentence-transformers:someone/encoder"
FOLDER = "sentence-transformers--someone--encoder"
WEIGHTS = bytes(range(256)) * 40_000


@pytest.fixture
def hub() -> Iterator[Hub]:
    with hub_server() as served:
        served.add("someone/encoder", {"config.json": b"{}", "model.safetensors": WEIGHTS})
        yield served


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of pulled models of this installation."""
    monkeypatch.setenv("MARGAY_MODELS__FOLDER", str(tmp_path / "models"))
    return tmp_path / "models"


def pulled(hub: Hub, folder: Path) -> Path:
    return pull(NAME, LoadOptions(folder=folder), endpoint=hub.url).folder


SCRIPT = """
import sys
from pathlib import Path
from models.base import ModelError
from models.options import LoadOptions
from models.pull import pull
try:
    print(pull(sys.argv[1], LoadOptions(folder=Path(sys.argv[2]))).changed)
except ModelError as error:
    print(error)
"""


def process(hub: Hub, folder: Path, **environ: str) -> subprocess.Popen[str]:
    """A pull in a process of its own: the hub's variables are read when it starts."""
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, NAME, str(folder)],
        env={**os.environ, "HF_ENDPOINT": hub.url, **environ},
        stdout=subprocess.PIPE,
        text=True,
    )


def said(hub: Hub, folder: Path, **environ: str) -> str:
    return process(hub, folder, **environ).communicate()[0].strip()


class TestList:
    def test_shows_every_card_and_which_are_here(self, margay: Margay, models: Path) -> None:
        rows = {row["name"]: row for row in json.loads(margay("models", "list", "--json").out)}
        assert rows["pocket"]["installed"] is True
        assert 0 < rows["pocket"]["size_bytes"] < 25_000_000
        bge = rows["visualized-bge-m3"]
        assert (bge["installed"], bge["size_bytes"]) == (False, None)
        assert (bge["joint"], bge["dimensions"]) == (True, [1024])
        assert "visualized-bge-m3" in margay("models", "list").out

    def test_says_which_models_rerank(self, margay: Margay, models: Path) -> None:
        rows = {row["name"]: row for row in json.loads(margay("models", "list", "--json").out)}
        reranker = rows["bge-reranker-v2-m3"]
        assert (reranker["task"], reranker["dimensions"]) == ("rerank", [])
        assert rows["pocket"]["task"] == "embed"
        assert "bge-reranker-v2-m3 · not here · text · reranks · Apache-2.0" in (
            margay("models", "list").out
        )

    def test_shows_pulled_models_without_a_card(
        self, margay: Margay, models: Path, hub: Hub
    ) -> None:
        pulled(hub, models)
        row = json.loads(margay("models", "list", "--json").out)[-1]
        assert (row["name"], row["installed"], row["revisions"]) == (NAME, True, [COMMIT])
        assert row["size_bytes"] == len(WEIGHTS) + 2


class TestVerify:
    def test_says_that_all_is_well(self, margay: Margay, models: Path, hub: Hub) -> None:
        pulled(hub, models)
        ran = margay("models", "verify")
        assert (ran.code, ran.err) == (0, "")
        assert "pocket: whole and unaltered" in ran.out
        assert f"{NAME}: whole and unaltered" in ran.out

    def test_names_each_altered_and_missing_file(
        self, margay: Margay, models: Path, hub: Hub
    ) -> None:
        folder = pulled(hub, models)
        (folder / "config.json").unlink()
        (folder / "model.safetensors").write_bytes(WEIGHTS[:-1] + b"?")
        ran = margay("models", "verify", NAME)
        assert ran.code == 1
        assert f"{NAME}: config.json: missing" in ran.out
        assert f"{NAME}: model.safetensors: its sha256 is not the one of the lock" in ran.out
        found = json.loads(margay("models", "verify", "--json", NAME).out)
        assert [one["file"] for one in found[NAME]] == ["config.json", "model.safetensors"]

    @pytest.mark.parametrize(
        ("name", "said"),
        [("visualized-bge-m3", "margay models pull visualized-bge-m3"), ("nope", "unknown model")],
    )
    def test_what_is_not_here_is_said(
        self, margay: Margay, models: Path, name: str, said: str
    ) -> None:
        ran = margay("models", "verify", name)
        assert ran.code == 1
        assert said in ran.err


class TestPull:
    def test_finds_the_hub_of_the_environment_and_works_offline_afterwards(
        self, hub: Hub, tmp_path: Path
    ) -> None:
        assert said(hub, tmp_path) == "True"
        assert said(hub, tmp_path, HF_HUB_OFFLINE="1") == "False"
        (tmp_path / FOLDER / "config.json").unlink()
        assert "HF_HUB_OFFLINE is set" in said(hub, tmp_path, HF_HUB_OFFLINE="1")

    def test_a_killed_pull_leaves_no_model_and_goes_on(self, hub: Hub, tmp_path: Path) -> None:
        hub.hang_after["model.safetensors"] = 5_000_000
        pulling = process(hub, tmp_path)
        while not hub.hanging.wait(0.05):
            assert pulling.poll() is None
        while sum(path.stat().st_size for path in tmp_path.rglob("*.part")) < 4_000_000:
            time.sleep(0.01)
        pulling.send_signal(signal.SIGKILL)
        pulling.communicate()
        assert not (tmp_path / FOLDER).exists()
        hub.hang_after.clear()
        hub.asked.clear()
        pulled(hub, tmp_path)
        assert (tmp_path / FOLDER / "model.safetensors").read_bytes() == WEIGHTS
        assert lock.read(tmp_path / FOLDER) is not None
        (asked,) = hub.ranges("model.safetensors")
        assert asked is not None
        assert int(asked.removeprefix("bytes=").rstrip("-")) >= 4_000_000

    def test_refusals_are_one_sentence(self, margay: Margay, models: Path) -> None:
        for name in ("pocket", "nope", "onnx:/somewhere"):
            ran = margay("models", "pull", name)
            assert ran.code == 1
            assert ran.err.startswith("margay: ")
            assert ran.err.count("\n") == 1


def test_convert_says_when_there_is_nothing_to_convert(
    margay: Margay, models: Path, hub: Hub, tmp_path: Path
) -> None:
    pulled(hub, models)
    for name, said in (
        ("pocket", "no checkpoint"),
        (NAME, "nothing to convert"),
        (tmp_path, "no .pth"),
    ):
        ran = margay("models", "convert", name)
        assert ran.code == 1
        assert said in ran.err
