"""Batches for training the `face` model: pairs of a source and a driving frame of one clip.

Both frames are turned, scaled, shifted and coloured alike; puppet.geometry.face_mesh draws the maps between them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from puppet.domain import Floats, Keypoints, Picture
from puppet.errors import ConfigError
from puppet.geometry import face_mesh
from puppet.geometry import landmarks as lm
from puppet.geometry.crop import FINE_SIZE, MODEL_SIZE
from puppet.models.face import FaceMaps
from puppet.training.data.clips import SILHOUETTE_SIZE, Clip
from puppet.training.distributed import ALONE, Process
from puppet.training.recipe_schema.face import StageRecipe

PATCH = 112
"""Side in pixels of the patch that the perceptual loss compares, at a fifth of the cost of the whole picture."""

_SCALE, _ANGLE_RAD, _SHIFT = 0.18, 0.1, 14 / 127.5  # ± of ln(scale); standard deviation; ± normalised
_GAMMA, _GAIN = (0.75, 1.3), (0.85, 1.15)


class OwnDetails(NamedTuple):
    """puppet.geometry.face_mesh.Details of the source as tensors with a batch axis."""

    mouth: Tensor
    mouth_lips: Tensor
    eyes: Tensor
    eye_lids: Tensor


@dataclass(frozen=True, slots=True)
class PairBatch:
    """N pairs.

    Attributes:
        source: (N, 3, 256, 256) in [0, 1].
        driving: the same: the picture to render.
        maps: the movement from source to driving.
        own: the source's own mouth and eyes.
        silhouette: (N, 1, 64, 64) in [0, 1]: the person in the source.
        faces: regions of the face in source and driving picture, (N, 1, 64, 64): puppet.geometry.face_mesh.region.
        fine: (N, 3, 512, 512) each: the same two pictures, for the crops of mouth and eyes.
        patch: top and left of the patch that the perceptual loss compares.
        seed: of the random numbers that a loss draws.
    """

    source: Tensor
    driving: Tensor
    maps: FaceMaps
    own: OwnDetails
    silhouette: Tensor
    faces: tuple[Tensor, Tensor]
    fine: tuple[Tensor, Tensor]
    patch: tuple[int, int]
    seed: int = 0

    def flipped(self) -> PairBatch:
        """Return the batch mirrored, maps included, as if it were drawn from mirrored landmarks."""
        m, own = self.maps, self.own
        across = torch.tensor([-1.0, 1.0], device=self.source.device).view(1, 2, 1, 1)
        maps = FaceMaps(
            mesh=m.mesh.flip(3) * across,
            head=m.head.flip(3) * across,
            shape=m.shape.flip(3),
            mouth=_mirrored(m.mouth),
            mouth_lips=m.mouth_lips.flip(3),
            eyes=_mirrored(m.eyes).flip(1),
            eye_lids=m.eye_lids.flip(4).flip(1),
        )
        own = OwnDetails(
            mouth=_mirrored(own.mouth),
            mouth_lips=own.mouth_lips.flip(3),
            eyes=_mirrored(own.eyes).flip(1),
            eye_lids=own.eye_lids.flip(4).flip(1),
        )
        faces, fine = ((pair[0].flip(3), pair[1].flip(3)) for pair in (self.faces, self.fine))
        patch = self.patch[0], MODEL_SIZE - PATCH - self.patch[1]
        return PairBatch(
            self.source.flip(3), self.driving.flip(3), maps, own, self.silhouette.flip(3), faces, fine, patch, self.seed
        )

    def to(self, device: torch.device) -> PairBatch:
        """Return the batch on a device."""
        maps, own = FaceMaps(*(m.to(device) for m in self.maps)), OwnDetails(*(m.to(device) for m in self.own))
        source, driving, silhouette = (x.to(device) for x in (self.source, self.driving, self.silhouette))
        faces, fine = ((pair[0].to(device), pair[1].to(device)) for pair in (self.faces, self.fine))
        return PairBatch(source, driving, maps, own, silhouette, faces, fine, self.patch, self.seed)


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair before it is a tensor: square pictures of 256 or 512 pixels, silhouette (64, 64) uint8."""

    source: Picture
    driving: Picture
    source_points: Keypoints
    driving_points: Keypoints
    silhouette: NDArray[np.uint8]


def collate(pairs: Sequence[Pair], patch: tuple[int, int] = (0, 0), seed: int = 0) -> PairBatch:
    """Draw the maps of every pair and stack everything to tensors."""
    drawn = [face_mesh.draw(pair.source_points, pair.driving_points) for pair in pairs]
    own = [face_mesh.details(pair.source_points) for pair in pairs]
    return PairBatch(
        source=_pictures([pair.source for pair in pairs], MODEL_SIZE),
        driving=_pictures([pair.driving for pair in pairs], MODEL_SIZE),
        maps=FaceMaps(*(_stacked([getattr(maps, name) for maps in drawn]) for name in FaceMaps._fields)),
        own=OwnDetails(*(_stacked([getattr(maps, name) for maps in own]) for name in OwnDetails._fields)),
        silhouette=_stacked([pair.silhouette for pair in pairs])[:, None].float() / 255,
        faces=(_regions([pair.source_points for pair in pairs]), _regions([pair.driving_points for pair in pairs])),
        fine=(
            _pictures([pair.source for pair in pairs], FINE_SIZE),
            _pictures([pair.driving for pair in pairs], FINE_SIZE),
        ),
        patch=patch,
        seed=seed,
    )


@dataclass(frozen=True, slots=True)
class PooledBatch:
    """A batch of a pool.

    Attributes:
        index: in the pool.
        step: of the stage.
        pairs: None where the pool has given them before.
    """

    index: int
    step: int
    pairs: PairBatch | None

    def to(self, device: torch.device) -> PooledBatch:
        """Return the batch on a device."""
        return replace(self, pairs=self.pairs and self.pairs.to(device))


class PooledBatches(Dataset[PooledBatch]):
    """Step of a stage -> batch of a pool, in turns; each is drawn once by every process that asks for it."""

    def __init__(self, batches: Dataset[PairBatch], size: int) -> None:
        """`size`: of the pool."""
        self._batches, self._size, self._given = batches, size, set[int]()

    def __getitem__(self, step: int) -> PooledBatch:
        """Return the batch of a step, counted from 0."""
        index = step % self._size
        drawn = None if index in self._given else self._batches[index]
        self._given.add(index)
        return PooledBatch(index, step, drawn)


class PairBatches(Dataset[PairBatch]):
    """Step of a stage -> batch of pairs; a function of seed, process and step alone."""

    def __init__(
        self,
        clips: Sequence[Clip],
        stage: StageRecipe,
        folder_weights: Mapping[str, float],
        seed: int,
        process: Process = ALONE,
    ) -> None:
        """Weight the clips: for "motion" by how much they move, else by how much mouth and eyes change.

        Args:
            clips: with landmarks and silhouettes.
            stage: its objective and batch size.
            folder_weights: name of a data folder -> factor of how often it is drawn from.
            seed: of everything that is drawn.
            process: index of this process, and number of processes.

        Raises:
            ConfigError: no clip is usable for the objective.
        """
        self._motion, self._batch = stage.objective == "motion", stage.batch
        self._seed, self._process = seed, process
        self._clips = [clip for clip in clips if clip.moving or not self._motion]
        self._openness = [_Openness.of(clip.points) for clip in self._clips]
        weights = np.array([self._weight(i) * folder_weights.get(c.folder, 1) for i, c in enumerate(self._clips)])
        if not weights.sum() > 0:
            raise ConfigError(
                f"No clip to train {stage.objective} on; all are held out, skipped, of weight 0, or single pictures"
            )
        self._probabilities = weights / weights.sum()

    def __getitem__(self, step: int) -> PairBatch:
        """Draw the batch of a step, counted from 0; half of the batches are mirrored."""
        return self.drawn(np.random.default_rng((self._seed, self._process.rank, step)))

    def drawn(self, random: np.random.Generator) -> PairBatch:
        """Draw a batch."""
        pairs = [_augmented(*self._choose(random), random) for _ in range(self._batch)]
        top, left = random.integers(0, MODEL_SIZE - PATCH, 2).tolist()
        batch = collate(pairs, (top, left), int(random.integers(2**31)))
        return batch.flipped() if random.random() < 0.5 else batch

    def _weight(self, index: int) -> float:
        clip, openness = self._clips[index], self._openness[index]
        if not clip.moving:
            return min(0.25 * (clip.length - 1), 0.6)  # the more pictures of a person, the more pairs
        if self._motion:
            points = clip.points
            centre = points[:, :, :2].mean(1)
            nose = points[:, 1, :2] - centre  # turns, where the centre stays
            moved = float(np.linalg.norm(centre.std(0)) + nose.std(0).sum()) / 2
            return 0.3 + min(15 * moved, 1.2)
        return 0.3 + min(6 * float(openness.mouth.std()), 1.0) + min(5 * float(openness.eyes.std()), 0.6)

    def _choose(self, random: np.random.Generator) -> tuple[Clip, int, int]:
        """A clip and the indices of its source and driving frame."""
        index = int(random.choice(len(self._clips), p=self._probabilities))
        clip = self._clips[index]
        source = int(random.integers(clip.length))
        if self._motion:
            return clip, source, _far_frame(clip, source, random)
        openness = self._openness[index]
        change = 0.15 + 3 * np.abs(openness.mouth - openness.mouth[source])
        change = (change + 2.5 * np.abs(openness.eyes - openness.eyes[source])).astype(np.float64)
        return clip, source, int(random.choice(clip.length, p=change / change.sum()))


def _far_frame(clip: Clip, source: int, random: np.random.Generator) -> int:
    """Any frame, or, half of the time, the farther of two."""
    one, other = random.integers(clip.length, size=2).tolist()
    if random.random() < 0.5:
        return int(one)
    points = clip.points[:, ::20, :2]
    distances = [float(np.linalg.norm(points[k] - points[source])) for k in (one, other)]
    return int(one if distances[0] >= distances[1] else other)


def _augmented(clip: Clip, source: int, driving: int, random: np.random.Generator) -> Pair:
    """Both frames turned, scaled, shifted and coloured alike."""
    scale, angle = math.exp(random.uniform(-_SCALE, _SCALE)), _ANGLE_RAD * random.normal()
    turn = scale * np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    shift = random.uniform(-_SHIFT, _SHIFT, 2)
    curves = [_curve(random.uniform(*_GAMMA), gain) for gain in random.uniform(*_GAIN, 3)]
    frames = clip.frames
    pictures = [_coloured(_turned(frames[k], turn, shift), curves) for k in (source, driving)]
    points = [_turned_points(clip.keypoints(k), turn, shift, scale) for k in (source, driving)]
    silhouette = cv2.resize(clip.silhouettes[source], (MODEL_SIZE, MODEL_SIZE))
    small = cv2.resize(
        _turned(silhouette, turn, shift, cv2.BORDER_CONSTANT),
        (SILHOUETTE_SIZE, SILHOUETTE_SIZE),
        interpolation=cv2.INTER_AREA,
    )
    return Pair(pictures[0], pictures[1], points[0], points[1], small.astype(np.uint8))


@dataclass(frozen=True, slots=True)
class _Openness:
    """Height of mouth and eyes divided by their width in each frame, (F,) float32."""

    mouth: Floats
    eyes: Floats

    @staticmethod
    def of(points: Floats) -> _Openness:
        def ratio(upper: int, lower: int, corners: lm.Indices) -> Floats:
            one, other = corners.tolist()
            height = np.linalg.norm(points[:, upper, :2] - points[:, lower, :2], axis=1)
            width = np.linalg.norm(points[:, one, :2] - points[:, other, :2], axis=1)
            return np.asarray(height / np.maximum(width, 1e-6), np.float32)

        middle = len(lm.UPPER_LIPS[0]) // 2
        mouth = ratio(int(lm.UPPER_LIPS[0][middle]), int(lm.LOWER_LIPS[0][middle]), lm.MOUTH_CORNERS)
        rows = zip(lm.UPPER_LIDS, lm.LOWER_LIDS, lm.EYE_CORNERS, strict=True)
        eyes = [ratio(int(upper[0][3]), int(lower[0][3]), corners) for upper, lower, corners in rows]
        return _Openness(mouth, np.mean(eyes, 0, dtype=np.float32))


def _turned(
    picture: NDArray[np.uint8],
    turn: NDArray[np.float64],
    shift: NDArray[np.float64],
    border: int = cv2.BORDER_REFLECT_101,
) -> NDArray[np.uint8]:
    """The picture under x -> turn · x + shift, both in the normalised coordinates of 256 pixels."""
    size = len(picture)
    middle, unit = (size - 1) / 2, size / MODEL_SIZE * (MODEL_SIZE - 1) / 2
    offset = middle + unit * shift - turn @ np.array([middle, middle])
    matrix = np.column_stack([turn, offset])
    turned = cv2.warpAffine(picture, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=border)
    return turned.astype(np.uint8, copy=False)


def _turned_points(points: Keypoints, turn: NDArray[np.float64], shift: NDArray[np.float64], scale: float) -> Keypoints:
    assert points.depth is not None
    return Keypoints((points.points @ turn.T + shift).astype(np.float32), (scale * points.depth).astype(np.float32))


def _curve(gamma: float, gain: float) -> NDArray[np.uint8]:
    """A brightness curve (256,) for one channel."""
    return np.clip(255 * (np.arange(256) / 255) ** gamma * gain, 0, 255).astype(np.uint8)


def _coloured(picture: Picture, curves: Sequence[NDArray[np.uint8]]) -> Picture:
    return np.stack([curve[picture[..., channel]] for channel, curve in enumerate(curves)], -1)


def _mirrored(theta: Tensor) -> Tensor:
    """The affine (..., 2, 3) of a crop after picture and crop were both mirrored: x becomes −x on both sides."""
    return theta * torch.tensor([[1.0, -1.0, -1.0], [-1.0, 1.0, 1.0]], device=theta.device)


def _regions(poses: Sequence[Keypoints]) -> Tensor:
    return _stacked([face_mesh.region(pose) for pose in poses])[:, None]


def _pictures(pictures: Sequence[Picture], size: int) -> Tensor:
    methods = (cv2.INTER_AREA if len(picture) > size else cv2.INTER_CUBIC for picture in pictures)
    resized = [cv2.resize(one, (size, size), interpolation=how) for one, how in zip(pictures, methods, strict=True)]
    return _stacked(resized).permute(0, 3, 1, 2).float() / 255


def _stacked(arrays: Sequence[NDArray[np.generic]]) -> Tensor:
    return torch.from_numpy(np.stack(arrays))
