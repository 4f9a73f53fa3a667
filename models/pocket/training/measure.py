"""Measures the exported files and writes the table of the model card.

`python -m models.pocket.training.measure` does only this, for files that are there already.
"""

import argparse
import logging
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.base import Content, Purpose
from models.onnx_dual_encoder import OnnxDualEncoder
from models.onnx_folder import IMAGE_MODEL
from models.pocket.training import config, data, evaluate, held_out
from models.pocket.training.data import Grocery
from models.pocket.training.held_out import HeldOut

log = logging.getLogger(__name__)


def main() -> None:
    """Print the table for the files in `--out`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("models/pocket"))
    parser.add_argument("--work", type=Path, default=Path("models/pocket/.training"))
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    shop = held_out.read(given.work / "held-out", seed=config.HELD_OUT_SEED)
    log.info("%s", table(given.out, data.read_grocery(given.data / "grocery"), shop))


def table(folder: Path, grocery: Grocery, shop: HeldOut) -> str:
    """All measures of the exported files at every dimension, in Markdown."""
    encoder = exported(folder)
    columns = [
        evaluate.everything(encoder, grocery, shop, dimensions=size) for size in config.DIMENSIONS
    ]
    head = " | ".join(str(size) for size in config.DIMENSIONS)
    rows = [f"| measure | {head} |", "|---" * (len(columns) + 1) + "|"]
    for name in columns[0]:
        values = " | ".join(f"{column[name]:.3f}" for column in columns)
        rows.append(f"| {name} | {values} |")
    return "\n".join(rows)


def exported(folder: Path) -> evaluate.Encoder:
    """The exported files as something that can be measured."""
    embedder = OnnxDualEncoder(folder, name="pocket", fingerprint="", threads=None)
    session = onnxruntime.InferenceSession(
        str(folder / IMAGE_MODEL), providers=["CPUExecutionProvider"]
    )

    def see(pictures: NDArray[np.uint8]) -> evaluate.Vectors:
        pixels = (pictures.astype(np.float32) / 255 - config.MEAN) / config.STD
        parts = [
            session.run(None, {"pixels": pixels[at : at + 32]})[0]
            for at in range(0, len(pixels), 32)
        ]
        return np.concatenate(parts)

    def read(texts: list[str]) -> evaluate.Vectors:
        return embedder.embed([Content(text=text) for text in texts], Purpose.INDEX)

    return evaluate.Encoder(see=see, read=read)


if __name__ == "__main__":
    main()
