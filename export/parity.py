"""How far exported graphs are from the module they were made of, measured through the engine that will run them.

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

_BEST_PSNR_DB = 99.0  # of equal pictures: JSON knows no infinity


@dataclass(frozen=True, slots=True)
class Sample:
    """What graphs are tried on.

    Attributes:
        picture: (S, S, 3): the source's square.
        keypoints: of it.
        driven: where they move.
        target: (S, S, 3): the square that `driven` was found in, where parts are swapped; or None.
    """

    picture: Picture
    keypoints: Keypoints
    driven: Keypoints
    target: Picture | None = None


@dataclass(frozen=True, slots=True)
class Parity:
    """Deviation of an engine from the module, over several samples.

    Attributes:
        maximum: of a rendered pixel, in grey levels of 255 (rounding gives 1).
        mean: of all of them.
        psnr_db: of the worst picture, 99 at most.
        keypoints: of whatever a detect graph finds, absolute.
    """

    maximum: float
    mean: float
    psnr_db: float
    keypoints: float

    def figures(self, prefix: str) -> dict[str, float]:
        """As a pack's card keeps them."""
        return {
            f"{prefix}.max_levels": round(self.maximum, 3),
            f"{prefix}.mean_levels": round(self.mean, 5),
            f"{prefix}.psnr_db": round(self.psnr_db, 2),
            f"{prefix}.keypoints": float(f"{self.keypoints:.3g}"),
        }


class ModuleRuntime(Runtime[Array]):
    """A Runtime of modules in memory: what written graphs are compared with, and where calibration is recorded.

    Attributes:
        seen: graph's name -> the inputs of every run.
    """

    info = EngineInfo("module", "CPU", "fp32")

    def __init__(self, graphs: Sequence[ModuleGraph]) -> None:
        """`graphs`: in eval mode."""
        self._graphs = {graph.name: graph for graph in graphs}
        self.seen: dict[str, list[dict[str, NDArray[Any]]]] = {name: [] for name in self._graphs}

    @override
    def open(self, pack: Pack, graph: str) -> _RunningModule:
        return _RunningModule(self._graphs[graph], self.seen[graph])


class _RunningModule(HostGraph):
    def __init__(self, graph: ModuleGraph, seen: list[dict[str, NDArray[Any]]]) -> None:
        self._graph, self._seen = graph, seen
        self.inputs, self.outputs = tuple(graph.inputs), graph.outputs

    @override
    def run(self, inputs: Mapping[str, Array], wanted: Sequence[str] = ()) -> dict[str, Array]:
        arrays = {name: inputs[name] for name in self.inputs}
        self._seen.append(arrays)
        with torch.no_grad():
            values = self._graph.module(*map(torch.from_numpy, arrays.values()))
        return {name: value.numpy() for name, value in zip(self.outputs, values, strict=True)}


def compare(right: Sequence[Sequence[Picture]], exported: Engine, samples: Sequence[Sample]) -> Parity:
    """How far an engine's pictures of samples are from the right ones.

    Args:
        right: `made` by the module, for each sample.
        exported: what is looked at.
        samples: at least one.

    Raises:
        EngineError: numbers that are not finite, or a graph that does not run.
    """
    keypoints, errors = 0.0, []
    for expected, sample in zip(right, samples, strict=True):
        found = exported.detect(sample.picture, None if exported.detects else sample.keypoints)
        keypoints = max(keypoints, _apart(sample.keypoints, found))
        for picture, other in zip(expected, made(exported, sample), strict=True):
            errors.append(np.abs(picture.astype(np.float32) - other.astype(np.float32)))
    worst = max(float((error**2).mean()) for error in errors)
    psnr = _BEST_PSNR_DB if worst == 0 else min(_BEST_PSNR_DB, 10 * float(np.log10(255**2 / worst)))
    return Parity(max(float(e.max()) for e in errors), float(np.mean([e.mean() for e in errors])), psnr, keypoints)


def made(engine: Engine, sample: Sample) -> list[Picture]:
    """Pictures an engine makes of a sample: animated and, where it has segments, with its first one swapped."""
    code = engine.encode(sample.picture, sample.keypoints)
    pictures = [engine.render(code, sample.keypoints, sample.driven)]
    if engine.segments and sample.target is not None and sample.driven.segmentation is not None:
        part = SwapPart(code, sample.keypoints, sample.driven.segmentation[1])
        pictures.append(engine.swap([part], sample.target, sample.driven))
    return pictures


def learned_samples(engine: Engine, pictures: Sequence[Picture]) -> list[Sample]:
    """Each picture moved after the next. Raises EngineError: keypoints that are not finite."""
    poses = [engine.detect(picture) for picture in pictures]
    for pose in poses:
        _apart(pose, pose)
    following = [*range(1, len(pictures)), 0]
    return [
        Sample(picture, pose, poses[i], pictures[i])
        for picture, pose, i in zip(pictures, poses, following, strict=True)
    ]


def _apart(right: Keypoints, other: Keypoints) -> float:
    """The largest deviation of a field."""
    deviations = []
    for field, expected in right.arrays().items():
        found = other.arrays().get(field)
        if found is None or not np.isfinite(expected).all() or not np.isfinite(found).all():
            raise EngineError(f"the model finds {field} that are missing or not finite on an ordinary picture")
        deviations.append(float(np.abs(expected - found).max()))
    return max(deviations)
