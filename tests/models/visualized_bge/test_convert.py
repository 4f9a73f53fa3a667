"""A converted checkpoint holds what the pickled one held."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from models.base import ModelError
from models.visualized_bge.convert import convert
from tests.models.visualized_bge.kit import opened

Q0 = "bge_encoder.layer.0.attention.self.query.weight"
ROPE = "model_visual.visual.blocks.1.attn.rope.freqs_sin"
State = dict[str, Any]


def pickle_in(folder: Path, change: Callable[[State], None]) -> State:
    """Put a changed `.pth` in the place of the safetensors; what it holds."""
    state: State = load_file(folder / "made_up.safetensors")
    change(state)
    (folder / "made_up.safetensors").unlink()
    torch.save(state, folder / "made_up.pth")
    return state


def _share_memory(state: State) -> None:
    state[ROPE] = state["model_visual.visual.rope.freqs_sin"]
    state[Q0] = state[Q0].T.contiguous().T


def _without(state: State) -> None:
    del state[Q0]


def _misshaped(state: State) -> None:
    state[Q0] = torch.zeros(128, 64)


def test_converting_keeps_every_value_and_shares_nothing(folder: Path) -> None:
    state = pickle_in(folder, _share_memory)
    convert(folder / "made_up.pth", folder / "new.safetensors")
    converted = load_file(folder / "new.safetensors")
    assert converted.keys() == state.keys()
    assert all(torch.equal(converted[name], state[name]) for name in state)
    opened(folder)


@pytest.mark.parametrize("change", [_without, _misshaped])
def test_what_is_no_checkpoint_is_not_converted(
    folder: Path, change: Callable[[State], None]
) -> None:
    pickle_in(folder, change)
    with pytest.raises(ModelError, match=r"made_up\.pth"):
        convert(folder / "made_up.pth", folder / "new.safetensors")
    assert not (folder / "new.safetensors").exists()


def test_without_a_configuration_only_the_tower_is_checked(folder: Path) -> None:
    pickle_in(folder, _misshaped)
    (folder / "config.json").unlink()
    convert(folder / "made_up.pth", folder / "new.safetensors")
    assert load_file(folder / "new.safetensors")[Q0].shape == (128, 64)


def test_only_pickled_checkpoints_are_converted(folder: Path) -> None:
    with pytest.raises(ModelError, match=r"made_up\.safetensors is no"):
        convert(folder / "made_up.safetensors", folder / "new.safetensors")
