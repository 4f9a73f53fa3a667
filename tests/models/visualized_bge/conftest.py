"""The tiny models, made once."""

from pathlib import Path

import pytest

from models.visualized_bge import VisualizedBge
from tests.models.visualized_bge.kit import TINY, opened


@pytest.fixture(scope="session", params=["tiny_base", "tiny_m3"])
def tiny_model(request: pytest.FixtureRequest) -> str:
    """The name of a tiny model."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def tiny(tiny_model: str, tmp_path_factory: pytest.TempPathFactory) -> VisualizedBge:
    """Either tiny model, ready to embed."""
    return opened(TINY.assemble(tiny_model, tmp_path_factory.mktemp(tiny_model)))


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> VisualizedBge:
    """The tiny model with a BERT, ready to embed."""
    return opened(TINY.assemble("tiny_base", tmp_path_factory.mktemp("tiny_base")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A whole tiny model that a test may spoil, its weights in `made_up.safetensors`."""
    return TINY.assemble("tiny_base", tmp_path / "model")
