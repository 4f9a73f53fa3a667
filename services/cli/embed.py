"""`margay embed`: turn words, a picture, a sound or a video into a vector, without a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from models import registry
from models.base import JOINED, Content, Description, Purpose, UnsupportedContent
from models.card import Card, Task
from models.options import Device
from services.cli.model_options import load_options
from services.cli.output import console


def embed(
    words: Annotated[str | None, typer.Argument(metavar="[TEXT]", help="Words to embed.")] = None,
    text: Annotated[str | None, typer.Option("--text", help="The same, as an option.")] = None,
    image: Annotated[
        Path | None, typer.Option("--image", help="Picture to embed.", exists=True, dir_okay=False)
    ] = None,
    audio: Annotated[
        Path | None, typer.Option("--audio", help="Sound to embed.", exists=True, dir_okay=False)
    ] = None,
    video: Annotated[
        Path | None, typer.Option("--video", help="Video to embed.", exists=True, dir_okay=False)
    ] = None,
    embedder: Annotated[str, typer.Option(help="One of: margay models list.")] = "pocket",
    weights: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the model's files instead of the pulled ones.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    dimensions: Annotated[
        int | None, typer.Option(help="Vector size; default: the largest.")
    ] = None,
    purpose: Annotated[Purpose, typer.Option(help="The side the vector is for.")] = Purpose.QUERY,
    device: Annotated[Device | None, typer.Option(help="Default: MARGAY_MODELS__DEVICE.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Print the unit vector of some words, a picture, a sound or a video.

    Words and a picture together become one vector if the embedder is a joint one.
    """
    if words is not None and text is not None:
        raise typer.BadParameter("give the words once: as TEXT or with --text")
    content = Content(
        text=words if text is None else text,
        image=_bytes(image),
        audio=_bytes(audio),
        video=_bytes(video),
    )
    if not content.modalities():
        raise typer.BadParameter("give words, --image, --audio or --video")
    loaded = registry.load(embedder, load_options(weights=weights, device=device))
    try:
        described = loaded.describe()
        _check(content, described)
        vector = loaded.embed([content], purpose, dimensions=dimensions)[0]
    finally:
        loaded.close()
    values = [float(value) for value in vector]
    if as_json:
        # On one line, and every float32 exactly: parity with other implementations is read here.
        found = {"embedding": values, "model": described.name, "fingerprint": described.fingerprint}
        print(json.dumps(found))
        return
    console.print(", ".join(f"{value:g}" for value in values), soft_wrap=True)


def _check(content: Content, described: Description) -> None:
    """Raise `UnsupportedContent` naming the models that can, unless this one can."""
    present = content.modalities()
    for kind in present:
        if kind not in described.modalities:
            others = [each.name for each in _embedders() if kind in each.modalities]
            raise UnsupportedContent(
                f"{described.name} cannot embed {kind}; {', '.join(others)} can"
            )
    if present == JOINED and not described.joint:
        others = [each.name for each in _embedders() if each.joint]
        raise UnsupportedContent(
            f"{described.name} embeds one modality at a time, got text and image; "
            f"{', '.join(others)} take both as one"
        )


def _embedders() -> list[Card]:
    return [each for each in registry.cards() if each.task is Task.EMBED]


def _bytes(path: Path | None) -> bytes | None:
    return None if path is None else path.read_bytes()
