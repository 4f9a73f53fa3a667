"""From a checkpoint to a loaded network: every key is expected, every shape is checked."""

import re
from pathlib import Path
from typing import Final

import torch

from models.base import ModelError
from models.visualized_bge import text_config, weights_file
from models.visualized_bge.joint_encoder import JointEncoder
from models.visualized_bge.text_config import TextConfig
from models.visualized_bge.tower import HEAD, TowerShape, rotary_tables
from models.visualized_bge.weights_file import State

VISION: Final = "model_visual.visual."
PREFIXES: Final = {
    VISION: "tower.",
    "visual_proj.": "projection.",
    "bge_embeddings.": "text.embeddings.",
    "bge_encoder.": "text.encoder.",
}
"""How the keys of a checkpoint begin, and those of our network."""
UNUSED: Final = re.compile(
    r"bge_pooler\.dense\.(weight|bias)|bge_embeddings\.position_ids|model_visual\.logit_scale"
    r"|model_visual\.visual\.(norm|head)\.(weight|bias)"
)
"""Parts that no vector comes from: they may be in the file or not."""
ROTARY: Final = re.compile(r"model_visual\.visual\.(blocks\.\d+\.attn\.)?rope\.freqs_(cos|sin)")
TYPES: Final = "bge_embeddings.token_type_embeddings.weight"
SHORTEST: Final = 2
"""Tokens of the empty text."""
SHOWN: Final = 5
ROTARY_TOLERANCE: Final = 5e-3
"""How far a stored rotary table may be from ours: bfloat16 rounds by up to 2e-3."""


def load(folder: Path, *, device: torch.device, precision: torch.dtype) -> JointEncoder:
    """The network of a folder, in eval mode. Raises `ModelError`."""
    config = text_config.read(folder)
    path = weights_file.find(folder)
    state = weights_file.read(path)
    network = fitting(state, config, where=path.name)
    own = {_ours(name): tensor for name, tensor in state.items() if _is_used(name)}
    types = own[_ours(TYPES)]
    own[_ours(TYPES)] = torch.cat([types, types.new_zeros(1, types.shape[1])])
    # A copy, not the mapped file: nobody may change the weights under a running model.
    copies = {name: tensor.to(device, precision, copy=True) for name, tensor in own.items()}
    network.load_state_dict(copies, assign=True)
    network.fill_tables(device)
    network.requires_grad_(False).eval()
    return network


def fitting(state: State, config: TextConfig, *, where: str) -> JointEncoder:
    """The network that a checkpoint is of, without its weights (on the device `meta`).

    Raises `ModelError` naming the keys that are missing, unexpected or of another shape.
    """
    shape = tower_shape(state, where=where)
    layers = _count(state, r"bge_encoder\.layer\.(\d+)\.")
    if layers != config.num_hidden_layers:
        raise ModelError(
            f"{where} has {layers} text layers, {text_config.CONFIG} says "
            f"{config.num_hidden_layers}: they are not of the same model"
        )
    if min(config.longest_text(), config.longest_beside(shape.patches)) < SHORTEST:
        raise ModelError(
            f"{text_config.CONFIG}: max_position_embeddings: {config.max_position_embeddings} "
            f"leave no room for a text beside {shape.patches} patches"
        )
    with torch.device("meta"):
        network = JointEncoder(config, shape)
    expected = {_theirs(name): tuple(each.shape) for name, each in network.state_dict().items()}
    expected[TYPES] = (config.type_vocab_size, config.hidden_size)
    used = {name for name in state if _is_used(name)}
    _refuse(f"{where} lacks", expected.keys() - used)
    _refuse(f"{where} holds what is no part of Visualized BGE:", used - expected.keys())
    _refuse(
        f"{where} has other shapes than {text_config.CONFIG} and the rest of it ask for:",
        {
            f"{name} {list(state[name].shape)} instead of {list(wanted)}"
            for name, wanted in expected.items()
            if tuple(state[name].shape) != wanted
        },
    )
    _check_rotary(state, shape, where=where)
    return network


def tower_shape(state: State, *, where: str) -> TowerShape:
    """The vision tower's sizes, from the shapes of its tensors. Raises `ModelError`."""
    patches = _shape(state, f"{VISION}patch_embed.proj.weight", dimensions=4, where=where)
    places = _shape(state, f"{VISION}pos_embed", dimensions=3, where=where)
    gate = _shape(state, f"{VISION}blocks.0.mlp.w1.weight", dimensions=2, where=where)
    width, _, patch, _ = patches
    grid = round((places[1] - 1) ** 0.5) if places[1] > 1 else 0
    depth = _count(state, re.escape(VISION) + r"blocks\.(\d+)\.")
    if width % HEAD or grid * grid != places[1] - 1 or not patch:
        raise ModelError(
            f"{where} has no EVA02-CLIP tower: {width} wide, {places[1]} places, patch {patch}"
        )
    return TowerShape(width=width, depth=depth, hidden=gate[0], patch=patch, grid=grid)


def _shape(state: State, name: str, *, dimensions: int, where: str) -> tuple[int, ...]:
    if name not in state:
        raise ModelError(f"{where} lacks {name}")
    shape = tuple(state[name].shape)
    if len(shape) != dimensions or 0 in shape:
        raise ModelError(f"{where}: {name} has shape {list(shape)}, not {dimensions} dimensions")
    return shape


def _count(state: State, pattern: str) -> int:
    """How many layers there are, by the distinct numbers in their names."""
    matches = (re.match(pattern, name) for name in state)
    return len({match[1] for match in matches if match is not None})


def _check_rotary(state: State, shape: TowerShape, *, where: str) -> None:
    """The tables are computed anew; other ones in the file mean that it is another network."""
    ours = dict(zip(("cos", "sin"), rotary_tables(shape.grid), strict=True))
    for name, tensor in state.items():
        match = ROTARY.fullmatch(name)
        if match is None:
            continue
        table = ours[match[2]]
        if tensor.shape != table.shape:
            wanted = list(table.shape)
            raise ModelError(f"{where}: {name} has shape {list(tensor.shape)} instead of {wanted}")
        # Written so that NaN is refused as well.
        if not bool((tensor.float() - table).abs().max() <= ROTARY_TOLERANCE):
            raise ModelError(f"{where}: {name} is not the rotary table of a {shape.grid}-grid")


def _refuse(problem: str, names: set[str]) -> None:
    if names:
        shown = ", ".join(sorted(names)[:SHOWN])
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        raise ModelError(f"{problem} {shown}{more}")


def _is_used(name: str) -> bool:
    return not (UNUSED.fullmatch(name) or ROTARY.fullmatch(name))


def _ours(name: str) -> str:
    return _renamed(name, PREFIXES)


def _theirs(name: str) -> str:
    return _renamed(name, {ours: theirs for theirs, ours in PREFIXES.items()})


def _renamed(name: str, prefixes: dict[str, str]) -> str:
    for old, new in prefixes.items():
        if name.startswith(old):
            return new + name.removeprefix(old)
    return name
