"""Where the listings of Amazon Berkeley Objects lie: in a folder, or in their tar archive."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datasets.records import Packed
from datasets.tar_members import members

LISTING: Final = re.compile(r"listings_\w+\.json(\.gz)?")
PLACES: Final = ("listings/metadata", "metadata", "")
ARCHIVE: Final = "abo-listings.tar"


@dataclass(frozen=True, slots=True)
class Listings:
    """The files `listings_<0 to f>.json.gz`, unpacked (`folder`) or in an archive."""

    folder: Path | None = None
    archive: Path | None = None

    def files(self) -> Sequence[Path | Packed]:
        """The files by name. Raises DatasetError if the archive cannot be read."""
        if self.folder is not None:
            found = [one for one in self.folder.iterdir() if LISTING.fullmatch(one.name)]
            return sorted(found)
        assert self.archive is not None
        packed = [one for one in members(self.archive) if is_listing(one.name)]
        return sorted(packed, key=lambda one: one.name)


def find_listings(folder: Path) -> Listings | None:
    """The listings of a download; None if there are none."""
    for place in PLACES:
        here = folder / place
        if here.is_dir() and any(LISTING.fullmatch(one.name) for one in here.iterdir()):
            return Listings(folder=here)
    archive = folder / ARCHIVE
    return Listings(archive=archive) if archive.is_file() else None


def is_listing(name: str) -> bool:
    """Whether a member of an archive is one of the files."""
    return LISTING.fullmatch(name.rpartition("/")[2]) is not None
