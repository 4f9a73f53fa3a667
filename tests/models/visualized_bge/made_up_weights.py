"""Checkpoints of any size by a rule instead of a download: every value follows from its key.

The reference ran with the same values, so its vectors can be compared with ours. A manifest
(`manifest_*.json`) lists the keys, their shapes and, in `check`, what the values must look like.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]
Manifest = Mapping[str, Mapping[str, Any]]
SHARP = (".query.weight", ".key.weight", ".q_proj.weight", ".k_proj.weight")


def read_manifest(path: Path) -> Manifest:
    manifest: Manifest = json.loads(path.read_text("utf-8"))
    return manifest


def state(manifest: Manifest) -> dict[str, Values]:
    """The whole checkpoint. Raises AssertionError if a value is not what the manifest says."""
    made = {}
    for name, entry in manifest.items():
        values = value(name, tuple(entry["shape"]))
        check(name, values, entry["check"])
        made[name] = values
    return made


def value(name: str, shape: tuple[int, ...]) -> Values:
    """The value of one key, float32."""
    if name.endswith(("freqs_cos", "freqs_sin")):
        return rotary_table(round(shape[0] ** 0.5), shape[1], np.cos if "cos" in name else np.sin)
    if shape == ():
        return np.array(math.log(1 / 0.07), dtype=np.float32)
    noise = _noise(name, shape)
    if len(shape) == 1:
        one_d: Values = 1 + np.float32(0.1) * noise if name.endswith(".weight") else 0.05 * noise
        return one_d.astype(np.float32, copy=False)
    if name.endswith("embeddings.weight"):
        return noise
    if name.endswith(("pos_embed", "cls_token")):
        return np.float32(0.5) * noise
    gain = 2 if name.endswith(SHARP) else 1
    scaled: Values = noise * np.float32(gain / math.sqrt(math.prod(shape[1:])))
    return scaled


def rotary_table(grid: int, head: int, wave: np.ufunc) -> Values:
    """Computed in float64, apart from how the project does it."""
    half = head // 2
    frequencies = 10_000.0 ** (-2 * np.arange(half // 2) / half)
    angles = np.repeat(np.outer(np.arange(grid) / grid * 16, frequencies), 2, axis=1)
    rows, columns = np.divmod(np.arange(grid * grid), grid)
    both = np.concatenate([angles[rows], angles[columns]], axis=1)
    table: Values = wave(both).astype(np.float32)
    return table


def check(name: str, values: Values, wanted: Mapping[str, Any]) -> None:
    """Raise AssertionError unless the first values, the mean and the deviation are as wanted."""
    first = values.reshape(-1)[: len(wanted["first"])]
    np.testing.assert_allclose(first, wanted["first"], rtol=1e-6, atol=1e-9, err_msg=name)
    exact = values.astype(np.float64)
    np.testing.assert_allclose(exact.mean(), wanted["mean"], rtol=1e-5, atol=1e-8, err_msg=name)
    np.testing.assert_allclose(exact.std(), wanted["std"], rtol=1e-5, err_msg=name)


def _noise(name: str, shape: tuple[int, ...]) -> Values:
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")
    generator = np.random.Generator(np.random.PCG64(seed))
    # The float64 stream is another one.
    return generator.standard_normal(shape, dtype=np.float32)
