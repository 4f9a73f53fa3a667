"""Cross-encoders that Sentence Transformers can load: rerankers of texts, some of pictures too."""

from models import pixels
from models.cross_encoder import pairs
from models.cross_encoder.scorer import CrossEncoderScorer, load

PREPROCESSING = f"cross_encoder {pairs.VERSION}, pixels {pixels.VERSION}"
"""Part of every fingerprint (see `models.registry`)."""

__all__ = ["PREPROCESSING", "CrossEncoderScorer", "load"]
