"""Engines run a pack's exported graphs. One narrow protocol; which library computes is nobody else's business."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from puppet.domain import EngineInfo, Floats, Inspection, Keypoints, Picture

SourceCode: TypeAlias = object
"""What an engine remembers of a portrait: opaque, made once by `encode`, may live on the device."""


@dataclass(frozen=True, slots=True)
class SwapPart:
    """What one source gives to a part swap.

    Attributes:
        code: of the source, by `Engine.encode`.
        keypoints: of the source, by `Engine.detect`.
        mask: (h, w) float32 in [0, 1], 1 where the source is wanted; any size.
        source_mask: the mask lies on the source's picture and moves with it; else it lies on the target's.
    """

    code: SourceCode
    keypoints: Keypoints
    mask: Floats
    source_mask: bool = False


class Engine(Protocol):
    """Runs one pack. Every method blocks; all but `detect` and `encode` are called on one thread only, the painter's.

    Those two may be called from others while anything runs: frames are looked at, portraits load in the background.

    Attributes:
        allow_low_precision: set while the machine is too busy: accept a larger deviation of the lower precision from
            fp32. Nothing changes without `has_low_precision`.
    """

    allow_low_precision: bool

    @property
    def size(self) -> int:
        """Side of the model's square in pixels."""

    @property
    def detect_size(self) -> int:
        """Side of the square that `detect` makes do with in every frame; `size` or less."""

    @property
    def info(self) -> EngineInfo:
        """Library, device and precision in use."""

    @property
    def has_low_precision(self) -> bool:
        """Whether there is a lower precision to fall back on."""

    @property
    def detects(self) -> bool:
        """False when the pack's keypoints are the tracker's landmarks, which `detect` has to be given."""

    @property
    def segments(self) -> int:
        """How many parts `swap` can tell apart, the background not counted; 0: it cannot swap."""

    def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        """Keypoints of a square crop.

        Args:
            face: the crop, (size, size, 3) or (sight, sight, 3).
            landmarks: in it; they become keypoints with what the pack sees besides. Only where `detects` is False.
        """

    def encode(self, face: Picture, keypoints: Keypoints) -> SourceCode:
        """Everything about a source picture (size, size, 3) that does not change from frame to frame."""

    def render(self, code: SourceCode, source: Keypoints, driving: Keypoints) -> Picture:
        """The source moved to `driving`: (size, size, 3) uint8 RGB, a new array."""

    def inspect(self, code: SourceCode, source: Keypoints, driving: Keypoints) -> Inspection:
        """`render`, and what the model believed while it made the picture."""

    def swap(self, parts: Sequence[SwapPart], target_face: Picture, target: Keypoints) -> Picture:
        """Parts of sources on the target's picture; where masks overlap, the later part lies on top.

        Args:
            parts: one for each source, at least one.
            target_face: (size, size, 3) the target's square.
            target: its keypoints, by `detect`; motion is absolute.

        Returns:
            (size, size, 3) uint8 RGB, a new array. Raises EngineError when `segments` is 0.
        """

    def warm_up(self) -> None:
        """Render once on nothing, so that the first real frame is not the slow one."""

    def close(self) -> None:
        """Release everything; further calls are errors."""
