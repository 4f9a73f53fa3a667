"""Rewrites a pickled checkpoint as safetensors: the same keys and values, and nothing to run."""

from pathlib import Path
from typing import Final

import torch
from safetensors.torch import save_file

from models.base import ModelError
from models.visualized_bge import checkpoint, text_config, weights_file
from models.visualized_bge.weights_file import State

METADATA: Final = {"format": "pt"}
"""What readers of safetensors look for to know that torch wrote it."""


def convert(source: Path, target: Path) -> None:
    """Write the checkpoint `source` to the file `target`, keeping every tensor's precision.

    Raises `ModelError`, before anything is written, when it is not a checkpoint of Visualized BGE
    or does not belong to the `config.json` beside it; `OSError` when `target` cannot be written.
    """
    if source.suffix != weights_file.PICKLED:
        raise ModelError(f"{source.name} is no *{weights_file.PICKLED} checkpoint")
    state = weights_file.read(source)
    if (source.parent / text_config.CONFIG).is_file():
        checkpoint.fitting(state, text_config.read(source.parent), where=source.name)
    else:
        checkpoint.tower_shape(state, where=source.name)
    save_file(_apart(state), target, metadata=METADATA)


def _apart(state: State) -> State:
    """Every tensor with memory of its own: safetensors has no way to say that two share theirs."""
    taken: set[int] = set()
    apart: State = {}
    for name, tensor in state.items():
        memory = tensor.untyped_storage().data_ptr()
        alone = tensor.is_contiguous() and memory not in taken
        apart[name] = tensor if alone else tensor.clone(memory_format=torch.contiguous_format)
        taken.add(memory)
    return apart
