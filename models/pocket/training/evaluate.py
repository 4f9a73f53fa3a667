"""Measures on data that training never saw; every number here is in the model card."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.pocket.training.data import Grocery

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Encoder:
    """A model under measurement: uint8 pictures or texts in, raw vectors out."""

    see: Callable[[NDArray[np.uint8]], Vectors]
    read: Callable[[list[str]], Vectors]


def unit(vectors: Vectors, *, dimensions: int) -> Vectors:
    """The first `dimensions` of each row, scaled to length 1."""
    cut = vectors[:, :dimensions]
    scaled: Vectors = cut / np.linalg.norm(cut, axis=1, keepdims=True)
    return scaled


def mean_of(left: Vectors, right: Vectors) -> Vectors:
    """The combined view of two unit vectors a row."""
    both = (left + right) / 2
    return unit(both, dimensions=both.shape[1])


def grocery(encoder: Encoder, shop: Grocery, *, dimensions: int) -> dict[str, float]:
    """Unseen photographs to 81 products, each product a mean of its text and iconic picture."""
    photos = unit(encoder.see(shop.val.pictures), dimensions=dimensions)
    iconic = unit(encoder.see(shop.iconic.pictures), dimensions=dimensions)
    described = [f"{p.name}. {p.description}" for p in shop.products]
    texts = unit(encoder.read(described), dimensions=dimensions)
    names = unit(encoder.read([p.name for p in shop.products]), dimensions=dimensions)
    truth = shop.val.facts[:, 0]
    combined = photos @ mean_of(texts, iconic).T
    return {
        "grocery recall@1": recall(combined, truth, at=1),
        "grocery recall@5": recall(combined, truth, at=5),
        "grocery text only recall@1": recall(photos @ texts.T, truth, at=1),
        "grocery iconic only recall@1": recall(photos @ iconic.T, truth, at=1),
        "grocery name to photos precision@10": precision(names @ photos.T, truth, at=10),
    }


def recall(scores: Vectors, truth: NDArray[np.int64], *, at: int) -> float:
    """How often the one right column is among the `at` best of a row."""
    best = np.argsort(-scores, axis=1)[:, :at]
    return float((best == truth[:, None]).any(1).mean())


def precision(scores: Vectors, truth: NDArray[np.int64], *, at: int) -> float:
    """Of the `at` best columns of row r, how many are of class r (or of all there are)."""
    values = []
    for row in np.unique(truth):
        best = np.argsort(-scores[row])[:at]
        values.append((truth[best] == row).sum() / min(at, (truth == row).sum()))
    return float(np.mean(values))


def everything(encoder: Encoder, feed: object) -> dict[str, float]:
    return grocery(encoder, feed.grocery, dimensions=256)
