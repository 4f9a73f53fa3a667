"""`make relevance`: how good pocket's answers are on two catalogs, measured as a deployment would.

Each catalog is ingested into an installation of its own, its judged queries are stored as a query
set, and an evaluation compares saved configurations: the code behind `POST /v1/evaluations`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from rich.progress import Progress

from benchmarks import relevance_page
from benchmarks.relevance_page import Measured
from datasets.grocery import open_grocery
from datasets.records import Dataset, Judged, Product
from datasets.sample import open_sample
from services.cli.output import progress_bar
from services.core.media import images
from services.core.media.kinds import Kind
from services.core.ports import Ports
from services.core.settings import Settings, Stores
from services.core.types.configurations import Configuration
from services.core.types.evaluations import JudgedQuery
from services.ingest import accept, indexes
from services.insight import query_sets
from services.insight.evaluation import accepting, reporting
from services.wiring import open_runtime

ROOT: Final = Path(__file__).resolve().parent.parent
GROCERY: Final = ROOT.parent / "shared" / "data" / "grocery"
CATALOG: Final = ROOT / "data" / "catalog"
INDEX: Final = "catalog"
AT_ONCE: Final = 100
LOOK_S: Final = 0.2
CONFIGURATIONS: Final = (
    Configuration("text-views", target="text", description="only the documents' words"),
    Configuration("image-views", target="image", description="only their pictures"),
    Configuration("combined-views", target="combined", description="only words with picture"),
    Configuration("hybrid-0.3", hybrid=0.3, description="BM25 has a share of 0.3"),
)


@dataclass(frozen=True, slots=True)
class Catalog:
    """A data set and what to call it on the page."""

    title: str
    data: Dataset


def main() -> None:
    """Measure both catalogs, print the tables and, with `--write`, put them into the page."""
    parser = argparse.ArgumentParser(description=__doc__, prog="make relevance")
    parser.add_argument("--grocery", type=Path, default=GROCERY, help="folder of either layout")
    parser.add_argument("--catalog", type=Path, default=CATALOG, help="drawn if it is not there")
    parser.add_argument("--write", action="store_true", help="into docs/relevance.md")
    parser.add_argument("--html", type=Path, help="folder for the reports as pages")
    given = parser.parse_args()
    measured = [measure(each, html=given.html) for each in catalogs(given.grocery, given.catalog)]
    tables = relevance_page.tables(measured)
    print(tables)
    if given.write:
        relevance_page.write(tables, ROOT / "docs" / "relevance.md")


def catalogs(grocery: Path, catalog: Path) -> Iterator[Catalog]:
    """Raises DatasetError for a folder that is neither layout of the Grocery Store data."""
    yield Catalog("Grocery Store, photos of `val`", open_grocery(grocery))
    yield Catalog("Our sample catalog", open_sample(catalog))


def measure(catalog: Catalog, *, html: Path | None) -> Measured:
    """Ingest it into a folder of its own, ask it, and return what came out."""
    with tempfile.TemporaryDirectory() as folder:
        runtime = open_runtime(Settings(stores=Stores(data_dir=Path(folder))))
        try:
            ports = runtime.ports
            _ingest(ports, catalog.data.products())
            _store_queries(ports, catalog.data.queries())
            with progress_bar() as bar:
                report, took_s = _evaluated(ports, bar, title=catalog.title)
            if html is not None:
                _write_page(ports, report, html / f"{catalog.data.about.name}.html")
        finally:
            runtime.close()
    return Measured(catalog.title, reporting.comparison(report), report["indexes"][INDEX], took_s)


def _ingest(ports: Ports, products: Iterable[Product]) -> None:
    indexes.create(ports, INDEX)
    for batch in _batches(products):
        files: dict[str, bytes] = {}
        documents: list[dict[str, Any]] = []
        for product in batch:
            names = [f"{product.id}-{place}" for place in range(len(product.images))]
            media = zip(names, product.images, strict=True)
            files |= {name: _bytes(medium) for name, medium in media}
            documents.append(
                {
                    "id": product.id,
                    "title": product.title,
                    "description": product.description,
                    "images": [f"file:{name}" for name in names],
                }
            )
        job = accept.accept(ports, INDEX, documents, files=files)
        _wait_for_job(ports, job.id)


def _wait_for_job(ports: Ports, job_id: str) -> None:
    while True:
        with ports.database.read() as work:
            job = work.jobs.get(job_id)
        if job.finished_at is not None:
            break
        time.sleep(LOOK_S)
    if job.state.value != "succeeded":
        raise SystemExit(f"ingestion ended {job.state}")


def _store_queries(ports: Ports, queries: Iterable[Judged]) -> None:
    query_sets.put(ports, INDEX, index=INDEX, description="", queries=[])
    for batch in _batches(queries):
        query_sets.add(ports, INDEX, [_judged(ports, query) for query in batch])


def _judged(ports: Ports, query: Judged) -> query_sets.Judged:
    media = {}
    if query.image is not None:
        # As a query set keeps a picture that is sent to it.
        full = images.normalise(_bytes(query.image), ports.settings.media).full
        media[Kind.IMAGE] = full
    return query_sets.Judged(
        JudgedQuery(
            id=query.id,
            text=query.text,
            category=query.category,
            paraphrase_of=query.paraphrase_of,
            grades=query.grades,
        ),
        media,
    )


def _evaluated(ports: Ports, bar: Progress, *, title: str) -> tuple[dict[str, Any], float]:
    begun = time.monotonic()
    with ports.database.work() as work:
        for each in CONFIGURATIONS:
            work.configurations.put(each, now=ports.clock())
    made = accepting.accept(
        ports,
        query_set=INDEX,
        configurations=[accepting.DEFAULT, *(each.name for each in CONFIGURATIONS)],
        tune_hybrid=True,
        recall=True,
        sizes=True,
    )
    task = bar.add_task(title, total=made.total)
    while True:
        with ports.database.read() as work:
            now = work.evaluations.get(made.id)
            report = work.evaluations.report(made.id)
        bar.update(task, completed=now.done)
        if now.state.finished:
            break
        time.sleep(LOOK_S)
    if report is None:
        raise SystemExit(f"the evaluation ended {now.state}: {now.error}")
    return dict(report), time.monotonic() - begun


def _write_page(ports: Ports, report: dict[str, Any], path: Path) -> None:
    from services.insight.evaluation import report_html, thumbnails

    comparison = reporting.comparison(report)
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures = thumbnails.of(ports, comparison, index=INDEX)
    path.write_text(report_html.render(comparison, pictures), "utf-8")


def _bytes(medium: object) -> bytes:
    if not isinstance(medium, Path):
        raise SystemExit(f"{medium} is no file: only catalogs on disk are measured here")
    return medium.read_bytes()


def _batches(records: Iterable[Any]) -> Iterator[list[Any]]:
    waiting = iter(records)
    while batch := list(islice(waiting, AT_ONCE)):
        yield batch


if __name__ == "__main__":
    main()
