"""Measures on data that training never saw; every number here is in the model card."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.pocket.training import config
from models.pocket.training.data import Grocery
from models.pocket.training.held_out import HeldOut

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
    iconic = unit(encoder.see(shop.shown), dimensions=dimensions)
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


def catalog(encoder: Encoder, shop: HeldOut, *, dimensions: int) -> dict[str, float]:
    """Text to pictures, and picture or picture with text to combined views."""
    pictures = unit(encoder.see(shop.pictures), dimensions=dimensions)
    described = unit(encoder.read(shop.described), dimensions=dimensions)
    combined = mean_of(described, pictures)
    asked = {}
    for kind, queries in shop.asked.items():
        parts = []
        if queries.texts:
            parts.append(unit(encoder.read(queries.texts), dimensions=dimensions))
        if len(queries.pictures):
            parts.append(unit(encoder.see(queries.pictures), dimensions=dimensions))
        asked[kind] = parts[0] if len(parts) == 1 else mean_of(*parts)
    grades = {kind: queries.grades for kind, queries in shop.asked.items()}
    return {
        "catalog text to image nDCG@10": ndcg(asked["text"] @ pictures.T, grades["text"]),
        "catalog text to combined nDCG@10": ndcg(asked["text"] @ combined.T, grades["text"]),
        "catalog composed recall@10": exact_recall(
            asked["composed"] @ combined.T, grades["composed"]
        ),
        "catalog composed nDCG@10": ndcg(asked["composed"] @ combined.T, grades["composed"]),
        "catalog photo to combined nDCG@10": ndcg(asked["image"] @ combined.T, grades["image"]),
        "catalog photo to image nDCG@10": ndcg(asked["image"] @ pictures.T, grades["image"]),
    }


def ndcg(scores: Vectors, grades: NDArray[np.int64], *, at: int = 10) -> float:
    """Mean discounted gain (2^grade - 1) of the first `at` columns, over the best possible."""
    gains = 2.0**grades - 1
    discounts = 1 / np.log2(np.arange(2, at + 2))
    order = np.argsort(-scores, axis=1)[:, :at]
    got = (np.take_along_axis(gains, order, 1) * discounts).sum(1)
    best = (-np.sort(-gains, axis=1)[:, :at] * discounts).sum(1)
    return float((got / best).mean())


def exact_recall(scores: Vectors, grades: NDArray[np.int64], *, at: int = 10) -> float:
    """Of the columns with the best grade, 3, how many are among the first `at`, or could be."""
    right = grades == 3
    order = np.argsort(-scores, axis=1)[:, :at]
    found = np.take_along_axis(right, order, 1).sum(1)
    return float((found / np.minimum(right.sum(1), at)).mean())


def everything(
    encoder: Encoder, shop: Grocery, drawn: HeldOut, *, dimensions: int = config.DIMENSIONS[0]
) -> dict[str, float]:
    """All measures at one dimension."""
    return grocery(encoder, shop, dimensions=dimensions) | catalog(
        encoder, drawn, dimensions=dimensions
    )
