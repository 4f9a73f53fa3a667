"""What every shape receives: a scene to paint in, the product's cloth, and chance."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from datasets.sample_catalog.palette import Colour, Inks, luminance, mix, rgb
from datasets.sample_catalog.scene import Fill, Scene, Warp

LEATHERS = ((0.45, 0.27, 0.15), (0.62, 0.4, 0.23), (0.16, 0.14, 0.14), (0.78, 0.62, 0.45))
METALS = ((0.83, 0.69, 0.42), (0.74, 0.75, 0.78), (0.74, 0.75, 0.78), (0.8, 0.58, 0.48))
WOODS = ((0.72, 0.52, 0.33), (0.5, 0.33, 0.2), (0.84, 0.68, 0.48))
WHITE = rgb(0.95, 0.945, 0.935)
INK = rgb(0.11, 0.11, 0.13)


@dataclass(frozen=True, slots=True)
class Artist:
    """Draws one product."""

    scene: Scene
    inks: Inks
    chance: Random
    leather: Colour
    metal: Colour
    wood: Colour

    def cloth(self, warp: Warp | None = None) -> Fill:
        """The product's pattern, as a fill."""
        return self.scene.cloth(warp)

    @property
    def trim(self) -> Colour:
        """Plain cloth of the product's colour, darker, for seams, straps and bands."""
        return self.inks.deep

    @property
    def contrast(self) -> Colour:
        """A plain neutral that stands out from the product's colour."""
        return INK if luminance(self.inks.ground) > 0.5 else WHITE

    @property
    def inside(self) -> Colour:
        """The shaded inner side."""
        return mix(self.inks.ground, INK, 0.55)

    def between(self, low: float, high: float) -> float:
        """A number by chance."""
        return self.chance.uniform(low, high)

    def coin(self, chance: float = 0.5) -> bool:
        """True that often."""
        return self.chance.random() < chance


def artist(scene: Scene, inks: Inks, chance: Random) -> Artist:
    """With materials for the details by chance."""
    leather, metal, wood = (rgb(*chance.choice(table)) for table in (LEATHERS, METALS, WOODS))
    return Artist(scene, inks, chance, leather, metal, wood)
