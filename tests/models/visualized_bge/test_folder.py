"""What lies beside the checkpoint is needed too, and must be of the same model."""

import json
from pathlib import Path

import pytest

from models.base import ModelError
from models.visualized_bge import weights_file
from tests.models.visualized_bge.kit import opened


def test_a_folder_without_weights_or_with_too_many_is_refused(folder: Path) -> None:
    (folder / "second.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match=r"not several: made_up\.safetensors, second\.safetensors"):
        weights_file.find(folder)
    for path in folder.glob("*.safetensors"):
        path.unlink()
    with pytest.raises(ModelError, match=r"no \*\.safetensors and no \*\.pth"):
        opened(folder)


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("model_type", "gpt2", "model_type: 'gpt2' is not bert or xlm-roberta"),
        ("hidden_act", "gelu_new", "hidden_act"),
        ("vocab_size", "many", "vocab_size must be a whole number"),
        ("num_hidden_layers", 10**12, "num_hidden_layers must be"),
        ("num_hidden_layers", 3, "2 text layers, config.json says 3"),
        ("num_attention_heads", 3, "no multiple of num_attention_heads"),
        ("layer_norm_eps", 0, "layer_norm_eps"),
        ("pad_token_id", 4096, "pad_token_id must be below vocab_size"),
        ("max_position_embeddings", 197, "no room for a text beside 196 patches"),
        ("vocab_size", 999, r"word_embeddings.weight \[2048, 128\] instead of \[999, 128\]"),
        ("type_vocab_size", 1, "token_type_embeddings"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused_by_key(
    folder: Path, key: str, value: object, problem: str
) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    with pytest.raises(ModelError, match=problem):
        opened(folder)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("config.json", None, "config.json is missing"),
        ("config.json", "[", "config.json cannot be read"),
        ("config.json", "[]", "must be a JSON object"),
        ("tokenizer.json", None, "tokenizer.json is missing"),
        ("tokenizer.json", "{}", "tokenizer.json is not a tokenizer"),
    ],
)
def test_files_beside_the_checkpoint_are_needed_whole(
    folder: Path, name: str, content: str | None, problem: str
) -> None:
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_text(content)
    with pytest.raises(ModelError, match=problem):
        opened(folder)


def test_a_tokenizer_of_another_model_is_refused(folder: Path) -> None:
    path = folder / "tokenizer.json"
    tokenizer = json.loads(path.read_text())
    tokenizer["added_tokens"].append({**tokenizer["added_tokens"][0], "id": 2048, "content": "[X]"})
    tokenizer["model"]["vocab"]["[X]"] = 2048
    path.write_text(json.dumps(tokenizer))
    with pytest.raises(ModelError, match="has token 2048, the model only 2048"):
        opened(folder)
