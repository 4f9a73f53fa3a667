"""`margay backup` and `margay restore`: an installation into a folder, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from services.cli.output import complain, console, progress_bar
from services.cli.serve import settings_from

Folder = Annotated[Path, typer.Argument(help="Folder of the backup.")]


def backup(folder: Folder) -> None:
    """Back up database and media into a new folder, while the server goes on."""
    # The stores' libraries take seconds, which every other command would wait for.
    from services.backup.save import save
    from services.wiring.archive import open_archive
    from services.wiring.stores import open_media

    settings = settings_from()
    with open_archive(settings) as archive, _bars() as progress:
        manifest = save(
            archive,
            open_media(settings),
            folder,
            version=version("margay"),
            now=datetime.now(UTC),
            progress=progress,
        )
    rows = sum(lines.rows for lines in manifest.tables.values())
    console.print(
        f"{folder}: {manifest.tables['documents'].rows} documents, {rows} rows in all, "
        f"{manifest.media.rows} files of media ({manifest.media_bytes / 2**20:.1f} MiB)",
        soft_wrap=True,
    )
    if manifest.missing:
        complain(f"{manifest.missing} media that documents name are not in the media store")
        raise typer.Exit(1)


def restore(folder: Folder) -> None:
    """Bring a backup back into an empty installation that nobody serves."""
    # As above.
    from services.backup.restore import restore as bring_back
    from services.backup.restore import take_up
    from services.wiring.archive import open_archive, open_database
    from services.wiring.stores import open_media, open_vectors, own_data_folder

    settings = settings_from()
    with ExitStack() as opened:
        # Before anything is written: a server that has the folder must be stopped first.
        opened.callback(own_data_folder(settings).release)
        archive = opened.enter_context(open_archive(settings))
        vectors = opened.enter_context(closing(open_vectors(settings)))
        with _bars() as progress:
            manifest = bring_back(archive, open_media(settings), folder, progress=progress)
        database = opened.enter_context(open_database(settings))
        indexes = take_up(archive, database, vectors, now=datetime.now(UTC))
    console.print(
        f"restored what was backed up at {manifest.made_at}: "
        f"{manifest.tables['documents'].rows} documents, {manifest.media.rows} files of media",
        soft_wrap=True,
    )
    console.print("Searches find nothing yet. Start the server, then rebuild every index:")
    for name in indexes:
        console.print(f"  margay index rebuild {name}")


@contextmanager
def _bars() -> Iterator[Callable[[str, int, int], None]]:
    with progress_bar() as bar:
        bars = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in bars:
                bars[what] = bar.add_task(what, total=total)
            bar.update(bars[what], completed=done, total=total)

        yield progress
