"""Over many searches, by default, a model that guesses costs no more than the metric's noise."""

import io
import json
import math
from datetime import UTC, datetime
from random import Random
from statistics import fmean, stdev

import numpy as np
import pytest
from PIL import Image

from services.core.types.documents import Document
from services.core.types.rerank import VlmSpec
from services.insight.metrics import measure
from services.search.rerank.stage import Asked, Candidate
from services.search.rerank.vlm.listwise import Listwise, ListwiseModel
from tests.search.rerank.vlm.eyes import cells, plain

CELL, SHOWN, SEARCHES = 120, 9, 60
NOW = datetime(2026, 5, 1, tzinfo=UTC)
SHADES = [(28 * n, 60, 250 - 28 * n) for n in range(SHOWN)]
PICTURES = {f"med_{n}": plain(shade, size=(60, 60)) for n, shade in enumerate(SHADES)}
CANDIDATES = [Candidate(Document(f"d{n}"), 0.5, NOW, f"med_{n}") for n in range(SHOWN)]


class Model:
    """Sees which candidate is where, and reads each grade right with a probability."""

    name = "model"

    def __init__(self, accuracy: float) -> None:
        self.accuracy = accuracy
        self.grades: list[int] = []

    def ask(self, picture: bytes, **_: object) -> str:
        _, shown = cells(Image.open(io.BytesIO(picture)).convert("RGB"), cell=CELL)
        seen = [int(np.abs(np.array(SHADES) - colour).sum(axis=1).argmin()) for colour in shown]
        chance = Random(f"{self.accuracy}/{self.grades}/{seen}")
        worth = [
            (self.grades[at] if chance.random() < self.accuracy else chance.randrange(4),
             chance.random())
            for at in seen
        ]  # fmt: skip
        order = sorted(range(SHOWN), key=lambda at: worth[at], reverse=True)
        return json.dumps({"ranking": [at + 1 for at in order], "reason": ""})


def searches() -> list[list[int]]:
    """Grades of what the first stage shows, in its order: mostly the best first."""
    chance = Random(11)
    drawn = [[chance.randrange(4) for _ in range(SHOWN)] for _ in range(SEARCHES)]
    return [sorted(each, key=lambda grade: -grade + chance.gauss(0, 0.9)) for each in drawn]


def ndcg(order: list[int], grades: list[int]) -> float:
    names = [f"d{at}" for at in order]
    return measure({"q": names}, {"q": {f"d{at}": each for at, each in enumerate(grades) if each}}
                   ).ndcg_at_10  # fmt: skip


def gains(accuracy: float, **settings) -> list[float]:
    """nDCG@10 of each search with the model, less that of the first stage."""
    model = Model(accuracy)
    listwise = ListwiseModel(model, cell=CELL)
    stage = Listwise(listwise, PICTURES.get, None, **settings)
    found = []
    for number, grades in enumerate(searches()):
        model.grades = grades
        asked = Asked("shop", (f"search {number}",), None, NOW)
        order = stage.rank(asked, CANDIDATES, timeout_s=60).order
        found.append(ndcg(list(order), grades) - ndcg(list(range(SHOWN)), grades))
    listwise.close()
    return found


@pytest.fixture(scope="module")
def noise() -> float:
    """Half of the 95 % interval of the first stage's mean."""
    first = [ndcg(list(range(SHOWN)), grades) for grades in searches()]
    assert 0.85 < fmean(first) < 0.95  # about what it is on the sample catalog
    return 1.96 * stdev(first) / math.sqrt(len(first))


def test_by_default_a_guess_costs_no_more_than_noise(noise: float) -> None:
    assert fmean(gains(0.0)) >= -noise


def test_taken_at_its_word_it_costs_many_times_that(noise: float) -> None:
    assert fmean(gains(0.0, passes=1, blend=VlmSpec().blend)) < -3 * noise


def test_by_default_a_model_that_is_right_four_times_of_five_helps() -> None:
    assert fmean(gains(0.8)) > 0
