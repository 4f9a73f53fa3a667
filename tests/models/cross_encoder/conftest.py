"""Checkpoints are built once and loaded the way a downloaded folder is."""

from collections.abc import Callable
from pathlib import Path

import pytest

from models import cross_encoder
from models.card import Card
from models.cross_encoder import CrossEncoderScorer
from models.options import Device, LoadOptions
from tests.models.cross_encoder import tiny_rerankers
from tests.models.tiny_torch import one_thread  # noqa: F401 - a fixture

BUILDERS = {
    "bert": tiny_rerankers.bert,
    "pooled": tiny_rerankers.pooled,
    "xlm_roberta": tiny_rerankers.xlm_roberta,
    "qwen3": tiny_rerankers.qwen3,
    "qwen3_vl": tiny_rerankers.qwen3_vl,
}
CPU = LoadOptions(device=Device.CPU)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny reranker by the name of its kind."""
    root = tmp_path_factory.mktemp("rerankers")

    def build(kind: str) -> Path:
        where = root / kind
        return where if where.is_dir() else BUILDERS[kind](where)

    return build


@pytest.fixture(scope="session")
def loaded(folder: Callable[[str], Path]) -> Callable[[str], CrossEncoderScorer]:
    """The scorer of a tiny reranker by the name of its kind, without a card."""
    known: dict[str, CrossEncoderScorer] = {}

    def load(kind: str) -> CrossEncoderScorer:
        if kind not in known:
            known[kind] = load_folder(folder(kind))
        return known[kind]

    return load


def load_folder(
    where: Path, *, card: Card | None = None, options: LoadOptions = CPU
) -> CrossEncoderScorer:
    """Load through the door that the registry uses."""
    return cross_encoder.load(
        card, where, name=f"cross-encoder:{where}", fingerprint="00ff00ff00ff00ff", options=options
    )
