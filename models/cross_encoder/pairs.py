"""Turns a query and a candidate into what a cross-encoder takes, whatever they say."""

import re
from dataclasses import dataclass
from typing import Any, Final

from models.base import Content, Modality
from models.sentence_transformer import inputs

VERSION: Final = 1
"""Raise it when the same pair would give the model something else."""
SHORTEST_MARK: Final = 3
"""Shorter tokens that a tokenizer was given are letters and signs, not marks of its format."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """How one model wants a query and a candidate.

    A model with a chat template is given the two turns themselves and never bare strings: those
    that look like an address or a path would be opened as the picture they name.
    """

    turns: bool
    structured: bool
    """Whether a turn's content is a list of typed parts, or plain text."""
    reader: inputs.Reader

    def read(self, content: Content) -> dict[str, Any]:
        """One side by modality; a picture is decoded here. Raises `UnreadableMedia`."""
        return self.reader.read(content)

    def join(self, query: dict[str, Any], candidate: dict[str, Any]) -> Any:
        """One input of the model from two sides that `read` made."""
        if self.turns:
            return [self._turn("query", query), self._turn("document", candidate)]
        return (query[Modality.TEXT], candidate[Modality.TEXT])

    def _turn(self, role: str, side: dict[str, Any]) -> dict[str, Any]:
        if not self.structured:
            return {"role": role, "content": side[Modality.TEXT]}
        parts = [{"type": kind, kind: value} for kind, value in side.items()]
        return {"role": role, "content": parts}


def reading(model: Any) -> Pairs:
    """How a loaded model is given its pairs."""
    usual = inputs.reader(model, hears_video=False)
    return Pairs(
        turns="message" in model.modalities,
        structured=model[0].input_formatter.message_format == "structured",
        reader=inputs.Reader(
            rate=usual.rate, frames=usual.frames, hears_video=False, words=_marks(model, usual)
        ),
    )


def _marks(model: Any, usual: inputs.Reader) -> re.Pattern[str] | None:
    """What must not stand in a text, for it would end it, begin another or stand for a picture.

    A seller's words reach the model beside the query: with `[SEP]` or a turn's end in them they
    could speak as the query, or as the model.
    """
    tokenizer = model[0].tokenizer
    known = {str(each) for each in tokenizer.added_tokens_decoder.values()}
    known |= set(tokenizer.all_special_tokens)
    literal = [re.escape(each) for each in known if len(each) >= SHORTEST_MARK and each.strip()]
    literal += [usual.words.pattern] if usual.words is not None else []
    return re.compile("|".join(sorted(literal, key=len, reverse=True))) if literal else None
