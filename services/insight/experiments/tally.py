"""From what the store counted of an experiment to the counts that its analysis starts from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Final

from services.core.errors import NotFound
from services.core.ports import Database, UnitOfWork
from services.core.types.documents import Document, Json
from services.core.types.experiments import Experiment
from services.core.types.exposures import ClientTotals, Interleaved, Reached
from services.insight.experiments.counts import (
    BucketCounts,
    InterleavingBucket,
    InterleavingCounts,
    VariantCounts,
)
from services.insight.experiments.estimates import RatioTotals

LATENCIES: Final = 5000
"""Pages of a variant whose latency is looked at."""
PROPERTIES: Final = ("brand", "category")
"""Attributes of products by which an effect is told apart, where documents have them."""
MOST_VALUES: Final = 20
"""Of each property, those by which most clients reached the goal."""
SMALL_PX: Final = 300
LARGE_PX: Final = 800
_AT_ONCE: Final = 500

Property = tuple[str, str]
"""A dimension and a value of it."""


def of_variants(
    experiment: Experiment,
    database: Database,
    *,
    ndcg: Mapping[str, Mapping[str, float]],
    now: datetime,
) -> list[VariantCounts]:
    """An A/B test's counts; `ndcg` by variant and query."""
    with database.read() as work:
        totals = work.exposures.clients(experiment)
        buckets = _buckets(experiment, totals, work, now=now)
        return [
            VariantCounts(
                variant=each.variant,
                clients=each.clients,
                converted=each.converted,
                searches=_ratio(each),
                buckets=tuple(buckets[each.variant]),
                latencies_ms=tuple(
                    work.exposures.latencies_ms(experiment, each.variant, limit=LATENCIES)
                ),
                ndcg=ndcg.get(each.variant, {}),
            )
            for each in totals
        ]


def of_both(
    experiment: Experiment, database: Database
) -> tuple[InterleavingCounts, list[InterleavingBucket]]:
    """An interleaving's counts, and the same by kind of query."""
    control, other = (each.name for each in experiment.variants)
    by_kind: defaultdict[str, list[tuple[str, float, float]]] = defaultdict(list)
    with database.read() as work:
        for page in work.exposures.interleaved(experiment):
            by_kind[page.kind].append(_won(page, control, other))
    every = (query for queries in by_kind.values() for query in queries)
    kinds = [
        InterleavingBucket("kind", kind, InterleavingCounts.over(queries))
        for kind, queries in sorted(by_kind.items())
    ]
    return InterleavingCounts.over(every), kinds


def pages(experiment: Experiment, database: Database) -> list[Json]:
    """How many pages each variant was to make, and how many of them another configuration made.

    Of an interleaving: how many there were in all, and how many are of one variant alone.
    """
    with database.read() as work:
        served = work.exposures.served(experiment)
    if None in served:
        both = sum(served[None].values())
        alone = sum(sum(by.values()) for name, by in served.items() if name is not None)
        return [{"variant": None, "pages": both + alone, "failed": alone}]
    return [
        {
            "variant": each.name,
            "pages": sum(served.get(each.name, {}).values()),
            "failed": sum(
                count
                for configuration, count in served.get(each.name, {}).items()
                if configuration != each.configuration
            ),
        }
        for each in experiment.variants
    ]


def _ratio(totals: ClientTotals) -> RatioTotals:
    return RatioTotals(
        clients=totals.clients,
        of=float(totals.searches),
        hits=float(totals.clicked),
        of_of=float(totals.squares),
        of_hits=float(totals.products),
        hits_hits=float(totals.clicked_squares),
    )


def _won(page: Interleaved, control: str, other: str) -> tuple[str, float, float]:
    return page.client, page.credit.get(control, 0), page.credit.get(other, 0)


def _buckets(
    experiment: Experiment, totals: list[ClientTotals], work: UnitOfWork, *, now: datetime
) -> Mapping[str, list[BucketCounts]]:
    found: defaultdict[str, list[BucketCounts]] = defaultdict(list)
    for each in work.exposures.kinds(experiment):
        bucket = BucketCounts("kind", each.kind, each.clients, each.converted)
        found[each.variant].append(bucket)
    reached = _clients_by_property(experiment, work, now=now)
    for total in totals:
        for dimension, value in _most_frequent(reached):
            clients = reached[dimension, value][total.variant]
            bucket = BucketCounts(dimension, value, total.clients, len(clients))
            found[total.variant].append(bucket)
    return found


def _clients_by_property(
    experiment: Experiment, work: UnitOfWork, *, now: datetime
) -> Mapping[Property, Mapping[str, set[str]]]:
    """Who reached the goal with a product of each property, by variant."""
    known: dict[str, tuple[Property, ...]] = {}
    found: defaultdict[Property, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for some in _chunks(work.exposures.reached(experiment)):
        missing = sorted({each.document_id for each in some} - known.keys())
        live = work.documents.live(experiment.index, missing, now=now)
        for name in missing:
            stored = live.get(name)
            known[name] = () if stored is None else tuple(_properties(stored.document, work))
        for each in some:
            for one in known[each.document_id]:
                found[one][each.variant].add(each.client)
    return found


def _properties(document: Document, work: UnitOfWork) -> Iterator[Property]:
    for name in PROPERTIES:
        value = document.attributes.get(name)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str):
                yield name, each
    yield "picture", _picture(document, work)


def _picture(document: Document, work: UnitOfWork) -> str:
    """How good the first picture is, by its longest side in pixels."""
    try:
        media = work.media.get(document.images[0]) if document.images else None
    except NotFound:
        media = None
    if media is None:
        return "none"
    longest = max(media.width, media.height)
    if longest < SMALL_PX:
        return f"below {SMALL_PX} px"
    return f"{LARGE_PX} px and more" if longest >= LARGE_PX else f"{SMALL_PX} to {LARGE_PX - 1} px"


def _most_frequent(reached: Mapping[Property, Mapping[str, set[str]]]) -> list[Property]:
    sizes = {one: sum(map(len, by.values())) for one, by in reached.items()}
    found: list[Property] = []
    for dimension in sorted({dimension for dimension, _ in sizes}):
        values = [one for one in sizes if one[0] == dimension]
        found += sorted(values, key=lambda one: (-sizes[one], one))[:MOST_VALUES]
    return found


def _chunks(reached: Iterable[Reached]) -> Iterator[list[Reached]]:
    rest = iter(reached)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
