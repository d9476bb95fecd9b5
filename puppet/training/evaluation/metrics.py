"""Metrics of a rendered picture against the true one: L1, SSIM, LPIPS, landmark distance, detail regions, flicker.

Used during training (evaluation.face) and for finished packs (evaluation.pack). CPU only; any thread.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from skimage.metrics import structural_similarity
from torch import Tensor

from puppet.domain import Floats, Picture
from puppet.errors import CheckpointError
from puppet.motion.npz import read_npz
from puppet.training.evaluation.face_identity import Embedding
from puppet.training.losses.vgg import MOST_BYTES

LANDMARKS = 468
"""Landmarks that AKD compares: MediaPipe's 478 without the irises."""

_MOUTH = (61, 291, 0, 17, 13, 14, 37, 267, 84, 314)
_EYES = (33, 133, 159, 145), (263, 362, 386, 374)
_DETAILS = ((_MOUTH, 0.25), (_EYES[0], 0.6), (_EYES[1], 0.6))  # landmarks; padding as a share of their longer side


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one picture, or means over pictures; all but `ssim` are better when smaller. NaN: not measured.

    Attributes:
        l1: mean absolute difference, in [0, 1].
        ssim: structural similarity, up to 1.
        lpips: perceptual distance (arXiv 1801.03924, AlexNet, v0.1).
        akd: average keypoint distance: mean distance of 468 landmarks, in pixels.
        lost: share of rendered pictures in which no face is found, of those whose true picture shows one.
        detail_l1: `l1` within boxes around the mouth and the eyes.
        detail_lpips: `lpips` within the same boxes.
        flicker: mean absolute difference between the change since the previous frame and the true change, in [0, 1].
        aed: average Euclidean distance of identity embeddings (FOMM, section 4).
    """

    l1: float
    ssim: float
    lpips: float
    akd: float
    lost: float
    detail_l1: float
    detail_lpips: float
    flicker: float
    aed: float = math.nan


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a sequence with what its scores need.

    Attributes:
        picture: (h, w, 3) float32 RGB in [0, 1].
        before: the previous picture of the same sequence, same shape and range.
        landmarks: (478, 2 or 3) float32 in pixels, the first pixel's centre being 0; None: no face was found.
    """

    picture: Floats
    before: Floats
    landmarks: Floats | None


class Lpips:
    """LPIPS v0.1 with AlexNet; a metric only, never a training loss."""

    def __init__(self, path: Path) -> None:
        """Load the weights.

        Args:
            path: an .npz file with the arrays conv0_w, conv0_b, lin0 … conv4_w, conv4_b, lin4.

        Raises:
            CheckpointError: the file cannot be read, or lacks one of the arrays.
        """
        try:
            arrays = read_npz(path, MOST_BYTES)
            self._layers = [
                tuple(torch.from_numpy(arrays[name]).float() for name in (f"conv{i}_w", f"conv{i}_b", f"lin{i}"))
                for i in range(5)
            ]
        except (OSError, ValueError, TypeError, KeyError) as error:  # TypeError: an array of texts
            raise CheckpointError(
                f"{path}: not the AlexNet weights of LPIPS ({error}); give an .npz file with conv0_w … lin4"
            ) from error

    @torch.inference_mode()
    def distance(self, a: Floats, b: Floats) -> Floats:
        """Return the distance of two pictures (h, w, 3) float32 in [0, 1], per pixel: (h, w) float32."""
        total = torch.zeros(a.shape[:2])
        for x, y, (_, _, linear) in zip(self._features(a), self._features(b), self._layers, strict=True):
            squares = ((_unit(x) - _unit(y)).pow(2) * linear.view(1, -1, 1, 1)).sum(1, keepdim=True)
            total = total + F.interpolate(squares, size=a.shape[:2], mode="bilinear", align_corners=False)[0, 0]
        return np.asarray(total.numpy(), np.float32)

    def _features(self, picture: Floats) -> Iterator[Tensor]:
        mean = torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1)
        x = torch.from_numpy(picture).permute(2, 0, 1)[None]
        x = (2 * x - 1 - mean) / torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1)
        for index, (weight, bias, _) in enumerate(self._layers):
            if index in (1, 2):
                x = F.max_pool2d(x, 3, 2)
            stride, padding = (4, 2) if index == 0 else (1, 2 if index == 1 else 1)
            x = F.relu(F.conv2d(x, weight, bias, stride=stride, padding=padding))
            yield x


def score(made: Frame, true: Frame, lpips: Lpips | None = None, embedding: Embedding | None = None) -> Scores:
    """Compare a rendered frame with the true one, both of the same size.

    `lpips` and `aed` are NaN without their networks; landmark and detail scores are NaN where the true frame shows no
    face.
    """
    difference = np.abs(made.picture - true.picture).mean(2)
    distance = lpips.distance(made.picture, true.picture) if lpips else np.full_like(difference, math.nan)
    pictures = to_levels(made.picture), to_levels(true.picture)
    change = (made.picture - made.before) - (true.picture - true.before)
    akd = lost = detail_l1 = detail_lpips = math.nan
    if true.landmarks is not None:
        details = detail_mask(true.landmarks[:, :2], difference.shape)
        detail_l1, detail_lpips = float(difference[details].mean()), float(distance[details].mean())
        lost = float(made.landmarks is None)
        if made.landmarks is not None:
            offsets = made.landmarks[:LANDMARKS, :2] - true.landmarks[:LANDMARKS, :2]
            akd = float(np.linalg.norm(offsets, axis=1).mean())
    return Scores(
        l1=float(difference.mean()),
        ssim=float(structural_similarity(*pictures, channel_axis=2)),  # type: ignore[no-untyped-call]
        lpips=float(distance.mean()),
        akd=akd,
        lost=lost,
        detail_l1=detail_l1,
        detail_lpips=detail_lpips,
        flicker=float(np.abs(change).mean()),
        aed=embedding.distance(*pictures) if embedding else math.nan,
    )


def mean_scores(scores: Sequence[Scores]) -> Scores:
    """Return the mean of each score over those that were measured; NaN where none was."""
    values = np.array([[getattr(one, item.name) for item in fields(Scores)] for one in scores]).T
    return Scores(*(known_mean(row[np.isfinite(row)]) for row in values))


def known_mean(values: Sequence[float] | NDArray[np.float64]) -> float:
    """Return the mean; NaN of nothing."""
    return float(np.mean(values)) if len(values) else math.nan


def detail_mask(points: Floats, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return boxes around the mouth and the eyes as a mask (h, w).

    Args:
        points: (468 or more, 2) landmarks in pixels.
        shape: (h, w) of the mask, a square.
    """
    mask = np.zeros(shape, np.bool_)
    for group, padding in _DETAILS:
        low, high = points[list(group)].min(0), points[list(group)].max(0)
        pad = padding * float((high - low).max())
        (left, top), (right, bottom) = (np.clip(at, 0, shape[0] - 1).astype(int) for at in (low - pad, high + pad))
        mask[top : bottom + 1, left : right + 1] = True
    return mask


def to_floats(picture: Picture) -> Floats:
    """Convert a picture from uint8 to float32 in [0, 1]."""
    return np.asarray(picture / 255, np.float32)


def to_levels(picture: Floats) -> Picture:
    """Round a picture (h, w, 3) float32 in [0, 1] to uint8."""
    return np.asarray((picture * 255 + 0.5).clip(0, 255), np.uint8)


def _unit(features: Tensor) -> Tensor:
    return features / (features.pow(2).sum(1, keepdim=True).sqrt() + 1e-10)
