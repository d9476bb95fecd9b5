"""Times of FOMM's parts in eager PyTorch, with their multiply-adds and bytes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from statistics import median

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
    times: dict[str, list[float]] = {stage: [] for stage in parts}
    with ExitStack() as hooks:
        for stage, modules in parts.items():
            for module in modules:
                _add_times(module, times[stage], hooks)
        for index in range(frames):
            for spent in times.values():
                spent.append(0.0)
            frame(index)
    return {stage: (work[stage], median(times[stage])) for stage in parts}


def _add_times(module: nn.Module, frames_ms: list[float], hooks: ExitStack) -> None:
    """Let each call of a module add its milliseconds to the last of `frames_ms`, until `hooks` closes."""
    began_s = 0.0

    def begin(module: nn.Module, inputs: tuple[object, ...]) -> None:
        nonlocal began_s
        began_s = time.perf_counter()

    def end(module: nn.Module, inputs: tuple[object, ...], output: object) -> None:
        frames_ms[-1] += (time.perf_counter() - began_s) * 1000

    hooks.enter_context(module.register_forward_pre_hook(begin))
    hooks.enter_context(module.register_forward_hook(end))


def _work(modules: list[nn.Module], frame: Callable[[int], object]) -> Work:
    """Count multiply-adds and bytes of the convolutions in some modules during one frame."""
    macs = moved = 0

    def count(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal macs, moved
        weight = layer.weight
        assert isinstance(weight, Tensor)
        macs += output.numel() * math.prod(weight.shape[1:])
        moved += (weight.numel() + inputs[0].numel() + output.numel()) * _FP32_BYTES

    with ExitStack() as hooks:
        for layer in {layer for module in modules for layer in module.modules() if isinstance(layer, nn.Conv2d)}:
            hooks.enter_context(layer.register_forward_hook(count))
        frame(0)
    return Work(macs / 1e9, moved / 1e6)
