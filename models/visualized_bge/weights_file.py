"""Finds and opens the file of weights in a model's folder; runs no code of a pickle."""

import pickle
import struct
import zipfile
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from models.base import ModelError

SAFE: Final = ".safetensors"
PICKLED: Final = ".pth"
State = dict[str, Tensor]

_DAMAGE: Final = (
    RuntimeError, OSError, EOFError, ValueError, TypeError, LookupError, AttributeError,
    ImportError, ArithmeticError, AssertionError, struct.error, zipfile.BadZipFile,
)  # fmt: skip
"""What unpickling a file that is no checkpoint ends in."""


def find(folder: Path) -> Path:
    """The one file of weights: `*.safetensors`, else `*.pth`. Raises `ModelError`."""
    for ending in (SAFE, PICKLED):
        found = sorted(path for path in folder.glob(f"*{ending}") if path.is_file())
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(path.name for path in found)
            raise ModelError(f"{folder} must hold one *{ending} file, not several: {names}")
    raise ModelError(f"{folder} is no Visualized BGE model: no *{SAFE} and no *{PICKLED} is in it")


def read(path: Path) -> State:
    """Every tensor by its name, mapped from the file where its format allows.

    Raises `ModelError` for a damaged file, for one that is no plain table of tensors, and for a
    pickle that wants to run code, which it does not.
    """
    state = _read_safe(path) if path.suffix == SAFE else _read_pickled(path)
    if not isinstance(state, dict) or not state:
        raise ModelError(f"{path.name} must hold a table of tensors by name")
    for name, tensor in state.items():
        plain = isinstance(tensor, Tensor) and tensor.layout is torch.strided
        if not isinstance(name, str) or not plain or not tensor.is_floating_point():
            if name == "bge_embeddings.position_ids":
                continue
            raise ModelError(f"{path.name}: {name!r} must be a plain tensor of floating point")
    return state


def _read_safe(path: Path) -> State:
    try:
        state: State = load_file(path, device="cpu")
    except (SafetensorError, *_DAMAGE) as error:
        raise ModelError(f"{path.name} is damaged or no safetensors file: {error}") from error
    return state


def _read_pickled(path: Path) -> State:
    try:
        # Files older than torch 1.6 are no archives and cannot be mapped.
        state: State = torch.load(
            path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path)
        )
    except pickle.UnpicklingError as error:
        raise ModelError(
            f"{path.name} is refused: it holds more than tensors, or is damaged"
        ) from error
    except _DAMAGE as error:
        raise ModelError(f"{path.name} is damaged or no checkpoint of torch: {error}") from error
    return state
