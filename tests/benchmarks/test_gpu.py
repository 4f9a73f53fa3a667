"""The sweep over sizes of batches runs on a processor too."""

import json
from pathlib import Path

import pytest

from benchmarks import gpu
from models import base
from tests.embedder.listed import Listed
from tests.models.tiny_dual_encoder import build


def test_a_tiny_model_is_measured_at_every_size(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"onnx:{build(tmp_path / 'tiny')}"
    options = ["--device", "cpu", "--batches", "3,1", "--seconds", "0", "--json"]
    assert gpu.main(["--embedder", name, *options]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["embedder"] == name
    measured = [(row["kind"], row["batch"]) for row in found["rows"]]
    assert measured == [("text", 1), ("text", 3), ("image", 1), ("image", 3)]
    assert all(row["forward_per_s"] > 0 and row["runtime_per_s"] > 0 for row in found["rows"])


def test_the_sweep_ends_where_the_device_is_full() -> None:
    rows = list(gpu.sweep(Listed(room=2), base.Modality.TEXT, [4, 8, 2], 0.0))
    assert [(row.batch, row.forward_per_s is not None) for row in rows] == [(2, True), (4, False)]
