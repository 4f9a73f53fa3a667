"""`python -m models.pocket.training`: from the data to the files the repository ships."""

import argparse
import ctypes
import logging
import sys
from pathlib import Path

import torch

from models import card
from models.pocket.training import config, data, export, held_out, measure, renders, ship
from models.pocket.training.feed import Feed
from models.pocket.training.loop import Training
from models.pocket.training.samples import Vocabulary
from models.pocket.training.static_text import StaticText, distil

log = logging.getLogger(__name__)


def main() -> None:
    """Run every stage, resuming where a former run stopped; then export and measure."""
    given = arguments()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    keep_freed_memory()
    torch.set_num_threads(given.threads)
    distil(given.work / "text")
    feed = read_feed(given)
    words = Vocabulary(
        products=tuple(product.name for product in feed.grocery.products),
        categories=feed.grocery.categories,
        kinds=renders.KINDS,
        colours=renders.COLOURS,
        patterns=renders.PATTERNS,
    )
    shop = held_out.read(given.work / "held-out", seed=config.HELD_OUT_SEED)
    towers = Training(feed, shop, words.sizes(), given.work).run()
    export.export(towers, feed.text, given.work / "text" / "tokenizer.json", given.out)
    ship.write_checksums(card.CARDS / "pocket.toml", given.out)
    log.info("%s", measure.table(given.out, feed.grocery, shop))


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m models.pocket.training", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("models/pocket"))
    parser.add_argument(
        "--work",
        type=Path,
        default=Path("models/pocket/.training"),
        help="checkpoints and drawings; a second run goes on from there",
    )
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def read_feed(given: argparse.Namespace) -> Feed:
    """All data, decoded; the drawings are made the first time."""
    grocery = data.read_grocery(given.data / "grocery")
    clothing = data.read_clothing(given.data / "clothing", split="train", kinds=renders.KINDS)
    drawn = renders.drawings(given.work / "drawings", processes=given.threads)
    return Feed(grocery, clothing, drawn, StaticText(given.work / "text"))


def keep_freed_memory() -> None:
    """Tell glibc to reuse large blocks: giving them back each step costs a quarter of the time."""
    trim_threshold, mmap_max = -1, -4
    libc = ctypes.CDLL(None)
    libc.mallopt(mmap_max, 0)
    libc.mallopt(trim_threshold, 2**31 - 1)


if __name__ == "__main__":
    main()
