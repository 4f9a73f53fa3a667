"""Writes the sample catalog into a folder: all of it or nothing."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from random import Random

from PIL import Image

from datasets.sample_catalog.drawing import draw
from datasets.sample_catalog.fur import fur, swatch
from datasets.sample_catalog.photograph import photograph
from datasets.sample_catalog.products import Product, assortment
from datasets.sample_catalog.queries import QueryPicture, qrels, questions

VERSION = 1
"""Raised whenever the same seed gives other products, pictures or queries."""
LARGEST = 50_000
JPEG_QUALITY = 88
BATCH = 12
"""Pictures that a worker draws between two reports."""
STALE_S = 3600
MANIFEST = "manifest.json"

Progress = Callable[[int, int], None]
"""Told how many pictures are drawn, and of how many."""
Work = Product | QueryPicture


@dataclass(frozen=True, slots=True)
class Catalog:
    """A complete catalog on disk."""

    folder: Path
    seed: int
    count: int

    @property
    def products(self) -> Path:
        """One document a line."""
        return self.folder / "products.jsonl"

    @property
    def queries(self) -> Path:
        """One query a line; their pictures lie in the folder of the same name."""
        return self.folder / "queries.jsonl"

    @property
    def qrels(self) -> Path:
        """The graded answers, in TREC's format."""
        return self.folder / "qrels.txt"


def generate(
    folder: Path, *, seed: int = 7, count: int = 900, progress: Progress | None = None
) -> Catalog:
    """Draw the catalog, or return at once if the folder holds it already.

    It appears in one step when everything is drawn; an older catalog in the folder is replaced.
    Raises ValueError for a count out of 1..50,000, FileExistsError if the folder holds something
    else, NotADirectoryError if it is a file, and OSError if it cannot be written.
    """
    if not 1 <= count <= LARGEST:
        raise ValueError(f"count: {count} is not between 1 and {LARGEST:,}")
    folder = Path(folder).absolute()
    catalog = Catalog(folder, seed, count)
    if is_complete(catalog):
        return catalog
    _refuse_other_content(folder)
    draft = _draft(folder)
    try:
        _write(draft, catalog, progress)
        _swap(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return catalog


def is_complete(catalog: Catalog) -> bool:
    """Whether the folder holds this very catalog with all of its product pictures."""
    if _manifest(catalog.folder) != _expected(catalog):
        return False
    try:
        return sum(1 for _ in (catalog.folder / "images").glob("*.jpg")) == catalog.count
    except OSError:
        return False


def _expected(catalog: Catalog) -> dict[str, int]:
    return {"version": VERSION, "seed": catalog.seed, "count": catalog.count}


def _manifest(folder: Path) -> object:
    try:
        return json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _refuse_other_content(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file; name a folder for the sample catalog")
    if folder.exists() and any(folder.iterdir()) and _manifest(folder) is None:
        raise FileExistsError(
            f"{folder} holds files that are no sample catalog; name an empty or a new folder"
        )


def _draft(folder: Path) -> Path:
    """An empty folder beside the one to be written."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        return Path(tempfile.mkdtemp(prefix=f".{folder.name}.drawing-", dir=folder.parent))
    except OSError as error:
        reason = f"nothing can be written to {folder.parent}: {error.strerror}"
        raise OSError(error.errno, reason) from error  # becomes PermissionError where it is one


def _write(draft: Path, catalog: Catalog, progress: Progress | None) -> None:
    products = assortment(seed=catalog.seed, count=catalog.count)
    queries, pictures = questions(products, seed=catalog.seed)
    (draft / "images").mkdir()
    (draft / "queries").mkdir()
    _lines(draft / "products.jsonl", [product.document() for product in products])
    _lines(draft / "queries.jsonl", [query.line() for query in queries])
    (draft / "qrels.txt").write_text(qrels(queries, products), "utf-8", newline="\n")
    work: list[Work] = [*products, *pictures]
    done = 0
    for drawn in _drawn(draft, work):
        done += drawn
        if progress is not None:
            progress(done, len(work))
    (draft / MANIFEST).write_text(json.dumps(_expected(catalog)) + "\n", "utf-8")
    draft.chmod(0o755)  # a temporary folder begins closed to others


def _lines(path: Path, rows: Sequence[dict[str, object]] | Sequence[dict[str, str]]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, "utf-8", newline="\n")


def _drawn(draft: Path, work: Sequence[Work]) -> Iterator[int]:
    """Draw everything; after each batch, say how many pictures it had."""
    batches = [work[start : start + BATCH] for start in range(0, len(work), BATCH)]
    workers = min(_cores(), len(batches))
    if workers < 2 or len(batches) < 6:  # starting processes takes longer than drawing
        yield from (draw_batch(draft, batch) for batch in batches)
        return
    # spawned, because a server's threads do not survive a fork
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(draw_batch, draft, batch) for batch in batches]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def draw_batch(folder: Path, work: Sequence[Work]) -> int:
    """Draw and save these pictures; returns how many."""
    for one in work:
        path, picture = _pictured(one)
        picture.save(folder / path, quality=JPEG_QUALITY)
    return len(work)


def _pictured(work: Work) -> tuple[str, Image.Image]:
    if isinstance(work, Product):
        return work.image, draw(work.spec)
    rng = Random(work.seed)
    if work.photographed is not None:
        return work.path, photograph(work.photographed, rng)
    assert work.pattern is not None
    if work.colour is None:
        return work.path, fur(work.pattern, rng)
    return work.path, swatch(work.pattern, work.colour, rng)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _swap(draft: Path, folder: Path) -> None:
    """Put the draft in the folder's place; what was there goes."""
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.drawing-", dir=folder.parent))
        folder.rename(old / "old")
        draft.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
        return
    draft.rename(folder)


def _sweep(folder: Path) -> None:
    """Remove drafts that a killed run left behind an hour ago or earlier."""
    for draft in folder.parent.glob(f".{folder.name}.drawing-*"):
        try:
            if time.time() - draft.stat().st_mtime > STALE_S:
                shutil.rmtree(draft, ignore_errors=True)
        except FileNotFoundError:
            continue
