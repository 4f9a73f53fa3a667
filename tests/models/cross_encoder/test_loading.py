"""Which folders become scorers, and how the others are refused."""

import json
import shutil
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from models import registry
from models.base import Content, Modality, ModelError
from models.card import CARDS, Task, read
from models.options import Device, LoadOptions, Precision
from models.pull import pull
from tests.models.cross_encoder import tiny_rerankers
from tests.models.cross_encoder.conftest import load_folder
from tests.models.hub_server import hub_server

# transformers leaves the files of further chat templates open.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file .*chat_templates:ResourceWarning")

CPU = LoadOptions(device=Device.CPU)
NEW = ("ms-marco-minilm-l6", "bge-reranker-v2-m3", "qwen3-vl-reranker-2b")


def score_once(where: Path, **options: Any) -> np.ndarray:
    scorer = load_folder(where, **options)
    return scorer.score(Content(text="mug"), [Content(text="a mug"), Content(text="case")])


@pytest.mark.parametrize("name", NEW)
def test_the_cards_of_cross_encoders_are_pinned_and_rerank(name: str) -> None:
    card = registry.find(name).card
    assert card is not None
    assert (card.task, card.dimensions, card.extra) == (Task.RERANK, (), "torch")
    assert all(source.pinned() for source in card.sources)
    hub = f"cross-encoder:{card.repository}"
    assert registry.find(hub).card == card


def test_a_free_name_is_loaded_from_its_folder(folder: Callable[[str], Path]) -> None:
    name = f"cross-encoder:{folder('qwen3_vl')}"
    described = registry.load_scorer(name, CPU).describe()
    assert described.name == name
    assert described.modalities == {Modality.TEXT, Modality.IMAGE}
    assert described.licence == "mit"
    assert len(described.fingerprint) == 16


def test_one_of_the_hub_is_pulled_whole_and_loaded_without_it(
    folder: Callable[[str], Path], tmp_path: Path
) -> None:
    name, where = "cross-encoder:someone/reranker", folder("qwen3_vl")
    files = {
        str(path.relative_to(where)): path.read_bytes()
        for path in where.rglob("*")
        if path.is_file()
    }
    options = LoadOptions(folder=tmp_path, device=Device.CPU)
    with hub_server() as hub:
        hub.add("someone/reranker", files)
        pulled = pull(name, options, endpoint=hub.url)
    assert pulled.folder == tmp_path / "cross-encoder--someone--reranker"
    scorer = registry.load_scorer(name, options)
    given = (Content(text="mug"), [Content(text="a mug"), Content(text="case")])
    assert np.array_equal(scorer.score(*given), load_folder(where).score(*given))
    (pulled.folder / "1_LogitScore/config.json").write_text("{}", "utf-8")
    with pytest.raises(ModelError, match=r"not those of its lock: 1_LogitScore/config\.json"):
        registry.load_scorer(name, options)


def test_an_embedder_does_not_rerank_and_a_cross_encoder_does_not_embed() -> None:
    with pytest.raises(ModelError, match="bge-reranker-v2-m3 is a cross-encoder, which reranks"):
        registry.load("bge-reranker-v2-m3")
    with pytest.raises(ModelError, match="pocket is an embedder, not a cross-encoder"):
        registry.load_scorer("pocket")


def test_one_that_was_not_pulled_says_how(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="margay models pull bge-reranker-v2-m3"):
        registry.load_scorer("bge-reranker-v2-m3", LoadOptions(folder=tmp_path))


def test_a_model_without_its_head_is_refused(folder: Callable[[str], Path], tmp_path: Path) -> None:
    where = shutil.copytree(folder("bert"), tmp_path / "headless")
    weights = load_file(where / "model.safetensors")
    save_file(
        {name: value for name, value in weights.items() if not name.startswith("classifier")},
        where / "model.safetensors",
        metadata={"format": "pt"},
    )
    with pytest.raises(ModelError, match=r"lacks weights of its network: classifier\."):
        load_folder(where)


def test_a_model_that_sorts_into_classes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="has 3 outputs: it sorts into classes"):
        load_folder(tiny_rerankers.bert(tmp_path / "nli", labels=3))


def test_a_model_whose_score_is_no_number_is_refused(
    folder: Callable[[str], Path], tmp_path: Path
) -> None:
    where = shutil.copytree(folder("bert"), tmp_path / "nan")
    weights = load_file(where / "model.safetensors")
    weights["classifier.bias"] = torch.full_like(weights["classifier.bias"], torch.nan)
    save_file(weights, where / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match="first score is no number"):
        load_folder(where)


def test_code_of_the_repository_does_not_run(folder: Callable[[str], Path], tmp_path: Path) -> None:
    where = shutil.copytree(folder("bert"), tmp_path / "coded")
    (where / "own.py").write_text("raise SystemExit('ran')\n", "utf-8")
    config = json.loads((where / "config.json").read_text("utf-8"))
    config |= {
        "model_type": "own_kind",
        "auto_map": {
            "AutoConfig": "own.Config",
            "AutoModelForSequenceClassification": "own.Model",
        },
    }
    (where / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(ModelError, match="needs Python code from its own repository"):
        load_folder(where)


def test_an_activation_of_the_configuration_changes_no_score(
    folder: Callable[[str], Path], tmp_path: Path
) -> None:
    where = shutil.copytree(folder("bert"), tmp_path / "activated")
    config = json.loads((where / "config.json").read_text("utf-8"))
    config["sentence_transformers"] = {"activation_fn": "torch.nn.modules.activation.Tanh"}
    (where / "config.json").write_text(json.dumps(config), "utf-8")
    assert np.array_equal(score_once(where), score_once(folder("bert")))


def test_bfloat16_gives_nearly_the_same(folder: Callable[[str], Path]) -> None:
    half = LoadOptions(device=Device.CPU, precision=Precision.BFLOAT16)
    whole = score_once(folder("bert"))
    assert np.abs(score_once(folder("bert"), options=half) - whole).max() < 0.05


def test_a_card_lowers_the_length_and_the_modalities(folder: Callable[[str], Path]) -> None:
    card = replace(
        read(CARDS / "qwen3-vl-reranker-2b.toml"),
        modalities=frozenset({Modality.TEXT}),
        max_text_tokens=40,
    )
    described = load_folder(folder("qwen3_vl"), card=card).describe()
    assert (described.modalities, described.max_text_tokens) == ({Modality.TEXT}, 40)


def test_nothing_is_asked_of_a_network(
    folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*args: object, **kwargs: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    for kind in ("bert", "qwen3_vl"):
        assert np.isfinite(score_once(folder(kind))).all()
