"""The engine of packs that find their own keypoints: Monkey-Net, FOMM, co-part segmentation, on any runtime.

Runs on the puppet thread; `encode` may run on another at the same time. Keypoints and masks travel as NumPy arrays, an
portrait's code stays where the runtime has its memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np

from puppet.domain import EngineInfo, Floats, Inspection, Keypoints, Picture
from puppet.engines.base import SourceCode, SwapPart
from puppet.engines.runtimes.base import Runtime, Value, check_names
from puppet.errors import EngineError
from puppet.packs import Pack, PackCard

_FIELDS = ("points", "jacobians", "covariances", "segmentation")


class LearnedEngine:
    """Runs a pack with a detect graph."""

    detects = True
    allow_low_precision = has_low_precision = False

    def __init__(self, pack: Pack, runtime: Runtime) -> None:
        """Open the graphs of a verified pack; takes over `runtime`. EngineError: it cannot run one of them."""
        self.size = self.detect_size = pack.size
        self.segments = pack.card.segments
        self._runtime = runtime
        self._detect, self._encode, self._render = (runtime.open(pack, name) for name in ("detect", "encode", "render"))
        self._swap = runtime.open(pack, "swap") if self.segments else None
        self._mask_side = _features_side(pack.card) if self.segments else 0
        self._keypoints = pack.card.keypoints
        self._check()

    @property
    def info(self) -> EngineInfo:
        """See Engine."""
        return self._runtime.info

    def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        """See Engine."""
        found = self._detect.run({"picture": face})
        return Keypoints(**{name: found[name] for name in _FIELDS if name in found})

    def encode(self, face: Picture, keypoints: Keypoints) -> SourceCode:
        """See Engine."""
        return self._encode.hold({"picture": face})

    def render(self, code: SourceCode, source: Keypoints, driving: Keypoints) -> Picture:
        """See Engine."""
        return self._render.run(_inputs(code, source, driving, "driving"), ("picture",))["picture"]

    def inspect(self, code: SourceCode, source: Keypoints, driving: Keypoints) -> Inspection:
        """See Engine."""
        found = self._render.run(_inputs(code, source, driving, "driving"))
        return Inspection(found["picture"], found.get("masks"), found.get("occlusion"), found.get("flow"))

    def swap(self, parts: Sequence[SwapPart], target_face: Picture, target: Keypoints) -> Picture:
        """See Engine. Each part is blended into the features that the ones before have left; one decoding is shown."""
        if self._swap is None:
            raise EngineError("this pack has no segments to swap: part swap needs a pack of co-part segmentation")
        features = self._encode.hold({"picture": target_face})["own_features"]
        for part in parts[:-1]:
            features = self._swap.hold(self._swap_inputs(part, features, target))["blended"]
        return self._swap.run(self._swap_inputs(parts[-1], features, target), ("picture",))["picture"]

    def warm_up(self) -> None:
        """See Engine. Raises EngineError: the graphs' shapes are not what the pack's card says."""
        grey = np.full((self.size, self.size, 3), 127, np.uint8)
        keypoints = self.detect(grey)
        picture = self.render(self.encode(grey, keypoints), keypoints, keypoints)
        for what, found, expected in (
            ("points", keypoints.points.shape, (self._keypoints, 2)),
            ("picture", picture.shape, grey.shape),
        ):
            if found != expected:
                raise EngineError(
                    f"the graphs give a {what} of {found}, the card says {expected}: the pack is not sound"
                )

    def close(self) -> None:
        """See Engine."""
        self._runtime.close()

    def _check(self) -> None:
        """EngineError: one of the graphs does not fit the others."""
        check_names(self._detect, "detect", ("picture",), ("points",))
        check_names(self._encode, "encode", ("picture",), ("own_features",) if self._swap else ())
        poses = {who: [f"{who}_{field}" for field in self._detect.outputs] for who in ("source", "driving", "target")}
        given = [*self._encode.outputs, *poses["source"]]
        check_names(self._render, "render", [*given, *poses["driving"]], ("picture",))
        if self._swap:
            blends = ("target_features", "mask", "source_mask")
            check_names(self._swap, "swap", [*given, *poses["target"], *blends], ("picture", "blended"))

    def _swap_inputs(self, part: SwapPart, target_features: Value, target: Keypoints) -> dict[str, Value]:
        return {
            **_inputs(part.code, part.keypoints, target, "target"),
            "target_features": target_features,
            "mask": reduced_mask(part.mask, self._mask_side),
            "source_mask": np.array([part.source_mask], np.float32),
        }


def reduced_mask(mask: Floats, side: int) -> Floats:
    """A mask (h, w) as (side, side): blurred as the papers blur pictures (sigma (h/side − 1) / 2), nearest pixels.

    One that is coarser than the features is stretched instead.
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


def _inputs(code: SourceCode, source: Keypoints, other: Keypoints, name: str) -> dict[str, Value]:
    """A graph's inputs: the portrait's code and both poses, each with what it has."""
    inputs = dict(cast(dict[str, Value], code))
    for prefix, keypoints in (("source", source), (name, other)):
        for field, array in keypoints.arrays().items():
            inputs[f"{prefix}_{field}"] = np.ascontiguousarray(array, np.float32)
    return inputs


def _features_side(card: PackCard) -> int:
    """Side of the features that a swap blends; the masks are brought to it."""
    section = card.architecture.get("reconstruction_module_params")
    halved = section.get("num_down_blocks") if isinstance(section, dict) else None
    if not isinstance(halved, int) or not 0 <= halved <= 16:
        raise EngineError(f"pack {card.name}: key architecture lacks reconstruction_module_params.num_down_blocks")
    return card.size >> halved
