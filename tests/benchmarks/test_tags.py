"""Precision, recall and false alarms are counted over pictures and the words of the list."""

import pytest

from benchmarks.tags import measure
from services.ingest.tag_words import Best

WORDS = frozenset({"red", "blue"})
FOUND = [
    Best("red", 3.0, 1.0),
    Best("blue", 3.0, 1.0),
    Best("red", 0.1, 1.0),
    Best("red", 3.0, 0.1),
]


def test_a_word_given_counts_right_wrong_or_as_a_false_alarm() -> None:
    truths = ["red", "red", "red", "green"]
    strict = measure((FOUND, truths, WORDS), z=1.0, lead=0.5)
    assert (strict.precision, strict.recall) == (0.5, pytest.approx(1 / 3))
    assert strict.false_alarms == 0.0
    assert strict.f1 == pytest.approx(0.4)
    lax = measure((FOUND, truths, WORDS), z=0.0, lead=0.0)
    assert (lax.precision, lax.recall, lax.false_alarms) == (0.5, pytest.approx(2 / 3), 1.0)


def test_where_every_true_word_is_in_the_list_nothing_is_a_false_alarm() -> None:
    found = measure((FOUND[:2], ["red", "blue"], WORDS), z=1.0, lead=0.5)
    assert (found.precision, found.recall, found.false_alarms) == (1.0, 1.0, None)
