"""Which device and precision a model of torch runs with, and what running out of memory means."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from models.base import ModelError, OutOfMemory
from models.options import Device, LoadOptions, Precision


def choose(options: LoadOptions) -> tuple[torch.device, torch.dtype]:
    """The device, and the precision of weights and activations. Raises `ModelError`."""
    there = torch.cuda.is_available()
    if options.device is Device.CUDA and not there:
        raise ModelError("device: cuda was asked for, but torch finds no GPU on this machine")
    on_gpu = there and options.device is not Device.CPU
    device = torch.device("cuda" if on_gpu else "cpu")
    match options.precision:
        case Precision.FLOAT32:
            return device, torch.float32
        case Precision.BFLOAT16:
            return device, torch.bfloat16
    able = on_gpu and torch.cuda.is_bf16_supported()
    return device, torch.bfloat16 if able else torch.float32


@contextmanager
def refusing_overflow() -> Iterator[None]:
    """Raise `OutOfMemory` where torch finds no room, on a GPU or in main memory."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise OutOfMemory("the GPU has no room for this batch") from error
    except RuntimeError as error:
        # On the processor torch raises its most general error; the words are all it gives.
        if "allocate memory" not in str(error) and "not enough memory" not in str(error):
            raise
        raise OutOfMemory("the machine has no memory for this batch") from error
    except MemoryError as error:
        raise OutOfMemory("the machine has no memory for this batch") from error
