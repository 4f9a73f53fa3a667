"""Renders the drawings that training learns from, once, on several processes."""

import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from datasets import sample_catalog as catalog
from datasets.sample_catalog.palette import SYNONYMS
from datasets.sample_catalog.specs import NATURAL
from models.pocket.training import config
from models.pocket.training.data import CLOTHING_LABELS
from models.pocket.training.drawings import Drawings, Written
from models.pocket.training.samples import OTHER, Samples

log = logging.getLogger(__name__)

SEEDS = "pocket training"
"""Seeds of these drawings are strings of this name: no catalog has a seed like that."""
COLOURS = tuple(catalog.COLOURS)
PATTERNS = tuple(catalog.PATTERNS)
KINDS = (*CLOTHING_LABELS, *(name for name in catalog.KINDS if name not in CLOTHING_LABELS))
"""Kinds of garments in photographs and of drawings; a t-shirt is the same in both."""


@dataclass(frozen=True, slots=True)
class Task:
    """One picture to render: what, and from which seed."""

    what: str
    kind: str
    colour: str
    pattern: str
    seed: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """One picture with its facts and the catalog's texts about it."""

    picture: Image.Image
    facts: tuple[int, ...]
    written: Written


def tasks() -> Iterator[Task]:
    """Everything to render, the same every time."""
    random = Random(f"{SEEDS}/{config.SEED}")
    cloths = [(c, p) for c in COLOURS for p in PATTERNS if catalog.is_sold(c, p)]
    for number in range(config.DRAWN):
        kind = list(catalog.KINDS)[number % len(catalog.KINDS)]
        colour, pattern = random.choice(cloths)
        what = "photograph" if random.random() < config.PHOTOGRAPHED else "drawing"
        yield Task(what, kind, colour, pattern, f"{SEEDS}/{config.SEED}/{number}")
    for number in range(config.SWATCHES):
        colour, pattern = cloths[number % len(cloths)]
        yield Task("swatch", "", colour, pattern, f"{SEEDS}/swatch/{number}")
    for number in range(config.FURS):
        pattern = tuple(NATURAL)[number % len(NATURAL)]
        dyed = random.choice([c for c in COLOURS if catalog.is_sold(c, pattern)])
        colour = NATURAL[pattern] if random.random() < 0.6 else dyed
        yield Task("fur", "", colour, pattern, f"{SEEDS}/fur/{number}")


def render(task: Task) -> Rendered:
    """Draw one task."""
    random = Random(task.seed)
    size = config.DRAWING_SIZE
    shown = (COLOURS.index(task.colour), PATTERNS.index(task.pattern))
    if task.what == "fur":
        picture = catalog.fur(task.pattern, random, size, colour=task.colour)
        return Rendered(picture, (OTHER, OTHER, OTHER, *shown), Written())
    if task.what == "swatch":
        picture = catalog.swatch(task.pattern, task.colour, random, size)
        return Rendered(picture, (OTHER, OTHER, OTHER, *shown), Written())
    spec = catalog.make_spec(task.kind, task.colour, task.pattern, random)
    if task.what == "drawing":
        picture = catalog.draw(spec, size=size)
    else:
        picture = catalog.photograph(spec, random, size=size)
    facts = (OTHER, OTHER, KINDS.index(task.kind), *shown)
    return Rendered(picture, facts, write_about(spec, random))


def write_about(spec: catalog.ProductSpec, random: Random) -> Written:
    """Several of the shop's texts and captions of one product."""
    titles = [catalog.title(spec, random) for _ in range(3)]
    titles += [
        f"{catalog.title(spec, random)}. {catalog.description(spec, random)}" for _ in "1234"
    ]
    return Written(tuple(titles), catalog.captions(spec, random))


def drawings(folder: Path, *, processes: int) -> Drawings:
    """All drawings, rendered into `folder` the first time."""
    if not (folder / "texts.json").exists():
        write(folder, processes=processes)
    samples = Samples(np.load(folder / "pictures.npy"), np.load(folder / "facts.npy"))
    texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
    return Drawings(
        samples,
        [Written(tuple(each["titles"]), tuple(each["captions"])) for each in texts],
        kinds=KINDS,
        colours=SYNONYMS,
        patterns=PATTERNS,
    )


def write(folder: Path, *, processes: int) -> None:
    """Render every task into arrays."""
    folder.mkdir(parents=True, exist_ok=True)
    todo = list(tasks())
    side = config.STORED_SIZE
    pictures = np.empty((len(todo), 3, side, side), dtype=np.uint8)
    facts, texts = [], []
    with get_context("spawn").Pool(processes) as pool:
        for number, done in enumerate(pool.imap(render, todo, chunksize=16)):
            small = done.picture.convert("RGB").resize((side, side), Image.Resampling.BILINEAR)
            pictures[number] = np.asarray(small).transpose(2, 0, 1)
            facts.append(done.facts)
            texts.append(asdict(done.written))
            if number % 500 == 0:
                log.info("%d of %d drawings", number, len(todo))
    np.save(folder / "pictures.npy", pictures)
    np.save(folder / "facts.npy", np.array(facts))
    (folder / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
