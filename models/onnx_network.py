"""One exported network on ONNX Runtime: where it runs, and what goes in and comes out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.base import ModelError, OutOfMemory, Vectors
from models.options import Device

Array = NDArray[np.float32] | NDArray[np.int64]

CPU: Final = "CPUExecutionProvider"
CUDA: Final = "CUDAExecutionProvider"
_DTYPES: Final = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
}
_NO_ROOM: Final = ("failed to allocate", "bad_alloc", "out of memory", "cuda failure 2")
"""What ONNX Runtime says, in lower case, when a batch does not fit."""


class Network:
    """A session with the inputs it is fed and the one output that is read. Threads may share it."""

    def __init__(self, path: Path, *, threads: int, device: Device = Device.CPU) -> None:
        """Raises `ModelError` when the file does not load or the device is not to be had."""
        self.name = path.name
        self._session = _open(path, threads=threads, device=device)
        self._types = {each.name: each for each in self._session.get_inputs()}
        self.inputs: tuple[str, ...] = tuple(self._types)
        self.outputs: tuple[str, ...] = tuple(each.name for each in self._session.get_outputs())
        self._output = self.outputs[0]
        self.on_gpu = CUDA in self._session.get_providers()

    def take(self, *, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        """Feed those of `inputs` that the graph has, in that order; read the first of `outputs`.

        Raises `ModelError` when the graph wants another input, lacks the first of `inputs` or has
        none of `outputs`.
        """
        unknown = [name for name in self.inputs if name not in inputs]
        if unknown or inputs[0] not in self.inputs:
            raise ModelError(
                f"{self.name} takes {', '.join(self.inputs)}; only {', '.join(inputs)} can be given"
            )
        found = [name for name in outputs if name in self.outputs]
        if not found:
            raise ModelError(
                f"{self.name} gives {', '.join(self.outputs)}; none is {' or '.join(outputs)}"
            )
        self.inputs = tuple(name for name in inputs if name in self.inputs)
        self._output = found[0]

    def fixed(self, position: int, axis: int) -> int | None:
        """The length of an axis of an input if the export fixed it, else None."""
        shape = self._types[self.inputs[position]].shape
        length = shape[axis] if axis < len(shape) else None
        return length if isinstance(length, int) and length > 0 else None

    def run(self, arrays: Sequence[Array]) -> Vectors:
        """The output as float32 for arrays in the order of `inputs`; surplus ones are left out.

        Raises `OutOfMemory` when they do not fit the device, `ModelError` when the run fails.
        """
        feeds = {
            name: array.astype(_DTYPES[self._types[name].type], copy=False)
            for name, array in zip(self.inputs, arrays, strict=False)
        }
        try:
            output = self._session.run([self._output], feeds)[0]
        # Its exception classes live in a private extension module.
        except Exception as error:
            if any(sign in str(error).lower() for sign in _NO_ROOM):
                raise OutOfMemory(f"{self.name}: the batch does not fit the device") from error
            raise ModelError(f"{self.name} does not run: {error}") from error
        vectors: Vectors = np.asarray(output).astype(np.float32, copy=False)
        return vectors


def _open(path: Path, *, threads: int, device: Device) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that wait by spinning take the cores from those that decode the next pictures.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    providers = _providers(device)
    try:
        session = onnxruntime.InferenceSession(str(path), sess_options=options, providers=providers)
    # Its exception classes live in a private extension module.
    except Exception as error:
        raise ModelError(f"{path.name} does not load: {error}") from error
    if device is Device.CUDA and CUDA not in session.get_providers():
        raise ModelError("device cuda: ONNX Runtime has CUDA but could not use it on this machine")
    strange = [each for each in session.get_inputs() if each.type not in _DTYPES]
    if strange:
        raise ModelError(f"{path.name}: its input {strange[0].name} is a {strange[0].type}")
    return session


def _providers(device: Device) -> list[str]:
    offered = onnxruntime.get_available_providers()
    if device is Device.CUDA and CUDA not in offered:
        raise ModelError(
            "device cuda: the installed ONNX Runtime has no CUDA; "
            "install onnxruntime-gpu in place of onnxruntime"
        )
    return [CUDA, CPU] if device is not Device.CPU and CUDA in offered else [CPU]
