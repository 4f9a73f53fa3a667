"""A stand-in for a vision model's eyes: cuts a grid into its cells and compares their colours."""

import base64
import io
import json
from typing import Any

import numpy as np
from PIL import Image

from tests.core.vision.chat_server import Exchange


def plain(colour: tuple[int, int, int], *, size: tuple[int, int] = (384, 256)) -> bytes:
    """A picture of one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "JPEG", quality=92)
    return file.getvalue()


def grid_of(question: dict[str, Any]) -> Image.Image:
    """The picture that came with a question."""
    url = question["messages"][-1]["content"][0]["image_url"]["url"]
    return Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB")


def cells(picture: Image.Image, *, cell: int) -> tuple[np.ndarray | None, list[np.ndarray]]:
    """The colour in the middle of the query's cell, if there is one, and of each candidate's."""
    across = picture.height // cell
    left = picture.width - across * cell

    def middle(x: float, y: float) -> np.ndarray:
        box = (int(x) - 6, int(y) - 6, int(x) + 6, int(y) + 6)
        return np.asarray(picture.crop(box), dtype=float).mean(axis=(0, 1))

    query = middle(cell / 2, picture.height / 2 + cell / 10) if left else None
    shown = [
        middle(left + (column + 0.5) * cell, (row + 0.5) * cell)
        for row in range(across)
        for column in range(across)
    ]
    return query, shown


def rank_by_colour(exchange: Exchange, *, count: int, cell: int = 300) -> None:
    """Answer a question as a model that finds the nearest colours best; caption any other."""
    if "response_format" not in exchange.question:
        exchange.say("A plain picture.")
        return
    query, shown = cells(grid_of(exchange.question), cell=cell)
    assert query is not None
    far = [float(np.abs(colour - query).sum()) for colour in shown[:count]]
    ranking = [at + 1 for at in sorted(range(count), key=lambda at: far[at])]
    exchange.say(json.dumps({"ranking": ranking, "reason": "Its colour is the query's."}))
