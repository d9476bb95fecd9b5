"""Engine of packs that detect their own keypoints: Monkey-Net, FOMM, co-part segmentation, on any runtime."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from typing_extensions import override

from puppet.domain import Floats, Keypoints, Picture
from puppet.engines.base import PoseInputs, SwapPart
from puppet.engines.graph_engine import GraphEngine
from puppet.engines.runtimes.base import Array, Held, Runtime, check_names
from puppet.errors import EngineError
from puppet.packs import Pack, PackCard

_FIELDS = ("points", "jacobians", "covariances", "segmentation")


class LearnedEngine(GraphEngine[Held]):
    """Runs a pack of a learned family on any runtime."""

    detects = True

    def __init__(self, pack: Pack, runtime: Runtime[Held]) -> None:
        """Open the graphs of a verified pack and take over `runtime`.

        Raises:
            EngineError: a graph cannot be run, or does not fit the others.
        """
        super().__init__(pack, runtime, ("points", (pack.card.keypoints, 2)))
        self._swap = runtime.open(pack, "swap") if self.segments else None
        self._mask_side = _features_side(pack.card) if self.segments else 0
        self.moves_pixels = self.moves_pixels and _copies(pack.card)
        self._check_graphs()

    @override
    def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        found = self._detect.run({"picture": face})
        return Keypoints(**{name: found[name] for name in _FIELDS if name in found})

    @override
    def encode(self, face: Picture, keypoints: Keypoints, fine: Picture | None = None) -> dict[str, Held]:
        return self._encode.hold({"picture": face})

    @override
    def swap(self, parts: Sequence[SwapPart[dict[str, Held]]], target_face: Picture, target: Keypoints) -> Picture:
        if self._swap is None:
            return super().swap(parts, target_face, target)
        features = self._encode.hold({"picture": target_face})["own_features"]
        for part in parts[:-1]:  # each part is blended into the features that the parts before it have left
            features = self._swap.hold(self._swap_inputs(part, features, target))["blended"]
        return self._swap.run(self._swap_inputs(parts[-1], features, target), ("picture",))["picture"]

    @override
    def pose_inputs(self, source: Keypoints, driving: Keypoints) -> PoseInputs:
        return {**_pose("source", source), **_pose("driving", driving)}

    def _swap_inputs(
        self, part: SwapPart[dict[str, Held]], target_features: Held, target: Keypoints
    ) -> dict[str, Array | Held]:
        return {
            **part.code,
            **_pose("source", part.keypoints),
            **_pose("target", target),
            "target_features": target_features,
            "mask": reduced_mask(part.mask, self._mask_side),
            "source_mask": np.array([part.source_mask], np.float32),
        }

    def _check_graphs(self) -> None:
        """Raise EngineError when one of the graphs does not fit the others."""
        check_names(self._detect, "detect", ("picture",), ("points",))
        check_names(self._encode, "encode", ("picture",), ("own_features",) if self._swap else ())
        poses = {who: [f"{who}_{field}" for field in self._detect.outputs] for who in ("source", "driving", "target")}
        given = [*self._encode.outputs, *poses["source"]]
        check_names(self._render, "render", [*given, *poses["driving"]], ("picture",))
        if self._swap:
            blends = ("target_features", "mask", "source_mask")
            check_names(self._swap, "swap", [*given, *poses["target"], *blends], ("picture", "blended"))


def reduced_mask(mask: Floats, side: int) -> Floats:
    """Resize a mask (h, w) to (side, side).

    A larger mask is blurred as the papers blur pictures (sigma (h/side − 1) / 2) and sampled at the nearest pixels; a
    smaller one is interpolated linearly.
    """
    if mask.shape == (side, side):
        return np.ascontiguousarray(mask, np.float32)
    if mask.shape[0] < side:
        return np.asarray(cv2.resize(mask.astype(np.float32), (side, side), interpolation=cv2.INTER_LINEAR), np.float32)
    sigma = max((mask.shape[0] / side - 1) / 2, 1e-6)
    half = round(sigma * 4)
    line = np.exp(-(np.arange(-half, half + 1) ** 2) / (2 * sigma**2))
    line /= line.sum()
    blurred = cv2.sepFilter2D(np.ascontiguousarray(mask, np.float32), -1, line, line, borderType=cv2.BORDER_CONSTANT)
    rows, columns = (np.arange(side) * length // side for length in mask.shape)
    return np.ascontiguousarray(blurred[rows[:, None], columns])


def _pose(prefix: str, keypoints: Keypoints) -> dict[str, Array]:
    """Return a pose as a graph's inputs: `source_points` and so on, without the fields it lacks."""
    return {f"{prefix}_{name}": np.ascontiguousarray(field, np.float32) for name, field in keypoints.arrays().items()}


def _copies(card: PackCard) -> bool:
    """True for a generator that warps its features at the picture's own size, and so begins as a copy."""
    sections = (card.architecture.get(f"{name}_params") for name in ("generator", "reconstruction_module"))
    return any(isinstance(section, dict) and section.get("num_down_blocks") == 0 for section in sections)


def _features_side(card: PackCard) -> int:
    """Return the side of the features that a swap blends, which masks are resized to."""
    section = card.architecture.get("reconstruction_module_params")
    halved = section.get("num_down_blocks") if isinstance(section, dict) else None
    if not isinstance(halved, int) or not 0 <= halved <= 16:
        key = "architecture.reconstruction_module_params.num_down_blocks"
        raise EngineError(f"Pack {card.name}: key {key} is missing or invalid; import the checkpoint again")
    return card.size >> halved
