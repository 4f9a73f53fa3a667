"""`python -m benchmarks.gpu`: how fast a model embeds at each size of batch, and how busy that is.

Without `--embedder` it is a CLIP ViT-B/32 of random weights, run by torch.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from subprocess import SubprocessError, run
from threading import Event, Thread

from rich.console import Console
from rich.table import Table

from benchmarks import random_clip
from benchmarks.embedders import pictures, sentences
from models import registry
from models.base import Content as ModelContent
from models.base import Embedder, Modality, OutOfMemory
from models.base import Purpose as ModelPurpose
from models.options import Device, LoadOptions, Precision
from services.core.types.vectors import Content, Purpose
from services.embedder.lane import Limit
from services.embedder.runtime import EmbedderRuntime
from services.embedder.scheduler import Scheduling

CALLS = 4
"""Batches in one call to the runtime, so that it can prepare ahead."""
_QUERY = "utilization.gpu,memory.used"
_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of content at one size of batch. None: it did not fit, or there is no GPU to ask."""

    kind: str
    batch: int
    forward_per_s: float | None
    runtime_per_s: float | None
    gpu_percent: float | None
    gpu_memory_mib: float | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table or JSON."""
    parser = argparse.ArgumentParser(prog="benchmarks.gpu", description=__doc__)
    parser.add_argument("--embedder", help="a model's name; default: made-up weights")
    parser.add_argument("--weights", type=Path, help="folder of the model's files")
    parser.add_argument("--folder", type=Path, default=Path("data/models"), help="pulled models")
    parser.add_argument("--device", type=Device, default=Device.AUTO)
    parser.add_argument("--precision", type=Precision, default=Precision.AUTO)
    parser.add_argument("--batches", default="1,4,16,32,64,128", help="sizes, comma-separated")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each figure")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    name = given.embedder or f"{registry.SENTENCE_TRANSFORMERS_PREFIX}{random_clip.build()}"
    options = LoadOptions(
        device=given.device, precision=given.precision, folder=given.folder, weights=given.weights
    )
    model = registry.load(name, options)
    sizes = [int(size) for size in given.batches.split(",")]
    rows = [row for kind in _kinds(model) for row in sweep(model, kind, sizes, given.seconds)]
    if given.json:
        print(json.dumps({"embedder": name, "rows": [asdict(row) for row in rows]}, indent=2))
    else:
        _show(name, rows)
    return 0


def sweep(model: Embedder, kind: Modality, sizes: Sequence[int], seconds: float) -> Iterator[Row]:
    """Rows for batches of each size, smallest first; after one that does not fit no larger ones."""
    for size in sorted(sizes):
        contents = _contents(kind, size)
        try:
            with _watched() as seen:
                forward = _forward(model, contents, seconds)
                through = _through(model, contents, seconds)
        except OutOfMemory:
            yield Row(kind, size, None, None, None, None)
            return
        busy = mean(percent for percent, _ in seen) if seen else None
        memory = max(used for _, used in seen) if seen else None
        yield Row(kind, size, forward, through, busy, memory)


def _forward(model: Embedder, contents: Sequence[ModelContent], seconds: float) -> float:
    """Contents per second of the network alone."""
    modalities = contents[0].modalities()
    prepared = model.preprocess(modalities, contents, ModelPurpose.INDEX)
    model.forward(modalities, prepared)
    done = 0
    begun = time.perf_counter()
    while time.perf_counter() < begun + seconds or not done:
        model.forward(modalities, prepared)
        done += len(contents)
    return done / (time.perf_counter() - begun)


def _through(model: Embedder, contents: Sequence[ModelContent], seconds: float) -> float:
    """Contents per second of the whole runtime, media decoded each time."""
    tokens = len(contents) * max(model.weigh(content) for content in contents)
    limit = Limit(contents=len(contents), tokens=tokens)
    # Never closed: that would close the model, which the next size needs.
    runtime = EmbedderRuntime(["model"], lambda _: model, scheduling=Scheduling(limit=limit))
    call = [Content(text=each.text, image=each.image) for each in contents] * CALLS
    done = 0
    begun = time.perf_counter()
    while time.perf_counter() < begun + seconds or not done:
        runtime.embed("model", call, Purpose.INDEX)
        done += len(call)
    return done / (time.perf_counter() - begun)


def _kinds(model: Embedder) -> list[Modality]:
    modalities = model.describe().modalities
    return [kind for kind in (Modality.TEXT, Modality.IMAGE) if kind in modalities]


def _contents(kind: Modality, count: int) -> list[ModelContent]:
    if kind is Modality.TEXT:
        return [ModelContent(text=text) for text in sentences(count)]
    with tempfile.TemporaryDirectory() as folder:
        return [ModelContent(image=path.read_bytes()) for path in pictures(Path(folder), count)]


@contextmanager
def _watched() -> Iterator[list[tuple[float, float]]]:
    """Percent busy and MiB used of the first GPU, while inside; nothing without nvidia-smi."""
    seen: list[tuple[float, float]] = []
    tool = shutil.which("nvidia-smi")
    ended = Event()

    def watch() -> None:
        while tool is not None and not ended.wait(_EVERY_S):
            asked = [tool, f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits", "--id=0"]
            try:
                answer = run(asked, capture_output=True, text=True, check=True, timeout=10).stdout
            except (SubprocessError, OSError):
                return
            percent, used = answer.strip().split(",")
            seen.append((float(percent), float(used)))

    thread = Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def _show(name: str, rows: Sequence[Row]) -> None:
    table = Table(
        "kind", "batch", "forward/s", "runtime/s", "GPU %", "GPU MiB", box=None, title=name
    )
    for row in rows:
        figures = (row.forward_per_s, row.runtime_per_s, row.gpu_percent, row.gpu_memory_mib)
        shown = ["–" if figure is None else f"{figure:.0f}" for figure in figures]
        table.add_row(row.kind, str(row.batch), *shown)
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
