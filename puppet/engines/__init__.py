"""Engines run a pack's exported graphs. One narrow protocol; which library computes is nobody else's business."""

from __future__ import annotations

from typing import Protocol, TypeAlias

from puppet.domain import Keypoints, Picture

SourceCode: TypeAlias = object
"""What an engine remembers of an avatar: opaque, made once by `encode`, may live on the device."""


class Engine(Protocol):
    """Runs one pack. Every method blocks; all but `encode` are called on the puppet thread only.

    `encode` may be called from any one other thread while `render` runs (avatars load in the background).
    """

    @property
    def size(self) -> int:
        """Side of the model's square in pixels."""

    @property
    def description(self) -> str:
        """What is really in use: "onnxruntime · CPU · fp32"."""

    @property
    def detects(self) -> bool:
        """False when the pack's keypoints are the tracker's landmarks."""

    def detect(self, face: Picture) -> Keypoints:
        """Keypoints of a square crop (size, size, 3). Raises EngineError when `detects` is False."""

    def encode(self, face: Picture, keypoints: Keypoints) -> SourceCode:
        """Everything about a source picture (size, size, 3) that does not change from frame to frame."""

    def render(self, code: SourceCode, source: Keypoints, driving: Keypoints) -> Picture:
        """The source moved to `driving`: (size, size, 3) uint8 RGB, a new array."""

    def warm_up(self) -> None:
        """Render once on nothing, so that the first real frame is not the slow one."""

    def close(self) -> None:
        """Release everything; further calls are errors."""
