"""The network: a text encoder that reads the patches of a picture like words."""

from dataclasses import dataclass, replace
from typing import Final

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel, XLMRobertaConfig, XLMRobertaModel

from models.visualized_bge.text_config import Family, TextConfig
from models.visualized_bge.tower import Tower, TowerShape

MEAN: Final = (0.48145466, 0.4578275, 0.40821073)
STD: Final = (0.26862954, 0.26130258, 0.27577711)
"""Of the pixels in 0..1, channel by channel."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One padded batch: int64 `[n, length]`, how long each row is, uint8 `[n, side, side, 3]`."""

    ids: Tensor
    lengths: Tensor
    pixels: Tensor | None
    padded: bool
    """Whether any row is shorter than the batch; told here, so that a GPU need not be asked."""


class JointEncoder(nn.Module):
    """Text, pictures or both to one vector each: the last hidden state of the first token.

    The sequence of a picture with a text is: first token, patches, the other tokens, padding. A
    picture alone is a picture with the empty text.
    """

    def __init__(self, config: TextConfig, shape: TowerShape) -> None:
        super().__init__()
        self.config = config
        self.tower = Tower(shape)
        self.projection = nn.Linear(shape.width, config.hidden_size)
        self.text = _text_model(config)

    def fill_tables(self, device: torch.device) -> None:
        """Compute what no checkpoint holds, on `device`; to be called after loading."""
        self.tower.fill_tables(device)
        places = torch.arange(self.config.max_position_embeddings, device=device)[None]
        embeddings = self.text.embeddings
        embeddings.register_buffer("position_ids", places, persistent=False)
        embeddings.register_buffer("token_type_ids", torch.zeros_like(places), persistent=False)

    def forward(self, batch: Batch) -> Tensor:
        """`[n, hidden_size]` in the network's own precision, not scaled to length 1."""
        words = self.text.embeddings.word_embeddings(batch.ids)
        lengths = batch.lengths
        if batch.pixels is None:
            places = self._text_places(batch.ids)
            types = torch.zeros_like(batch.ids)
        else:
            patches = self.projection(self.tower(self._scaled(batch.pixels))[:, 1:])
            words = torch.cat([words[:, :1], patches, words[:, 1:]], dim=1)
            lengths = lengths + patches.shape[1]
            # The plain count, also for XLM-R: so the model was trained.
            places = torch.arange(words.shape[1], device=words.device).expand(len(words), -1)
            types = self._types(places, patches=patches.shape[1])
        mask = _mask(lengths, words.shape[1]) if batch.padded else None
        hidden = self.text(
            inputs_embeds=words, attention_mask=mask, position_ids=places, token_type_ids=types
        )
        first: Tensor = hidden.last_hidden_state[:, 0]
        return first

    def _scaled(self, pixels: Tensor) -> Tensor:
        """Float32 until the last step: eight bits of a bfloat16 are too few for a pixel."""
        numbers = pixels.permute(0, 3, 1, 2).to(torch.float32).div(255)
        mean, std = (numbers.new_tensor(each)[:, None, None] for each in (MEAN, STD))
        scaled: Tensor = ((numbers - mean) / std).to(self.projection.weight.dtype)
        return scaled

    def _text_places(self, ids: Tensor) -> Tensor:
        """BERT counts from 0; XLM-R counts what is no padding, from the padding id + 1."""
        if self.config.family is Family.BERT:
            return torch.arange(ids.shape[1], device=ids.device).expand(len(ids), -1)
        pad = self.config.pad_token_id
        counted = (ids != pad).long()
        return counted.cumsum(dim=1) * counted + pad

    def _types(self, places: Tensor, *, patches: int) -> Tensor:
        """Words are of type 0; patches of the type that adds nothing (see `_text_model`)."""
        of_patch = (places >= 1) & (places <= patches)
        return of_patch.long() * self.config.type_vocab_size


def _mask(lengths: Tensor, length: int) -> Tensor:
    """Int64 `[n, length]`: 1 where a row has a token."""
    return (torch.arange(length, device=lengths.device) < lengths[:, None]).long()


def _text_model(config: TextConfig) -> nn.Module:
    """BERT or XLM-R with one more token type, all zeros.

    The text encoder adds a token type to everything it reads, and patches have none.
    """
    settings = replace(config, type_vocab_size=config.type_vocab_size + 1).keywords()
    if config.family is Family.BERT:
        return BertModel(BertConfig(**settings), add_pooling_layer=False)
    return XLMRobertaModel(XLMRobertaConfig(**settings), add_pooling_layer=False)
