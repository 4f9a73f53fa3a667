"""The commands, in one list, and the edge where errors become sentences."""

from __future__ import annotations

import sys
from typing import Any, Final

import typer
from typer.core import TyperGroup

from models.base import EmbedderError
from services.cli import (
    analytics,
    backup,
    configurations,
    datasets,
    demo,
    embed,
    evaluate,
    experiments,
    index,
    ingest,
    jobs,
    migrate,
    models,
    query_sets,
    queues,
    search,
    serve,
    smoke,
    worker,
)
from services.cli.client import ApiProblem
from services.cli.output import complain
from services.core.errors import MargayError

ONE_CONTENT = "content 0: "
"""Where in a batch an embedder found the fault; a command has one content only."""

_FRAMEWORK: Final = "Value error, "
"""What the framework puts before what is wrong with a choice."""


class _Commands(TyperGroup):
    """All commands; what is wrong with an option is said without the framework's words."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix(_FRAMEWORK)
            raise


app = typer.Typer(
    name="margay",
    cls=_Commands,
    help="Find products and media by text, by picture, and by both at once.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
app.command("beat")(worker.beat)
app.command("migrate")(migrate.migrate)
app.command("ingest")(ingest.ingest)
app.command("search")(search.search)
app.command("embed")(embed.embed)
app.command("evaluate")(evaluate.evaluate)
app.command("smoke")(smoke.smoke)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.add_typer(analytics.app, name="analytics")
app.add_typer(jobs.app, name="jobs")
app.add_typer(queues.app, name="queues")
app.add_typer(index.app, name="index")
app.add_typer(configurations.app, name="configurations")
app.add_typer(query_sets.app, name="query-sets")
app.add_typer(experiments.app, name="experiments")
app.add_typer(models.app, name="models")
app.add_typer(datasets.app, name="datasets")


def main() -> None:
    """Run a command; an expected error is one sentence on stderr and exit code 1."""
    try:
        app()
    except ApiProblem as problem:
        complain(problem.sentence())
    except MargayError as error:
        complain(error.detail)
    except EmbedderError as error:
        complain(str(error).removeprefix(ONE_CONTENT))
    except KeyboardInterrupt:
        complain("interrupted")
        sys.exit(130)
    else:
        return
    sys.exit(1)
