"""`margay worker` and `margay beat`: the processes behind the gateway of a stack."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from services.cli.serve import settings_from
from services.core.errors import SettingsError
from services.core.settings import Settings


class Kind(StrEnum):
    INGEST = "ingest"
    EMBEDDER = "embedder"


def worker(
    kind: Annotated[
        Kind, typer.Argument(help="ingest reads and prepares; embedder owns the device.")
    ],
) -> None:
    """Work through the jobs of a stack until SIGTERM; a second one ends it at once."""
    settings = _of_a_stack()
    # Celery takes a while to import, and an embedded installation has none.
    from services.worker import process, run

    process.configure_logging()
    raise typer.Exit(run.run(kind.value, settings))


def beat() -> None:
    """Have what is due looked for, and swept, at the times that the settings say."""
    settings = _of_a_stack()
    # As above.
    from services.worker import beat, process

    process.configure_logging()
    beat.run(settings)


def _of_a_stack() -> Settings:
    settings = settings_from()
    if settings.stores.embedded:
        raise SettingsError(
            "MARGAY_STORES__BROKER_URL is local://: `margay serve` does all the work itself then; "
            "workers need a Redis (redis://...)"
        )
    try:
        import celery  # noqa: F401 - only whether it is there
    except ModuleNotFoundError as error:
        raise SettingsError("workers need Celery: scripts/venv.sh stack installs it") from error
    return settings
