"""Interface of the learned models (Monkey-Net, FOMM, co-part segmentation) and value ranges of their configurations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar, NamedTuple

from annotated_types import Interval
from torch import Tensor, nn

Width = Annotated[int, Interval(ge=1, le=8192)]
"""Channels of a layer."""
PyramidLevels = Annotated[int, Interval(ge=1, le=16)]
"""Number of times an hourglass or a discriminator halves its input."""
Channels = Annotated[int, Interval(ge=1, le=16)]
"""Channels of pictures."""
Parts = Annotated[int, Interval(ge=1, le=1024)]
"""Number of keypoints or segments, K."""
Scale = Annotated[float, Interval(ge=1 / 64, le=1)]
"""Factor by which pictures are downscaled."""
Positive = Annotated[float, Interval(ge=1e-9, le=1e9)]


class KeypointTensors(NamedTuple):
    """puppet.domain.Keypoints as tensors with a batch axis.

    Attributes:
        points: (N, K, 2) x then y, in [-1, 1].
        jacobians: (N, K, 2, 2) local motion of FOMM, affine part of co-part segmentation.
        covariances: (N, K, 2, 2) of Monkey-Net when its variance is estimated.
        segmentation: (N, K + 1, h, w) of co-part segmentation: shares that sum to 1, background first.
    """

    points: Tensor
    jacobians: Tensor | None = None
    covariances: Tensor | None = None
    segmentation: Tensor | None = None

    def repeated(self, count: int) -> KeypointTensors:
        """Return a batch of `count` poses: each is repeated `count / N` times in a row."""
        others = [None if x is None else repeat_to(x, count) for x in self[1:]]
        return KeypointTensors(repeat_to(self.points, count), *others)


class MotionModel(nn.Module, ABC):
    """Interface of the three models: encode a source once, then detect and render frame by frame.

    Pictures are (N, C, H, W) float32 in [0, 1]; `config` is the configuration the model was built from.
    """

    family: ClassVar[str]
    config: Any

    @abstractmethod
    def detect(self, images: Tensor) -> KeypointTensors:
        """Detect the keypoints of pictures."""

    @abstractmethod
    def encode(self, source: Tensor) -> Any:
        """Compute what stays the same for all frames of a source: a NamedTuple of tensors."""

    @abstractmethod
    def motion(self, code: Any, source: KeypointTensors, driving: KeypointTensors) -> Any:
        """Estimate the motion from source to driving.

        Returns:
            A NamedTuple with `deformation` (N, h, w, 2), the source coordinates of every pixel, `masks` and
            `occlusion`; None for a model without a motion network.
        """

    @abstractmethod
    def generate(self, code: Any, motion: Any, source: KeypointTensors, driving: KeypointTensors) -> Tensor:
        """Render the source of `code` with a motion from `motion`: (N, C, H, W) in [0, 1]."""

    def render(self, code: Any, source: KeypointTensors, driving: KeypointTensors) -> Tensor:
        """Render the source of `code` moved to `driving`: (N, C, H, W) in [0, 1]. Fewer sources are repeated."""
        return self.generate(code, self.motion(code, source, driving), source, driving)


def repeat_to(x: Tensor, count: int) -> Tensor:
    """Repeat each item of a batch in place to a batch of `count`: one source for several driving frames."""
    return x if len(x) == count else x.repeat_interleave(count // len(x), 0)
