"""`margay embed`: turn words or a picture into a vector, here, without a server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli.output import console, print_json
from services.core.settings import Models
from services.core.types.vectors import Content, Purpose
from services.wiring import make_embedder


def embed(
    text: Annotated[str | None, typer.Argument(help="Words to embed.")] = None,
    image: Annotated[
        Path | None, typer.Option("--image", help="Picture to embed.", exists=True, dir_okay=False)
    ] = None,
    embedder: Annotated[str, typer.Option(help="One of: margay models list.")] = "pocket",
    dimensions: Annotated[
        int | None, typer.Option(help="Vector size; default: the largest.")
    ] = None,
    purpose: Annotated[Purpose, typer.Option(help="The side the vector is for.")] = Purpose.QUERY,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Print the unit vector of some words or of a picture."""
    if (text is None) == (image is None):
        raise typer.BadParameter("give words or --image FILE, one of them")
    content = Content(text=text, image=None if image is None else image.read_bytes())
    client = make_embedder(Models())
    vector = client.embed(embedder, [content], purpose, dimensions=dimensions)[0]
    values = [round(float(value), 6) for value in vector]
    if as_json:
        info = client.info(embedder)
        print_json({"embedder": info.name, "fingerprint": info.fingerprint, "vector": values})
        return
    console.print(", ".join(f"{value:g}" for value in values), soft_wrap=True)
