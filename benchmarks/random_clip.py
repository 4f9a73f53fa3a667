"""A CLIP ViT-B/32 with random weights: no download, and the true cost of every multiplication."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path
from typing import Any

CACHE = Path("build/bench/clip-vit-b32")
WORDS = (
    "a", "an", "and", "apron", "bag", "black", "blue", "bottle", "bowl", "brass", "case", "chair",
    "cotton", "cup", "cushion", "dark", "desk", "dress", "for", "glass", "green", "grey", "hand",
    "in", "jacket", "kitchen", "lamp", "leather", "light", "linen", "long", "mug", "oak", "of",
    "old", "orange", "phone", "pink", "print", "red", "scarf", "shirt", "shoes", "short", "silk",
    "small", "sofa", "steel", "table", "the", "travel", "wall", "watch", "white", "with", "wool",
)  # fmt: skip
"""What texts are made of; each is one token."""
_SIDE = 224
_DONE = "complete"


def build(folder: Path = CACHE) -> Path:
    """The folder of the checkpoint and of its ONNX export, in the hub's layout; made once."""
    if (folder / _DONE).is_file():
        return folder
    # Only those who measure pay for loading torch.
    import torch
    import transformers

    shutil.rmtree(folder, ignore_errors=True)
    (folder / "onnx").mkdir(parents=True)
    torch.manual_seed(0)
    vocabulary, merges = _vocabulary()
    start, end = len(vocabulary) - 2, len(vocabulary) - 1
    text = {"vocab_size": len(vocabulary), "bos_token_id": start, "eos_token_id": end}
    config = transformers.CLIPConfig(text_config=text | {"pad_token_id": end})
    config._attn_implementation = "eager"
    model = transformers.CLIPModel(config).eval()
    model.save_pretrained(folder)
    tokenizer = transformers.CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=77)
    tokenizer.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(_pictures()), "utf-8")
    ids = torch.tensor([[start, 3, 4, end]])
    mask = torch.ones_like(ids)
    _export(model, folder, "text", {"input_ids": ids, "attention_mask": mask})
    _export(model, folder, "vision", {"pixel_values": torch.zeros((1, 3, _SIDE, _SIDE))})
    (folder / _DONE).touch()
    return folder


def _export(model: Any, folder: Path, tower: str, inputs: dict[str, Any]) -> None:
    import torch

    class Tower(torch.nn.Module):  # type: ignore[misc] # torch is not followed, and Any here
        def forward(self, *arrays: Any) -> Any:
            if tower == "text":
                whole = model.get_text_features(input_ids=arrays[0], attention_mask=arrays[1])
            else:
                whole = model.get_image_features(pixel_values=arrays[0])
            return whole.pooler_output

    output = "text_embeds" if tower == "text" else "image_embeds"
    axes = {name: {0: "n"} | ({1: "length"} if each.ndim == 2 else {})
            for name, each in inputs.items()}  # fmt: skip
    with warnings.catch_warnings():
        # The exporter by tracing, which needs no further package, announces that it is old.
        warnings.simplefilter("ignore")
        wrapped = Tower().eval()
        wrapped.model = model
        torch.onnx.export(
            wrapped,
            tuple(inputs.values()),
            str(folder / "onnx" / f"{tower}_model.onnx"),
            input_names=list(inputs),
            output_names=[output],
            dynamic_axes=axes | {output: {0: "n"}},
            opset_version=18,
            dynamo=False,
        )


def _vocabulary() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Letters, the words as chains of merges, and the two marks; with the merges."""
    letters = [chr(code) for code in range(ord("!"), ord("~") + 1)]
    tokens = dict.fromkeys([*letters, *(f"{letter}</w>" for letter in letters)])
    merges: dict[tuple[str, str], None] = {}
    for word in WORDS:
        pieces = [*word[:-1], f"{word[-1]}</w>"]
        whole = pieces[0]
        for piece in pieces[1:]:
            merges[(whole, piece)] = None
            whole += piece
            tokens[whole] = None
    names = [*tokens, "<|startoftext|>", "<|endoftext|>"]
    return {name: place for place, name in enumerate(names)}, list(merges)


def _pictures() -> dict[str, Any]:
    """What CLIP does to a picture."""
    return {
        "image_processor_type": "CLIPImageProcessor",
        "processor_class": "CLIPProcessor",
        "do_resize": True,
        "size": {"shortest_edge": _SIDE},
        "resample": 3,
        "do_center_crop": True,
        "crop_size": {"height": _SIDE, "width": _SIDE},
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "do_convert_rgb": True,
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
    }
