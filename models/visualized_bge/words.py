"""Texts to token ids with the tokenizer of the checkpoint's text encoder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tokenizers import Tokenizer

from models.base import ModelError, UnsupportedContent
from models.visualized_bge.text_config import TextConfig

TOKENIZER: Final = "tokenizer.json"


class Words:
    """The tokenizer of a folder. Safe to use from several threads."""

    def __init__(self, folder: Path, config: TextConfig) -> None:
        """Raises `ModelError` when there is none, or one with more tokens than the model knows."""
        if not (folder / TOKENIZER).is_file():
            raise ModelError(f"{folder} is no Visualized BGE model: {TOKENIZER} is missing")
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        # The library raises plain Exception for a malformed file.
        except Exception as error:
            raise ModelError(f"{TOKENIZER} is not a tokenizer: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        last = max(self._tokenizer.get_vocab(with_added_tokens=True).values(), default=0)
        if last >= config.vocab_size:
            raise ModelError(
                f"{TOKENIZER} has token {last}, the model only {config.vocab_size}: "
                "they are not of the same model"
            )
        if len(self.ids([""], limit=config.max_position_embeddings)[0]) < 2:
            raise ModelError(f"{TOKENIZER} adds no opening and closing token")

    def ids(self, texts: Sequence[str], *, limit: int) -> list[list[int]]:
        """Token ids of each text, special ones included, at most `limit` of them.

        A longer text is cut on the right, and still ends with the closing token.
        """
        try:
            if len(texts) == 1:
                # A batch wakes the tokenizer's threads, which a query's few words do not repay.
                whole = [self._tokenizer.encode(texts[0]).ids]
            else:
                whole = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        except (TypeError, UnicodeError) as error:
            raise UnsupportedContent("text: it holds a half of a surrogate pair") from error
        return [ids if len(ids) <= limit else [*ids[: limit - 1], ids[-1]] for ids in whole]
