"""Making, deleting, measuring and verifying indexes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.core import ids
from services.core.errors import Conflict, FieldProblem, InputError, NotFound
from services.core.filters import RESERVED_NAMES
from services.core.ports import Ports
from services.core.types.documents import StoredDocument
from services.core.types.indexes import (
    AttributeType,
    Collection,
    CollectionStats,
    Hnsw,
    Index,
    IndexSettings,
    Segments,
)
from services.core.types.rerank import RerankSpec
from services.core.types.vectors import EmbedderInfo
from services.ingest import segments as cutting
from services.ingest import tags as tagging
from services.ingest import views

MAX_ATTRIBUTES: Final = 64
PAGE: Final = 500
SHOWN: Final = 100
"""Ids of each kind that a verification names."""


@dataclass(frozen=True, slots=True)
class Verification:
    """SQL beside the vector store: how many differ, and the first hundred ids of each kind."""

    documents: int
    missing_views: tuple[str, ...]
    extra_views: tuple[str, ...]
    missing_documents: tuple[str, ...]
    extra_documents: tuple[str, ...]
    differences: int

    @property
    def consistent(self) -> bool:
        return self.differences == 0


def create(
    ports: Ports,
    name: str,
    *,
    embedder: str | None = None,
    dimensions: int | None = None,
    attributes: Mapping[str, AttributeType] | None = None,
    hnsw: Hnsw | None = None,
    segments: Segments | None = None,
    tags: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Index, bool]:
    """Make an index, or return an equal one that exists; True when it was made.

    None means the deployment's default. Raises InputError naming the setting, Conflict when an
    index of that name has other settings.
    """
    ids.check_index_name(name, field="name")
    wanted = IndexSettings(
        embedder=embedder or ports.settings.models.default_embedder,
        dimensions=dimensions or 0,
        attributes=dict(attributes or {}),
        hnsw=hnsw or Hnsw(),
        segments=segments or Segments(),
        tags={name: tuple(words) for name, words in (tags or {}).items()},
    )
    settings, info = checked(ports, wanted)
    with ports.locks.writing(name):
        with ports.database.read() as work:
            existing = {index.name: index for index in work.indexes.all()}.get(name)
        if existing is not None:
            return _same(existing, settings), False
        # Vectors first: a crash leaves collections without an index, which the next try removes.
        _drop_collections(ports, name, settings)
        index = Index(
            name=name,
            settings=settings,
            fingerprint=info.fingerprint,
            generation=1,
            building=None,
            building_settings=None,
            building_fingerprint=None,
            created_at=ports.clock(),
        )
        ports.vectors.create(index.serving())
        ports.vectors.serve(index.serving())
        with ports.database.work() as work:
            work.indexes.add(index)
    return index, True


def delete(ports: Ports, name: str) -> None:
    """Delete an index with its documents and jobs; its pictures go with the sweep.

    Raises NotFound, after removing what a deletion cut short by a crash may have left.
    """
    with ports.locks.writing(name):
        with ports.database.work() as work:
            found = {index.name: index for index in work.indexes.all()}.get(name)
            if found is not None:
                work.indexes.remove(name)
        settings = IndexSettings() if found is None else found.settings
        _drop_collections(ports, name, settings)
    if found is None:
        raise NotFound(f"there is no index {name!r}")


def set_rerank(ports: Ports, name: str, spec: RerankSpec | None) -> Index:
    """Set the cascade of searches that ask for none, at once. Raises NotFound."""
    with ports.locks.writing(name), ports.database.work() as work:
        index = replace(work.indexes.get(name), rerank=spec)
        work.indexes.save(index)
    return index


def checked(ports: Ports, wanted: IndexSettings) -> tuple[IndexSettings, EmbedderInfo]:
    """Complete and check settings (`dimensions` 0 = the embedder's largest). Raises InputError."""
    try:
        info = ports.embedder.info(wanted.embedder)
    except InputError as error:
        known = ", ".join(ports.embedder.names())
        raise InputError.at("embedder", f"is not one of this deployment's ({known})") from error
    dimensions = wanted.dimensions or max(info.dimensions)
    if dimensions not in info.dimensions:
        sizes = ", ".join(str(size) for size in info.dimensions)
        raise InputError.at("dimensions", f"must be one of {sizes} for {wanted.embedder!r}")
    if len(wanted.filterable()) > MAX_ATTRIBUTES:
        field = "attributes" if len(wanted.attributes) > MAX_ATTRIBUTES else "tags"
        raise InputError.at(
            field, f"must be at most {MAX_ATTRIBUTES}, attributes and tags together"
        )
    for name in wanted.attributes:
        if not ids.ATTRIBUTE_NAME.fullmatch(name) or name in RESERVED_NAMES:
            raise InputError.at(
                f"attributes.{name[:64]}",
                f"{ids.SHAPES[ids.ATTRIBUTE_NAME]}; not {', '.join(sorted(RESERVED_NAMES))}",
            )
    tagging.check(wanted, info)
    if not 4 <= wanted.hnsw.m <= 64:
        raise InputError.at("hnsw.m", "must be 4 to 64")
    if not 16 <= wanted.hnsw.ef_construction <= 1024:
        raise InputError.at("hnsw.ef_construction", "must be 16 to 1024")
    _check_segments(wanted.segments)
    return replace(wanted, dimensions=dimensions), info


def _check_segments(segments: Segments) -> None:
    (shortest, longest), (fewest, most) = cutting.LENGTHS_S, cutting.FRAMES
    if not shortest <= segments.length_s <= longest:
        raise InputError.at("segments.length_s", f"must be {shortest:g} to {longest:g}")
    step_s = segments.length_s - segments.overlap_s
    if not (segments.overlap_s >= 0 and step_s >= cutting.MIN_STEP_S):
        raise InputError.at(
            "segments.overlap_s",
            f"must be at least 0, and {cutting.MIN_STEP_S:g} less than length_s",
        )
    if not fewest <= segments.frames <= most:
        raise InputError.at("segments.frames", f"must be {fewest} to {most}")


def stats(ports: Ports, name: str) -> tuple[int, CollectionStats]:
    """Live documents in SQL, and the rows of the serving collection. Raises NotFound."""
    with ports.database.read() as work:
        index = work.indexes.get(name)
        documents = work.documents.count(name, now=ports.clock())
    return documents, ports.vectors.stats(index.serving())


def verify(ports: Ports, name: str) -> Verification:
    """Compare every id of SQL with those of the vector store, while nothing is written."""
    with ports.locks.writing(name):
        with ports.database.read() as work:
            index = work.indexes.get(name)
        expected_views: set[str] = set()
        expected: set[str] = set()
        for stored in all_documents(ports, name):
            expected.add(stored.document.id)
            expected_views.update(stored.views)
        return compare(ports, index.serving(), expected_views, expected)


def compare(
    ports: Ports, collection: Collection, expected_views: set[str], expected: set[str]
) -> Verification:
    """What a collection lacks and what it should not have; the caller holds the lock."""
    held_views = set(ports.vectors.view_ids(collection))
    held = set(ports.vectors.document_ids(collection))
    kinds = (
        expected_views - held_views,
        held_views - expected_views,
        expected - held,
        held - expected,
    )
    shown = [tuple(sorted(kind)[:SHOWN]) for kind in kinds]
    return Verification(
        documents=len(expected),
        missing_views=shown[0],
        extra_views=shown[1],
        missing_documents=shown[2],
        extra_documents=shown[3],
        differences=sum(len(kind) for kind in kinds),
    )


def all_documents(ports: Ports, name: str) -> Iterator[StoredDocument]:
    """Every live document by id, a page at a time."""
    after: str | None = None
    while True:
        with ports.database.read() as work:
            page = work.documents.page(name, after=after, limit=PAGE)
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].document.id


def expected_views(stored: StoredDocument, info: EmbedderInfo, segments: Segments) -> list[str]:
    """Ids of the views this embedder makes of a stored document."""
    return [view.id for view in views.of(stored.document, info, segments)]


def _same(existing: Index, settings: IndexSettings) -> Index:
    names = ("embedder", "dimensions", "attributes", "hnsw", "segments", "tags")
    other = [name for name in names if getattr(existing.settings, name) != getattr(settings, name)]
    if other:
        raise Conflict(
            f"index {existing.name!r} exists with other settings ({', '.join(other)}); "
            "rebuild it to change them",
            fields=tuple(FieldProblem(name, "differs from the index's") for name in other),
        )
    return existing


def _drop_collections(ports: Ports, name: str, settings: IndexSettings) -> None:
    generations = ports.vectors.generations(name)
    if not generations:
        return
    ports.vectors.withdraw(name)
    for generation in generations:
        ports.vectors.drop(Collection(name, generation, settings))
