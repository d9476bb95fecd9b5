"""Results of the original code for reduced networks, in ../shared/golden beside the repository where it exists."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from puppet.domain import Keypoints  # noqa: E402
from puppet.models.base import KeypointTensors, MotionModel  # noqa: E402
from puppet.models.checkpoints import load_checkpoint  # noqa: E402

SHARED = Path(__file__).parents[3] / "shared" / "golden"
IMAGES = 5e-4
"""Largest absolute deviation of pictures and maps; rounding of the originals themselves takes up to 1.3e-4."""
POINTS = 1e-4
"""The same of keypoints, jacobians and covariances."""


@dataclass(frozen=True)
class Golden:
    """One family's checkpoint and every output the original made of it."""

    model: MotionModel
    arrays: dict[str, np.ndarray]

    def tensor(self, name: str) -> Tensor:
        tensor: Tensor = torch.from_numpy(self.arrays[name])
        return tensor

    def pictures(self, name: str) -> Tensor:
        """(..., H, W, 3) uint8 -> (..., 3, H, W) float32 in [0, 1]."""
        pictures: Tensor = torch.from_numpy(self.arrays[name].astype(np.float32) / 255)
        return pictures.movedim(-1, -3)

    def compare(self, found: Tensor, name: str, tolerance: float) -> None:
        torch.testing.assert_close(found, self.tensor(name), atol=tolerance, rtol=0)


def golden(family: str) -> Golden:
    """Skips the test where the golden data is not there."""
    folder = SHARED / family
    if not folder.is_dir():
        pytest.skip(f"no golden data of {family}: ../shared/golden is not beside this repository")
    with np.load(folder / "golden.npz", allow_pickle=False) as arrays:
        return Golden(load_checkpoint(folder / "checkpoint.pth.tar", folder / "config.yaml"), dict(arrays))


def take(keypoints: KeypointTensors, index: slice | list[int]) -> KeypointTensors:
    """Return a part of a batch."""
    return KeypointTensors(**{name: tensor[index] for name, tensor in _tensors(keypoints).items()})


def as_arrays(keypoints: KeypointTensors, index: int) -> Keypoints:
    """Return one pose of a batch, for puppet.motion.keypoint_transfer."""
    return Keypoints(**{name: tensor[index].numpy() for name, tensor in _tensors(keypoints).items()})


def as_tensors(keypoints: list[Keypoints]) -> KeypointTensors:
    """Return poses of puppet.motion.keypoint_transfer as a batch."""
    poses = [pose.arrays() for pose in keypoints]
    return KeypointTensors(**{name: torch.from_numpy(np.stack([pose[name] for pose in poses])) for name in poses[0]})


def _tensors(keypoints: KeypointTensors) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in keypoints._asdict().items() if tensor is not None}
