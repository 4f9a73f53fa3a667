"""What a network takes and gives, and what becomes of one that fails."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from models.base import ModelError, OutOfMemory
from models.onnx_network import Network


def build(path: Path, *, kind: int = TensorProto.INT64, rows: int | str = "n") -> Network:
    """A network that gives ones in the shape that `shape` says, and ignores `mask`."""
    one = helper.make_tensor("one", TensorProto.FLOAT16, [1], [1.0])
    nodes = [
        helper.make_node("Cast", ["shape"], ["whole"], to=TensorProto.INT64),
        helper.make_node("ConstantOfShape", ["whole"], ["made"], value=one),
        helper.make_node("Identity", ["mask"], ["seen"]),
    ]
    inputs = [
        helper.make_tensor_value_info("shape", kind, [rows]),
        helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["m"]),
    ]
    outputs = [
        helper.make_tensor_value_info("seen", TensorProto.FLOAT, ["m"]),
        helper.make_tensor_value_info("made", TensorProto.FLOAT16, None),
    ]
    graph = helper.make_graph(nodes, "ones", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 10
    onnx.save(model, str(path))
    return Network(path, threads=1)


@pytest.fixture
def network(tmp_path: Path) -> Network:
    network = build(tmp_path / "ones.onnx", kind=TensorProto.INT32)
    network.take(inputs=("shape", "mask"), outputs=("absent", "made"))
    return network


MASK = np.zeros(1, dtype=np.float32)


def test_the_first_known_output_comes_as_float32(network: Network) -> None:
    made = network.run([np.array([2, 3], dtype=np.int64), MASK])
    assert made.dtype == np.float32
    np.testing.assert_array_equal(made, np.ones((2, 3)))


def test_a_batch_beyond_the_memory_is_out_of_memory(network: Network) -> None:
    with pytest.raises(OutOfMemory):
        network.run([np.array([2**30, 2**20], dtype=np.int64), MASK])


def test_another_failure_names_the_file(network: Network) -> None:
    with pytest.raises(ModelError, match=r"ones\.onnx does not run"):
        network.run([np.array([-2], dtype=np.int64), MASK])


def test_an_input_that_nobody_gives_is_refused(tmp_path: Path) -> None:
    network = build(tmp_path / "ones.onnx")
    with pytest.raises(ModelError, match="takes shape, mask; only shape can be given"):
        network.take(inputs=("shape",), outputs=("made",))


def test_an_output_that_is_not_there_is_refused(tmp_path: Path) -> None:
    network = build(tmp_path / "ones.onnx")
    with pytest.raises(ModelError, match="gives seen, made; none is text_embeds"):
        network.take(inputs=("shape", "mask"), outputs=("text_embeds",))


@pytest.mark.parametrize(("rows", "fixed"), [("n", None), (4, 4)])
def test_it_knows_which_lengths_the_export_fixed(
    tmp_path: Path, rows: int | str, fixed: int | None
) -> None:
    assert build(tmp_path / "ones.onnx", rows=rows).fixed(0, 0) == fixed


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(b"no graph")
    with pytest.raises(ModelError, match=r"x\.onnx does not load"):
        Network(tmp_path / "x.onnx", threads=1)


def test_weights_outside_the_folder_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\0" * 16)
    stolen = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4])
    stolen.data_location = TensorProto.EXTERNAL
    stolen.external_data.add(key="location", value="../secret")
    numbers = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in "xy"]
    node = helper.make_node("Add", ["x", "w"], ["y"])
    graph = helper.make_graph([node], "add", numbers[:1], numbers[1:], [stolen])
    path = tmp_path / "onnx" / "x.onnx"
    path.parent.mkdir()
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 10
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="escapes model directory"):
        Network(path, threads=1)
