"""A tiny vision language model of true architecture (Qwen2-VL) with random weights, on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    PreTrainedTokenizerFast,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
    Qwen2VLImageProcessor,
    Qwen2VLProcessor,
    Qwen2VLVideoProcessor,
)

SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>",
    "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
WIDTH = 32


def make(folder: Path, *, says: Sequence[str] = ()) -> Path:
    """Write a checkpoint; with `says` it says the first or the second of two, again and again.

    Which one depends on picture and words, as every forward pass does; without `says` it babbles.
    """
    tokenizer = _tokenizer(says)
    torch.manual_seed(5)
    model = Qwen2VLForConditionalGeneration(_config(tokenizer)).eval()
    if says:
        head = torch.zeros_like(model.lm_head.weight)
        one, other = tokenizer.convert_tokens_to_ids(list(says))
        head[one] = torch.randn(WIDTH)
        head[other] = -head[one]  # one of both is above all others, whatever comes in
        model.lm_head.weight = torch.nn.Parameter(head)
    model.generation_config.pad_token_id = tokenizer.convert_tokens_to_ids(SPECIAL[0])
    model.generation_config.eos_token_id = tokenizer.convert_tokens_to_ids(SPECIAL[2])
    model.save_pretrained(folder)
    pixels = {"shortest_edge": 28 * 28 * 4, "longest_edge": 28 * 28 * 64}
    Qwen2VLProcessor(
        Qwen2VLImageProcessor(size=pixels),
        tokenizer,
        Qwen2VLVideoProcessor(size=pixels),
        chat_template=TEMPLATE,
    ).save_pretrained(folder)
    return folder


def _tokenizer(says: Sequence[str]) -> PreTrainedTokenizerFast:
    """Bytes, the special tokens, and what it is made to say."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE({letter: at for at, letter in enumerate(letters)}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(list(SPECIAL))
    made.add_tokens(list(says))
    return PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token=SPECIAL[2], pad_token=SPECIAL[0], model_max_length=32_768
    )


def _config(tokenizer: PreTrainedTokenizerFast) -> Qwen2VLConfig:
    ids = dict(zip(SPECIAL, tokenizer.convert_tokens_to_ids(list(SPECIAL)), strict=True))
    return Qwen2VLConfig(
        text_config={
            "hidden_size": WIDTH,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "vocab_size": len(tokenizer),
            "bos_token_id": None,
            "eos_token_id": ids["<|im_end|>"],
            "pad_token_id": ids["<|endoftext|>"],
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 10_000.0,
                "mrope_section": [2, 3, 3],
            },
        },
        vision_config={
            "depth": 2,
            "embed_dim": WIDTH,
            "hidden_size": WIDTH,
            "num_heads": 2,
            "mlp_ratio": 2,
        },
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
        tie_word_embeddings=False,
    )
