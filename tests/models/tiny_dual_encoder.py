"""Builds a dual encoder with random weights: the smallest folder that `onnx:` can load."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

WORDS = ("[PAD]", "[UNK]", "a", "red", "mug", "phone", "case", "with", "number", "product", "x")
WIDTH = 16
SIZE = 8
SETTINGS = """
summary = "Random weights."
licence = "Apache-2.0"
dimensions = [16, 8]

[image]
size = 8
fit = "pad"
mean = [0.5, 0.4, 0.3]
std = [0.2, 0.2, 0.2]

[text]
max_tokens = 12
query_prompt = "a "
"""


def build(folder: Path, *, settings: str = SETTINGS) -> Path:
    """Write a complete folder; the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "margay.toml").write_text(settings, encoding="utf-8")
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    random = np.random.default_rng(7)
    table = random.normal(size=(len(WORDS), WIDTH)).astype(np.float32)
    weight = random.normal(size=(3 * SIZE * SIZE, WIDTH)).astype(np.float32)
    _write_text(folder / "text.onnx", table)
    _write_image(folder / "image.onnx", weight)
    return folder


def _write_text(path: Path, table: np.ndarray) -> None:
    """Token ids and mask to the sum of the rows that the mask keeps."""
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "one"], ["weights"]),
        helper.make_node("MatMul", ["weights", "rows"], ["sum"]),
        helper.make_node("Squeeze", ["sum", "one"], ["vectors"]),
    ]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "length"])
        for name in ("input_ids", "attention_mask")
    ]
    _save(path, nodes, inputs, {"table": table, "one": np.array([1], dtype=np.int64)})


def _write_image(path: Path, weight: np.ndarray) -> None:
    """Flattened pixels times one matrix."""
    nodes = [
        helper.make_node("Flatten", ["pixels"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weight"], ["vectors"]),
    ]
    inputs = [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", 3, SIZE, SIZE])]
    _save(path, nodes, inputs, {"weight": weight})


def _save(
    path: Path,
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto],
    weights: dict[str, np.ndarray],
) -> None:
    output = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n", WIDTH])
    stored = [numpy_helper.from_array(values, name) for name, values in weights.items()]
    graph = helper.make_graph(nodes, path.stem, inputs, [output], stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 10
    onnx.save(model, str(path))
