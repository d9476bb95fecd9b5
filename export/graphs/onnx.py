"""A traced module becomes an .onnx file, checked by ONNX itself. Needs the extra `torch`."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from torch import Tensor, nn

OPSET = 17
"""GridSample runs on ONNX Runtime's CPU and CUDA providers for 16 to 19; 20 and later fell back to the CPU silently."""


_Weights: TypeAlias = Callable[[int, int], NDArray[np.float32]]
_FEW_CHANNELS = 8
"""Below the number that fills a processor's register."""


def write_onnx(
    module: nn.Module,
    inputs: Sequence[Tensor],
    path: Path,
    names: Sequence[str],
    outputs: Sequence[str],
    baked: bool = True,
    stretched: bool = True,
) -> None:
    """Trace a module in eval mode and write it.

    Args:
        module: takes `inputs`, gives one tensor for each of `outputs`.
        inputs: examples, whose shapes and types become the graph's.
        path: of the file.
        names: of the inputs.
        outputs: names of the outputs.
        baked: what depends on no input is computed now; else every runtime does it on loading, from a smaller file.
        stretched: with `stretch_by_products`, if baked; the matrices make the file larger.
    """
    with warnings.catch_warnings():
        # The tracing exporter is deprecated but folds batch normalisation and needs no further package.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),  # the exporter leaves a module, and all inside it, in the mode of the outermost
            tuple(inputs),
            str(path),
            input_names=list(names),
            output_names=list(outputs),
            opset_version=OPSET,
            dynamo=False,
        )
    graph = onnx.load(str(path))
    sample_unaligned(graph)
    onnx.save(graph, str(path))
    if baked:
        graph = folded(path)
        if stretched:
            stretch_by_products(graph)  # all sizes are known now
        onnx.checker.check_model(graph, full_check=True)
        onnx.save(graph, str(path))


def folded(path: Path) -> onnx.ModelProto:
    """The graph with everything computed that does not depend on inputs, like coordinate grids; only ONNX's own nodes.

    Raises:
        onnx.checker.ValidationError: it is no sound graph.
    """
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path.with_suffix(".folded"))
    options.intra_op_num_threads = 1  # nothing is run
    options.log_severity_level = 3
    onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    graph = onnx.load(options.optimized_model_filepath)
    Path(options.optimized_model_filepath).unlink()
    kept = [opset for opset in graph.opset_import if opset.domain == ""]  # ONNX Runtime names every one it knows
    del graph.opset_import[:]
    graph.opset_import.extend(kept)
    onnx.checker.check_model(graph, full_check=True)
    return graph


def sample_unaligned(model: onnx.ModelProto) -> None:
    """Rewrite every GridSample(align_corners=1) with zeros outside as align_corners=0 on a scaled grid, in place.

    The place of x in a row of W pixels is (x + 1)(W − 1)/2 with aligned corners and ((x + 1)W − 1)/2 without, so
    x·(W − 1)/W without is the very place of x with, inside the picture and outside; zero padding looks at places only.
    ONNX Runtime is three times faster at it. Pictures that are not square are left alone.
    """
    sizes = {name: shape[2] for name, shape in _shapes(model).items() if shape[2] == shape[3] > 0}
    nodes = []
    for node in model.graph.node:
        flags = {attribute.name: attribute for attribute in node.attribute}
        side = sizes.get(node.input[0]) if node.op_type == "GridSample" else None
        if side and flags["align_corners"].i == 1 and flags["padding_mode"].s in (b"", b"zeros"):
            scale, scaled = f"{node.name}_scale", f"{node.name}_grid"
            model.graph.initializer.append(numpy_helper.from_array(np.array((side - 1) / side, np.float32), scale))
            nodes.append(helper.make_node("Mul", [node.input[1], scale], [scaled], f"{node.name}_Mul"))
            node.input[1] = scaled
            flags["align_corners"].i = 0
        nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def stretch_by_products(model: onnx.ModelProto) -> None:
    """Rewrite every bilinear Resize of a few channels as two products with constant matrices, in place: A·x·Bᵀ.

    Engines make Resize quick by taking many channels at once; for a mask or a flow a product is several times quicker.
    """
    shapes = _shapes(model)
    nodes, matrices = [], {}
    for node in model.graph.node:
        stretch = _stretch(node, shapes)
        if stretch is None:
            nodes.append(node)
            continue
        weights, (high, wide), (higher, wider) = stretch
        rows, columns = f"{weights.__name__}_{high}_{higher}", f"{weights.__name__}_{wide}_{wider}_turned"
        matrices[rows], matrices[columns] = weights(high, higher), weights(wide, wider).T.copy()
        half = f"{node.name}_half"
        nodes.append(helper.make_node("MatMul", [rows, node.input[0]], [half], f"{node.name}_MatMul_rows"))
        nodes.append(helper.make_node("MatMul", [half, columns], [node.output[0]], f"{node.name}_MatMul_columns"))
    model.graph.initializer.extend(numpy_helper.from_array(matrix, name) for name, matrix in matrices.items())
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _stretch(
    node: onnx.NodeProto, shapes: Mapping[str, tuple[int, ...]]
) -> tuple[_Weights, tuple[int, ...], tuple[int, ...]] | None:
    """What weighs a Resize's pixels, and (height, width) before and after; None: it stays what it is."""
    flags = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    weights = _WEIGHTS.get(flags.get("coordinate_transformation_mode", b"half_pixel"))
    if node.op_type != "Resize" or flags.get("mode") != b"linear" or flags.get("antialias") or weights is None:
        return None
    small, large = shapes.get(node.input[0]), shapes.get(node.output[0])
    if small is None or large is None or 0 in (*small, *large) or small[1] > _FEW_CHANNELS:
        return None
    return weights, small[2:], large[2:]


def _linear(places: NDArray[np.float64], count: int) -> NDArray[np.float32]:
    """(places, count): how much each of `count` pixels in a row gives to what lies at a place between them."""
    places = places.clip(0, count - 1)[:, None]
    return (1 - np.abs(places - np.arange(count))).clip(0, 1).astype(np.float32)


def _aligned(count: int, wanted: int) -> NDArray[np.float32]:
    return _linear(np.linspace(0, count - 1, wanted), count)


def _centred(count: int, wanted: int) -> NDArray[np.float32]:
    return _linear((np.arange(wanted) + 0.5) * count / wanted - 0.5, count)


_WEIGHTS: dict[bytes, _Weights] = {b"align_corners": _aligned, b"half_pixel": _centred, b"pytorch_half_pixel": _centred}


def _shapes(model: onnx.ModelProto) -> dict[str, tuple[int, ...]]:
    """Tensors of four axes, a length of 0 where it is not known."""
    inferred = onnx.shape_inference.infer_shapes(model).graph
    shapes: dict[str, tuple[int, ...]] = {}
    for value in [*inferred.value_info, *inferred.input, *inferred.output]:
        shape = tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
        if len(shape) == 4:
            shapes[value.name] = shape
    return shapes
