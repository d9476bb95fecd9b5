"""Times of FOMM's parts in eager PyTorch, with their multiply-adds and bytes."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from statistics import median

import torch
from torch import Tensor, nn

from benchmarks.roofline import Work
from puppet.models.fomm import FirstOrderMotionModel

_FP32_BYTES = 4


def parts_of(model: FirstOrderMotionModel) -> dict[str, list[nn.Module]]:
    """Return stage -> its modules, in the order of a frame."""
    generator = model.generator
    dense = generator.dense_motion_network
    return {
        "keypoints": [model.kp_detector],
        "dense motion": [] if dense is None else [dense],
        "bottleneck": [generator.bottleneck],
        "up blocks": list(generator.up_blocks),
        "head": [generator.final],
    }


def measure_stages(
    parts: Mapping[str, list[nn.Module]], frame: Callable[[int], object], frames: int
) -> dict[str, tuple[Work, float]]:
    """Run some frames and measure the parts.

    Args:
        parts: stage -> modules.
        frame: renders a frame by its index.
        frames: number of frames.

    Returns:
        Stage -> its work, and the median of its milliseconds per frame.
    """
    work = {stage: _work(modules, frame) for stage, modules in parts.items()}
    times: dict[str, list[float]] = defaultdict(list)
    for index in range(frames):
        with _timed(parts) as spent_ms:
            frame(index)
        for stage in parts:
            times[stage].append(spent_ms[stage])
    return {stage: (work[stage], median(times[stage])) for stage in parts}


@contextmanager
def _timed(parts: Mapping[str, list[nn.Module]]) -> Iterator[dict[str, float]]:
    """Yield stage -> milliseconds spent in it while the block runs."""
    spent_ms: dict[str, float] = defaultdict(float)
    hooks = []
    for stage, modules in parts.items():
        for module in modules:
            hooks += _timing_hooks(module, stage, spent_ms)
    try:
        yield spent_ms
    finally:
        for hook in hooks:
            hook.remove()


def _timing_hooks(module: nn.Module, stage: str, spent_ms: dict[str, float]) -> list[torch.utils.hooks.RemovableHandle]:
    began_s = [0.0]

    def begin(module: nn.Module, inputs: tuple[object, ...]) -> None:
        began_s[0] = time.perf_counter()

    def end(module: nn.Module, inputs: tuple[object, ...], output: object) -> None:
        spent_ms[stage] += (time.perf_counter() - began_s[0]) * 1000

    return [module.register_forward_pre_hook(begin), module.register_forward_hook(end)]


def _work(modules: list[nn.Module], frame: Callable[[int], object]) -> Work:
    """Count multiply-adds and bytes of the convolutions in some modules during one frame."""
    macs = moved = 0

    def count(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal macs, moved
        weight = layer.weight
        assert isinstance(weight, Tensor)
        macs += output.numel() * math.prod(weight.shape[1:])
        moved += (weight.numel() + inputs[0].numel() + output.numel()) * _FP32_BYTES

    layers = {layer for module in modules for layer in module.modules() if isinstance(layer, nn.Conv2d)}
    hooks = [layer.register_forward_hook(count) for layer in layers]
    try:
        frame(0)
    finally:
        for hook in hooks:
            hook.remove()
    return Work(macs / 1e9, moved / 1e6)
