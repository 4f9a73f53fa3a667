"""Builds tiny rerankers with random weights: true architectures, true processors, true layout."""

import json
import string
from pathlib import Path
from typing import Any

import torch
import transformers
from sentence_transformers.base.modules import Dense
from tokenizers import pre_tokenizers

from tests.models.tiny_torch import qwen3_vl_config

WIDTH = 24
TRANSFORMER = "sentence_transformers.base.modules.transformer.Transformer"
POOLING = "sentence_transformers.sentence_transformer.modules.pooling.Pooling"
DENSE = "sentence_transformers.base.modules.dense.Dense"
LOGIT_SCORE = "sentence_transformers.cross_encoder.modules.logit_score.LogitScore"
RERANKER = (
    "<|im_start|>system\nJudge the Document.<|im_end|>\n<|im_start|>user\n<Instruct>: "
    "{{ messages | selectattr('role', 'eq', 'system') | map(attribute='content') | first"
    " | default('Find it.') }}"
    "{% for message in messages if message['role'] != 'system' %}<{{ message['role'] }}>:"
    "{% for part in message['content'] %}{% if part['type'] == 'text' %}{{ part['text'] }}"
    "{% elif part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% endif %}{% endfor %}{% endfor %}<|im_end|>\n<|im_start|>assistant\n"
)
"""Carries both sides of a pair, as a reranker's own template does."""
SHORT_TURNS = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)


def bert(folder: Path, *, labels: int = 1, base: bool = False) -> Path:
    """As `cross-encoder/ms-marco-MiniLM-L6-v2` is published."""
    letters = list(string.ascii_lowercase + string.digits + string.punctuation)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = _numbered([*special, *letters, *(f"##{letter}" for letter in letters)])
    tokenizer = transformers.BertTokenizer(vocab=vocabulary, model_max_length=64)
    config = transformers.BertConfig(
        vocab_size=len(vocabulary), hidden_size=WIDTH, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=2, max_position_embeddings=64, num_labels=labels,
        sentence_transformers={"activation_fn": "torch.nn.modules.linear.Identity"},
    )  # fmt: skip
    make = transformers.BertModel if base else transformers.BertForSequenceClassification
    _save(folder, make, config, tokenizer)
    return folder


def pooled(folder: Path) -> Path:
    """An encoder, its pooling and a dense head as modules, as newer rerankers are published."""
    bert(folder, base=True)
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": TRANSFORMER},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": POOLING},
        {"idx": 2, "name": "2", "path": "2_Dense", "type": DENSE},
    ]
    _write(folder / "modules.json", modules)
    _write(folder / "sentence_bert_config.json", {})
    mean = {"embedding_dimension": WIDTH, "pooling_mode": "mean"}
    _write(folder / "1_Pooling/config.json", mean)
    with torch.random.fork_rng():
        torch.manual_seed(6)
        head = Dense(WIDTH, 1, activation_function=torch.nn.Identity(), module_output_name="scores")
    (folder / "2_Dense").mkdir()
    head.save(str(folder / "2_Dense"))
    _write(folder / "config_sentence_transformers.json", {"model_type": "CrossEncoder"})
    return folder


def xlm_roberta(folder: Path) -> Path:
    """As `BAAI/bge-reranker-v2-m3` is published; its tokenizer says no limit of its own."""
    vocabulary = [(each, 0.0) for each in ("<s>", "<pad>", "</s>", "<unk>")]
    vocabulary += [(each, -1.0) for each in ("▁", *string.ascii_letters, *string.digits, "<", ">")]
    vocabulary.append(("<mask>", 0.0))
    tokenizer = transformers.XLMRobertaTokenizer(vocab=vocabulary)
    config = transformers.XLMRobertaConfig(
        vocab_size=len(tokenizer), hidden_size=WIDTH, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=2, max_position_embeddings=66, num_labels=1, pad_token_id=1,
        type_vocab_size=1,
    )  # fmt: skip
    _save(folder, transformers.XLMRobertaForSequenceClassification, config, tokenizer)
    return folder


def qwen3(folder: Path) -> Path:
    """A text-only causal reranker with a chat template of plain texts (Qwen3-Reranker's kind)."""
    tokenizer, vocabulary = _qwen_tokenizer(SHORT_TURNS)
    config = transformers.Qwen3Config(
        vocab_size=len(vocabulary), hidden_size=WIDTH, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, head_dim=16, max_position_embeddings=512,
        tie_word_embeddings=True,
    )  # fmt: skip
    _save(folder, transformers.Qwen3ForCausalLM, config, tokenizer)
    _write_layout(folder, vocabulary, task="text-generation", kinds=("text",), form="flat")
    return folder


def qwen3_vl(folder: Path) -> Path:
    """Qwen3-VL-Reranker as Sentence Transformers loads it: log-odds of yes at the last token."""
    tokenizer, vocabulary = _qwen_tokenizer(None)
    small = {"shortest_edge": 32 * 32 * 4, "longest_edge": 32 * 32 * 16}
    processor = transformers.Qwen3VLProcessor(
        image_processor=transformers.Qwen2VLImageProcessor(
            patch_size=16, merge_size=2, temporal_patch_size=2, size=small
        ),
        tokenizer=tokenizer,
        video_processor=transformers.Qwen3VLVideoProcessor(size=small),
        chat_template={"default": "{{ messages }}", "reranker": RERANKER},
    )
    config = qwen3_vl_config(
        vocabulary, words=len(vocabulary), width=WIDTH, tie_word_embeddings=True
    )
    _save(folder, transformers.Qwen3VLForConditionalGeneration, config, processor)
    kinds = ("text", "image", "video")
    _write_layout(folder, vocabulary, task="any-to-any", kinds=kinds, form="structured")
    return folder


def _qwen_tokenizer(template: str | None) -> tuple[Any, dict[str, int]]:
    special = [
        "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>",
        "<|image_pad|>", "<|video_pad|>",
    ]  # fmt: skip
    words = [*special, *sorted(pre_tokenizers.ByteLevel.alphabet()), "yes", "no"]
    vocabulary = _numbered(words)
    tokenizer = transformers.Qwen2Tokenizer(
        vocab=vocabulary, merges=[], extra_special_tokens=special[1:], model_max_length=512,
        chat_template=template,
    )  # fmt: skip
    return tokenizer, vocabulary


def _numbered(tokens: list[str]) -> dict[str, int]:
    return {token: number for number, token in enumerate(dict.fromkeys(tokens))}


def _save(folder: Path, make: Any, config: Any, processor: Any) -> None:
    """Random weights that depend on the seed alone; larger than usual, so that inputs differ."""
    state = torch.random.get_rng_state()
    torch.manual_seed(5)
    model = make(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(std=0.2)
    torch.random.set_rng_state(state)
    model.eval().save_pretrained(folder)
    processor.save_pretrained(folder)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Random weights\n", "utf-8")


def _write_layout(
    folder: Path, vocabulary: dict[str, int], *, task: str, kinds: tuple[str, ...], form: str
) -> None:
    how = {"method": "forward", "method_output_name": "logits"}
    said: dict[str, Any] = {
        "transformer_task": task,
        "modality_config": dict.fromkeys(kinds, how) | {"message": {**how, "format": form}},
        "module_output_name": "causal_logits",
    }
    if form == "structured":
        said["processing_kwargs"] = {"chat_template": {"chat_template": "reranker"}}
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": TRANSFORMER},
        {"idx": 1, "name": "1", "path": "1_LogitScore", "type": LOGIT_SCORE},
    ]
    yes_no = {"true_token_id": vocabulary["yes"], "false_token_id": vocabulary["no"]}
    _write(folder / "modules.json", modules)
    _write(folder / "sentence_bert_config.json", said)
    _write(folder / "1_LogitScore/config.json", yes_no)
    _write(
        folder / "config_sentence_transformers.json",
        {
            "model_type": "CrossEncoder",
            "prompts": {"web": "Retrieve what was asked for."},
            "default_prompt_name": "web",
            "activation_fn": "torch.nn.modules.activation.Sigmoid",
        },
    )


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
