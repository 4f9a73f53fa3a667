"""A vision model of known accuracy: it knows pictures by sight, and errs as often as told."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from services.search.rerank.vlm.grid import CELL, side
from tests.core.vision.chat_server import Exchange

GRADES = (0, 1, 2, 3)
"""What an answer can be worth; a wrong look reads any of them."""
SIGNATURE = 16
_LABEL = (slice(0, 4), slice(0, 5))
"""The part of a cell's signature that its number covers."""


class Eyes:
    """Recognises known pictures, and nothing else, in the cells of a grid."""

    def __init__(self, pictures: Mapping[str, bytes], *, cell: int = CELL) -> None:
        self._names = tuple(pictures)
        self._cell = cell
        square = (cell - 4, cell - 4)
        self._looks = np.stack(
            [
                _signature(ImageOps.pad(_opened(picture), square, color="white"))
                for picture in pictures.values()
            ]
        )

    def look(self, grid: bytes, *, count: int) -> list[str]:
        """The names of the pictures under 1 .. `count`."""
        picture, across = _opened(grid), side(count)
        left = picture.width - across * self._cell
        names = []
        for place in range(count):
            row, column = divmod(place, across)
            x, y = left + column * self._cell + 2, row * self._cell + 2
            seen = _signature(picture.crop((x, y, x + self._cell - 4, y + self._cell - 4)))
            far = np.square(self._looks - seen).sum(axis=1)
            names.append(self._names[int(far.argmin())])
        return names


class Oracle:
    """A script for the chat server: ranks what it sees by the graded answers.

    Each candidate's grade is read right with probability `accuracy`, else it is any grade; equals
    come in any order. So 1 is the best order there is, and 0 a random one. A second look errs anew.
    Which query is under way it is told through `asking`; which candidates, it sees.
    """

    def __init__(
        self, eyes: Eyes, grades: Mapping[str, Mapping[str, int]], *, accuracy: float, seed: int = 7
    ) -> None:
        self._eyes = eyes
        self._grades = grades
        self._accuracy = accuracy
        self._seed = seed
        self.asking = ""
        self.looks: list[tuple[str, ...]] = []
        """What stood under 1, 2 ... in each grid."""

    def __call__(self, exchange: Exchange) -> None:
        wanted = exchange.question.get("response_format")
        if wanted is None:
            exchange.say("A picture.")
            return
        ranking = wanted["json_schema"]["schema"]["properties"]["ranking"]
        seen = self._eyes.look(picture_of(exchange.question), count=ranking["maxItems"])
        self.looks.append(tuple(seen))
        worth = [self._worth(name, look=seen[0]) for name in seen]
        order = sorted(range(len(worth)), key=lambda at: worth[at], reverse=True)
        answer = {"ranking": [at + 1 for at in order], "reason": f"It shows {seen[order[0]]}."}
        exchange.say(json.dumps(answer))

    def _worth(self, name: str, *, look: str) -> tuple[int, float]:
        chance = Random(f"{self._seed}/{self._accuracy}/{self.asking}/{look}/{name}")
        right = chance.random() < self._accuracy
        grade = self._grades.get(self.asking, {}).get(name, 0)
        return grade if right else chance.choice(GRADES), chance.random()


def picture_of(question: Mapping[str, Any]) -> bytes:
    """The picture that came with a question."""
    url: str = question["messages"][-1]["content"][0]["image_url"]["url"]
    return base64.b64decode(url.partition(",")[2])


def _opened(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture)).convert("RGB")


def _signature(picture: Image.Image) -> NDArray[np.float32]:
    small = picture.resize((SIGNATURE, SIGNATURE), Image.Resampling.BOX)
    look = np.asarray(small, dtype=np.float32)
    look = look.copy()
    look[_LABEL] = 0
    return look.ravel()
