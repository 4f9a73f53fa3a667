"""`margay models pull`: bring models from the hub, with a bar that shows what is coming."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from services.cli.model_options import load_options
from services.cli.output import console, errors

if TYPE_CHECKING:
    from models.pull import Pulled


def pull(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME...",
            help="Of margay models list, or sentence-transformers:OWNER/NAME, or onnx:OWNER/NAME.",
        ),
    ],
    revision: Annotated[
        str | None, typer.Option(help="Commit, branch or tag instead of the pinned one.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where models lie; default: MARGAY_MODELS__FOLDER.")
    ] = None,
) -> None:
    """Download models, or check those that are here; a cut download goes on where it stopped."""
    # Not before something is pulled: every other command does without the hub's library.
    from models.pull import pull as pull_model

    options = load_options(folder=folder)
    for name in names:
        with _bar() as bar:
            task = bar.add_task(name, total=None)

            def watch(file: str, here: int, total: int, *, bar: Progress = bar) -> None:
                bar.update(task, description=file, completed=here, total=total)  # noqa: B023 - used at once

            pulled = pull_model(name, options, revision=revision, watch=watch)
        console.print(_sentence(name, pulled), markup=False, soft_wrap=True)


def _sentence(name: str, pulled: Pulled) -> str:
    commits = ", ".join(f"{each.repository}@{each.revision[:12]}" for each in pulled.lock.sources)
    files = len(pulled.lock.files)
    done = "pulled" if pulled.changed else "is here already and whole"
    return f"{name} {done}: {files} files from {commits} in {pulled.folder}"


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=errors,
        disable=not errors.is_terminal,
        transient=True,
    )
