"""An index: a named catalog, its settings and which collection serves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.core.types.rerank import RerankSpec


class AttributeType(StrEnum):
    """Types a declared (filterable) attribute may have."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TAGS = "tags"


@dataclass(frozen=True, slots=True)
class Hnsw:
    m: int = 16
    ef_construction: int = 200


class Sound(StrEnum):
    """What becomes of a video's sound track: one vector with the pictures, or one of its own."""

    COMBINED = "combined"
    SEPARATE = "separate"


@dataclass(frozen=True, slots=True)
class Segments:
    """How recordings are cut into views: each `length_s` long, `overlap_s` of it shared.

    `frames` pictures of each video segment are looked at.
    """

    length_s: float = 5.0
    overlap_s: float = 0.0
    frames: int = 4
    sound: Sound = Sound.COMBINED


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """What a caller chooses. Changing any of it afterwards is a rebuild.

    `tags` maps the name of a derived attribute to the words that pictures may be tagged with.
    """

    embedder: str = "pocket"
    dimensions: int = 256
    attributes: Mapping[str, AttributeType] = field(default_factory=dict)
    hnsw: Hnsw = Hnsw()
    segments: Segments = Segments()
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def filterable(self) -> dict[str, AttributeType]:
        """What a filter may name: the declared attributes, and those found in pictures."""
        return {**self.attributes, **dict.fromkeys(self.tags, AttributeType.TAGS)}


@dataclass(frozen=True, slots=True)
class Former:
    """The collection that served until `since`, as it was then; nothing is written to it."""

    generation: int
    settings: IndexSettings
    fingerprint: str
    since: datetime
    stale: bool = False
    """Whether a rollback to it was given up half-way: nothing in it is relied on then."""

    def collection(self, index: str) -> Collection:
        """Where it lies in the vector store."""
        return Collection(index, self.generation, self.settings)


@dataclass(frozen=True, slots=True)
class Index:
    """A catalog as SQL knows it.

    `generation` numbers the collection that serves; `building` the one being built, if any
    (every write goes to both, each with its own settings and fingerprint).
    """

    name: str
    settings: IndexSettings
    fingerprint: str
    generation: int
    building: int | None
    building_settings: IndexSettings | None
    building_fingerprint: str | None
    created_at: datetime
    rerank: RerankSpec | None = None
    """The cascade of searches that ask for none; changing it needs no rebuild."""
    former: Former | None = None
    """What a rollback goes back to; it may be what is `building` then."""

    @property
    def space(self) -> str:
        """What tells its vectors from any that they cannot be compared with."""
        return f"{self.fingerprint}/{self.settings.dimensions}"

    def serving(self) -> Collection:
        """The collection that answers searches."""
        return Collection(self.name, self.generation, self.settings)

    def written(self) -> tuple[Collection, ...]:
        """Every collection a write must reach: the serving one and the one being built."""
        if self.building is None or self.building_settings is None:
            return (self.serving(),)
        return (self.serving(), Collection(self.name, self.building, self.building_settings))


@dataclass(frozen=True, slots=True)
class Collection:
    """One physical generation of an index in the vector store."""

    index: str
    generation: int
    settings: IndexSettings


@dataclass(frozen=True, slots=True)
class CollectionStats:
    """Row counts as the vector store sees them."""

    views: Mapping[str, int]
    documents: int
