"""What the default installation lacks is not imported by what it runs."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "torchvision", "transformers", "sentence_transformers", "safetensors", "timm")


@pytest.mark.parametrize(
    "started",
    [
        "import services.gateway.main, services.cli.main",
        "import models.registry; models.registry.cards(); models.registry.load('pocket').close()",
    ],
)
def test_no_heavy_library_comes_along(started: str) -> None:
    script = f"{started}\nimport sys\nprint(*sorted(set(sys.modules) & set({HEAVY!r})))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""
