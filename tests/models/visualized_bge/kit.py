"""A parity kit: made-up checkpoints, inputs, and what the reference makes of them."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file

from models.base import Content
from models.options import Device, LoadOptions, Precision
from models.visualized_bge import VisualizedBge, load
from tests.models.visualized_bge import made_up_weights

HERE = Path(__file__).parent
KINDS = ("text", "image", "pair")
EXACT = LoadOptions(device=Device.CPU, precision=Precision.FLOAT32)
TOLERANCE = {"tiny_base": 5e-6, "tiny_m3": 5e-6, "base": 1e-5, "m3": 2e-5}
"""Largest difference from the reference in any number of a vector."""


@dataclass(frozen=True, slots=True)
class Item:
    """One input and the reference's vectors: embedded alone, and with the others of its kind."""

    id: str
    kind: str
    content: Content
    ids: list[int]
    pixels: dict[str, list[float]]
    alone: NDArray[np.float32]
    in_batch: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Kit:
    """The folder that a kit lies in."""

    folder: Path

    def state(self, model: str) -> dict[str, made_up_weights.Values]:
        """The checkpoint of a model, checked against its manifest."""
        return made_up_weights.state(
            made_up_weights.read_manifest(self.folder / f"manifest_{model}.json")
        )

    def assemble(self, model: str, target: Path, *, pickled: bool = False) -> Path:
        """Make in `target` all that a model's folder holds."""
        target.mkdir(parents=True, exist_ok=True)
        state = self.state(model)
        if pickled:
            torch.save({k: torch.from_numpy(v) for k, v in state.items()}, target / "made_up.pth")
        else:
            save_file(state, target / "made_up.safetensors")
        shutil.copyfile(self.folder / "config" / model / "config.json", target / "config.json")
        tokenizer = self.folder / "tokenizer" / ("xlmr" if "m3" in model else "bert")
        shutil.copyfile(tokenizer / "tokenizer.json", target / "tokenizer.json")
        return target

    def items(self, model: str, kind: str) -> list[Item]:
        """The three inputs of a kind."""
        found = self.golden(model)["items"]
        return [self._item(each) for each in found if each["kind"] == kind]

    def golden(self, model: str) -> dict[str, Any]:
        """All that the kit has about a model, as it stands there."""
        whole = json.loads((self.folder / "golden_public.json").read_text("utf-8"))
        found: dict[str, Any] = whole["models"][model]
        return found

    def picture(self, name: str) -> bytes:
        """One of the pictures."""
        return (self.folder / "images" / name).read_bytes()

    def _item(self, found: dict[str, Any]) -> Item:
        image = self.picture(found["image"]) if "image" in found else None
        return Item(
            id=found["id"],
            kind=found["kind"],
            content=Content(text=found.get("text"), image=image),
            ids=found["input_ids"],
            pixels=found.get("pixels", {}),
            alone=np.array(found["embedding"], dtype=np.float32),
            in_batch=np.array(found["batch_embedding"], dtype=np.float32),
        )


TINY = Kit(HERE / "golden")
FULL = Kit(HERE.parents[3] / "shared" / "vbge")
"""The whole kit with the full-size models, which lies beside the project where it is at all."""


def kit_of(model: str) -> Kit:
    """Where a model's numbers are."""
    return TINY if model.startswith("tiny") else FULL


def opened(folder: Path, options: LoadOptions = EXACT, *, name: str = "made-up") -> VisualizedBge:
    """The embedder of a folder."""
    return load(None, folder, name=name, fingerprint="0123456789abcdef", options=options)
