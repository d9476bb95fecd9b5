"""Trace a module and write it as .onnx, checked by ONNX itself. Needs the extra `torch`."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from puppet.models.learned_graphs import ModuleGraph

OPSET = 17
"""On CUDA, ONNX Runtime runs GridSample at opsets 16 to 19; at 20 and later it falls back to the CPU silently."""

_Weights: TypeAlias = Callable[[int, int], NDArray[np.float32]]
_FEW_CHANNELS = 8
"""Number of channels that fills a CPU's vector register."""


def write_onnx(graph: ModuleGraph, path: Path, *, fold: bool = True, matmul_resize: bool = True) -> None:
    """Trace a graph's module, in eval mode afterwards, and write it.

    Args:
        graph: its example inputs set the shapes and types of the file's inputs.
        path: file to write.
        fold: compute now what depends on no input; otherwise every runtime does so on loading, from a smaller file.
        matmul_resize: apply `resize_by_matmul`, which enlarges the file; only with `fold`.
    """
    with warnings.catch_warnings():
        # The tracing exporter is deprecated, but it folds batch norms and needs no further package.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph.module.eval(),  # the exporter sets all submodules to the mode of the outermost
            tuple(graph.inputs.values()),
            str(path),
            input_names=list(graph.inputs),
            output_names=list(graph.outputs),
            opset_version=OPSET,
            dynamo=False,
        )
    model = onnx.load(str(path))
    unalign_grid_samples(model)
    onnx.save(model, str(path))
    if fold:
        model = fold_constants(path)
        if matmul_resize:
            resize_by_matmul(model)  # folding has made all sizes known
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, str(path))


def fold_constants(path: Path) -> onnx.ModelProto:
    """Compute everything that does not depend on inputs, like coordinate grids; the result has only standard nodes.

    Raises:
        onnx.checker.ValidationError: the graph is invalid.
    """
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path.with_suffix(".folded"))
    options.intra_op_num_threads = 1  # nothing is run
    options.log_severity_level = 3
    onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    graph = onnx.load(options.optimized_model_filepath)
    Path(options.optimized_model_filepath).unlink()
    kept = [opset for opset in graph.opset_import if opset.domain == ""]  # ONNX Runtime lists every domain it knows
    del graph.opset_import[:]
    graph.opset_import.extend(kept)
    onnx.checker.check_model(graph, full_check=True)
    return graph


def unalign_grid_samples(model: onnx.ModelProto) -> None:
    """Rewrite every GridSample(align_corners=1) with zero padding as align_corners=0 on a scaled grid, in place.

    In a row of W pixels, x lies at (x + 1)(W − 1)/2 with aligned corners and at ((x + 1)W − 1)/2 without. So
    x·(W − 1)/W without has the position of x with, inside the picture and outside. ONNX Runtime is three times faster
    at it. Only square pictures are rewritten.
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


def resize_by_matmul(model: onnx.ModelProto) -> None:
    """Rewrite every bilinear Resize of a few channels as two products with constant matrices, in place: A·x·Bᵀ.

    Runtimes vectorise Resize over channels; for a mask or a flow, with few of them, products are several times faster.
    """
    shapes = _shapes(model)
    nodes, matrices = [], {}
    for node in model.graph.node:
        resize = _bilinear_resize(node, shapes)
        if resize is None:
            nodes.append(node)
            continue
        weights, (high, wide), (higher, wider) = resize
        rows, columns = f"{weights.__name__}_{high}_{higher}", f"{weights.__name__}_{wide}_{wider}_turned"
        matrices[rows], matrices[columns] = weights(high, higher), weights(wide, wider).T.copy()
        half = f"{node.name}_half"
        nodes.append(helper.make_node("MatMul", [rows, node.input[0]], [half], f"{node.name}_MatMul_rows"))
        nodes.append(helper.make_node("MatMul", [half, columns], [node.output[0]], f"{node.name}_MatMul_columns"))
    model.graph.initializer.extend(numpy_helper.from_array(matrix, name) for name, matrix in matrices.items())
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _bilinear_resize(
    node: onnx.NodeProto, shapes: Mapping[str, tuple[int, ...]]
) -> tuple[_Weights, tuple[int, ...], tuple[int, ...]] | None:
    """Return the weights of a Resize and its sizes (height, width) before and after; None for a node to keep."""
    flags = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    weights = _WEIGHTS.get(flags.get("coordinate_transformation_mode", b"half_pixel"))
    if node.op_type != "Resize" or flags.get("mode") != b"linear" or flags.get("antialias") or weights is None:
        return None
    small, large = shapes.get(node.input[0]), shapes.get(node.output[0])
    if small is None or large is None or 0 in (*small, *large) or small[1] > _FEW_CHANNELS:
        return None
    return weights, small[2:], large[2:]


def _linear(places: NDArray[np.float64], count: int) -> NDArray[np.float32]:
    """Return the linear interpolation weights (places, count) of `count` pixels in a row at positions between them."""
    places = places.clip(0, count - 1)[:, None]
    return (1 - np.abs(places - np.arange(count))).clip(0, 1).astype(np.float32)


def _aligned_corners(count: int, wanted: int) -> NDArray[np.float32]:
    return _linear(np.linspace(0, count - 1, wanted), count)


def _centred(count: int, wanted: int) -> NDArray[np.float32]:
    return _linear((np.arange(wanted) + 0.5) * count / wanted - 0.5, count)


_WEIGHTS: dict[bytes, _Weights] = {
    b"align_corners": _aligned_corners,
    b"half_pixel": _centred,
    b"pytorch_half_pixel": _centred,
}


def _shapes(model: onnx.ModelProto) -> dict[str, tuple[int, ...]]:
    """Return the shapes of all tensors with four axes by name; 0 is an unknown length."""
    inferred = onnx.shape_inference.infer_shapes(model).graph
    shapes: dict[str, tuple[int, ...]] = {}
    for value in [*inferred.value_info, *inferred.input, *inferred.output]:
        shape = tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
        if len(shape) == 4:
            shapes[value.name] = shape
    return shapes
