"""Builds tiny checkpoints with random weights: true architectures, true processors, true layout."""

import json
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import pre_tokenizers

from tests.models.tiny_torch import qwen3_vl_config

WIDTH = 24
"""Of every vector made here."""
PROMPTS = {"query": "task: search result | query: ", "document": "title: none | text: "}
MESSAGES = (
    "{{ bos_token }}{% for message in messages %}{% for part in message['content'] %}"
    "{% if part['type'] == 'text' %}{{ part['text'] }}"
    "{% elif part['type'] == 'image' %}<|image|>{% elif part['type'] == 'audio' %}<|audio|>"
    "{% elif part['type'] == 'video' %}<|video|>{% endif %}{% endfor %}{% endfor %}"
)
TURNS = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% for part in message['content'] %}{% if part['type'] == 'text' %}{{ part['text'] }}"
    "{% elif part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif part['type'] == 'video' %}<|vision_start|><|video_pad|><|vision_end|>"
    "{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def embedding_gemma(folder: Path, *, dtype: torch.dtype = torch.float32) -> Path:
    """EmbeddingGemma 2 with its three towers and all four kinds of input."""
    media = {
        "image_token": "<|image|>", "boi_token": "<|image>", "eoi_token": "<image|>",
        "audio_token": "<|audio|>", "boa_token": "<|audio>", "eoa_token": "<audio|>",
    }  # fmt: skip
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *media.values(), "<|video|>"]
    vocabulary = _numbered([*special, *_characters(space="▁")])
    tokenizer = transformers.GemmaTokenizer(
        vocab=vocabulary, merges=[], extra_special_tokens=media, model_max_length=512
    )
    processor = transformers.EmbeddingGemma2Processor(
        feature_extractor=transformers.Gemma4AudioFeatureExtractor(),
        image_processor=transformers.Gemma4ImageProcessor(max_soft_tokens=70),
        tokenizer=tokenizer,
        video_processor=transformers.EmbeddingGemma2VideoProcessor(),
        chat_template=MESSAGES,
        image_seq_length=70,
    )
    small = {
        "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
        "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16,
    }  # fmt: skip
    config = transformers.EmbeddingGemma2Config(
        text_config={
            **small, "vocab_size": len(tokenizer), "max_position_embeddings": 512,
            "global_head_dim": 16, "hidden_size_per_layer_input": 8, "sliding_window": 16,
            "embedding_dim": WIDTH, "sliding_window_pattern": 2,
        },
        vision_config={
            **small, "num_key_value_heads": 2, "model_type": "gemma4_vision",
            "position_embedding_size": 256,
        },
        audio_config={
            "model_type": "gemma4_audio", "hidden_size": 32, "num_hidden_layers": 1,
            "num_attention_heads": 2, "subsampling_conv_channels": [128, 4], "output_proj_dims": 32,
        },
        image_token_id=vocabulary["<|image|>"], boi_token_id=vocabulary["<|image>"],
        eoi_token_id=vocabulary["<image|>"], audio_token_id=vocabulary["<|audio|>"],
        boa_token_id=vocabulary["<|audio>"], eoa_token_index=vocabulary["<audio|>"],
        video_token_id=tokenizer.convert_tokens_to_ids("<|video|>"),
    )  # fmt: skip
    _save(folder, lambda: transformers.EmbeddingGemma2Model(config), processor, dtype=dtype)
    kinds = ("text", "image", "audio", "video")
    _write_layout(folder, pooling="mean", prompts=PROMPTS, transformer=_able(kinds))
    return folder


def qwen3_vl(folder: Path, *, dtype: torch.dtype = torch.float32) -> Path:
    """Qwen3-VL as an embedder: the last token of a chat turn, pictures and video, no sound."""
    special = [
        "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>",
        "<|image_pad|>", "<|video_pad|>",
    ]  # fmt: skip
    vocabulary = _numbered([*special, *sorted(pre_tokenizers.ByteLevel.alphabet())])
    tokenizer = transformers.Qwen2Tokenizer(
        vocab=vocabulary, merges=[], extra_special_tokens=special[1:], model_max_length=512
    )
    small_pictures = {"shortest_edge": 32 * 32 * 4, "longest_edge": 32 * 32 * 16}
    processor = transformers.Qwen3VLProcessor(
        image_processor=transformers.Qwen2VLImageProcessor(
            patch_size=16, merge_size=2, temporal_patch_size=2, size=small_pictures
        ),
        tokenizer=tokenizer,
        video_processor=transformers.Qwen3VLVideoProcessor(
            size={"shortest_edge": 32 * 32 * 4, "longest_edge": 32 * 32 * 32}
        ),
        chat_template=TURNS,
    )
    config = qwen3_vl_config(vocabulary, words=len(tokenizer), width=WIDTH)
    make = transformers.Qwen3VLForConditionalGeneration
    _save(folder, lambda: make(config), processor, dtype=dtype)
    instruction = "Represent the user's input."
    _write_layout(
        folder,
        pooling="lasttoken",
        prompts={"query": instruction, "document": instruction},
        transformer=_able(("text", "image", "video"))
        | {"processing_kwargs": {"chat_template": {"add_generation_prompt": True}}},
    )
    return folder


def siglip2(folder: Path, *, dtype: torch.dtype = torch.float32) -> Path:
    """SigLIP 2 (NaFlex) as it is published: a transformers checkpoint, no Sentence Transformers."""
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    vocabulary = _numbered([*special, *_characters(space="▁")])
    processor = transformers.Siglip2Processor(
        image_processor=transformers.Siglip2ImageProcessor(max_num_patches=16, patch_size=16),
        tokenizer=transformers.Siglip2Tokenizer(
            vocab=vocabulary, merges=[], model_max_length=64, padding_side="right"
        ),
    )
    small = {
        "hidden_size": WIDTH, "intermediate_size": 48, "num_hidden_layers": 2,
        "num_attention_heads": 2,
    }  # fmt: skip
    config = transformers.Siglip2Config(
        text_config={
            **small, "vocab_size": len(vocabulary), "max_position_embeddings": 64,
            "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 1,
        },
        vision_config={**small, "num_patches": 16, "patch_size": 16},
    )  # fmt: skip
    _save(folder, lambda: transformers.Siglip2Model(config), processor, dtype=dtype)
    return folder


def clip(folder: Path, *, dtype: torch.dtype = torch.float32) -> Path:
    """CLIP as it is published."""
    letters = list(string.ascii_lowercase + string.digits + "|.,;&:")
    special = ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = _numbered([*letters, *(f"{letter}</w>" for letter in letters), *special])
    processor = transformers.CLIPProcessor(
        image_processor=transformers.CLIPImageProcessor(
            size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
        ),
        tokenizer=transformers.CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=32),
    )
    small = {"intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
    ends = {"bos_token_id": vocabulary[special[0]], "eos_token_id": vocabulary[special[1]]}
    config = transformers.CLIPConfig(
        text_config={
            **small, **ends, "hidden_size": 32, "vocab_size": len(vocabulary),
            "max_position_embeddings": 32, "pad_token_id": ends["eos_token_id"],
        },
        vision_config={**small, "hidden_size": 32, "image_size": 32, "patch_size": 8},
        projection_dim=WIDTH,
    )  # fmt: skip
    _save(folder, lambda: transformers.CLIPModel(config), processor, dtype=dtype)
    return folder


def bert(folder: Path, *, dtype: torch.dtype = torch.float32) -> Path:
    """A plain text embedder with prompts and declared shorter dimensions."""
    letters = list(string.ascii_lowercase + string.digits + string.punctuation)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = _numbered([*special, *letters, *(f"##{letter}" for letter in letters)])
    tokenizer = transformers.BertTokenizer(vocab=vocabulary, model_max_length=64)
    config = transformers.BertConfig(
        vocab_size=len(vocabulary), hidden_size=WIDTH, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=2, max_position_embeddings=64, matryoshka_dimensions=[12, 6, WIDTH],
    )  # fmt: skip
    _save(folder, lambda: transformers.BertModel(config), tokenizer, dtype=dtype)
    _write_layout(folder, pooling="mean", prompts={"query": "query: ", "document": "passage: "})
    return folder


def _able(kinds: tuple[str, ...]) -> dict[str, Any]:
    """What `sentence_bert_config.json` of a multimodal model says."""
    how = {"method": "forward", "method_output_name": "last_hidden_state"}
    return {
        "transformer_task": "feature-extraction",
        "modality_config": dict.fromkeys(kinds, how) | {"message": {**how, "format": "structured"}},
        "module_output_name": "token_embeddings",
    }


def _numbered(tokens: list[str]) -> dict[str, int]:
    return {token: number for number, token in enumerate(dict.fromkeys(tokens))}


def _characters(*, space: str) -> list[str]:
    return [space, *string.ascii_letters, *string.digits, *string.punctuation]


def _save(folder: Path, make: Callable[[], Any], processor: Any, *, dtype: torch.dtype) -> None:
    """Random weights that depend on the seed alone; larger than usual, so that inputs differ."""
    state = torch.random.get_rng_state()
    torch.manual_seed(11)
    model = make()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(std=0.2)
    torch.random.set_rng_state(state)
    model.eval().to(dtype).save_pretrained(folder)
    processor.save_pretrained(folder)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Random weights\n", "utf-8")


def _write_layout(
    folder: Path,
    *,
    pooling: str,
    prompts: dict[str, str],
    transformer: dict[str, Any] | None = None,
) -> None:
    """The files that make a transformers checkpoint one of Sentence Transformers."""
    kinds = {
        "": "sentence_transformers.base.modules.transformer.Transformer",
        "1_Pooling": "sentence_transformers.sentence_transformer.modules.pooling.Pooling",
        "2_Normalize": "sentence_transformers.base.modules.normalize.Normalize",
    }
    modules = [
        {"idx": number, "name": str(number), "path": path, "type": kind}
        for number, (path, kind) in enumerate(kinds.items())
    ]
    _write(folder / "modules.json", modules)
    _write(folder / "sentence_bert_config.json", transformer or {})
    _write(folder / "config_sentence_transformers.json", {"prompts": prompts})
    _write(
        folder / "1_Pooling/config.json", {"embedding_dimension": WIDTH, "pooling_mode": pooling}
    )
    (folder / "2_Normalize").mkdir(exist_ok=True)


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
