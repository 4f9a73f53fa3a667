"""How a dual encoder's texts become token ids."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer, normalizers

from models.base import ModelError, Purpose, UnsupportedContent
from models.onnx_folder import TextSettings
from models.onnx_layout import Export, read_json

Ids = NDArray[np.int64]

TOKENIZER = "tokenizer.json"
CONFIG = "tokenizer_config.json"
SPECIAL = "special_tokens_map.json"
SANE_LENGTH = 1_000_000
"""Tokenizers without a limit state an astronomic one."""


@dataclass(frozen=True, slots=True)
class TextSteps:
    """Prompt, tokenise, cut on the right, pad."""

    tokenizer: Tokenizer
    max_tokens: int
    special_tokens: bool
    pad_id: int
    pad_to: int | None
    """The one length of all texts; None pads to the longest of a batch."""
    pad_left: bool = False
    mask_padding: bool = True
    """False for models that learnt to look at their padding."""
    query_prompt: str = ""
    index_prompt: str = ""

    def of_length(self, length: int | None) -> "TextSteps":
        """The same for a network exported for texts of one length; None changes nothing."""
        if length is None:
            return self
        tokens = min(self.max_tokens, length)
        self.tokenizer.enable_truncation(tokens)
        return replace(self, max_tokens=tokens, pad_to=length)

    def weigh(self, text: str) -> int:
        """Tokens, taking four bytes for one."""
        return self.pad_to or min(2 + len(text.encode()) // 4, self.max_tokens)

    def arrays(self, texts: Sequence[str], purpose: Purpose) -> tuple[Ids, Ids]:
        """Token ids and attention mask, both int64 `[n, length]`.

        Raises `UnsupportedContent` for a text that is no Unicode.
        """
        prompt = self.query_prompt if purpose is Purpose.QUERY else self.index_prompt
        encodings = self._encoded([prompt + text for text in texts])
        ids = [encoding.ids or [self.pad_id] for encoding in encodings]
        width = self.pad_to or max(map(len, ids))
        padded = np.full((len(ids), width), self.pad_id, dtype=np.int64)
        mask = np.full_like(padded, 0 if self.mask_padding else 1)
        for row, tokens in enumerate(ids):
            place = slice(width - len(tokens), width) if self.pad_left else slice(len(tokens))
            padded[row, place] = tokens
            mask[row, place] = 1
        return padded, mask

    def _encoded(self, texts: list[str]) -> list[Encoding]:
        special = self.special_tokens
        try:
            if len(texts) == 1:
                # A batch wakes the tokenizer's threads, which costs more than a query's few words.
                return [self.tokenizer.encode(texts[0], add_special_tokens=special)]
            return self.tokenizer.encode_batch(texts, add_special_tokens=special)
        except (TypeError, UnicodeError) as error:
            raise UnsupportedContent("text: it holds a half of a surrogate pair") from error


def from_settings(folder: Path, text: TextSettings) -> TextSteps:
    """What `margay.toml` says."""
    tokenizer = _open(folder / TOKENIZER)
    tokenizer.no_padding()
    tokenizer.enable_truncation(text.max_tokens)
    return TextSteps(
        tokenizer=tokenizer,
        max_tokens=text.max_tokens,
        special_tokens=text.special_tokens,
        pad_id=text.pad_id,
        pad_to=text.max_tokens if text.pad_to_max else None,
        query_prompt=text.query_prompt,
        index_prompt=text.index_prompt,
    )


def from_hub(folder: Path, export: Export) -> TextSteps:
    """What `config.json` and the tokenizer's own files say; the family's habit where they do not.

    SigLIP learnt from texts in lower case, padded to one length and without a mask; CLIP masks.
    Raises `ModelError` for a missing file, or a tokenizer without the end mark it is said to add.
    """
    config = read_json(folder / CONFIG)
    tokenizer = _open(folder / TOKENIZER)
    family = export.family
    limits = (config.get("model_max_length"), export.text.get("max_position_embeddings"))
    sane = [each for each in limits if isinstance(each, int) and 0 < each < SANE_LENGTH]
    max_tokens = min([*sane, family.max_tokens] if len(sane) < 2 else sane)
    pad_id = _pad_id(folder, tokenizer, config)
    if config.get("do_lower_case", family.lower_case) and not _lowers(tokenizer):
        before = [] if tokenizer.normalizer is None else [tokenizer.normalizer]
        tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), *before])
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens, direction=config.get("truncation_side") or "right")
    _check_end(tokenizer, config)
    return TextSteps(
        tokenizer=tokenizer,
        max_tokens=max_tokens,
        special_tokens=True,
        pad_id=pad_id,
        pad_to=max_tokens if family.pad_to_max else None,
        pad_left=config.get("padding_side") == "left",
        mask_padding=family.masks,
    )


def _open(path: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(path))
    # The library raises plain Exception for a missing or malformed file.
    except Exception as error:
        raise ModelError(f"{path.name} is not a tokenizer: {error}") from error


def _lowers(tokenizer: Tokenizer) -> bool:
    normalizer = tokenizer.normalizer
    return normalizer is not None and "A" not in normalizer.normalize_str("A")


def _pad_id(folder: Path, tokenizer: Tokenizer, config: dict[str, Any]) -> int:
    special = read_json(folder / SPECIAL) if (folder / SPECIAL).is_file() else {}
    token = config.get("pad_token") or special.get("pad_token")
    word = token.get("content") if isinstance(token, dict) else token
    found = tokenizer.token_to_id(word) if isinstance(word, str) else None
    if found is None and tokenizer.padding:
        found = tokenizer.padding["pad_id"]
    if not isinstance(found, int):
        raise ModelError(f"{CONFIG}: pad_token is missing, or {TOKENIZER} does not know it")
    return found


def _check_end(tokenizer: Tokenizer, config: dict[str, Any]) -> None:
    """A text without its end mark gives another vector, and nobody would notice."""
    end = config.get("eos_token")
    word = end.get("content") if isinstance(end, dict) else end
    if not (config.get("add_eos_token") and isinstance(word, str)):
        return
    if tokenizer.encode("a").tokens[-1:] != [word]:
        raise ModelError(f"{CONFIG}: add_eos_token: {TOKENIZER} does not add {word}")
