"""Builds tiny CLIP and SigLIP 2 models with random weights and exports them as the hub has them."""

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.float16 import convert_float_to_float16
from tokenizers import pre_tokenizers
from transformers import (
    CLIPConfig,
    CLIPModel,
    CLIPProcessor,
    CLIPTokenizer,
    Siglip2Tokenizer,
    SiglipConfig,
    SiglipModel,
    SiglipProcessor,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

SIDE = 32
PATCH = 8
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,;&"
TOWER = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}


@dataclass(frozen=True, slots=True)
class Reference:
    """The torch model and its own processor."""

    model: Any
    processor: Any
    folder: Path

    def texts(self, texts: list[str], **options: Any) -> torch.Tensor:
        """Vectors of length 1, one text at a time."""
        made = [
            self.model.get_text_features(
                **self.processor(text=[text], return_tensors="pt", truncation=True, **options)
            ).pooler_output
            for text in texts
        ]
        return _unit(torch.cat(made))

    def pictures(self, pictures: list[Any]) -> torch.Tensor:
        """Vectors of length 1."""
        inputs = self.processor.image_processor(images=pictures, return_tensors="pt")
        return _unit(self.model.get_image_features(**inputs).pooler_output)


def clip(folder: Path) -> Reference:
    """CLIP: shortest edge and crop, bicubic; end mark found inside the graph; a causal mask."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [*alphabet, *(f"{letter}</w>" for letter in alphabet), "re", "red</w>"]
    vocabulary = {word: place for place, word in enumerate(words)}
    start, end = len(words), len(words) + 1
    vocabulary |= {"<|startoftext|>": start, "<|endoftext|>": end}
    tokenizer = CLIPTokenizer(
        vocab=vocabulary, merges=[("r", "e"), ("re", "d</w>")], model_max_length=77
    )
    text = {**TOWER, "vocab_size": end + 1, "max_position_embeddings": 77}
    text |= {"bos_token_id": start, "eos_token_id": end, "pad_token_id": end}
    torch.manual_seed(3)
    model = CLIPModel(
        CLIPConfig(
            text_config=text,
            vision_config={**TOWER, "image_size": SIDE, "patch_size": PATCH},
            projection_dim=24,
        )
    ).eval()
    processor = CLIPImageProcessorPil(
        size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}
    )
    return _export(
        folder,
        Reference(_spread(model), CLIPProcessor(processor, tokenizer), folder),
        ids=torch.tensor([[start, 3, 4, end]]),
        masked=True,
        outputs=("text_embeds", "image_embeds"),
    )


def siglip2(folder: Path) -> Reference:
    """SigLIP 2 of fixed resolution: stretched, bilinear; lower case, padded to 64, no mask.

    As on the hub its tokenizer file does not lower the case; only `do_lower_case` says so.
    """
    words = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "▁", *LETTERS, "re", "red"]
    tokenizer = Siglip2Tokenizer(
        vocab={word: place for place, word in enumerate(words)},
        merges=[("r", "e"), ("re", "d")],
        add_bos_token=False,
        add_eos_token=True,
        padding_side="right",
        model_input_names=["input_ids"],
        model_max_length=64,
    )
    torch.manual_seed(4)
    model = SiglipModel(
        SiglipConfig(
            text_config={
                **TOWER,
                "vocab_size": len(words),
                "max_position_embeddings": 64,
                "bos_token_id": 2,
                "eos_token_id": 1,
                "pad_token_id": 0,
            },
            vision_config={**TOWER, "image_size": SIDE, "patch_size": PATCH},
        )
    ).eval()
    processor = SiglipImageProcessorPil(size={"height": SIDE, "width": SIDE}, resample=2)
    reference = _export(
        folder,
        Reference(_spread(model), SiglipProcessor(processor, tokenizer), folder),
        ids=torch.zeros((1, 64), dtype=torch.int64),
        masked=False,
        outputs=("pooler_output", "pooler_output"),
    )
    change(folder / "tokenizer.json", normalizer=_gemma_normalizer())
    change(folder / "tokenizer_config.json", tokenizer_class="GemmaTokenizer", do_lower_case=True)
    return reference


def change(path: Path, **values: Any) -> None:
    """Set keys of a JSON file; None removes one."""
    whole = json.loads(path.read_text(encoding="utf-8")) | values
    kept = {key: value for key, value in whole.items() if value is not None}
    path.write_text(json.dumps(kept), encoding="utf-8")


def halve(folder: Path) -> None:
    """Add float16 files; pictures go in and vectors come out as float16 too."""
    for tower in ("text_model", "vision_model"):
        model = onnx.load(str(folder / "onnx" / f"{tower}.onnx"))
        half = convert_float_to_float16(model, keep_io_types=False)
        onnx.save(half, str(folder / "onnx" / f"{tower}_fp16.onnx"))


def quantise(folder: Path) -> None:
    """Add files whose matrices are 8-bit integers."""
    for tower in ("text_model", "vision_model"):
        source = folder / "onnx" / f"{tower}.onnx"
        quantize_dynamic(
            source, folder / "onnx" / f"{tower}_quantized.onnx", weight_type=QuantType.QUInt8
        )


def split(folder: Path) -> None:
    """Move the weights of the plain files beside them, as exports beyond two gigabytes do."""
    for tower in ("text_model", "vision_model"):
        path = folder / "onnx" / f"{tower}.onnx"
        model = onnx.load(str(path))
        path.unlink()
        onnx.save(
            model,
            str(path),
            save_as_external_data=True,
            location=f"{tower}.onnx_data",
            size_threshold=0,
        )


def _gemma_normalizer() -> dict[str, Any]:
    return {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}


def _spread(model: torch.nn.Module) -> torch.nn.Module:
    """Weights large enough that different contents give clearly different vectors."""
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim > 1:
                weight.normal_(std=0.3)
    return model


def _unit(vectors: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(vectors.detach(), dim=1)


class _Text(torch.nn.Module):
    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        return self.model.get_text_features(input_ids=ids, attention_mask=mask).pooler_output


class _Vision(torch.nn.Module):
    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.model.get_image_features(pixel_values=pixels).pooler_output


def _export(
    folder: Path, reference: Reference, *, ids: torch.Tensor, masked: bool, outputs: tuple[str, str]
) -> Reference:
    """Write configuration, tokenizer, processor and both towers; the reference."""
    (folder / "onnx").mkdir(parents=True)
    reference.model.config.save_pretrained(folder)
    reference.processor.tokenizer.save_pretrained(folder)
    reference.processor.image_processor.save_pretrained(folder)
    text = {"input_ids": ids} | ({"attention_mask": torch.ones_like(ids)} if masked else {})
    _write(_Text(reference.model), folder / "onnx" / "text_model.onnx", text, outputs[0])
    pictures = {"pixel_values": torch.zeros((1, 3, SIDE, SIDE))}
    _write(_Vision(reference.model), folder / "onnx" / "vision_model.onnx", pictures, outputs[1])
    return reference


def _write(
    tower: torch.nn.Module, path: Path, inputs: dict[str, torch.Tensor], output: str
) -> None:
    axes = {name: {0: "n", 1: "length"} if array.ndim == 2 else {0: "n"}
            for name, array in inputs.items()}  # fmt: skip
    with warnings.catch_warnings():
        # The exporter by tracing, which needs no further package, announces that it is old.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            tower,
            tuple(inputs.values()),
            str(path),
            input_names=list(inputs),
            output_names=[output],
            dynamic_axes=axes | {output: {0: "n"}},
            opset_version=18,
            dynamo=False,
        )
