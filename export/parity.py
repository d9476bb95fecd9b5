"""How far exported graphs are from the module they were made of, measured through the engine that will run them.

Needs the extra `torch`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from export.graphs import ModuleGraph
from puppet.domain import Keypoints, Picture
from puppet.engines import Engine, SwapPart
from puppet.engines.runtime import Graph, Value
from puppet.errors import EngineError
from puppet.packs import Pack

_BEST_PSNR_DB = 99.0  # of equal pictures: JSON knows no infinity


@dataclass(frozen=True, slots=True)
class Parity:
    """Deviation of an engine from the module, over several pictures.

    Attributes:
        maximum: of a rendered pixel, in grey levels of 255 (rounding gives 1).
        mean: of all of them.
        psnr_db: of the worst picture, 99 at most.
        keypoints: of a keypoint's points, jacobians, covariances or segmentation, absolute; 0 without a detect graph.
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


class ModuleRuntime:
    """A Runtime of graphs that were not written yet: what exported ones are compared with."""

    name = "torch"
    description = "module · CPU · fp32"

    def __init__(self, graphs: Sequence[ModuleGraph]) -> None:
        """`graphs`: in eval mode."""
        self._graphs = {graph.name: graph for graph in graphs}

    def open(self, pack: Pack, graph: str) -> Graph:
        """See Runtime."""
        return _RunningModule(self._graphs[graph])

    def close(self) -> None:
        """See Runtime."""


class _RunningModule:
    def __init__(self, graph: ModuleGraph) -> None:
        self._graph = graph
        self.inputs, self.outputs = tuple(graph.inputs), graph.outputs

    def run(self, inputs: Mapping[str, Value], wanted: Sequence[str] = ()) -> dict[str, NDArray[Any]]:
        tensors = [torch.from_numpy(cast(NDArray[Any], inputs[name])) for name in self.inputs]
        with torch.no_grad():
            values = self._graph.module(*tensors)
        return {name: value.numpy() for name, value in zip(self.outputs, values, strict=True)}

    def hold(self, inputs: Mapping[str, Value]) -> dict[str, Value]:
        return dict(self.run(inputs))


def compare(module: Engine, exported: Engine, pictures: Sequence[Picture]) -> Parity:
    """Run both on the same: the first picture moved after each of the others.

    Args:
        module: what is right.
        exported: what is looked at.
        pictures: (S, S, 3) each, at least two.

    Raises:
        EngineError: numbers that are not finite, or a graph that does not run.
    """
    poses = [module.detect(picture) for picture in pictures]
    keypoints = max(_apart(pose, exported.detect(picture)) for pose, picture in zip(poses, pictures, strict=True))
    codes = [engine.encode(pictures[0], poses[0]) for engine in (module, exported)]
    pairs = []
    for picture, pose in zip(pictures[1:], poses[1:], strict=True):
        pairs.append([e.render(code, poses[0], pose) for e, code in zip((module, exported), codes, strict=True)])
        if module.segments:
            pairs.append(
                [_swapped(e, code, poses[0], picture, pose) for e, code in zip((module, exported), codes, strict=True)]
            )
    return summary(pairs, keypoints)


def summary(pairs: Sequence[Sequence[Picture]], keypoints: float) -> Parity:
    """Parity of pairs of pictures, the right one first."""
    errors = [np.abs(right.astype(np.float32) - other.astype(np.float32)) for right, other in pairs]
    worst = max(float((error**2).mean()) for error in errors)
    psnr = _BEST_PSNR_DB if worst == 0 else min(_BEST_PSNR_DB, 10 * float(np.log10(255**2 / worst)))
    return Parity(max(float(e.max()) for e in errors), float(np.mean([e.mean() for e in errors])), psnr, keypoints)


def _swapped(engine: Engine, code: object, source: Keypoints, picture: Picture, target: Keypoints) -> Picture:
    """The first segment of the source on the target."""
    assert target.segmentation is not None
    return engine.swap([SwapPart(code, source, target.segmentation[1])], picture, target)


def _apart(right: Keypoints, other: Keypoints) -> float:
    """The largest deviation of a field."""
    deviations = []
    for field in ("points", "jacobians", "covariances", "segmentation"):
        expected, found = getattr(right, field), getattr(other, field)
        if expected is None:
            continue
        if found is None or not np.isfinite(expected).all() or not np.isfinite(found).all():
            raise EngineError(f"the model finds {field} that are missing or not finite on an ordinary picture")
        deviations.append(float(np.abs(expected - found).max()))
    return max(deviations)
