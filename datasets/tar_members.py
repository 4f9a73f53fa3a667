"""The files inside an uncompressed tar archive, by their place there."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

from datasets.errors import DatasetError
from datasets.lines import unreadable
from datasets.records import Packed


def members(archive: Path) -> Iterator[Packed]:
    """Every regular file, in the archive's order; memory does not grow with their number.

    Raises DatasetError if it cannot be read, or is compressed: its members have no place then.
    """
    try:
        with tarfile.open(archive, "r:") as tar:
            while (member := tar.next()) is not None:
                # tarfile remembers every member otherwise.
                tar.members.clear()  # type: ignore[attr-defined]
                if member.isreg():
                    name = member.name.removeprefix("./")
                    yield Packed(archive, name, member.offset_data, member.size)
    except tarfile.TarError as error:
        raise DatasetError(f"{archive.name} is not an uncompressed tar archive") from error
    except OSError as error:
        raise unreadable(archive.name, error) from error
