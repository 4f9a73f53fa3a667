"""Writes the trained towers as the ONNX files the repository ships."""

import shutil
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from models.pocket.training import config
from models.pocket.training.static_text import StaticText
from models.pocket.training.towers import Block, ImageTower, Towers

OPSET = 18
SETTINGS = """\
# How the pictures and texts of the pocket embedder are prepared; written by its training.
summary = "Small text and image embedder trained by this project; for trying and for tests."
licence = "Apache-2.0"
dimensions = {dimensions}

[image]
size = {size}
fit = "stretch"
mean = [{mean}, {mean}, {mean}]
std = [{std}, {std}, {std}]

[text]
max_tokens = 512
special_tokens = false
pad_id = 0
"""


class Graph:
    """An ONNX graph being written, one node after the other."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def constant(self, values: NDArray[np.generic]) -> str:
        """Store an array as it is; its name."""
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def half(self, values: NDArray[np.float32]) -> str:
        """Store an array in half precision; it is widened once, when the model is loaded."""
        stored = self.constant(values.astype(np.float16))
        return self.node("Cast", [stored], to=TensorProto.FLOAT)

    def node(self, kind: str, inputs: list[str], **attributes: object) -> str:
        """Append a node with one output; the name of that output."""
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def save(self, path: Path, inputs: list[onnx.ValueInfoProto], *, last: str) -> None:
        """Name the last node's output `vectors`, check the graph and write it."""
        output = helper.make_tensor_value_info(
            "vectors", TensorProto.FLOAT, ["n", config.DIMENSIONS[0]]
        )
        self.nodes.append(helper.make_node("Identity", [last], ["vectors"]))
        graph = helper.make_graph(self.nodes, path.stem, inputs, [output], self.weights)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="margay"
        )
        model.ir_version = 10
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, str(path))


def write_image(tower: ImageTower, path: Path) -> None:
    """`image.onnx`: float32 `[n, 3, 112, 112]` to `[n, 256]`, batch norm folded away."""
    graph = Graph()
    stem, _, *blocks = tower.layers
    last = graph.node("Relu", [write_convolution(graph, stem, "pixels")])
    for block in blocks:
        last = write_block(graph, block, last)
    axes = graph.constant(np.array([2, 3], dtype=np.int64))
    mean = graph.node("ReduceMean", [last, axes], keepdims=0)
    top = graph.node("ReduceMax", [last, axes], keepdims=0)
    both = graph.node("Concat", [mean, top], axis=1)
    weight = graph.half(tower.project.weight.numpy())
    bias = graph.constant(tower.project.bias.numpy())
    last = graph.node("Gemm", [both, weight, bias], transB=1)
    size = config.IMAGE_SIZE
    pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", 3, size, size])
    graph.save(path, [pixels], last=last)


def write_block(graph: Graph, block: nn.Module, inputs: str) -> str:
    """One residual block."""
    assert isinstance(block, Block)
    first = graph.node("Relu", [write_convolution(graph, block.first, inputs)])
    inner = write_convolution(graph, block.second, first)
    beside = inputs
    if isinstance(block.shortcut, nn.Sequential):
        pool, projection = block.shortcut
        if pool.stride > 1:
            beside = graph.node(
                "AveragePool",
                [inputs],
                kernel_shape=[pool.kernel_size] * 2,
                strides=[pool.stride] * 2,
                ceil_mode=1,
            )
        beside = write_convolution(graph, projection, beside)
    return graph.node("Relu", [graph.node("Add", [inner, beside])])


def write_convolution(graph: Graph, pair: nn.Module, inputs: str) -> str:
    """A convolution with the batch norm that follows it folded into its weights."""
    assert isinstance(pair, nn.Sequential)
    convolution, norm = pair
    factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    weight = (convolution.weight * factor[:, None, None, None]).contiguous().numpy()
    bias = (norm.bias - norm.running_mean * factor).numpy()
    edge = convolution.padding[0]
    return graph.node(
        "Conv",
        [inputs, graph.half(weight), graph.constant(bias)],
        kernel_shape=list(convolution.kernel_size),
        strides=list(convolution.stride),
        pads=[edge] * 4,
    )


def write_text(text: StaticText, change: NDArray[np.float32], path: Path) -> None:
    """`text.onnx`: token ids and mask `[n, length]` to `[n, 256]`, the mean of int8 rows."""
    table = text.table + text.table @ change
    scales = np.abs(table).max(1, keepdims=True) / 127
    graph = Graph()
    rows = graph.constant(np.rint(table / scales).astype(np.int8))
    steps = graph.constant(scales.astype(np.float32))
    whole = graph.node("Cast", [graph.node("Gather", [rows, "input_ids"])], to=TensorProto.FLOAT)
    tokens = graph.node("Mul", [whole, graph.node("Gather", [steps, "input_ids"])])
    mask = graph.node("Cast", ["attention_mask"], to=TensorProto.FLOAT)
    middle = graph.node("Unsqueeze", [mask, graph.constant(np.array([1], dtype=np.int64))])
    total = graph.node("MatMul", [middle, tokens])
    flat = graph.node("Squeeze", [total, graph.constant(np.array([1], dtype=np.int64))])
    axis = graph.constant(np.array([1], dtype=np.int64))
    last = graph.node("Div", [flat, graph.node("ReduceSum", [mask, axis], keepdims=1)])
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "length"])
        for name in ("input_ids", "attention_mask")
    ]
    graph.save(path, inputs, last=last)


def export(towers: Towers, text: StaticText, tokenizer: Path, out: Path) -> None:
    """Write all four files of an `onnx:` folder into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        write_image(towers.image, out / "image.onnx")
        write_text(text, towers.text.change.numpy(), out / "text.onnx")
    shutil.copyfile(tokenizer, out / "tokenizer.json")
    settings = SETTINGS.format(
        dimensions=list(config.DIMENSIONS),
        size=config.IMAGE_SIZE,
        mean=config.MEAN,
        std=config.STD,
    )
    (out / "margay.toml").write_text(settings, encoding="utf-8")
