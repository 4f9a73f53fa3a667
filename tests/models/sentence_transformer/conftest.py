"""Checkpoints are built once and loaded the way a downloaded folder is."""

from collections.abc import Callable
from pathlib import Path

import pytest

from models import sentence_transformer
from models.card import Card
from models.options import Device, LoadOptions
from models.sentence_transformer import SentenceTransformerEmbedder
from tests.models.sentence_transformer import tiny_checkpoints
from tests.models.tiny_torch import one_thread  # noqa: F401 - a fixture

BUILDERS = {
    "bert": tiny_checkpoints.bert,
    "clip": tiny_checkpoints.clip,
    "siglip2": tiny_checkpoints.siglip2,
    "qwen3_vl": tiny_checkpoints.qwen3_vl,
    "embedding_gemma": tiny_checkpoints.embedding_gemma,
}
CPU = LoadOptions(device=Device.CPU)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny checkpoint by the name of its kind."""
    root = tmp_path_factory.mktemp("checkpoints")

    def build(kind: str) -> Path:
        where = root / kind
        return where if where.is_dir() else BUILDERS[kind](where)

    return build


@pytest.fixture(scope="session")
def loaded(folder: Callable[[str], Path]) -> Callable[[str], SentenceTransformerEmbedder]:
    """The embedder of a tiny checkpoint by the name of its kind, without a card."""
    known: dict[str, SentenceTransformerEmbedder] = {}

    def load(kind: str) -> SentenceTransformerEmbedder:
        if kind not in known:
            known[kind] = load_folder(folder(kind))
        return known[kind]

    return load


def load_folder(
    where: Path, *, card: Card | None = None, options: LoadOptions = CPU
) -> SentenceTransformerEmbedder:
    """Load through the door that the registry uses."""
    return sentence_transformer.load(
        card, where, name=f"sentence-transformers:{where}", fingerprint="00ff00ff00ff00ff",
        options=options,
    )  # fmt: skip
