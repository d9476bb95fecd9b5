"""The Engine protocol: run one model pack. Callers do not depend on the library that computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeAlias

from numpy.typing import NDArray
from typing_extensions import TypeVar

from puppet.domain import EngineInfo, Floats, Inspection, Keypoints, Picture

Code = TypeVar("Code", default=Any)
"""An engine's encoding of a portrait, made once by `encode`; it may lie on the device. Callers never look into it."""

PoseInputs: TypeAlias = Mapping[str, NDArray[Any]]
"""Inputs of the networks that two poses give, made by `Engine.pose_inputs`. Callers never look into it."""


@dataclass(frozen=True, slots=True)
class SwapPart(Generic[Code]):
    """One source's contribution to a part swap.

    Attributes:
        code: the source, encoded by `Engine.encode`.
        keypoints: the source's keypoints, by `Engine.detect`.
        mask: (h, w) float32 in [0, 1], 1 where the source is shown; any size.
        source_mask: the mask lies on the source's picture and moves with it; else it lies on the target's.
    """

    code: Code
    keypoints: Keypoints
    mask: Floats
    source_mask: bool = False


class Engine(Protocol[Code]):
    """Runs one pack. Every method blocks.

    `detect`, `encode`, `pose_inputs` and `inspect` may be called on any thread while another method runs (the loop
    detects, portraits load in the background); all other methods belong to one thread.

    Attributes:
        size: side of the model's square in pixels.
        detect_size: side of the smallest square that `detect` accepts; `size` or less.
        fine_size: side of the finer square that `encode` takes as well; 0: none.
        detects: False when the pack's keypoints are the tracker's landmarks, which `detect` then needs.
        segments: number of parts that `swap` can tell apart, without the background; 0: it cannot swap.
        moves_pixels: `inspect` returns flow and masks, and the picture is little else than the source moved by this
            flow: portraits can be composed from their own pixels.
        has_low_precision: True when the engine can also render at a precision below fp32.
        allow_low_precision: set while the machine is too slow: accept a larger deviation from fp32. Without
            `has_low_precision` it has no effect.
    """

    size: int
    detect_size: int
    fine_size: int
    detects: bool
    segments: int
    moves_pixels: bool
    has_low_precision: bool
    allow_low_precision: bool

    @property
    def info(self) -> EngineInfo:
        """Library, device and precision in use."""

    def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        """Return the keypoints of a square crop.

        Args:
            face: the crop, (size, size, 3) or (detect_size, detect_size, 3).
            landmarks: the tracker's landmarks in the crop; needed where `detects` is False.
        """

    def encode(self, face: Picture, keypoints: Keypoints, fine: Picture | None = None) -> Code:
        """Compute everything about a source picture that is the same for all driving frames.

        Args:
            face: (size, size, 3).
            keypoints: of the source.
            fine: (fine_size, fine_size, 3): the same square, for engines with a `fine_size`; None: `face`, enlarged.
        """

    def render(self, code: Code, source: Keypoints, driving: Keypoints) -> Picture:
        """Move the source from keypoints `source` to `driving`; return a new (size, size, 3) uint8 RGB array."""

    def pose_inputs(self, source: Keypoints, driving: Keypoints) -> PoseInputs:
        """Work out, without the networks, what `inspect` needs to move a source from `source` to `driving`."""

    def inspect(
        self,
        code: Code,
        source: Keypoints,
        driving: Keypoints,
        *,
        picture: bool = True,
        inputs: PoseInputs | None = None,
    ) -> Inspection:
        """Render, and return the model's masks, occlusion and flow with the picture.

        Args:
            code: the source, by `encode`.
            source: its keypoints.
            driving: the keypoints it is moved to.
            picture: False: the picture may be missing, which saves time after `prepare_motion`.
            inputs: `pose_inputs` of both poses, if they were worked out before.
        """

    def prepare_motion(self) -> None:
        """Prepare `inspect` without pictures; takes up to a second the first time. Any thread."""

    def swap(self, parts: Sequence[SwapPart[Code]], target_face: Picture, target: Keypoints) -> Picture:
        """Blend parts of sources into the target's picture; where masks overlap, the later part lies on top.

        Args:
            parts: one for each source, at least one.
            target_face: (size, size, 3) the target's square.
            target: the target's keypoints, by `detect`; motion is absolute.

        Returns:
            (size, size, 3) uint8 RGB, a new array.

        Raises:
            EngineError: `segments` is 0.
        """

    def warm_up(self) -> None:
        """Render one grey picture, so that the first real frame is not slower than the others.

        Raises:
            EngineError: a graph's output does not have the shape that the pack's card says.
        """

    def close(self) -> None:
        """Release everything; calls after it are errors."""
