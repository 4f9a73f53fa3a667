"""`margay datasets`: public data sets, as folders that can be ingested and evaluated."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from datasets import export as exporting
from datasets import registry
from datasets.errors import DatasetError
from datasets.export import Wanted
from datasets.export_state import Counts, Stage
from datasets.media_copy import Fetch
from datasets.records import About, Judged, Medium, Packed, Product, Totals
from services.cli.output import console, counted, print_json, progress_bar
from services.core.checks import load_settings
from services.core.errors import InputError, MargayError
from services.core.settings import MediaLimits

SHOWN = 3
"""Records of each kind that `show` prints."""

app = typer.Typer(help="Public data sets.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="One of: margay datasets list.")]
Split = Annotated[str | None, typer.Option(help="Part of the queries; default: the first one.")]
Locale = Annotated[
    str | None, typer.Option(help="Language or marketplace; default: the first one.")
]


@app.command("list")
def list_all(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """The data sets that can be read, with their licences."""
    if as_json:
        print_json([asdict(one) for one in registry.EVERY])
        return
    table = Table(box=None, pad_edge=False)
    for column in ("name", "data set", "licence"):
        table.add_column(column)
    for one in registry.EVERY:
        table.add_row(Text(one.name, "cyan"), Text(one.title), Text(one.licence))
    console.print(table)


@app.command("show")
def show(
    name: Name,
    source: Annotated[
        Path | None, typer.Argument(help="The folder it was downloaded to, to look into.")
    ] = None,
    split: Split = None,
    locale: Locale = None,
) -> None:
    """Where a data set comes from, its licence and layout; with a folder, what is in it."""
    with _said():
        _say_about(registry.about(name))
        if source is None:
            return
        dataset = registry.open_dataset(name, source, split=split, locale=locale)
        totals = dataset.totals()
        console.print(f"products: {_number(totals.products)}, queries: {_number(totals.queries)}")
        for product in islice(dataset.products(), SHOWN):
            console.print(Text(_product(product)))
        for query in islice(dataset.queries(), SHOWN):
            console.print(Text(_query(query)))


@app.command("export")
def export(
    name: Name,
    source: Annotated[Path, typer.Argument(help="The folder it was downloaded to.")],
    out: Annotated[Path, typer.Option(help="The folder to write; again the same, to go on.")],
    split: Split = None,
    locale: Locale = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Products to read.")] = None,
    queries: Annotated[int | None, typer.Option(min=1, help="Queries to read.")] = None,
    judged_only: Annotated[
        bool, typer.Option("--judged-only", help="Only products that a query grades.")
    ] = False,
    link: Annotated[
        bool, typer.Option("--link", help="Share the bytes of media (hard links), not copy them.")
    ] = False,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Download media that are addresses.")
    ] = False,
) -> None:
    """Write products.jsonl, queries.jsonl, qrels.txt and media, to ingest and to evaluate with.

    A run that was cut off goes on where it was when it is run again.
    """
    with _said():
        about = registry.about(name)
        _say_about(about)
        dataset = registry.open_dataset(name, source, split=split, locale=locale)
        wanted = Wanted(
            limit=limit,
            query_limit=queries,
            judged_only=judged_only,
            selection=registry.selection(about, split=split, locale=locale),
        )
        with progress_bar() as bar:
            task = bar.add_task("Counting", total=None)
            totals = _limited(dataset.totals(), wanted)

            def seen(stage: Stage, done: int) -> None:
                total = totals.products if stage is Stage.PRODUCTS else totals.queries
                bar.update(task, description=f"Writing {stage}", completed=done, total=total)

            counts = exporting.export(
                dataset,
                out,
                wanted=wanted,
                link=link,
                fetch=_fetcher() if fetch else None,
                progress=seen,
            )
    _say(counts, out, fetched=fetch)


@contextmanager
def _said() -> Iterator[None]:
    """Turn the readers' errors into ours, which the edge prints as one sentence."""
    try:
        yield
    except DatasetError as error:
        raise InputError(str(error)) from error


def _say_about(about: About) -> None:
    console.print(Text(about.title, "bold"))
    facts = {"licence": about.licence, "source": about.source, "layout": about.layout}
    facts |= {"splits": ", ".join(about.splits), "locales": ", ".join(about.locales)}
    for name, fact in facts.items():
        if fact:
            console.print(Text(f"{name}: {fact}"))


def _number(count: int | None) -> str:
    return "not counted" if count is None else f"{count:,}"


def _product(product: Product) -> str:
    media = product.images + product.audio + product.video
    return f"{product.id}  {product.title}  [{', '.join(_place(one) for one in media)}]"


def _query(query: Judged) -> str:
    media = [one for one in (query.image, query.audio, query.video) if one is not None]
    asked = [*([query.text] if query.text else []), *(_place(one) for one in media)]
    best = sorted(query.grades.items(), key=lambda pair: -pair[1])[:SHOWN]
    answers = ", ".join(f"{id}={grade}" for id, grade in best)
    return f"{query.id}  {' + '.join(asked)}  -> {answers}"


def _place(medium: Medium) -> str:
    if isinstance(medium, Packed):
        return f"{medium.archive.name}:{medium.name}"
    return str(medium)


def _limited(totals: Totals, wanted: Wanted) -> Totals:
    def least(known: int | None, limit: int | None) -> int | None:
        return min((one for one in (known, limit) if one is not None), default=None)

    products = totals.products and least(totals.products, wanted.limit)
    return Totals(products, totals.queries and least(totals.queries, wanted.query_limit))


def _fetcher() -> Fetch:
    """Fetch as a document's addresses are: public ones only, within the limits."""
    # Not before it is wanted: it brings the HTTP client, which `list` would wait for.
    from services.core.media.fetch import GuardedFetcher

    return guarded(GuardedFetcher(_limits()).fetch)


def guarded(fetch: Callable[[str], bytes]) -> Fetch:
    """A fetch that has None for what cannot be had: a data set's addresses grow old."""

    def found(url: str) -> bytes | None:
        try:
            return fetch(url)
        except MargayError:
            return None

    return found


def _limits() -> MediaLimits:
    return load_settings(os.environ).media


def _say(counts: Counts, out: Path, *, fetched: bool) -> None:
    products, queries = (
        counted(counts.products, "product"),
        counted(counts.queries, "query", "queries"),
    )
    console.print(
        f"{products}, {queries} and {counted(counts.grades, 'grade')} in {out}",
        markup=False,
        soft_wrap=True,
    )
    left_out = {
        ("product", "products"): counts.products_left_out,
        ("query", "queries"): counts.queries_left_out,
        ("grade", "grades"): counts.grades_left_out,
        ("missing file", "missing files"): counts.missing_media,
    }
    if any(left_out.values()):
        said = ", ".join(counted(count, *name) for name, count in left_out.items() if count)
        hint = "" if fetched else "; --fetch brings media that are addresses"
        console.print(f"left out: {said} (docs/datasets.md says why{hint})", soft_wrap=True)
