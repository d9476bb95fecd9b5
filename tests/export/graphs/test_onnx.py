"""Written graphs compute what their modules do, with nodes that every runtime supports."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

torch = pytest.importorskip("torch")

import torch.nn.functional as F  # noqa: E402
from torch import Tensor, nn  # noqa: E402

from export.graphs.onnx import OPSET, write_onnx  # noqa: E402
from puppet.models.learned_graphs import ModuleGraph, graphs_of  # noqa: E402
from tests.support.made_packs import TEXTS, model_of, pictures  # noqa: E402

SHAPE_ARITHMETIC = {"Shape", "Range", "ConstantOfShape", "Expand", "EyeLike", "NonZero", "Loop", "If"}
"""Operators that a graph of fixed sizes does not need; on a GPU each of them runs on the CPU and delays the frame."""


class Sampler(nn.Module):
    def forward(self, picture: Tensor, grid: Tensor) -> Tensor:
        return F.grid_sample(picture, grid, padding_mode="zeros", align_corners=True)


class Stretch(nn.Module):
    def __init__(self, size: tuple[int, int], aligned: bool) -> None:
        super().__init__()
        self.size, self.aligned = size, aligned

    def forward(self, x: Tensor) -> Tensor:
        return F.interpolate(x, size=self.size, mode="bilinear", align_corners=self.aligned)


class Norm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(3)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.norm(x)
        return y


def run(path: Path, **inputs: Tensor) -> Tensor:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    out: Tensor = torch.from_numpy(session.run(["out"], {name: value.numpy() for name, value in inputs.items()})[0])
    return out


@pytest.mark.parametrize("size", [(8, 8), (5, 5), (6, 9)])
def test_sampling_without_aligned_corners_is_the_same_inside_and_outside(size: tuple[int, int], tmp_path: Path) -> None:
    torch.manual_seed(0)
    picture = torch.rand(2, 3, *size)
    near, far = 2.6 * torch.rand(2, 40, 40, 2) - 1.3, 20 * torch.rand(2, 40, 40, 2) - 10
    edge = torch.tensor([-1.0, 1.0])[torch.randint(0, 2, (2, 40, 40, 2))] * (1 + 2e-3 * torch.rand(2, 40, 40, 2))
    path = tmp_path / "sampler.onnx"
    write_onnx(ModuleGraph("sampler", Sampler(), {"picture": picture, "grid": near}, ("out",)), path)
    (node,) = [node for node in onnx.load(str(path)).graph.node if node.op_type == "GridSample"]
    aligned = next(attribute.i for attribute in node.attribute if attribute.name == "align_corners")
    assert aligned == (size[0] != size[1])
    for grid in (near, far, edge):
        torch.testing.assert_close(run(path, picture=picture, grid=grid), Sampler()(picture, grid), atol=1e-5, rtol=0)


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("size", [(8, 8), (32, 20), (5, 3), (1, 7)])
@pytest.mark.parametrize("channels", [1, 4, 32])
def test_resizing_by_products_is_the_same(channels: int, size: tuple[int, int], aligned: bool, tmp_path: Path) -> None:
    torch.manual_seed(0)
    module, x, path = Stretch(size, aligned), torch.randn(2, channels, 8, 6), tmp_path / "stretch.onnx"
    write_onnx(ModuleGraph("stretch", module, {"x": x}, ("out",)), path)
    found = {node.op_type for node in onnx.load(str(path)).graph.node}
    assert ("MatMul" in found) == (channels < 32)
    torch.testing.assert_close(run(path, x=x), module(x), atol=1e-5, rtol=0)


def test_a_module_is_written_and_left_in_eval_mode(tmp_path: Path) -> None:
    module = Norm().train()
    module.norm.running_mean = torch.tensor([1.0, 2.0, 3.0])
    x = torch.randn(1, 3, 4, 4)
    write_onnx(ModuleGraph("norm", module, {"x": x}, ("out",)), tmp_path / "norm.onnx")
    assert not module.norm.training
    torch.testing.assert_close(run(tmp_path / "norm.onnx", x=x), module(x), atol=1e-5, rtol=0)


@pytest.mark.parametrize("family", list(TEXTS))
def test_graphs_hold_only_nodes_that_a_gpu_runs_too(family: str, tmp_path: Path) -> None:
    example = torch.from_numpy(pictures(1)[0])
    for graph in graphs_of(model_of(family, tmp_path), example):
        path = tmp_path / f"{graph.name}.onnx"
        write_onnx(graph, path)
        model = onnx.load(str(path))
        assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", OPSET)]
        assert {node.domain for node in model.graph.node} == {""}
        assert not {node.op_type for node in model.graph.node} & SHAPE_ARITHMETIC
        assert not [value for value in model.graph.initializer if value.external_data]
        assert 16 <= OPSET <= 19  # GridSample's on ONNX Runtime's CUDA provider
        inputs = {value.name for value in model.graph.input}
        assert inputs <= set(graph.inputs)
        assert [value.name for value in model.graph.output] == list(graph.outputs)
        assert all(np.isfinite(onnx.numpy_helper.to_array(value)).all() for value in model.graph.initializer)
