"""Our vectors are the reference's vectors: tiny models always, those of full size when asked."""

import shutil
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from models.base import Purpose
from models.visualized_bge import VisualizedBge
from tests.models.visualized_bge import made_up_weights
from tests.models.visualized_bge.kit import FULL, KINDS, TINY, TOLERANCE, Kit, kit_of, opened

MODELS = [
    "tiny_base",
    "tiny_m3",
    pytest.param("base", marks=pytest.mark.parity),
    pytest.param("m3", marks=pytest.mark.parity),
]


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if kit_of(name) is FULL and not FULL.folder.is_dir():
        pytest.skip(f"the parity kit with {name} is not at {FULL.folder}")
    return name


@pytest.fixture(scope="module")
def kit(model: str) -> Kit:
    return kit_of(model)


@pytest.fixture(scope="module")
def embedder(
    model: str, kit: Kit, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VisualizedBge]:
    folder = kit.assemble(model, tmp_path_factory.mktemp(model))
    found = opened(folder, name=model)
    # Gigabytes: pytest would keep them for three runs.
    shutil.rmtree(folder)
    yield found
    found.close()


@pytest.mark.parametrize("kind", KINDS)
def test_one_content_gets_the_vector_of_the_reference(
    embedder: VisualizedBge, kit: Kit, model: str, kind: str
) -> None:
    for item in kit.items(model, kind):
        (ours,) = embedder.embed([item.content], Purpose.QUERY)
        assert np.abs(ours - item.alone).max() <= TOLERANCE[model], item.id


@pytest.mark.parametrize("kind", KINDS)
def test_a_padded_batch_gets_the_vectors_of_the_reference(
    embedder: VisualizedBge, kit: Kit, model: str, kind: str
) -> None:
    items = kit.items(model, kind)
    ours = embedder.embed([item.content for item in items], Purpose.INDEX)
    theirs = np.stack([item.in_batch for item in items])
    assert np.abs(ours - theirs).max() <= TOLERANCE[model]


@pytest.mark.parametrize("kind", KINDS)
def test_texts_become_the_token_ids_of_the_reference(
    embedder: VisualizedBge, kit: Kit, model: str, kind: str
) -> None:
    items = kit.items(model, kind)
    contents = [item.content for item in items]
    prepared = embedder.preprocess(contents[0].modalities(), contents, Purpose.QUERY)
    assert list(prepared.ids) == [item.ids for item in items]


def test_every_step_in_between_is_the_reference_s(
    embedder: VisualizedBge, kit: Kit, model: str
) -> None:
    stages = kit.golden(model)["stages"]
    found = _stages(embedder, kit, model)
    compared = [name for name, wanted in stages.items() if isinstance(wanted, list)]
    assert set(compared) == set(found)
    for name in compared:
        wanted = np.array(stages[name])
        scale = max(1.0, float(np.abs(wanted).max()))
        assert np.abs(found[name][:8] - wanted).max() <= 4 * TOLERANCE[model] * scale, name


def _stages(embedder: VisualizedBge, kit: Kit, model: str) -> dict[str, np.ndarray]:
    """What the network's parts give for the first pair and the first text."""
    network = embedder._network
    seen: dict[str, list[torch.Tensor]] = {"tower": [], "projection": [], "words": []}
    parts = {
        "tower": network.tower,
        "projection": network.projection,
        "words": network.text.embeddings,
    }
    hooks = [
        part.register_forward_hook(lambda _, __, out, to=seen[name]: to.append(out[0]))
        for name, part in parts.items()
    ]
    for kind in ("pair", "text"):
        embedder.embed([kit.items(model, kind)[0].content], Purpose.QUERY)
    for hook in hooks:
        hook.remove()
    (tower,), (projected,), (pair, text) = seen.values()
    patches = len(projected)
    found = {
        "vision_out_token0": tower[0],
        "vision_out_token1": tower[1],
        "vision_out_last": tower[-1],
        "projected_token1": projected[0],
        "image_embedding_first": pair[1],
        "image_embedding_last": pair[patches],
        "cls_embedding": pair[0],
        "first_text_embedding_after_image": pair[patches + 1],
        "text0_embedding_first": text[0],
        "text0_embedding_second": text[1],
    }
    return {name: tensor.numpy() for name, tensor in found.items()}


@pytest.mark.parametrize("differing", ["visual_proj.weight", "bge_pooler.dense.weight"])
def test_made_up_weights_are_held_against_the_manifest(differing: str) -> None:
    manifest = made_up_weights.read_manifest(TINY.folder / "manifest_tiny_base.json")
    values = made_up_weights.value(differing, tuple(manifest[differing]["shape"]))
    made_up_weights.check(differing, values, manifest[differing]["check"])
    with pytest.raises(AssertionError, match=differing):
        made_up_weights.check(differing, values.T, manifest[differing]["check"])
