"""Any model that Sentence Transformers can load: text, pictures, sound and video."""

from models import pixels, recording
from models.sentence_transformer import inputs
from models.sentence_transformer.embedder import SentenceTransformerEmbedder, load

PREPROCESSING = (
    f"sentence_transformer {inputs.VERSION}, pixels {pixels.VERSION}, recording {recording.VERSION}"
)
"""Part of every fingerprint (see `models.registry`)."""

__all__ = ["PREPROCESSING", "SentenceTransformerEmbedder", "load"]
