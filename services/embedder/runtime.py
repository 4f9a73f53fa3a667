"""The EmbedderClient port with the models in this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final

import numpy as np

from models import base
from services.core.errors import EmbedderDown, FieldProblem, InputError, MediaRefused
from services.core.types.vectors import Content, EmbedderInfo, Matrix, Purpose
from services.embedder.gate import PriorityGate

_REASONS: Final = {
    "empty": "empty_file",
    "unknown_format": "unsupported_type",
    "too_many_pixels": "too_many_pixels",
}
"""The reasons of models.pixels in the words of docs/errors.md."""


class EmbedderRuntime:
    """Loads each model once, when it is first asked for; safe to use from several threads.

    `names` are what may be asked for (a pattern such as `onnx:<folder>` is not a name and is left
    out: callers must not choose folders of this machine). `batch` is the most contents of one
    forward pass; between the passes of an ingestion, queries go first.
    """

    def __init__(
        self,
        names: Sequence[str],
        load: Callable[[str], base.Embedder],
        *,
        batch: int = 32,
        gate: PriorityGate | None = None,
    ) -> None:
        self._names = tuple(name for name in dict.fromkeys(names) if "<" not in name)
        self._load = load
        self._batch = batch
        self._gate = gate or PriorityGate()
        self._loading = {name: Lock() for name in self._names}
        self._loaded: dict[str, tuple[base.Embedder, EmbedderInfo]] = {}

    def names(self) -> tuple[str, ...]:
        return self._names

    def info(self, embedder: str) -> EmbedderInfo:
        return self._get(embedder)[1]

    def embed(
        self,
        embedder: str,
        contents: Sequence[Content],
        purpose: Purpose,
        *,
        dimensions: int | None = None,
    ) -> Matrix:
        model, info = self._get(embedder)
        width = _check_dimensions(dimensions, info)
        for position, content in enumerate(contents):
            _check_content(content, info, field=f"contents[{position}]")
        vectors = np.empty((len(contents), width), dtype=np.float32)
        for start in range(0, len(contents), self._batch):
            batch = contents[start : start + self._batch]
            entered = self._gate.query() if purpose is Purpose.QUERY else self._gate.batch()
            with entered:
                vectors[start : start + len(batch)] = _forward(model, info, batch, purpose, width)
        return vectors

    def check(self) -> None:
        """Load the first embedder if it is not yet; later calls cost nothing."""
        if self._names:
            self._get(self._names[0])

    def warm_up(self, embedder: str | None = None) -> None:
        """Load it (default: the first) and run it once, so that the first query is not slow.

        Raises InputError for an unknown name, EmbedderDown when it cannot be loaded.
        """
        name = self._names[0] if embedder is None else embedder
        if "text" in self.info(name).modalities:
            self.embed(name, [Content(text="warm up")], Purpose.QUERY)

    def _get(self, name: str) -> tuple[base.Embedder, EmbedderInfo]:
        found = self._loaded.get(name)
        if found is not None:
            return found
        if name not in self._loading:
            raise InputError.at("embedder", f"{name!r} is not one of {', '.join(self._names)}")
        with self._loading[name]:
            if name not in self._loaded:
                self._loaded[name] = self._open(name)
            return self._loaded[name]

    def _open(self, name: str) -> tuple[base.Embedder, EmbedderInfo]:
        try:
            model = self._load(name)
            described = model.describe()
        except Exception as error:  # the edge to foreign runtimes: they raise what they like
            raise EmbedderDown(f"embedder {name!r} cannot be loaded: {error}") from error
        info = EmbedderInfo(
            name=name,
            fingerprint=described.fingerprint,
            modalities=frozenset(modality.value for modality in described.modalities),
            joint=described.joint,
            dimensions=described.dimensions,
            max_text_tokens=described.max_text_tokens,
            licence=described.licence,
            summary=described.summary,
        )
        return model, info


def _check_dimensions(dimensions: int | None, info: EmbedderInfo) -> int:
    if dimensions is None:
        return info.dimensions[0]
    if dimensions not in info.dimensions:
        offered = ", ".join(str(each) for each in info.dimensions)
        raise InputError.at("dimensions", f"{info.name} offers {offered}")
    return dimensions


def _check_content(content: Content, info: EmbedderInfo, *, field: str) -> None:
    if content.text is None and content.image is None:
        raise InputError.at(field, "has nothing to embed")
    if content.text is not None and not content.text.strip():
        raise InputError.at(f"{field}.text", "must not be blank")
    for kind in ("text", "image"):
        if getattr(content, kind) is not None and kind not in info.modalities:
            raise InputError.at(f"{field}.{kind}", f"{info.name} cannot embed {kind}")
    if content.text is not None and content.image is not None and not info.joint:
        raise InputError.at(field, f"{info.name} embeds text or image, not both as one")


def _forward(
    model: base.Embedder,
    info: EmbedderInfo,
    contents: Sequence[Content],
    purpose: Purpose,
    dimensions: int,
) -> Matrix:
    batch = [base.Content(text=each.text, image=each.image) for each in contents]
    try:
        return model.embed(batch, base.Purpose(purpose.value), dimensions=dimensions)
    except base.UnsupportedContent as error:
        raise InputError.at("contents", str(error)) from error
    except base.UnreadableMedia as error:
        problem = (FieldProblem("contents", str(error)),)
        reason = _REASONS.get(error.reason, "corrupt_image")
        raise MediaRefused(str(error), reason=reason, fields=problem) from error
    except Exception as error:  # the edge to foreign runtimes: they raise what they like
        raise EmbedderDown(f"embedder {info.name!r} failed: {error}") from error
