"""How a model is loaded: on which device, how precisely, from which folder."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Device(StrEnum):
    """Where the forward pass runs; `auto` is the first GPU if there is one."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


class Precision(StrEnum):
    """Of weights and activations; `auto` is bfloat16 on a GPU that has it, float32 elsewhere.

    float16 is not offered: its range is too small for some of these models (EmbeddingGemma's card
    warns of it), and they return NaN.
    """

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """Everything about loading that is not the model's name."""

    threads: int | None = None
    """Threads of one forward pass on the processor; None = the runtime's own choice."""
    device: Device = Device.AUTO
    precision: Precision = Precision.AUTO
    folder: Path | None = None
    """Where pulled models lie, each in a folder of its name."""
    weights: Path | None = None
    """The very folder of this model's files, instead of the pulled one."""
