"""`margay models`: which models there are, which are here, and whether they are unaltered."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.padding import Padding
from rich.text import Text

from models import conversion, inventory, registry
from models.base import ModelError
from models.card import Card, Task
from models.inventory import Installed
from services.cli.model_options import load_options
from services.cli.model_status import status
from services.cli.output import console, print_json
from services.cli.pull import pull

app = typer.Typer(help="Models that embed or rerank.", no_args_is_help=True)
app.command("pull")(pull)
app.command("status")(status)

AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
Folder = Annotated[
    Path | None, typer.Option(help="Where models lie; default: MARGAY_MODELS__FOLDER.")
]
GB = 1e9


@app.command("list")
def list_models(as_json: AsJson = False, folder: Folder = None) -> None:
    """List the models: what they can do, and which of them are here."""
    here = {each.name: each for each in inventory.installed(_folder(folder))}
    rows = [_row(card, here.get(card.name)) for card in registry.cards()]
    carded = {row["name"] for row in rows}
    rows += [_free(each) for name, each in here.items() if name not in carded]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        console.print(_title(row), soft_wrap=True)
        console.print(Padding(Text(row["summary"]), (0, 0, 0, 2)))


@app.command("verify")
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME...]", help="Default: all that are here.")
    ] = None,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Hash the files of models again; exit code 1 if any is altered or missing."""
    where = _folder(folder)
    chosen = [inventory.named(name, where) for name in names] if names else None
    checked = chosen if chosen is not None else inventory.installed(where)
    found = {each.name: inventory.verify(each) for each in checked}
    if as_json:
        print_json({name: [asdict(one) for one in problems] for name, problems in found.items()})
    else:
        for name, problems in found.items():
            for one in problems:
                console.print(f"{name}: {one.file}: {one.problem}", markup=False, soft_wrap=True)
            if not problems:
                console.print(f"{name}: whole and unaltered", markup=False, soft_wrap=True)
    if any(found.values()):
        raise typer.Exit(1)


@app.command("convert")
def convert(
    model: Annotated[
        str, typer.Argument(metavar="NAME", help="A pulled model, or a folder with a .pth file.")
    ],
    to: Annotated[
        Path | None, typer.Option(help="Another folder for the whole model; default: in place.")
    ] = None,
    folder: Folder = None,
) -> None:
    """Turn the .pth checkpoint of a Visualized BGE model into safetensors."""
    if Path(model).is_dir():
        name, where = Path(model).name, Path(model)
    else:
        pulled = inventory.named(model, _folder(folder))
        if pulled.lock is None:
            raise ModelError(f"{model} has no checkpoint to convert")
        name, where = pulled.name, pulled.folder
    console.print(str(conversion.convert(where, name=name, to=to)), markup=False, soft_wrap=True)


def _folder(given: Path | None) -> Path:
    folder = load_options(folder=given).folder
    assert folder is not None, "the settings have one"
    return folder


def _row(card: Card, here: Installed | None) -> dict[str, Any]:
    return {
        "name": card.name,
        "task": card.task.value,
        "modalities": sorted(card.modalities),
        "joint": card.joint,
        "dimensions": list(card.dimensions),
        "installed": here is not None,
        "size_bytes": None if here is None else here.size(),
        "repositories": [source.repository for source in card.sources],
        "revisions": list(here.revisions()) if here else [each.revision for each in card.sources],
        "licence": card.licence,
        "summary": card.summary,
        "advice": card.advice,
        "limits": card.limits,
    }


def _free(here: Installed) -> dict[str, Any]:
    """A pulled model without a card: what it can do is known when it is loaded."""
    sources = here.lock.sources if here.lock is not None else ()
    return {
        "name": here.name,
        "task": registry.find(here.name).task.value,
        "modalities": [],
        "joint": False,
        "dimensions": [],
        "installed": True,
        "size_bytes": here.size(),
        "repositories": [each.repository for each in sources],
        "revisions": list(here.revisions()),
        "licence": "",
        "summary": "Without a card: see its page on the hub.",
        "advice": "",
        "limits": "",
    }


def _title(row: dict[str, Any]) -> Text:
    """Name, whether it is here, what goes in, what comes out, and under which licence."""
    joint = " (joint)" if row["joint"] else ""
    facts = [
        f"here, {_size(row['size_bytes'])}" if row["installed"] else "not here",
        ", ".join(row["modalities"]) + joint,
        "reranks" if row["task"] == Task.RERANK else "",
        "/".join(map(str, row["dimensions"])) + " numbers" if row["dimensions"] else "",
        row["licence"],
    ]
    title = Text(row["name"], style="cyan" if row["installed"] else "")
    return title.append(" · ".join(["", *filter(None, facts)]), style="dim")


def _size(size_bytes: int) -> str:
    return f"{size_bytes / GB:.1f} GB" if size_bytes >= GB / 10 else f"{size_bytes / 1e6:.0f} MB"
