"""Checkpoints are loaded whatever their format and precision, and refused with the reason."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from models.base import Content, ModelError, Purpose
from models.visualized_bge import VisualizedBge
from tests.contract.sample_media import picture
from tests.models.visualized_bge.kit import opened

CONTENTS = [Content(text="a mug"), Content(image=picture("red"))]
Q0 = "bge_encoder.layer.0.attention.self.query.weight"
ROPE = "model_visual.visual.blocks.1.attn.rope.freqs_sin"
State = dict[str, Any]


def tensors(folder: Path) -> State:
    state: State = load_file(folder / "made_up.safetensors")
    return state


def pickled(folder: Path, state: object, **options: Any) -> None:
    """Put a `.pth` in the place of the safetensors."""
    (folder / "made_up.safetensors").unlink(missing_ok=True)
    torch.save(state, folder / "made_up.pth", **options)


@pytest.mark.parametrize("archive", [True, False], ids=["archive", "older than torch 1.6"])
def test_a_pickled_checkpoint_gives_the_same_vectors(
    folder: Path, tiny_base: VisualizedBge, archive: bool
) -> None:
    pickled(folder, tensors(folder), _use_new_zipfile_serialization=archive)
    vectors = opened(folder).embed(CONTENTS, Purpose.QUERY)
    np.testing.assert_array_equal(vectors, tiny_base.embed(CONTENTS, Purpose.QUERY))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_weights_of_another_precision_are_cast(
    folder: Path, tiny_base: VisualizedBge, dtype: torch.dtype
) -> None:
    state = {name: tensor.to(dtype) for name, tensor in tensors(folder).items()}
    save_file(state, folder / "made_up.safetensors")
    loaded = opened(folder)
    assert {each.dtype for each in loaded._network.parameters()} == {torch.float32}
    exact = tiny_base.embed(CONTENTS, Purpose.QUERY)
    nearness = (loaded.embed(CONTENTS, Purpose.QUERY) * exact).sum(axis=1)
    assert nearness.min() > 0.999


def test_safetensors_are_preferred(folder: Path) -> None:
    (folder / "old.pth").write_bytes(b"never opened")
    opened(folder)


def test_what_no_vector_comes_from_may_be_absent(folder: Path, tiny_base: VisualizedBge) -> None:
    unused = ("bge_pooler", "model_visual.logit_scale", "model_visual.visual.norm", "visual.head")
    state = {
        name: tensor
        for name, tensor in tensors(folder).items()
        if "rope" not in name and not any(part in name for part in unused)
    }
    state["bge_embeddings.position_ids"] = torch.arange(512)[None]
    save_file(state, folder / "made_up.safetensors")
    vectors = opened(folder).embed(CONTENTS, Purpose.QUERY)
    np.testing.assert_array_equal(vectors, tiny_base.embed(CONTENTS, Purpose.QUERY))


def test_weights_are_copied_so_that_the_file_may_change(
    folder: Path, tiny_base: VisualizedBge
) -> None:
    pickled(folder, tensors(folder))
    loaded = opened(folder)
    (folder / "made_up.pth").write_bytes(bytes(4096))
    vectors = loaded.embed(CONTENTS, Purpose.QUERY)
    np.testing.assert_array_equal(vectors, tiny_base.embed(CONTENTS, Purpose.QUERY))


class Trap:
    """What a pickle with code in it looks like."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.mark,)


@pytest.mark.parametrize("archive", [True, False], ids=["archive", "older than torch 1.6"])
def test_a_pickle_with_code_is_refused_and_runs_nothing(
    folder: Path, tmp_path: Path, archive: bool
) -> None:
    mark = tmp_path / "executed"
    trapped = {**tensors(folder), "extra": Trap(mark)}
    pickled(folder, trapped, _use_new_zipfile_serialization=archive)
    with pytest.raises(ModelError, match=r"made_up\.pth is refused"):
        opened(folder)
    assert not mark.exists()
    torch.load(folder / "made_up.pth", weights_only=False)
    assert mark.exists(), "the trap works where pickles are trusted"


def test_a_bare_pickle_with_code_is_refused_and_runs_nothing(folder: Path, tmp_path: Path) -> None:
    pickled(folder, {})
    (folder / "made_up.pth").write_bytes(pickle.dumps(Trap(tmp_path / "executed"), protocol=2))
    with pytest.raises(ModelError, match=r"made_up\.pth"):
        opened(folder)
    assert not (tmp_path / "executed").exists()


def _without(state: State) -> None:
    del state[Q0]


def _extra(state: State) -> None:
    state["text_projection"] = torch.zeros(2, 2)


def _extra_layer(state: State) -> None:
    state["bge_encoder.layer.7.output.dense.bias"] = torch.zeros(128)


def _misshaped(state: State) -> None:
    state[Q0] = torch.zeros(128, 64)


def _no_tower(state: State) -> None:
    del state["model_visual.visual.patch_embed.proj.weight"]


def _flat_patches(state: State) -> None:
    state["model_visual.visual.patch_embed.proj.weight"] = torch.zeros(128, 768)


def _no_square(state: State) -> None:
    state["model_visual.visual.pos_embed"] = torch.zeros(1, 200, 128)


def _other_rotary(state: State) -> None:
    state[ROPE] = torch.roll(state[ROPE], 1, dims=0)


def _rotary_of_nan(state: State) -> None:
    state[ROPE] = torch.full_like(state[ROPE], torch.nan)


def _rotary_of_other_shape(state: State) -> None:
    state[ROPE] = state[ROPE][:100].clone()


def _integers(state: State) -> None:
    state[Q0] = state[Q0].to(torch.int32)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_without, f"lacks {Q0}"),
        (_extra, "no part of Visualized BGE: text_projection"),
        (_extra_layer, "3 text layers, config.json says 2"),
        (_misshaped, rf"{Q0} \[128, 64\] instead of \[128, 128\]"),
        (_no_tower, "lacks model_visual.visual.patch_embed.proj.weight"),
        (_flat_patches, r"shape \[128, 768\], not 4 dimensions"),
        (_no_square, "no EVA02-CLIP tower: 128 wide, 200 places"),
        (_other_rotary, f"{ROPE} is not the rotary table"),
        (_rotary_of_nan, f"{ROPE} is not the rotary table"),
        (_rotary_of_other_shape, rf"{ROPE} has shape \[100, 64\]"),
        (_integers, f"{Q0}' must be a plain tensor of floating point"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
@pytest.mark.parametrize("ending", ["safetensors", "pth"])
def test_a_checkpoint_that_does_not_fit_is_refused_by_name(
    folder: Path, change: Callable[[State], None], named: str, ending: str
) -> None:
    state = tensors(folder)
    change(state)
    if ending == "pth":
        pickled(folder, state)
    else:
        save_file(state, folder / "made_up.safetensors")
    with pytest.raises(ModelError, match=named):
        opened(folder)


@pytest.mark.parametrize("content", [{}, [1, 2], {"state_dict": {}}, {"a": 3}, {3: torch.ones(1)}])
def test_a_pickle_that_is_no_table_of_tensors_is_refused(folder: Path, content: object) -> None:
    pickled(folder, content)
    with pytest.raises(ModelError, match=r"made_up\.pth.* must "):
        opened(folder)


@pytest.mark.parametrize("ending", ["safetensors", "pth"])
@pytest.mark.parametrize("kept", [0, 7, 5000, -1000])
def test_a_truncated_file_is_refused(folder: Path, ending: str, kept: int) -> None:
    if ending == "pth":
        pickled(folder, tensors(folder))
    path = folder / f"made_up.{ending}"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ModelError, match=rf"made_up\.{ending}"):
        opened(folder)
