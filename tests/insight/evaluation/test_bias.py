"""A direction of search that is served worse shows, and so does a view that always wins."""

from dataclasses import replace

import pytest

from services.insight.evaluation.bias import directions, views
from services.insight.evaluation.sheet import fill
from tests.insight.evaluation.made import answered, answers, queries

ASKED = queries(90)
GOOD, POOR = answers(ASKED, noise=0.5), answers(ASKED, noise=3.0)
TARGETS = {"pictures": "image", "words": "text", "both": None}


def sheet(**measured):
    return fill(ASKED, measured, control=next(iter(measured)), k=10, depth=20, seed=1)


def test_the_better_direction_is_told() -> None:
    (found,) = directions(sheet(pictures=GOOD, words=POOR, both=GOOD), TARGETS)
    assert (found.forward_by, found.backward_by) == ("pictures", "words")
    assert found.bias == pytest.approx(found.forward.mean - found.backward.mean)
    assert found.low > 0
    assert found.sentence.startswith("Text finds pictures better than pictures find text: +0.")
    (turned,) = directions(sheet(pictures=POOR, words=GOOD), TARGETS)
    assert turned.high < 0
    assert turned.sentence.startswith("Pictures find text better")


def test_equal_directions_cannot_be_told_apart() -> None:
    (found,) = directions(sheet(pictures=GOOD, words=answers(ASKED, noise=0.5, seed=4)), TARGETS)
    assert found.low <= 0 <= found.high
    assert "cannot be told apart" in found.sentence


def test_both_directions_are_needed() -> None:
    assert directions(sheet(pictures=GOOD, both=POOR), TARGETS) == ()
    assert directions(sheet(words=GOOD), {}) == ()


def test_views_are_counted_among_the_hits_shown() -> None:
    matched = ("text",) * 6 + ("image",) * 3 + (None,) + ("audio",) * 10
    seen = {name: replace(one, matched=matched) for name, one in GOOD.items()}
    found = views(sheet(a=seen), "a")
    assert {one.kind for one in found} == {"text", "image", "composed"}
    assert all(one.hits == 30 * 9 for one in found)
    assert all(one.shares == pytest.approx({"text": 2 / 3, "image": 1 / 3}) for one in found)


def test_unknown_views_are_not_guessed() -> None:
    assert views(sheet(a={"q000": answered("q000", ["d1"])}), "a") == ()
