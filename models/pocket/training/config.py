"""Every number of the training, in one place."""

from dataclasses import dataclass

SEED = 20_26
DIMENSIONS = (256, 128, 64)
DIMENSION_WEIGHTS = (1.0, 0.6, 0.3)
TRAINING_SIZE = 112
"""Side of the crops that training sees, in pixels."""
IMAGE_SIZE = 128
"""Side of whole pictures afterwards: larger, since crops show things larger than they are."""
STORED_SIZE = 160
"""What is kept decoded in memory, so that crops still have detail."""
MEAN = 0.5
STD = 0.25
"""Pixels in 0..1 become (pixel - MEAN) / STD, the same for every channel."""
DRAWN = 7_000
"""Products drawn for training; the catalog that is shipped and those of tests are others."""
PHOTOGRAPHED = 0.35
"""Of those, how many are seen through a camera rather than in the studio."""
HELD_OUT_SEED = 101
"""The catalog that is measured on. The one that is shipped, 7, is kept apart as well."""
SWATCHES = 700
FURS = 240
DRAWING_SIZE = 200
"""Side they are drawn at, before they shrink to the stored size."""
WIDTHS = (48, 96, 192, 384)
STEM = 32
BLOCKS = (1, 1, 2, 1)
EMA_DECAY = 0.998
LARGEST_SCALE = 25.0
DROPOUT = 0.2
GRADE_WEIGHT = 0.4


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
    Stage("photos", 1_800, (2e-3, 2e-3), grocery=112, clothing=80, drawings=0, warm_up_steps=200),
    Stage("all", 900, (1.5e-3, 1.5e-3), grocery=80, clothing=28, drawings=108, warm_up_steps=100),
    Stage("cool", 800, (1.5e-3, 2e-5), grocery=80, clothing=28, drawings=108, warm_up_steps=50),
)
WEIGHT_DECAY = 0.15
TEXT_RATE = 0.1
"""The text map learns at this fraction of the rate, so that general English stays."""
CHECKPOINT_EVERY = 100
EVALUATE_EVERY = 250
