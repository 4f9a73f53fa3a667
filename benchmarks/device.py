"""`margay` with a device of a known speed in place of every model: `python -m benchmarks.device`.

It takes `BENCH_CONTENT_MS` for each content, one pass at a time, and nothing of the processor: what
is left of its speed behind queues, stores and other processes is what those cost.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Final
from unittest import mock

import numpy as np

from models import base, registry
from models.options import LoadOptions
from services.cli.main import main

WIDTH: Final = 256
VARIABLE: Final = "BENCH_CONTENT_MS"


class Device(base.TemplateEmbedder[list[bytes]]):
    """Different contents have different vectors; none is looked at."""

    def __init__(self, content_ms: float) -> None:
        self._content_s = content_ms / 1000

    def describe(self) -> base.Description:
        return base.Description(
            name="device",
            fingerprint="0de01ce0",
            modalities=frozenset({base.Modality.TEXT, base.Modality.IMAGE}),
            joint=False,
            dimensions=(WIDTH,),
            max_text_tokens=512,
            licence="Apache-2.0",
            summary="Takes its time and nothing else.",
        )

    def preprocess(
        self,
        modalities: tuple[base.Modality, ...],
        batch: Sequence[base.Content],
        purpose: base.Purpose,
    ) -> list[bytes]:
        del modalities, purpose
        return [(each.text or "").encode() or (each.image or b"")[-64:] for each in batch]

    def forward(self, modalities: tuple[base.Modality, ...], prepared: list[bytes]) -> base.Vectors:
        del modalities
        if self._content_s:
            time.sleep(self._content_s * len(prepared))
        seeds = [np.frombuffer(each.ljust(8, b"\1")[:8], np.uint64)[0] for each in prepared]
        rows = [np.random.default_rng(seed).standard_normal(WIDTH) for seed in seeds]
        return np.asarray(rows, dtype=np.float32)


def load(_name: str, _options: LoadOptions | None = None) -> base.Embedder:
    """What `registry.load` gives here, whatever it is asked for."""
    return Device(float(os.environ.get(VARIABLE, "0")))


if __name__ == "__main__":
    with mock.patch.object(registry, "load", load):
        main()
