"""What every data set is made of: products, judged queries, and where they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Packed:
    """A file inside an uncompressed tar archive, by its place there (bytes)."""

    archive: Path
    name: str
    offset: int
    size: int


Medium = str | Path | Packed
"""A picture, sound or video: an http(s) address, a file, or a file inside an archive."""


@dataclass(frozen=True, slots=True)
class Product:
    """A document as the data set has it.

    `cursor` is where to go on after it. Media are named, not opened: a file may be missing.
    """

    id: str
    title: str = ""
    description: str = ""
    sku: str | None = None
    images: tuple[Medium, ...] = ()
    audio: tuple[Medium, ...] = ()
    video: tuple[Medium, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    signals: Mapping[str, float] = field(default_factory=dict)
    cursor: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Judged:
    """A query with its graded answers; `cursor` is where to go on after it.

    `grades` maps product id to how right it is; 0 says that a person found it wrong.
    `paraphrase_of` names the query of the same set that this one says in other words.
    """

    id: str
    text: str | None = None
    image: Medium | None = None
    audio: Medium | None = None
    video: Medium | None = None
    grades: Mapping[str, int] = field(default_factory=dict)
    category: str | None = None
    paraphrase_of: str | None = None
    cursor: str = field(default="", compare=False)

    @property
    def type(self) -> str:
        """`text`, `image`, `audio`, `video`, or `composed` of several of them."""
        parts = {"text": self.text, "image": self.image, "audio": self.audio, "video": self.video}
        given = [name for name, part in parts.items() if part]
        return given[0] if len(given) == 1 else "composed"


@dataclass(frozen=True, slots=True)
class About:
    """What a data set is, whose it is, and what its licence lets one do."""

    name: str
    title: str
    licence: str
    source: str
    layout: str
    """The files that are looked for, as they are downloaded."""
    splits: tuple[str, ...] = ()
    """Parts that can be asked for; the first is the default."""
    locales: tuple[str, ...] = ()
    """Languages or marketplaces that can be asked for; the first is the default."""


@dataclass(frozen=True, slots=True)
class Totals:
    """How many there are, for a progress bar; None where only reading all of it would tell."""

    products: int | None = None
    queries: int | None = None


class Dataset(Protocol):
    """A data set on disk. Reading keeps a bounded amount in memory and can be taken up again."""

    @property
    def about(self) -> About:
        """What it is."""

    def totals(self) -> Totals:
        """How many products and queries there are, where that is quickly known."""

    def products(self, after: str | None = None) -> Iterator[Product]:
        """Every product in the data set's order, or those after the one with that `cursor`.

        Raises DatasetError naming the file and place of what cannot be read.
        """

    def queries(self, after: str | None = None) -> Iterator[Judged]:
        """Every judged query, or those after the one with that `cursor`; nothing if it has none.

        Raises DatasetError naming the file and place of what cannot be read.
        """
