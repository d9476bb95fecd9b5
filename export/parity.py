"""Parity: deviation of exported graphs from the model, measured with the engine that runs them.

Needs the extra `torch`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from typing_extensions import override

from puppet.domain import EngineInfo, Keypoints, Picture
from puppet.engines.base import Engine, SwapPart
from puppet.engines.runtimes.base import Array, HostGraph, Runtime
from puppet.errors import EngineError
from puppet.models.learned_graphs import ModuleGraph
from puppet.packs import Pack

_BEST_PSNR_DB = 99.0  # for equal pictures: JSON has no infinity


@dataclass(frozen=True, slots=True)
class Sample:
    """Input for a comparison or a calibration.

    Attributes:
        picture: (S, S, 3), the source's square.
        keypoints: keypoints of the source.
        driven: the keypoints to move them to.
        target: (S, S, 3), the square in which `driven` was detected, for part swap; None for no swap.
    """

    picture: Picture
    keypoints: Keypoints
    driven: Keypoints
    target: Picture | None = None


@dataclass(frozen=True, slots=True)
class Parity:
    """Deviation of an engine from the model, over several samples.

    Attributes:
        maximum: largest deviation of a rendered pixel, in grey levels of 255 (rounding gives 1).
        mean: mean deviation of all pixels.
        psnr_db: PSNR of the worst picture, at most 99.
        keypoints: largest absolute deviation of a detected value.
    """

    maximum: float
    mean: float
    psnr_db: float
    keypoints: float

    def figures(self, prefix: str) -> dict[str, float]:
        """Return the figures of a pack's card."""
        return {
            f"{prefix}.max_levels": round(self.maximum, 3),
            f"{prefix}.mean_levels": round(self.mean, 5),
            f"{prefix}.psnr_db": round(self.psnr_db, 2),
            f"{prefix}.keypoints": float(f"{self.keypoints:.3g}"),
        }


class ModuleRuntime(Runtime[Array]):
    """Runtime of modules in memory: the reference for written graphs; it records inputs for calibration.

    Attributes:
        recorded: name of a graph -> the inputs of every run.
    """

    info = EngineInfo("module", "CPU", "fp32")

    def __init__(self, graphs: Sequence[ModuleGraph]) -> None:
        """`graphs` are in eval mode."""
        self._graphs = {graph.name: graph for graph in graphs}
        self.recorded: dict[str, list[dict[str, NDArray[Any]]]] = {name: [] for name in self._graphs}

    @override
    def open(self, pack: Pack, graph: str) -> _ModuleGraphRun:
        return _ModuleGraphRun(self._graphs[graph], self.recorded[graph])


class _ModuleGraphRun(HostGraph):
    def __init__(self, graph: ModuleGraph, recorded: list[dict[str, NDArray[Any]]]) -> None:
        self._graph, self._recorded = graph, recorded
        self.inputs, self.outputs = tuple(graph.inputs), graph.outputs

    @override
    def run(self, inputs: Mapping[str, Array], wanted: Sequence[str] = ()) -> dict[str, Array]:
        arrays = {name: inputs[name] for name in self.inputs}
        self._recorded.append(arrays)
        with torch.no_grad():
            values = self._graph.module(*map(torch.from_numpy, arrays.values()))
        return {name: value.numpy() for name, value in zip(self.outputs, values, strict=True)}


def measure_parity(expected: Sequence[Sequence[Picture]], exported: Engine, samples: Sequence[Sample]) -> Parity:
    """Compare an engine's keypoints and pictures with those of the model.

    Args:
        expected: pictures that `render_sample` made with the model, for each sample.
        exported: the engine to compare.
        samples: at least one.

    Raises:
        EngineError: a value is not finite, or a graph does not run.
    """
    keypoints, errors = 0.0, []
    for pictures, sample in zip(expected, samples, strict=True):
        found = exported.detect(sample.picture, None if exported.detects else sample.keypoints)
        keypoints = max(keypoints, _largest_deviation(sample.keypoints, found))
        for picture, other in zip(pictures, render_sample(exported, sample), strict=True):
            errors.append(np.abs(picture.astype(np.float32) - other.astype(np.float32)))
    worst = max(float((error**2).mean()) for error in errors)
    psnr = _BEST_PSNR_DB if worst == 0 else min(_BEST_PSNR_DB, 10 * float(np.log10(255**2 / worst)))
    return Parity(max(float(e.max()) for e in errors), float(np.mean([e.mean() for e in errors])), psnr, keypoints)


def render_sample(engine: Engine, sample: Sample) -> list[Picture]:
    """Render a sample: animated and, for an engine with segments, with the first segment swapped."""
    code = engine.encode(sample.picture, sample.keypoints)
    pictures = [engine.render(code, sample.keypoints, sample.driven)]
    if engine.segments and sample.target is not None and sample.driven.segmentation is not None:
        part = SwapPart(code, sample.keypoints, sample.driven.segmentation[1])
        pictures.append(engine.swap([part], sample.target, sample.driven))
    return pictures


def learned_samples(engine: Engine, pictures: Sequence[Picture]) -> list[Sample]:
    """Return samples that drive each picture by the next one. Raises EngineError: keypoints are not finite."""
    poses = [engine.detect(picture) for picture in pictures]
    for pose in poses:
        _largest_deviation(pose, pose)
    following = [*range(1, len(pictures)), 0]
    return [
        Sample(picture, pose, poses[i], pictures[i])
        for picture, pose, i in zip(pictures, poses, following, strict=True)
    ]


def _largest_deviation(expected: Keypoints, found: Keypoints) -> float:
    """Return the largest absolute deviation over all fields. Raises EngineError: one is missing or not finite."""
    deviations, arrays = [], found.arrays()
    for field, value in expected.arrays().items():
        other = arrays.get(field)
        if other is None or not np.isfinite(value).all() or not np.isfinite(other).all():
            raise EngineError(f"The model finds {field} that are missing or not finite in an ordinary picture")
        deviations.append(float(np.abs(value - other).max()))
    return max(deviations)
