"""Writes a data set as a folder in our own layout, and goes on where it was cut off."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

from datasets import export_state, qrels
from datasets.errors import DatasetError
from datasets.export_lines import product_line, query_line
from datasets.export_state import Counts, Stage, State
from datasets.folder import PRODUCTS, QRELS, QUERIES
from datasets.lines import objects
from datasets.media_copy import Copies, Fetch
from datasets.records import About, Dataset, Judged, Product
from datasets.shelf import Shelf

BATCH: Final = 200
"""Records between two points from which a cut export goes on."""
NOTE: Final = "LICENCE.txt"
FILES: Final = (PRODUCTS[0], QUERIES, QRELS)

Progress = Callable[[Stage, int], None]
"""Told what is being written, and how many records were read of it."""
Record = TypeVar("Record", Product, Judged)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a data set to write.

    `judged_only` leaves out products that no written query grades; the limits are counted in
    records of the data set. `selection` says which part of the data set was opened (its split,
    its locale), so that an export of another part is not gone on with.
    """

    limit: int | None = None
    query_limit: int | None = None
    judged_only: bool = False
    selection: Mapping[str, str] | None = None

    def asked(self, about: About, *, fetched: bool) -> dict[str, Any]:
        """All that decides what the folder will hold."""
        return {"dataset": about.name, **asdict(self), "fetch": fetched}


def export(
    dataset: Dataset,
    out: Path,
    *,
    wanted: Wanted | None = None,
    link: bool = False,
    fetch: Fetch | None = None,
    progress: Progress | None = None,
) -> Counts:
    """Write products.jsonl, queries.jsonl, qrels.txt and media; a complete export is left as it is.

    Media that are addresses stay so unless there is a `fetch`. Memory stays bounded. Raises
    DatasetError for what cannot be read or written, or a folder that holds something else.
    """
    wanted = wanted or Wanted()
    state = export_state.load(out, wanted.asked(dataset.about, fetched=fetch is not None))
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / NOTE).write_text(_note(dataset.about), "utf-8")
        with Shelf() as known, _Files(out, state) as files:
            writing = _Writing(
                dataset, wanted, Copies(out, link=link, fetch=fetch), files, known, progress
            )
            return writing.run(state)
    except OSError as error:
        raise DatasetError(f"{out} cannot be written: {error.strerror or error}") from error


class _Files:
    """The three files, each cut to what the state vouches for."""

    def __init__(self, out: Path, state: State) -> None:
        self.out = out
        self._open: dict[str, BinaryIO] = {}
        for name in FILES:
            path = out / name
            path.touch()
            file = path.open("r+b")
            self._open[name] = file
            file.truncate(state.sizes.get(name, 0))
            file.seek(0, os.SEEK_END)

    def __enter__(self) -> _Files:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._open.values():
            file.close()

    def add(self, name: str, text: str) -> None:
        self._open[name].write(text.encode("utf-8"))

    def settle(self, state: State) -> State:
        """Have all that was written on disk, then say so; returns the state with the sizes."""
        sizes = {}
        for name, file in self._open.items():
            file.flush()
            os.fsync(file.fileno())
            sizes[name] = file.tell()
        settled = replace(state, sizes=sizes)
        export_state.save(self.out, settled)
        return settled


@dataclass(frozen=True, slots=True)
class _Writing:
    """One run of an export; `known` holds the ids of the products that were written."""

    dataset: Dataset
    wanted: Wanted
    copies: Copies
    files: _Files
    known: Shelf
    progress: Progress | None

    def run(self, state: State) -> Counts:
        state = self.files.settle(state)
        if state.stage is not Stage.DONE:
            self._remember()
        if state.stage is Stage.PRODUCTS:
            state = self._products(state)
        if state.stage is Stage.QUERIES:
            state = self._queries(state)
        return state.counts

    def _remember(self) -> None:
        lines = objects(self.files.out / PRODUCTS[0])
        self.known.add((str(line.fields["id"]), "") for line in lines)

    def _products(self, state: State) -> State:
        with Shelf() as graded:
            if self.wanted.judged_only:
                graded.add((id, "") for query in self._judged(None) for id in query.grades)
            read = state.counts.products + state.counts.products_left_out
            found = self.dataset.products(state.cursor)
            if self.wanted.limit is not None:
                found = islice(found, max(0, self.wanted.limit - read))
            for batch in _batches(found):
                wanted = self._unseen(batch, graded)
                counts = self._write_products(wanted, state.counts)
                left_out = counts.products_left_out + len(batch) - len(wanted)
                state = replace(
                    state,
                    cursor=batch[-1].cursor,
                    counts=replace(counts, products_left_out=left_out),
                )
                state = self._settled(state, state.counts.products + left_out)
        return self.files.settle(replace(state, stage=Stage.QUERIES, cursor=None))

    def _unseen(self, batch: Sequence[Product], graded: Shelf) -> list[Product]:
        """Those to be written: of two with one id the first, and only judged ones if so asked."""
        chosen: dict[str, Product] = {}
        for one in batch:
            if one.id in chosen or self.known.first(one.id) is not None:
                continue
            if not self.wanted.judged_only or graded.first(one.id) is not None:
                chosen[one.id] = one
        return list(chosen.values())

    def _write_products(self, batch: Sequence[Product], counts: Counts) -> Counts:
        media = [one for product in batch for one in product.images + product.audio + product.video]
        put = dict(zip(media, self.copies.put(media), strict=True))
        written = []
        for product in batch:
            line = product_line(product, put)
            if line is not None:
                self.files.add(PRODUCTS[0], _json(line))
                written.append(product.id)
        self.known.add((id, "") for id in written)
        return replace(
            counts,
            products=counts.products + len(written),
            products_left_out=counts.products_left_out + len(batch) - len(written),
            missing_media=counts.missing_media + sum(one is None for one in put.values()),
        )

    def _queries(self, state: State) -> State:
        read = state.counts.queries + state.counts.queries_left_out
        for batch in _batches(self._judged(state.cursor, read=read)):
            counts = self._write_queries(batch, state.counts)
            state = replace(state, cursor=batch[-1].cursor, counts=counts)
            state = self._settled(state, counts.queries + counts.queries_left_out)
        return self.files.settle(replace(state, stage=Stage.DONE, cursor=None))

    def _judged(self, cursor: str | None, *, read: int = 0) -> Iterator[Judged]:
        found = self.dataset.queries(cursor)
        if self.wanted.query_limit is None:
            return found
        return islice(found, max(0, self.wanted.query_limit - read))

    def _write_queries(self, batch: Sequence[Judged], counts: Counts) -> Counts:
        media = [one for query in batch for one in (query.image, query.audio, query.video) if one]
        put = dict(zip(media, self.copies.put(media), strict=True))
        written = grades = offered = 0
        for query in batch:
            offered += len(query.grades)
            kept = {
                id: grade for id, grade in query.grades.items() if self.known.first(id) is not None
            }
            line = query_line(query, put)
            if line is None or not any(grade > 0 for grade in kept.values()):
                continue
            self.files.add(QUERIES, _json(line))
            self.files.add(QRELS, qrels.written(query.id, kept))
            written += 1
            grades += len(kept)
        return replace(
            counts,
            queries=counts.queries + written,
            grades=counts.grades + grades,
            queries_left_out=counts.queries_left_out + len(batch) - written,
            grades_left_out=counts.grades_left_out + offered - grades,
            missing_media=counts.missing_media + sum(one is None for one in put.values()),
        )

    def _settled(self, state: State, done: int) -> State:
        state = self.files.settle(state)
        if self.progress is not None:
            self.progress(state.stage, done)
        return state


def _batches(records: Iterator[Record]) -> Iterator[list[Record]]:
    while batch := list(islice(records, BATCH)):
        yield batch


def _json(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False) + "\n"


def _note(about: About) -> str:
    return f"{about.title}\nLicence: {about.licence}\nSource: {about.source}\n"
