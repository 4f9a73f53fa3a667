"""`margay evaluate`: how good an embedder is at each size, or the searches of a server."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from services.cli import measured
from services.cli.client import DEFAULT_URL, ApiClient, Key, Url
from services.cli.demo import draw_catalog
from services.cli.output import console, print_json, progress_bar
from services.core.checks import load_settings
from services.core.types.vectors import Modality
from services.insight import libraries, matryoshka, query_set
from services.insight.evaluation import accepting
from services.insight.matryoshka import EVERY_VIEW, Report

DEPTH: Final = 50


class Target(StrEnum):
    """Which views are searched."""

    ANY = "any"
    TEXT = "text"
    IMAGE = "image"
    COMBINED = "combined"


def evaluate(
    dimensions: Annotated[
        str | None, typer.Option(help="Sizes, e.g. 256,128,64; default: all the embedder offers.")
    ] = None,
    embedder: Annotated[
        str | None, typer.Option(help="One of: margay models list; default: the settings'.")
    ] = None,
    queries: Annotated[
        Path | None,
        typer.Option(
            help="Folder with products.jsonl, queries.jsonl and qrels.txt; default: the sample "
            "catalog, drawn if it is not there.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    target: Annotated[Target, typer.Option(help="Views to search.")] = Target.ANY,
    query_set: Annotated[
        str | None, typer.Option(help="Ask this query set of a server instead.")
    ] = None,
    configurations: Annotated[
        str, typer.Option(help="With --query-set: those to compare, the control first.")
    ] = accepting.DEFAULT,
    depth: Annotated[int, typer.Option(help="With --query-set: documents of an answer.")] = DEPTH,
    tune_hybrid: Annotated[
        bool, typer.Option("--tune-hybrid", help="With --query-set: try shares of words.")
    ] = False,
    recall: Annotated[
        bool, typer.Option("--recall", help="With --query-set: HNSW against exact search.")
    ] = False,
    shorter: Annotated[
        bool, typer.Option("--sizes", help="With --query-set: the index's vectors, shortened.")
    ] = False,
    price_per_hour: Annotated[
        float | None, typer.Option(help="With --query-set: of the machine, for costs.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(help="With --query-set: write the report here as a page.", dir_okay=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Measure an embedder at each Matryoshka size, or a server's searches by configurations."""
    if query_set is not None:
        _refuse(
            {
                "--dimensions": dimensions is not None,
                "--embedder": embedder is not None,
                "--queries": queries is not None,
                "--target": target is not Target.ANY,
            },
            "cannot be combined with --query-set",
        )
        if html is not None and not html.absolute().parent.is_dir():
            # Said before anything is measured for nothing.
            raise typer.BadParameter(f"there is no folder {html.parent}", param_hint="--html")
        wanted = measured.Wanted(
            query_set=query_set,
            configurations=tuple(name.strip() for name in configurations.split(",")),
            depth=depth,
            tune_hybrid=tune_hybrid,
            recall=recall,
            sizes=shorter,
            price_per_hour=price_per_hour,
        )
        measured.measure(ApiClient(url, key), wanted, html=html, as_json=as_json)
        return
    _refuse(
        {
            "--configurations": configurations != accepting.DEFAULT,
            "--depth": depth != DEPTH,
            "--tune-hybrid": tune_hybrid,
            "--recall": recall,
            "--sizes": shorter,
            "--price-per-hour": price_per_hour is not None,
            "--html": html is not None,
        },
        "needs --query-set",
    )
    _measure_here(dimensions, embedder, queries, target, as_json=as_json)


def _refuse(given: Mapping[str, bool], why: str) -> None:
    """Say that an option would have no effect, rather than measure something else."""
    for option, is_given in given.items():
        if is_given:
            raise typer.BadParameter(why, param_hint=option)


def _measure_here(
    dimensions: str | None,
    embedder: str | None,
    queries: Path | None,
    target: Target,
    *,
    as_json: bool,
) -> None:
    # Not before it is wanted: it takes seconds, which every other command would wait for.
    from services.wiring import make_embedder

    sizes = _numbers(dimensions)
    libraries.rankings()  # before a catalog is embedded for nothing
    settings = load_settings(os.environ)
    name = embedder or settings.models.default_embedder
    models = settings.models.model_copy(update={"default_embedder": name})
    client = make_embedder(settings.model_copy(update={"models": models}))
    try:
        matryoshka.check_sizes(sizes, client.info(name))  # before a catalog is drawn for nothing
        folder = queries or draw_catalog(settings.stores.data_dir / "catalog")
        asked = query_set.read(folder)
        modalities = EVERY_VIEW if target is Target.ANY else (Modality(target.value),)
        with progress_bar() as bar:
            task = bar.add_task(f"Embedding with {name}", total=None)
            report = matryoshka.report(
                asked,
                client,
                name,
                dimensions=sizes,
                modalities=modalities,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
            bar.update(task, visible=False)
    finally:
        client.close()
    if as_json:
        print_json(asdict(report) | {"target": target.value})
    else:
        console.print(f"{name}, {report.documents} documents, {report.views} views ({target})")
        console.print(_table(report))


def _numbers(raw: str | None) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in raw.split(",")) if raw else ()
    except ValueError as error:
        raise typer.BadParameter(
            f"{raw!r} must be whole numbers with commas, e.g. 256,128", param_hint="--dimensions"
        ) from error


def _table(report: Report) -> Table:
    """A row per size and type of query."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))  # all in 80 columns
    table.add_column("dimensions", justify="right")
    table.add_column("bytes", justify="right")
    table.add_column("GiB/1M", justify="right")
    table.add_column("queries", no_wrap=True)
    for column in ("recall@1", "recall@10", "nDCG@10", "kept", "min_score"):
        table.add_column(column, justify="right")
    for size in report.sizes:
        taken = (str(size.dimensions), str(size.bytes_per_vector))
        first = (*taken, f"{size.gib_per_million_views:.2f}")
        for kind, quality in size.quality.items():
            table.add_row(
                *first,
                f"{quality.queries} {kind}",
                f"{quality.recall_at_1:.3f}",
                f"{quality.recall_at_10:.3f}",
                f"{quality.ndcg_at_10:.3f}",
                f"{size.kept[kind]:.1%}",
                "" if (cut := size.cutoffs[kind]) is None else f"{cut.min_score:.3f}",
            )
            first = ("", "", "")
    return table
