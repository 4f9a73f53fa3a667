"""Opens a folder of model files with Sentence Transformers: offline, safely, never in float16."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Transformer
from transformers.utils import logging as transformers_logging

from models.base import ModelError
from models.card import Card
from models.options import LoadOptions, Precision
from models.sentence_transformer.completeness import check_complete, noting_missing
from models.torch_device import choose

MAX_TEXT_TOKENS: Final = 8192
"""For models that set no limit themselves, or one that no machine has the memory for."""
PADDED_TEXT: Final = frozenset({"siglip", "siglip2"})
"""Trained on texts padded to full length and pooled at the last token, so that the padding counts
(https://huggingface.co/docs/transformers/model_doc/siglip2, usage tips)."""

_FAILURES: Final = (
    OSError, ValueError, TypeError, LookupError, AttributeError, RuntimeError, ImportError,
    SafetensorError,
)  # fmt: skip
"""What the libraries raise for missing, broken or foreign files: there is no family of errors."""


def open_model(
    folder: Path,
    *,
    card: Card | None,
    options: LoadOptions,
    kind: Callable[..., Any] = SentenceTransformer,
    settings: Mapping[str, Any] | None = None,
) -> Any:
    """The model of a folder, on its device, ready to be asked. Touches no network.

    `kind` is the library's class, `settings` what else it is made with. Weights stored in float16
    are widened to the precision chosen. Python code that lies in the folder runs only if the card
    says so and pins its revision. Raises `ModelError`.
    """
    device, dtype = _placement(options)
    if not any((folder / name).is_file() for name in ("modules.json", "config.json")):
        raise ModelError(f"{folder} holds no model: neither modules.json nor config.json")
    trusted = card is not None and card.trust_remote_code
    if trusted and card is not None and not all(source.pinned() for source in card.sources):
        raise ModelError(f"{card.name}: its code may run only from a pinned revision")
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    try:
        with _quietly(), noting_missing() as missing:
            model = kind(
                str(folder),
                device=str(device),
                local_files_only=True,
                trust_remote_code=trusted,
                model_kwargs={"dtype": dtype},
                **(settings or {}),
            )
    except _FAILURES as error:
        raise ModelError(_explained(folder, error, trusted=trusted)) from error
    check_complete(model, missing, where=str(folder))
    model.eval()
    _limit_texts(model, card)
    return model


def _placement(options: LoadOptions) -> tuple[Any, Any]:
    """Device and precision. Float16 is refused with its reason, however it was asked for."""
    if options.precision not in tuple(Precision):
        raise ModelError(
            f"precision: {options.precision} is not offered, only "
            f"{', '.join(Precision)}: in float16 the activations of some of these models overflow, "
            "EmbeddingGemma's among them, and the vectors are NaN or wrong"
        )
    return choose(options)


def _explained(folder: Path, error: Exception, *, trusted: bool) -> str:
    if not trusted and "trust_remote_code" in str(error):
        return (
            f"the model in {folder} needs Python code from its own repository; that runs only for "
            "a model card that says trust_remote_code = true and pins a revision"
        )
    return f"the model in {folder} does not load: {type(error).__name__}: {error}"


@contextmanager
def _quietly() -> Iterator[None]:
    """Without progress bars, and without remarks on how the network could be spread over GPUs."""
    shown = transformers_logging.is_progress_bar_enabled()
    verbosity = transformers_logging.get_verbosity()
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(verbosity)
        if shown:
            transformers_logging.enable_progress_bar()


def _limit_texts(model: Any, card: Card | None) -> None:
    """Give the tokenizer a limit that holds, and the padding that the model was trained with."""
    if not isinstance(model[0], Transformer) or model[0].tokenizer is None:
        return
    limit = text_limit(model, card)
    model.max_seq_length = limit
    if model[0].config.model_type in PADDED_TEXT:
        text = dict(model[0].processing_kwargs.get("text", {}))
        text.setdefault("padding", "max_length")
        text.setdefault("max_length", limit)
        model[0].processing_kwargs = {**model[0].processing_kwargs, "text": text}


def text_limit(model: Any, card: Card | None) -> int:
    """How many tokens of a text are read: the smallest of what card, tokenizer and network say."""
    limits = [MAX_TEXT_TOKENS if card is None else card.max_text_tokens]
    if model.max_seq_length is not None:
        limits.append(int(model.max_seq_length))
    config = model.config
    if config is not None:
        positions = getattr(config.get_text_config(), "max_position_embeddings", None)
        if isinstance(positions, int) and positions > 0:
            limits.append(positions - _first_position(model))
    return min(limits)


def _first_position(model: Any) -> int:
    """RoBERTa and its kin count from behind the padding's number: those positions are no one's."""
    tables = (
        module.padding_idx + 1
        for module in model.modules()
        if isinstance(getattr(module, "padding_idx", None), int)
        and isinstance(getattr(module, "position_embeddings", None), torch.nn.Embedding)
    )
    return next(tables, 0)


def settings(folder: Path) -> dict[str, Any]:
    """What `config_sentence_transformers.json` says; empty where there is none."""
    path = folder / "config_sentence_transformers.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except ValueError as error:
        raise ModelError(f"{path.name} is no JSON: {error}") from error
    return found if isinstance(found, dict) else {}
