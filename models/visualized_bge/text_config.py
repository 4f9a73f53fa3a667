"""`config.json` of a text encoder: the sizes and ids that the network is built from."""

import dataclasses
import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from models.base import ModelError

CONFIG: Final = "config.json"
GELU: Final = "gelu"
MAX_SIZE: Final = 10_000_000
"""No table of a real text encoder is longer."""


class Family(StrEnum):
    """`model_type` of the text encoders that Visualized BGE was made with."""

    BERT = "bert"
    XLM_ROBERTA = "xlm-roberta"


@dataclass(frozen=True, slots=True)
class TextConfig:
    """What is read from `config.json`, under the names it has there."""

    family: Family
    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    type_vocab_size: int
    pad_token_id: int
    layer_norm_eps: float

    def keywords(self) -> dict[str, Any]:
        """For the constructor of a transformers configuration."""
        sizes = dataclasses.asdict(self)
        del sizes["family"]
        return {**sizes, "hidden_act": GELU}

    def longest_text(self) -> int:
        """Tokens of a text alone, the special ones counted. XLM-R's first places are spoken for."""
        if self.family is Family.XLM_ROBERTA:
            return self.max_position_embeddings - self.pad_token_id - 1
        return self.max_position_embeddings

    def longest_beside(self, patches: int) -> int:
        """Tokens of a text beside a picture, the special ones counted."""
        return self.max_position_embeddings - patches


def read(folder: Path) -> TextConfig:
    """The text encoder's configuration. Raises `ModelError` naming the key that is wrong."""
    try:
        found = json.loads((folder / CONFIG).read_text("utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{folder} is no Visualized BGE model: {CONFIG} is missing") from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{CONFIG} cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise ModelError(f"{CONFIG} must be a JSON object")
    _expect(found, "model_type", tuple(Family))
    _expect(found, "hidden_act", (GELU,))
    if "position_embedding_type" in found:
        _expect(found, "position_embedding_type", ("absolute",))
    config = TextConfig(
        family=Family(found["model_type"]),
        vocab_size=_size(found, "vocab_size"),
        hidden_size=_size(found, "hidden_size"),
        num_hidden_layers=_size(found, "num_hidden_layers"),
        num_attention_heads=_size(found, "num_attention_heads"),
        intermediate_size=_size(found, "intermediate_size"),
        max_position_embeddings=_size(found, "max_position_embeddings"),
        type_vocab_size=_size(found, "type_vocab_size"),
        pad_token_id=_size(found, "pad_token_id", least=0),
        layer_norm_eps=_epsilon(found),
    )
    if config.hidden_size % config.num_attention_heads:
        raise ModelError(f"{CONFIG}: hidden_size is no multiple of num_attention_heads")
    if config.pad_token_id >= config.vocab_size:
        raise ModelError(f"{CONFIG}: pad_token_id must be below vocab_size")
    return config


def _expect(found: dict[str, Any], key: str, known: tuple[str, ...]) -> None:
    if found.get(key) not in known:
        raise ModelError(f"{CONFIG}: {key}: {found.get(key)!r} is not {' or '.join(known)}")


def _size(found: dict[str, Any], key: str, *, least: int = 1) -> int:
    value = found.get(key)
    if type(value) is not int or not least <= value <= MAX_SIZE:
        raise ModelError(f"{CONFIG}: {key} must be a whole number from {least} to {MAX_SIZE:,}")
    return value


def _epsilon(found: dict[str, Any]) -> float:
    value = found.get("layer_norm_eps")
    if type(value) is not float or not 0 < value < 1:
        raise ModelError(f"{CONFIG}: layer_norm_eps must be a number between 0 and 1")
    return value
