"""`python -m benchmarks embedders`: our runtime beside the bare loop and beside infinity-emb."""

from __future__ import annotations

import io
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from benchmarks import random_clip
from benchmarks.beside import Beside, beside, in_turns
from benchmarks.rival import PYTHON, Rival, RivalFailed, rival
from models import registry
from models.base import Content as ModelContent
from models.base import Embedder
from models.base import Purpose as ModelPurpose
from models.options import LoadOptions
from services.core.types.vectors import Content, Purpose
from services.embedder.lane import Limit
from services.embedder.runtime import EmbedderRuntime
from services.embedder.scheduler import Scheduling

BATCH: Final = 32
CALLERS: Final = 16
ROUNDS: Final = 3
QUERY_WORDS: Final = 3
"""What people type into a search box."""
NAME: Final = "clip"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured; the medians are over `rounds`."""

    images: int = 64
    texts: int = 128
    singles: int = 96
    rounds: int = ROUNDS


def run(*, rounds: int = ROUNDS, rival_python: Path = PYTHON) -> tuple[list[Beside], str]:
    """Measure all; with the reason if the rival could not be measured, else empty."""
    sizes = Sizes(rounds=rounds)
    folder = random_clip.build()
    bare = registry.load(f"{registry.ONNX_PREFIX}{folder}", LoadOptions())
    runtime = EmbedderRuntime(
        [NAME], lambda _: bare, scheduling=Scheduling(limit=Limit(BATCH, 16_384))
    )
    runtime.warm_up()
    rows, missing = [], ""
    with tempfile.TemporaryDirectory(prefix="margay-bench-") as drawn, ExitStack() as stack:
        paths = pictures(Path(drawn), sizes.images)
        texts = sentences(sizes.texts)
        other: Rival | None = None
        try:
            other = _rival(stack, folder, rival_python, Path(drawn))
            rows += batches(runtime, bare, other, paths=paths, texts=texts, sizes=sizes)
        except RivalFailed as error:
            missing = str(error)
            rows = batches(runtime, bare, None, paths=paths, texts=texts, sizes=sizes)
    rows.append(concurrency(runtime, texts, sizes))
    runtime.close()
    return rows, missing


def batches(
    runtime: EmbedderRuntime,
    bare: Embedder,
    other: Rival | None,
    *,
    paths: Sequence[Path],
    texts: Sequence[str],
    sizes: Sizes,
) -> list[Beside]:
    """Pictures and texts given at once, against the bare loop and the rival."""
    images = [path.read_bytes() for path in paths]
    rows = []
    if other is None:
        answers: dict[str, Callable[[], float]] = {}
    else:
        answers = {"images": partial(other.images, paths), "texts": partial(other.texts, texts)}
    for kind, contents in (
        ("images", [Content(image=data) for data in images]),
        ("texts", [Content(text=text) for text in texts]),
    ):
        plain = [ModelContent(text=each.text, image=each.image) for each in contents]
        sides: dict[str, Callable[[], float]] = {
            "ours": partial(_seconds, partial(runtime.embed, NAME, contents, Purpose.INDEX)),
            "bare": partial(_seconds, partial(loop, bare, plain)),
            "forward": partial(_seconds, partial(forward, bare, prepare(bare, plain))),
        }
        if kind in answers:
            sides["rival"] = answers[kind]
        seconds = in_turns(sides, sizes.rounds)
        others = (("the bare loop", "bare", 0.95), ("its forward passes alone", "forward", None),
                  ("infinity-emb", "rival", 1.0))  # fmt: skip
        rows += [
            beside(f"{kind}: {name}", seconds, side, count=len(contents), limit=limit)
            for name, side, limit in others
            if side in seconds
        ]
    return rows


def concurrency(runtime: EmbedderRuntime, texts: Sequence[str], sizes: Sizes) -> Beside:
    """Single texts of many callers at once, against one caller after the other."""
    singles = [[Content(text=" ".join(text.split()[:QUERY_WORDS]))] for text in texts]
    asked = (singles * (sizes.singles // len(singles) + 1))[: sizes.singles]

    def at_once(callers: int) -> float:
        with ThreadPoolExecutor(callers) as pool:
            ask = lambda each: runtime.embed(NAME, each, Purpose.QUERY)  # noqa: E731
            return _seconds(lambda: list(pool.map(ask, asked)))

    rounds = in_turns(
        {"ours": lambda: at_once(CALLERS), "one": lambda: at_once(1)}, 3 * sizes.rounds
    )
    name = f"single texts: {CALLERS} callers at once, against one at a time"
    return beside(name, rounds, "one", count=len(asked), limit=3.0)


def loop(model: Embedder, contents: Sequence[ModelContent]) -> None:
    """The three steps, batch after batch, in the order given."""
    width = model.describe().dimensions[0]
    modalities = contents[0].modalities()
    for start in range(0, len(contents), BATCH):
        batch = contents[start : start + BATCH]
        prepared = model.preprocess(modalities, batch, ModelPurpose.INDEX)
        model.postprocess(model.forward(modalities, prepared), dimensions=width)


def prepare(model: Embedder, contents: Sequence[ModelContent]) -> list[tuple[ModelContent, object]]:
    """Batches ready for the forward pass."""
    starts = range(0, len(contents), BATCH)
    parts = [contents[start : start + BATCH] for start in starts]
    return [
        (part[0], model.preprocess(part[0].modalities(), part, ModelPurpose.INDEX))
        for part in parts
    ]


def forward(model: Embedder, prepared: Sequence[tuple[ModelContent, object]]) -> None:
    """Nothing but the network."""
    for first, batch in prepared:
        model.forward(first.modalities(), batch)


def pictures(folder: Path, count: int) -> list[Path]:
    """JPEGs of 512 x 384 pixels with something in them."""
    noise = np.random.default_rng(0)
    paths = []
    for number in range(count):
        path = folder / f"{number}.jpg"
        coarse = noise.integers(0, 255, (24, 32, 3), dtype=np.uint8)
        file = io.BytesIO()
        Image.fromarray(coarse).resize((512, 384)).save(file, "JPEG", quality=90)
        path.write_bytes(file.getvalue())
        paths.append(path)
    return paths


def sentences(count: int) -> list[str]:
    """Texts of 3 to 24 words."""
    chosen = random.Random(0)
    return [
        " ".join(chosen.choices(random_clip.WORDS, k=chosen.randint(3, 24))) for _ in range(count)
    ]


def _rival(stack: ExitStack, folder: Path, python: Path, logs: Path) -> Rival:
    if not python.is_file():
        raise RivalFailed(f"{python} is missing; docs/benchmarks.md says how to install it")
    return stack.enter_context(rival(folder, python=python, batch=BATCH, log=logs / "infinity.log"))


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
