"""Cross-encoders that Sentence Transformers can load: rerankers of texts, some of pictures too."""

from models import pixels
from models.cross_encoder import pairs
from models.cross_encoder.scorer import CrossEncoderScorer, load
from models.sentence_transformer import inputs

PREPROCESSING = (
    f"cross_encoder {pairs.VERSION}, sentence_transformer {inputs.VERSION}, pixels {pixels.VERSION}"
)
"""Part of every fingerprint (see `models.registry`)."""

__all__ = ["PREPROCESSING", "CrossEncoderScorer", "load"]
