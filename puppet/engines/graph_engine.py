"""Base of the engines: run a pack's graphs detect, encode and render on a runtime.

A portrait's code is the outputs of the encode graph, held by the runtime (`Graph.hold`); keypoints and masks are
passed as NumPy arrays.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
from typing_extensions import override

from puppet.domain import EngineInfo, Inspection, Keypoints, Picture
from puppet.engines.base import Engine, PoseInputs, SwapPart
from puppet.engines.runtimes.base import Held, Runtime
from puppet.errors import EngineError
from puppet.geometry.landmarks import rest_pose
from puppet.packs import Pack

_MAPS = ("masks", "occlusion", "flow", "mouth_correction", "eyes_correction")
"""Outputs of the render graph, in the order of Inspection's fields after the picture."""


class GraphEngine(Engine[dict[str, Held]]):
    """An engine of exported graphs; subclasses detect, encode and make the render graph's inputs."""

    allow_low_precision = has_low_precision = False

    def __init__(self, pack: Pack, runtime: Runtime[Held], detected: tuple[str, tuple[int, ...]]) -> None:
        """Open the graphs of a verified pack and take over `runtime`.

        Args:
            pack: a verified pack.
            runtime: the library that computes; `close` closes it.
            detected: field of Keypoints that the detect graph gives, and its shape; checked by `warm_up`.

        Raises:
            EngineError: the runtime cannot run one of the graphs.
        """
        self.size = self.detect_size = pack.size
        self.fine_size, self.segments = 0, pack.card.segments
        self._runtime, self._detected = runtime, detected
        self._detect, self._encode, self._render = (runtime.open(pack, name) for name in ("detect", "encode", "render"))
        self._motion = self._render
        self.moves_pixels = {"flow", "masks"} <= set(self._render.outputs)

    @property
    @override
    def info(self) -> EngineInfo:
        return self._runtime.info

    @override
    def render(self, code: dict[str, Held], source: Keypoints, driving: Keypoints) -> Picture:
        return self._render.run({**code, **self.pose_inputs(source, driving)}, ("picture",))["picture"]

    @override
    def inspect(
        self,
        code: dict[str, Held],
        source: Keypoints,
        driving: Keypoints,
        *,
        picture: bool = True,
        inputs: PoseInputs | None = None,
    ) -> Inspection:
        inputs = self.pose_inputs(source, driving) if inputs is None else inputs
        found = (self._render if picture else self._motion).run({**code, **inputs})
        square = found["picture"] if "picture" in found else np.empty((0, 0, 3), np.uint8)
        return Inspection(square, *(found.get(name) for name in _MAPS))

    @override
    def prepare_motion(self) -> None:
        if self._motion is self._render and self.moves_pixels:
            self._motion = self._render.without("picture")

    @override
    def swap(self, parts: Sequence[SwapPart[dict[str, Held]]], target_face: Picture, target: Keypoints) -> Picture:
        raise EngineError("This pack has no segments to swap; choose a pack of co-part segmentation")

    @override
    def warm_up(self) -> None:
        grey = np.full((self.size, self.size, 3), 127, np.uint8)
        keypoints = self.detect(grey, None if self.detects else rest_pose())
        picture = self.render(self.encode(grey, keypoints), keypoints, keypoints)
        name, shape = self._detected
        for output, found, expected in (
            (name, np.shape(getattr(keypoints, name)), shape),
            ("picture", picture.shape, grey.shape),
        ):
            if found != expected:
                reason = f"{output} has shape {found}, the card says {expected}"
                raise EngineError(f"Invalid pack: {reason}; export the pack again")

    @override
    def close(self) -> None:
        self._runtime.close()

    @abstractmethod
    @override
    def pose_inputs(self, source: Keypoints, driving: Keypoints) -> PoseInputs:
        """Return the render graph's inputs beside the portrait's code."""
