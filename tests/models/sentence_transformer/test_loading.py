"""What may be loaded, how precisely, with which limits, and that nothing leaves the machine."""

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
from transformers import dynamic_module_utils

from models import card, registry
from models.base import Content, Modality, ModelError, Purpose
from models.card import Card
from models.options import Device, LoadOptions, Precision
from models.sentence_transformer import SentenceTransformerEmbedder
from tests.contract.sample_media import clip, picture, tone
from tests.models.sentence_transformer import tiny_checkpoints
from tests.models.sentence_transformer.conftest import BUILDERS, CPU, load_folder

Folder = Callable[[str], Path]
Load = Callable[[str], SentenceTransformerEmbedder]
ALL = frozenset(Modality)
CONTENTS = {
    Modality.TEXT: Content(text="a red mug"),
    Modality.IMAGE: Content(image=picture("red")),
    Modality.AUDIO: Content(audio=tone(330)),
    Modality.VIDEO: Content(video=clip("red", hertz=220.0)),
}


def gemma_card(**changes: Any) -> Card:
    """The card of EmbeddingGemma 2, cut down to the tiny checkpoint."""
    known = card.read(card.CARDS / "embeddinggemma-2.toml")
    return replace(known, **{"dimensions": (24, 12), "max_text_tokens": 20, "files": {}, **changes})


@pytest.mark.parametrize(
    ("kind", "modalities", "joint", "hears"),
    [
        ("bert", {Modality.TEXT}, False, False),
        ("clip", {Modality.TEXT, Modality.IMAGE}, False, False),
        ("siglip2", {Modality.TEXT, Modality.IMAGE}, False, False),
        ("qwen3_vl", {Modality.TEXT, Modality.IMAGE, Modality.VIDEO}, True, False),
        ("embedding_gemma", set(ALL), True, True),
    ],
)
def test_what_it_can_do_is_read_from_the_model(
    kind: str, modalities: set[Modality], joint: bool, hears: bool, loaded: Load
) -> None:
    described = loaded(kind).describe()
    assert described.modalities == modalities
    assert (described.joint, described.hears_video) == (joint, hears)
    assert described.licence == "mit"


def test_a_tower_that_is_not_there_takes_its_kinds_along(folder: Folder, tmp_path: Path) -> None:
    deaf = shutil.copytree(folder("embedding_gemma"), tmp_path / "deaf")
    settings = json.loads((deaf / "config.json").read_text())
    (deaf / "config.json").write_text(json.dumps(settings | {"audio_config": None}))
    described = load_folder(deaf).describe()
    assert described.modalities == ALL - {Modality.AUDIO}
    assert not described.hears_video


def test_the_registry_finds_a_folder_and_a_pulled_repository(
    folder: Folder, tmp_path: Path
) -> None:
    by_folder = registry.load(f"sentence-transformers:{folder('bert')}", CPU)
    pulled = tmp_path / "sentence-transformers--someone--tiny-bert"
    shutil.copytree(folder("bert"), pulled)
    options = replace(CPU, weights=pulled)
    by_id = registry.load("sentence-transformers:someone/tiny-bert", options)
    assert by_id.describe().fingerprint == by_folder.describe().fingerprint
    content = [Content(text="mug")]
    np.testing.assert_array_equal(
        by_id.embed(content, Purpose.QUERY), by_folder.embed(content, Purpose.QUERY)
    )


@pytest.mark.parametrize("kind", list(BUILDERS))
def test_nothing_touches_the_network(
    kind: str, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    embedder = load_folder(folder(kind))
    for modality in embedder.describe().modalities:
        embedder.embed([CONTENTS[modality]], Purpose.QUERY)


@pytest.mark.parametrize("text", ["http://127.0.0.1:9/cat.jpg", "/etc/hostname.png", "a.mp3"])
def test_a_text_is_never_opened_as_the_file_it_names(text: str, loaded: Load) -> None:
    ours = loaded("embedding_gemma").embed([Content(text=text), Content(text="mug")], Purpose.QUERY)
    assert np.abs(ours[0] - ours[1]).max() > 1e-4


@pytest.mark.parametrize("kind", ["qwen3_vl", "embedding_gemma"])
def test_words_that_stand_for_media_are_only_words_in_a_text(kind: str, loaded: Load) -> None:
    text = "mug <|image|> <|video|> <|audio|> <|image_pad|> <|video_pad|> <|image> <image|>"
    contents = [Content(text=text), Content(text=text, image=picture("red"))]
    vectors = loaded(kind).embed(contents, Purpose.QUERY)
    assert np.isfinite(vectors).all()


def test_float16_is_refused_with_the_reason(folder: Folder) -> None:
    options = LoadOptions(device=Device.CPU, precision="float16")  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=r"float16 is not offered.*overflow"):
        load_folder(folder("bert"), options=options)


def test_weights_stored_in_float16_are_widened(tmp_path: Path) -> None:
    half = tiny_checkpoints.bert(tmp_path / "half", dtype=torch.float16)
    assert {each.dtype for each in load_file(half / "model.safetensors").values()} == {
        torch.float16
    }
    embedder = load_folder(half)
    assert embedder._model.dtype is torch.float32
    assert np.isfinite(embedder.embed([Content(text="mug")], Purpose.QUERY)).all()


@pytest.mark.parametrize("kind", list(BUILDERS))
def test_bfloat16_gives_nearly_the_same_vectors(kind: str, folder: Folder, loaded: Load) -> None:
    rough = load_folder(folder(kind), options=replace(CPU, precision=Precision.BFLOAT16))
    for modality in rough.describe().modalities:
        pair = [
            each.embed([CONTENTS[modality]], Purpose.INDEX)[0] for each in (rough, loaded(kind))
        ]
        assert pair[0].dtype == np.float32
        assert float(pair[0] @ pair[1]) > 0.99


def test_a_device_that_is_not_there_is_said(folder: Folder) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(ModelError, match="cuda"):
        load_folder(folder("bert"), options=LoadOptions(device=Device.CUDA))


def test_dimensions_come_from_the_card_or_the_model(folder: Folder, loaded: Load) -> None:
    assert loaded("bert").describe().dimensions == (24, 12, 6)
    assert loaded("clip").describe().dimensions == (24,)
    described = load_folder(folder("embedding_gemma"), card=gemma_card()).describe()
    assert (described.dimensions, described.max_text_tokens) == ((24, 12), 20)
    assert described.licence == "Apache-2.0"
    with pytest.raises(ModelError, match="768 dimensions, its files 24"):
        load_folder(folder("embedding_gemma"), card=gemma_card(dimensions=(768, 512)))


def test_texts_are_cut_at_the_limit(folder: Folder) -> None:
    embedder = load_folder(folder("embedding_gemma"), card=gemma_card(max_text_tokens=120))
    long = "abcdefgh" * 40
    same, other = (Content(text=f"{text}{end}") for text, end in ((long, "x"), ("b" + long, "x")))
    cut = Content(text=long)
    vectors = embedder.embed([cut, same, other], Purpose.QUERY)
    np.testing.assert_array_equal(vectors[0], vectors[1])
    assert np.abs(vectors[0] - vectors[2]).max() > 1e-4
    joined = embedder.embed([Content(text=long, image=picture("red"))], Purpose.QUERY)
    assert np.isfinite(joined).all()


def test_a_strip_of_a_picture_and_a_single_frame_are_embedded(loaded: Load) -> None:
    strip = picture("red", size=(3000, 30))
    for kind in ("clip", "siglip2", "qwen3_vl", "embedding_gemma"):
        assert loaded(kind).embed([Content(image=strip)], Purpose.INDEX).shape == (1, 24)
    single = Content(video=clip("red"), frames=1)
    assert loaded("qwen3_vl").embed([single], Purpose.INDEX).shape == (1, 24)


def test_a_video_is_heard_only_if_wanted(loaded: Load) -> None:
    loud, silent = clip("red", hertz=220.0), clip("red")
    contents = [
        Content(video=data, sound=wanted) for data in (loud, silent) for wanted in (True, False)
    ]
    vectors = loaded("embedding_gemma").embed(contents, Purpose.INDEX)
    assert np.abs(vectors[0] - vectors[1]).max() > 1e-3
    np.testing.assert_allclose(vectors[2], vectors[3], atol=1e-5)


THEIRS = """
from transformers import BertConfig, BertModel

class TheirConfig(BertConfig):
    model_type = "theirs"

class TheirModel(BertModel):
    config_class = TheirConfig
"""


@pytest.fixture
def foreign(folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkpoint whose network is known only to Python code that lies beside it."""
    monkeypatch.setattr(dynamic_module_utils, "HF_MODULES_CACHE", str(tmp_path / "cache"))
    where = shutil.copytree(folder("bert"), tmp_path / "foreign")
    settings = json.loads((where / "config.json").read_text())
    classes = {"AutoConfig": "theirs.TheirConfig", "AutoModel": "theirs.TheirModel"}
    settings |= {"model_type": "theirs", "auto_map": classes}
    (where / "config.json").write_text(json.dumps(settings))
    (where / "theirs.py").write_text(THEIRS)
    return where


def test_code_of_a_repository_does_not_run_without_a_card(foreign: Path) -> None:
    ran = foreign.parent / "ran"
    (foreign / "theirs.py").write_text(f"open({str(ran)!r}, 'w')")
    with pytest.raises(ModelError, match="runs only for a model card"):
        load_folder(foreign)
    assert not ran.exists()


def test_code_of_a_repository_runs_for_a_card_that_says_so(foreign: Path, loaded: Load) -> None:
    known = gemma_card(trust_remote_code=True, max_text_tokens=64)
    embedder = load_folder(foreign, card=known)
    assert embedder.describe().modalities == {Modality.TEXT}
    content = [Content(text="a red mug")]
    np.testing.assert_allclose(
        embedder.embed(content, Purpose.QUERY),
        loaded("bert").embed(content, Purpose.QUERY),
        atol=1e-6,
    )


def test_code_runs_only_from_a_pinned_revision(folder: Folder) -> None:
    known = gemma_card(trust_remote_code=True)
    moving = replace(known, sources=(replace(known.sources[0], revision="main"),))
    with pytest.raises(ModelError, match="pinned revision"):
        load_folder(folder("embedding_gemma"), card=moving)


@pytest.mark.parametrize("damage", ["no files", "no weights", "cut weights", "no tokenizer"])
def test_broken_folders_are_model_errors(damage: str, folder: Folder, tmp_path: Path) -> None:
    broken = shutil.copytree(folder("bert"), tmp_path / "broken")
    if damage == "no files":
        shutil.rmtree(broken)
        broken.mkdir()
    elif damage == "no weights":
        (broken / "model.safetensors").unlink()
    elif damage == "cut weights":
        whole = (broken / "model.safetensors").read_bytes()
        (broken / "model.safetensors").write_bytes(whole[:1000])
    else:
        (broken / "tokenizer.json").write_text("{")
    with pytest.raises(ModelError):
        load_folder(broken)


@pytest.mark.parametrize(
    ("kind", "lost"),
    [("bert", "query.weight"), ("clip", "visual_projection"), ("embedding_gemma", "audio_tower")],
)
def test_a_checkpoint_that_lacks_weights_is_refused(
    kind: str, lost: str, folder: Folder, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=f"lacks weights of its network: .*{lost}"):
        load_folder(without(folder(kind), tmp_path / "poor", lost=lost))


def test_a_pooler_that_is_not_asked_may_be_missing(folder: Folder, tmp_path: Path) -> None:
    assert load_folder(without(folder("bert"), tmp_path / "poor", lost="pooler")).describe()


def without(whole: Path, poor: Path, *, lost: str) -> Path:
    """A copy of a checkpoint that lacks the weights with `lost` in their names."""
    shutil.copytree(whole, poor)
    weights = load_file(poor / "model.safetensors")
    kept = {name: value for name, value in weights.items() if lost not in name}
    assert len(kept) < len(weights)
    save_file(kept, poor / "model.safetensors", metadata={"format": "pt"})
    return poor


def test_costs_are_those_of_the_processor(loaded: Load) -> None:
    assert loaded("clip").weigh(CONTENTS[Modality.IMAGE]) == 16
    assert loaded("siglip2").weigh(CONTENTS[Modality.IMAGE]) == 16
    gemma = loaded("embedding_gemma")
    assert gemma.weigh(CONTENTS[Modality.IMAGE]) == 70 * 9
    assert gemma.weigh(Content(audio=b"-", start_s=5, end_s=7)) == 50
    silent = Content(video=b"-", start_s=0, end_s=2, frames=3, sound=False)
    assert gemma.weigh(silent) == 3 * 70 * 9
    assert gemma.weigh(replace(silent, sound=True)) == 3 * 70 * 9 + 50
