"""Judged queries and answers made up for tests, the better the less noise there is."""

from __future__ import annotations

import numpy as np

from services.core.types.evaluations import Answered, JudgedMedium, JudgedQuery

DOCUMENTS = [f"d{number}" for number in range(60)]
CATEGORIES = ("shoes", "bags")
IMAGE = (JudgedMedium("image", "media/1"),)


def queries(count: int = 60) -> dict[str, JudgedQuery]:
    """Text, image and composed queries of two categories, each with three graded answers."""
    generator = np.random.default_rng(1)
    made = {}
    for number in range(count):
        kind = ("text", "image", "composed")[number % 3]
        best, good, near = generator.choice(DOCUMENTS, 3, replace=False)
        name = f"q{number:03}"
        made[name] = JudgedQuery(
            name,
            text=None if kind == "image" else f"wish {number}",
            media=() if kind == "text" else IMAGE,
            category=CATEGORIES[number % 2],
            grades={str(best): 3, str(good): 2, str(near): 1},
        )
    return made


def answers(
    asked: dict[str, JudgedQuery], *, noise: float, seed: int = 0, depth: int = 20
) -> dict[str, Answered]:
    """Documents by grade and chance; the similarity is that sum."""
    made = {}
    for number, query in enumerate(asked.values()):
        chance = np.random.default_rng([seed, number]).normal(size=len(DOCUMENTS)) * noise
        scores = {
            name: query.grades.get(name, 0) / 4 + float(extra) / 4
            for name, extra in zip(DOCUMENTS, chance, strict=True)
        }
        order = sorted(DOCUMENTS, key=lambda name: -scores[name])[:depth]
        made[query.id] = answered(query.id, order, scores=[scores[name] for name in order])
    return made


def answered(query_id: str, documents: list[str], **more) -> Answered:
    """One answer; without scores it has none."""
    scores = more.pop("scores", [None] * len(documents))
    return Answered(
        query_id,
        tuple(documents),
        tuple(scores),
        tuple(more.pop("first_stage", ())),
        more.pop("took_ms", 10.0),
        **more,
    )


def query(query_id: str, grades: dict[str, int], **more) -> JudgedQuery:
    """A text query with these answers."""
    return JudgedQuery(query_id, text=more.pop("text", "a wish"), grades=grades, **more)
