"""`python -m models.pocket.training`: from the data to the files the repository ships."""

import argparse
import ctypes
import logging
import sys
from pathlib import Path

import torch

from models.pocket.training import data
from models.pocket.training.feed import Feed
from models.pocket.training.loop import Training
from models.pocket.training.samples import Vocabulary
from models.pocket.training.static_text import StaticText, distil


def main() -> None:
    """Run every stage, resuming where a former run stopped, then export."""
    parser = argparse.ArgumentParser(prog="python -m models.pocket.training", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("models/pocket"))
    parser.add_argument("--work", type=Path, default=Path(".pocket-training"))
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    keep_freed_memory()
    torch.set_num_threads(given.threads)
    distil(given.work / "text")
    grocery = data.read_grocery(given.data / "grocery")
    clothing = data.read_clothing(
        given.data / "clothing", split="train", kinds=data.CLOTHING_LABELS
    )
    feed = Feed(grocery, clothing, None, StaticText(given.work / "text"))
    words = Vocabulary(
        tuple(p.name for p in grocery.products), grocery.categories, data.CLOTHING_LABELS, (), ()
    )
    Training(feed, words.sizes(), given.work).run()


def keep_freed_memory() -> None:
    """Tell glibc to reuse large blocks: giving them back each step costs a quarter of the time."""
    trim_threshold, mmap_max = -1, -4
    libc = ctypes.CDLL(None)
    libc.mallopt(mmap_max, 0)
    libc.mallopt(trim_threshold, 2**31 - 1)


if __name__ == "__main__":
    main()
