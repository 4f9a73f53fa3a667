"""`margay embed` prints what the model gives: every kind of content, exact and by name."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models import lock, registry
from models.base import Content, Purpose
from models.options import LoadOptions
from tests.cli.conftest import Margay
from tests.models.visualized_bge.kit import TINY

BGE = "visualized-bge-base-en-v1.5"
MODEL = "tiny_base"
ITEMS = TINY.golden(MODEL)["items"]
DRAWING = TINY.folder / "images" / "pub_rgb_wide.png"
CHECKPOINT = "made_up.pth"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as one makes it by hand: checkpoint, configuration, tokenizer."""
    return TINY.assemble(MODEL, tmp_path_factory.mktemp("tiny"), pickled=True)


def options(item: dict[str, str]) -> list[object]:
    given: list[object] = ["--text", item["text"]] if "text" in item else []
    return [*given, "--image", TINY.folder / "images" / item["image"]] if "image" in item else given


class TestPocket:
    def test_prints_the_vector_its_model_and_its_fingerprint(self, margay: Margay) -> None:
        ran = margay("embed", "a mug", "--dimensions", 64, "--json")
        found = json.loads(ran.out)
        described = registry.load("pocket").describe()
        assert list(found) == ["embedding", "model", "fingerprint"]
        assert (found["model"], found["fingerprint"]) == ("pocket", described.fingerprint)
        assert math.hypot(*found["embedding"]) == pytest.approx(1, abs=1e-6)

    def test_every_float32_is_printed_exactly(self, margay: Margay) -> None:
        found = json.loads(margay("embed", "a mug", "--json").out)["embedding"]
        vector = registry.load("pocket").embed([Content(text="a mug")], Purpose.QUERY)[0]
        assert np.array_equal(np.asarray(found, dtype=np.float32), vector)

    def test_words_are_an_argument_or_an_option(self, margay: Margay) -> None:
        assert (
            margay("embed", "a mug", "--json").out
            == margay("embed", "--text", "a mug", "--json").out
        )

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["a mug", "--image", DRAWING], "embeds one modality at a time, got text and image"),
            (["a mug", "--image", DRAWING], f"{BGE}, visualized-bge-m3 take both as one"),
            (["--audio", DRAWING], "pocket cannot embed audio; embeddinggemma-2 can"),
            (
                ["--video", DRAWING],
                "cannot embed video; embeddinggemma-2, qwen3-vl-embedding-2b can",
            ),
            (["mug", "--dimensions", 65], "65 is not one that pocket offers (256, 128, 64)"),
            (["mug", "--embedder", "nope"], "unknown model 'nope'"),
            (["mug", "--embedder", BGE], f"margay models pull {BGE}"),
            (["  "], "nothing to embed"),
        ],
    )
    def test_refuses_in_one_sentence(
        self,
        margay: Margay,
        arguments: list[object],
        said: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("MARGAY_MODELS__FOLDER", str(tmp_path))
        ran = margay("embed", *arguments)
        assert ran.code == 1
        assert said in ran.err
        assert ran.err.startswith("margay: ")
        assert "content 0" not in ran.err

    def test_words_given_twice_are_wrong_usage(self, margay: Margay) -> None:
        assert margay("embed", "a", "--text", "b").code == 2


class TestWeights:
    @pytest.mark.parametrize("item", ITEMS, ids=[item["id"] for item in ITEMS])
    def test_prints_the_reference_s_numbers(
        self, margay: Margay, weights: Path, item: dict[str, str]
    ) -> None:
        ran = margay(
            "embed",
            "--embedder",
            BGE,
            "--weights",
            weights,
            *options(item),
            "--device",
            "cpu",
            "--json",
        )
        found = json.loads(ran.out)
        assert found["model"] == BGE
        np.testing.assert_allclose(found["embedding"], item["embedding"], rtol=0, atol=5e-6)

    def test_the_fingerprint_follows_the_files(self, weights: Path, tmp_path: Path) -> None:
        shutil.copytree(weights, tmp_path / "same")
        shutil.copytree(weights, tmp_path / "other")
        (tmp_path / "same" / "README.md").write_text("Says nothing.")
        tokenizer = tmp_path / "other" / "tokenizer.json"
        tokenizer.write_text(tokenizer.read_text("utf-8") + "\n", encoding="utf-8")
        first, same, other = (
            registry.load(BGE, LoadOptions(weights=folder)).describe().fingerprint
            for folder in (weights, tmp_path / "same", tmp_path / "other")
        )
        assert first == same != other


class TestConvert:
    def test_keeps_the_vectors_and_the_fingerprint(
        self, margay: Margay, weights: Path, tmp_path: Path
    ) -> None:
        content = [Content(text="ok")]
        before = registry.load(BGE, LoadOptions(weights=weights))
        vectors = before.embed(content, Purpose.QUERY)
        ran = margay("models", "convert", weights, "--to", tmp_path / "safe")
        assert (ran.code, ran.err) == (0, "")
        assert not list((tmp_path / "safe").glob("*.pth"))
        after = registry.load(BGE, LoadOptions(weights=tmp_path / "safe"))
        assert after.describe().fingerprint == before.describe().fingerprint
        assert np.array_equal(after.embed(content, Purpose.QUERY), vectors)

    def test_in_place_replaces_the_checkpoint(
        self, margay: Margay, weights: Path, tmp_path: Path
    ) -> None:
        folder = tmp_path / "model"
        shutil.copytree(weights, folder)
        assert margay("models", "convert", folder).code == 0
        assert not (folder / CHECKPOINT).exists()
        locked = lock.read(folder)
        assert locked is not None
        assert lock.verify(folder, locked) == []
        assert margay("models", "convert", folder).code == 1

    def test_a_damaged_checkpoint_is_refused_and_left_alone(
        self, margay: Margay, weights: Path, tmp_path: Path
    ) -> None:
        folder = tmp_path / "model"
        shutil.copytree(weights, folder)
        (folder / CHECKPOINT).write_bytes(b"damaged")
        ran = margay("models", "convert", folder)
        assert ran.code == 1
        assert ran.err.startswith("margay: made_up.pth")
        assert {path.name for path in folder.iterdir()} == {path.name for path in weights.iterdir()}


def test_without_torch_a_sentence_says_what_to_install() -> None:
    script = f"""
import sys
sys.modules["torch"] = None
sys.argv = ["margay", "embed", "mug", "--embedder", "{BGE}"]
from services.cli.main import main
main()
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert ran.stderr == (
        f"margay: {BGE} needs libraries that are not installed: "
        "in Margay's folder, run scripts/venv.sh torch\n"
    )
