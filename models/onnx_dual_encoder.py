"""A text tower and an image tower exported to ONNX, run without torch."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from models import onnx_folder, pixels
from models.base import (
    Content,
    Description,
    Modality,
    ModelError,
    Purpose,
    TemplateEmbedder,
    Vectors,
)
from models.card import Card
from models.options import LoadOptions

Inputs = tuple[NDArray[np.float32] | NDArray[np.int64], ...]

CHUNK = 8
"""Rows in one forward pass: more leave the cache of a CPU and are slower (measured)."""
MAX_DEFAULT_THREADS = 4
TEXT = (Modality.TEXT,)


class OnnxDualEncoder(TemplateEmbedder[list[Inputs]]):
    """Embeds text or pictures, one modality a content. Sessions are shared by all threads."""

    def __init__(self, folder: Path, *, name: str, fingerprint: str, threads: int | None) -> None:
        """Raises `ModelError` when the folder is incomplete or the networks do not load or fit."""
        self.settings = onnx_folder.read(folder)
        self._threads = threads or min(MAX_DEFAULT_THREADS, os.cpu_count() or 1)
        self._image = _open(folder / onnx_folder.IMAGE_MODEL, threads=self._threads)
        self._text = _open(folder / onnx_folder.TEXT_MODEL, threads=1)
        self._tokenizer = self._open_tokenizer(folder / onnx_folder.TOKENIZER)
        self._decoders = ThreadPoolExecutor(self._threads, thread_name_prefix="decode")
        self._mean = np.array(self.settings.image.mean, dtype=np.float32) * 255
        self._std = np.array(self.settings.image.std, dtype=np.float32) * 255
        self._description = Description(
            name=name,
            fingerprint=fingerprint,
            modalities=frozenset({Modality.TEXT, Modality.IMAGE}),
            joint=False,
            dimensions=self.settings.dimensions,
            max_text_tokens=self.settings.text.max_tokens,
            licence=self.settings.licence,
            summary=self.settings.summary,
        )

    def describe(self) -> Description:
        """See `Embedder.describe`."""
        return self._description

    def preprocess(
        self, modalities: tuple[Modality, ...], batch: Sequence[Content], purpose: Purpose
    ) -> list[Inputs]:
        """Network inputs, in chunks."""
        chunks = [batch[start : start + CHUNK] for start in range(0, len(batch), CHUNK)]
        if modalities == TEXT:
            return [self._tokenise(chunk, purpose) for chunk in chunks]
        return [self._pixels(chunk) for chunk in chunks]

    def forward(self, modalities: tuple[Modality, ...], prepared: list[Inputs]) -> Vectors:
        """Run the network over every chunk."""
        session = self._text if modalities == TEXT else self._image
        names = [each.name for each in session.get_inputs()]
        outputs = [
            session.run(None, dict(zip(names, inputs, strict=False)))[0] for inputs in prepared
        ]
        vectors: Vectors = np.concatenate(outputs).astype(np.float32, copy=False)
        if vectors.ndim != 2 or vectors.shape[1] != self.settings.dimensions[0]:
            raise ModelError(
                f"{self._description.name}: the network gives shape {vectors.shape[1:]}, "
                f"{onnx_folder.CONFIG} says {self.settings.dimensions[0]}"
            )
        return vectors

    def _tokenise(self, chunk: Sequence[Content], purpose: Purpose) -> Inputs:
        text = self.settings.text
        prompt = text.query_prompt if purpose is Purpose.QUERY else text.index_prompt
        encodings = self._encoded([prompt + (content.text or "") for content in chunk])
        ids = [encoding.ids or [text.pad_id] for encoding in encodings]
        width = text.max_tokens if text.pad_to_max else max(map(len, ids))
        padded = np.full((len(ids), width), text.pad_id, dtype=np.int64)
        mask = np.zeros_like(padded)
        for row, tokens in enumerate(ids):
            padded[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        return padded, mask

    def _encoded(self, texts: list[str]) -> list[Encoding]:
        special = self.settings.text.special_tokens
        if len(texts) == 1:
            # A batch wakes the tokenizer's threads, which costs more than a query's few words.
            return [self._tokenizer.encode(texts[0], add_special_tokens=special)]
        return self._tokenizer.encode_batch(texts, add_special_tokens=special)

    def _pixels(self, chunk: Sequence[Content]) -> Inputs:
        if len(chunk) == 1:
            squares = [self._square(chunk[0])]
        else:
            squares = list(self._decoders.map(self._square, chunk))
        scaled = (np.stack(squares) - self._mean) / self._std
        return (np.ascontiguousarray(scaled.transpose(0, 3, 1, 2), dtype=np.float32),)

    def _square(self, content: Content) -> pixels.Pixels:
        image = self.settings.image
        picture = pixels.decode(content.image or b"", enough=image.size)
        return pixels.to_square(picture, size=image.size, fit=image.fit)

    def _open_tokenizer(self, path: Path) -> Tokenizer:
        try:
            tokenizer = Tokenizer.from_file(str(path))
        # The library raises plain Exception for a malformed file.
        except Exception as error:
            raise ModelError(f"{path.name} is not a tokenizer: {error}") from error
        tokenizer.no_padding()
        tokenizer.enable_truncation(self.settings.text.max_tokens)
        return tokenizer


def load(
    card: Card | None, folder: Path, *, name: str, fingerprint: str, options: LoadOptions
) -> OnnxDualEncoder:
    """The embedder of a folder; see `OnnxDualEncoder`. The folder says all that a card could."""
    del card
    return OnnxDualEncoder(folder, name=name, fingerprint=fingerprint, threads=options.threads)


def _open(path: Path, *, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that wait by spinning take the cores from those that decode the next pictures.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            str(path), sess_options=options, providers=["CPUExecutionProvider"]
        )
    # Its exception classes live in a private extension module.
    except Exception as error:
        raise ModelError(f"{path.name} does not load: {error}") from error
