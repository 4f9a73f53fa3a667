"""Every number of the training, in one place."""

from dataclasses import dataclass

SEED = 20_26
DIMENSIONS = (256, 128, 64)
DIMENSION_WEIGHTS = (1.0, 0.6, 0.3)
IMAGE_SIZE = 112
"""What the image tower sees, in pixels a side."""
STORED_SIZE = 144
"""What is kept decoded in memory, so that crops still have detail."""
MEAN = 0.5
STD = 0.25
"""Pixels in 0..1 become (pixel - MEAN) / STD, the same for every channel."""
WIDTHS = (48, 96, 192, 384)
STEM = 32
BLOCKS = (1, 1, 2, 1)
EMA_DECAY = 0.998
LARGEST_SCALE = 60.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Some steps with one mixture of sources and one course of the learning rate."""

    name: str
    steps: int
    rate: tuple[float, float]
    """Learning rate at the start and at the end; half a cosine in between."""
    grocery: int
    clothing: int
    drawings: int
    """How many pictures of each source a batch holds."""
    warm_up_steps: int = 0


STAGES = (
    Stage("photos", 2_500, (2e-3, 2e-3), grocery=112, clothing=80, drawings=0, warm_up_steps=200),
)
WEIGHT_DECAY = 0.05
TEXT_RATE = 0.1
"""The text map learns at this fraction of the rate, so that general English stays."""
CHECKPOINT_EVERY = 100
EVALUATE_EVERY = 200
