"""Counts add up, are the same in every process, and tell no vector."""

from __future__ import annotations

import hashlib

import numpy as np

from services.insight.watch import sketch
from tests.insight.watch.populations import DIMENSIONS, vectors


def test_directions_are_the_same_for_ever() -> None:
    # Baselines of years ago are compared along them: a change here makes all of them worthless.
    signs = (sketch.directions(256) > 0).tobytes()
    assert hashlib.sha256(signs).hexdigest().startswith("606462c447159e08")


def test_directions_of_any_size_are_signs_and_all_different() -> None:
    for dimensions in (1, 33, 1024):
        made = sketch.directions(dimensions)
        assert made.shape == (dimensions, sketch.DIRECTIONS)
        assert set(np.unique(made)) <= {-1.0, 1.0}
    assert abs(sketch.directions(1024).mean()) < 0.02
    assert len(np.unique(sketch.directions(1024), axis=1).T) == sketch.DIRECTIONS


def test_every_vector_is_counted_once_along_each_direction() -> None:
    rows = vectors(np.random.default_rng(0), 300)
    counts = sketch.of_vectors(rows)
    assert counts.shape == (sketch.DIRECTIONS, sketch.VECTOR_BINS)
    assert (counts.sum(axis=1) == 300).all()
    assert (sketch.of_vectors(rows[:100]) + sketch.of_vectors(rows[100:]) == counts).all()


def test_nothing_falls_out_at_the_ends() -> None:
    along = sketch.directions(DIMENSIONS)[:, :1].T / np.sqrt(DIMENSIONS)
    counts = sketch.of_vectors(np.concatenate([along, -along]).astype(np.float32))
    assert counts[0, 0] == counts[0, -1] == 1
    assert sketch.of_scores([-1.0, -1.01, 1.0, 1.01, 0.004]).tolist()[:: sketch.SCORE_BINS - 1] == [
        2,
        2,
    ]


def test_nothing_gives_empty_counts() -> None:
    assert sketch.of_vectors(np.zeros((0, 8), dtype=np.float32)).sum() == 0
    assert sketch.of_scores([]).sum() == 0


def test_vectors_that_are_near_but_not_the_same_are_often_told_alike() -> None:
    # What is stored of one vector is its bin along each direction: others share it.
    (row,) = vectors(np.random.default_rng(1), 1)
    noise = np.random.default_rng(2).standard_normal((50, DIMENSIONS)) * 0.0005
    others = (row + noise) / np.linalg.norm(row + noise, axis=1, keepdims=True)
    kept = sketch.of_vectors(row[None, :])
    alike = sum((sketch.of_vectors(each[None].astype(np.float32)) == kept).all() for each in others)
    assert alike > 10
