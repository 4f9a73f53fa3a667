"""What tests of torch models share: one thread, checkpoints made once, a tiny Qwen3-VL."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import torch
import transformers


@pytest.fixture(scope="package", autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small only wait for each other's threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def qwen3_vl_config(
    vocabulary: Mapping[str, int], *, words: int, width: int, **more: Any
) -> transformers.Qwen3VLConfig:
    """Two layers of each tower over `words` tokens; `more` goes to the text's configuration."""
    return transformers.Qwen3VLConfig(
        text_config={
            "vocab_size": words, "hidden_size": width, "intermediate_size": 48,
            "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
            "head_dim": 16, "max_position_embeddings": 512,
            "rope_parameters": {
                "rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [4, 2, 2],
                "mrope_interleaved": True,
            },
            **more,
        },
        vision_config={
            "depth": 2, "hidden_size": 32, "intermediate_size": 48, "num_heads": 2,
            "patch_size": 16, "out_hidden_size": width, "num_position_embeddings": 64,
            "deepstack_visual_indexes": [0],
        },
        image_token_id=vocabulary["<|image_pad|>"], video_token_id=vocabulary["<|video_pad|>"],
        vision_start_token_id=vocabulary["<|vision_start|>"],
        vision_end_token_id=vocabulary["<|vision_end|>"], tie_word_embeddings=True,
    )  # fmt: skip
