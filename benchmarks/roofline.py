"""Roofline of this machine (Williams et al. 2009), and the work of a graph's layers.

The peaks are measured: arithmetic with a large matrix product, memory with copies of large arrays. A stage's least time
is the longer of its multiply-adds at the one peak and its bytes at the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import onnx
import torch

from benchmarks.results import Peak, Stage
from benchmarks.stopwatch import spent_ms

_FP32_BYTES = 4


@dataclass(frozen=True, slots=True)
class Work:
    """Work of a graph or a part of it.

    Attributes:
        gmac: 10⁹ multiply-adds of its convolutions and matrix products.
        mbytes: 10⁶ bytes of weights, inputs and outputs of those layers, in fp32.
    """

    gmac: float
    mbytes: float


def measure_peak(bf16: bool, matrix: int, array_mb: int, repeats: int = 5) -> Peak:
    """Measure the peaks on all of PyTorch's threads, as the fastest of some repeats.

    Args:
        bf16: the CPU has instructions for it.
        matrix: side of the matrices.
        array_mb: size of the arrays copied.
        repeats: number of repeats.
    """
    operations = 2 * matrix**3 / 1e9
    a = torch.randn(matrix, matrix)
    fp32 = operations / _fastest_s(lambda: torch.mm(a, a), repeats)
    half = a.bfloat16()
    reduced = operations / _fastest_s(lambda: torch.mm(half, half), repeats) if bf16 else None
    source = torch.ones(array_mb * 250_000)
    target = torch.empty_like(source)
    copied = 2 * source.nbytes / 1e9 / _fastest_s(lambda: target.copy_(source), repeats)
    return Peak(fp32, reduced, copied)


def _fastest_s(work: Callable[[], object], repeats: int) -> float:
    work()
    return min(spent_ms(work) for _ in range(repeats)) / 1000


def work_of(path: Path) -> Work:
    """Count the work of an ONNX graph. Layers of unknown sizes count as zero."""
    model = onnx.shape_inference.infer_shapes(onnx.load(str(path)))
    graph = model.graph
    shapes = {value.name: _shape(value) for value in [*graph.input, *graph.output, *graph.value_info]}
    shapes |= {weights.name: tuple(weights.dims) for weights in graph.initializer}
    macs = moved = 0
    for node in graph.node:
        sizes = [shapes.get(name, ()) for name in [*node.input, *node.output] if name]
        macs_of_node = _macs(node, shapes)
        macs += macs_of_node
        moved += sum(math.prod(size) for size in sizes) * _FP32_BYTES if macs_of_node else 0
    return Work(macs / 1e9, moved / 1e6)


def _macs(node: onnx.NodeProto, shapes: dict[str, tuple[int, ...]]) -> int:
    if node.op_type not in ("Conv", "ConvTranspose", "MatMul", "Gemm"):
        return 0
    given, weights, output = (shapes.get(name, ()) for name in (*node.input[:2], node.output[0]))
    if not (given and weights and output):
        return 0
    if node.op_type == "Conv":
        return math.prod(output) * math.prod(weights[1:])
    if node.op_type == "ConvTranspose":
        return math.prod(given) * math.prod(weights[1:])
    return math.prod(output) * given[-1]


def _shape(value: onnx.ValueInfoProto) -> tuple[int, ...]:
    return tuple(dimension.dim_value for dimension in value.type.tensor_type.shape.dim)


def compare_with_peak(peak: Peak, subject: str, stage: str, by: str, work: Work, measured_ms: float) -> Stage:
    """Return a stage with its least time in fp32."""
    compute_ms = 2 * work.gmac / peak.fp32_gflops * 1000
    memory_ms = work.mbytes / 1000 / peak.gbytes_s * 1000
    bound = "compute" if compute_ms >= memory_ms else "memory"
    return Stage(subject, stage, by, work.gmac, work.mbytes, max(compute_ms, memory_ms), bound, measured_ms)
