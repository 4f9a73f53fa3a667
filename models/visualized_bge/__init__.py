"""Visualized BGE: text, pictures and both together as one vector, from the published weights."""

from models import pixels
from models.visualized_bge import pictures
from models.visualized_bge.embedder import VisualizedBge, load

PREPROCESSING = f"visualized_bge {pictures.VERSION}, pixels {pixels.VERSION}"
"""Part of every fingerprint (see `models.registry`)."""

__all__ = ["PREPROCESSING", "VisualizedBge", "load"]
