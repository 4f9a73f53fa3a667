"""A sample shop, drawn by code: products, query pictures and the right answers."""

from datasets.sample_catalog.catalog import Catalog, generate
from datasets.sample_catalog.drawing import draw
from datasets.sample_catalog.fur import fur, swatch
from datasets.sample_catalog.palette import COLOURS
from datasets.sample_catalog.photograph import photograph
from datasets.sample_catalog.specs import KINDS, PATTERNS, ProductSpec, is_sold, make_spec
from datasets.sample_catalog.wording import captions, description, title, wish

__all__ = [
    "COLOURS",
    "KINDS",
    "PATTERNS",
    "Catalog",
    "ProductSpec",
    "captions",
    "description",
    "draw",
    "fur",
    "generate",
    "is_sold",
    "make_spec",
    "photograph",
    "swatch",
    "title",
    "wish",
]
