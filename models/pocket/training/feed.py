"""Draws batches: pictures of every source, captions true of them, and composed wishes."""

from dataclasses import dataclass
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.pocket.training import captions, config
from models.pocket.training.data import CLOTHING_LABELS, Grocery
from models.pocket.training.drawings import Drawings
from models.pocket.training.samples import Caption, Samples, claim
from models.pocket.training.static_text import StaticText

KIND, COLOUR, PATTERN = 2, 3, 4
ICONIC_SHARE = 0.12
"""Of the grocery pictures in a batch, how many are the shop's own iconic ones."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Captions as mean token vectors `[n, 256]` with their claims `[n, columns]`."""

    means: Tensor
    claims: Tensor


@dataclass(frozen=True, slots=True)
class Composed:
    """Wishes about some pictures of the batch: this pattern and colour, but of another kind."""

    rows: Tensor
    """Where in the batch the drawings are."""
    wishes: Texts
    """A kind in words for each of `rows`; its claims include what the picture adds."""
    titles: Texts
    """The whole description of each of `rows`, for the combined view of the target."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One step's worth of data."""

    pictures: Tensor
    facts: Tensor
    texts: Texts
    shop: Texts
    """One caption of every grocery product, in order."""
    photos: Tensor
    """Where in the batch the grocery photographs are."""
    composed: Composed | None


class Feed:
    """Batches that depend only on the seed and the step, so that training can resume."""

    def __init__(
        self, grocery: Grocery, clothing: Samples, drawings: Drawings, text: StaticText
    ) -> None:
        self.grocery = grocery
        self.clothing = clothing
        self.drawings = drawings
        self.text = text

    def batch(self, stage: config.Stage, step: int) -> Batch:
        """The batch of one step of one stage."""
        random = Random(f"{config.SEED}/{stage.name}/{step}")
        photos = self._photos(stage.grocery, random)
        parts = [photos, self._clothing(stage.clothing, random)]
        said = [self._grocery_caption(row, random) for row in photos.facts]
        said += [self._garment_caption(row, random) for row in parts[1].facts]
        composed = None
        if stage.drawings:
            chosen = self.drawings.choose(stage.drawings, random)
            parts.append(self.drawings.samples_at(chosen))
            said += [self.drawings.caption(row, random) for row in chosen]
            composed = self._composed(chosen, len(said) - len(chosen), random)
        shop = [captions.of_product(product, random) for product in self.grocery.products]
        return Batch(
            pictures=torch.from_numpy(np.concatenate([part.pictures for part in parts])),
            facts=torch.from_numpy(np.concatenate([part.facts for part in parts])),
            texts=self._texts(said),
            shop=self._texts(shop),
            photos=torch.arange(len(photos)),
            composed=composed,
        )

    def _photos(self, count: int, random: Random) -> Samples:
        iconic = round(count * ICONIC_SHARE)
        first = take(self.grocery.train, count - iconic, random)
        second = take(self.grocery.iconic, iconic, random)
        return Samples(
            np.concatenate([first.pictures, second.pictures]),
            np.concatenate([first.facts, second.facts]),
        )

    def _clothing(self, count: int, random: Random) -> Samples:
        return take(self.clothing, count, random)

    def _grocery_caption(self, facts: NDArray[np.int64], random: Random) -> Caption:
        if random.random() < 0.15:
            category = int(facts[1])
            return captions.of_category(self.grocery.categories[category], category, random)
        return captions.of_product(self.grocery.products[int(facts[0])], random)

    def _garment_caption(self, facts: NDArray[np.int64], random: Random) -> Caption:
        return captions.of_garment(CLOTHING_LABELS[int(facts[KIND])], int(facts[KIND]), random)

    def _texts(self, said: list[Caption]) -> Texts:
        means = self.text.means([caption.text for caption in said])
        claims = torch.tensor([caption.claims for caption in said])
        return Texts(torch.from_numpy(means), claims)

    def _composed(self, chosen: list[int], start: int, random: Random) -> Composed:
        wishes, titles = [], []
        for row in chosen:
            colour, pattern = (int(v) for v in self.drawings.facts[row][COLOUR:])
            kind = self.drawings.wish(row, chosen, random)
            text = self.drawings.kind_caption(kind, random)
            shown = claim(kind=kind, colour=colour, pattern=pattern)
            wishes.append(Caption(text, shown))
            titles.append(self.drawings.title(row, random))
        rows = torch.arange(start, start + len(chosen))
        return Composed(rows, self._texts(wishes), self._texts(titles))


def take(samples: Samples, count: int, random: Random) -> Samples:
    """`count` of the samples, each at most once where there are enough."""
    everything = range(len(samples))
    rows = (
        random.sample(everything, count)
        if count <= len(samples)
        else random.choices(everything, k=count)
    )
    return Samples(samples.pictures[rows], samples.facts[rows])
