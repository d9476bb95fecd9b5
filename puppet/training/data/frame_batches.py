"""Batches for training the learned families: source frames, and driving frames of the same clips.

A batch is a function of seed, process and step alone, so that a resumed training draws what an uninterrupted one draws.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from puppet.training.data.clips import Clip
from puppet.training.data.moved_people import moved_people
from puppet.training.distributed import ALONE, Process
from puppet.training.recipe_schema.learned import AugmentationRecipe, LearnedRecipe

_OTHER_BACKGROUND = 0.6  # share of moved people that are put before another clip's frame
_GREY = np.array([0.299, 0.587, 0.114])  # luma weights of red, green and blue


class FrameBatch(NamedTuple):
    """One step's pictures.

    Attributes:
        source: (N, 3, S, S) float32 in [0, 1].
        driving: (N·T, 3, S, S): the T driving frames of each source in a row.
    """

    source: Tensor
    driving: Tensor

    def to(self, device: torch.device) -> FrameBatch:
        """Return it on another device."""
        return FrameBatch(self.source.to(device, non_blocking=True), self.driving.to(device, non_blocking=True))


class FrameBatches(Dataset[FrameBatch]):
    """Step -> batch."""

    def __init__(self, clips: Sequence[Clip], recipe: LearnedRecipe, process: Process = ALONE) -> None:
        self._clips, self._recipe, self._process = list(clips), recipe, process
        weights = np.array([clip.motion for clip in clips]) ** recipe.data.prefer_motion + 1e-12
        self._probabilities = weights / weights.sum()

    def __getitem__(self, step: int) -> FrameBatch:
        """Draw the batch of a step, counted from 0."""
        random = np.random.default_rng((self._recipe.seed, self._process.rank, step))
        drawn = [self._drawn(random) for _ in range(self._recipe.batch)]
        return FrameBatch(torch.stack([clip[0] for clip in drawn]), torch.cat([clip[1:] for clip in drawn]))

    def _drawn(self, random: np.random.Generator) -> Tensor:
        """(1 + T, 3, S, S): frames of one clip, in the order of time or against it."""
        clip = self._clips[random.choice(len(self._clips), p=self._probabilities)]
        count = 1 + self._recipe.data.clip_length
        picked = np.sort(random.choice(clip.length, count, replace=clip.length < count))
        chosen = clip.frames[picked]
        share = self._recipe.augmentation.move_person
        if share and random.random() < share:
            other = self._clips[random.integers(len(self._clips))]
            at = random.integers(other.length)
            # Upside down it does not show another person.
            background = other.frames[at][::-1] if random.random() < _OTHER_BACKGROUND else None
            chosen = moved_people(chosen, clip.silhouettes[picked], random, background)
        frames = torch.from_numpy(chosen)
        return augmented(frames.permute(0, 3, 1, 2).float() / 255, self._recipe.augmentation, random)


def augmented(frames: Tensor, recipe: AugmentationRecipe, random: np.random.Generator) -> Tensor:
    """Change all frames (F, 3, S, S) of a clip alike; the same random numbers are drawn whatever is switched on."""
    mirrored, backwards, zoom, across, down = random.random(5)
    colour = colour_change(recipe, random.uniform(-1, 1, 4))
    if backwards < recipe.time_flip:
        frames = frames.flip(0)
    if mirrored < recipe.horizontal_flip:
        frames = frames.flip(3)
    if recipe.scale:
        frames = _random_zoom(frames, 1 + zoom * recipe.scale, across, down)
    if colour is not None:
        matrix, offset = torch.from_numpy(colour[0]).float(), colour[1]
        mean = (frames.mean((0, 2, 3)) * torch.from_numpy(_GREY).float()).sum()
        frames = (torch.einsum("ij,fjhw->fihw", matrix, frames) + offset * mean).clamp(0, 1)
    return frames.contiguous()


def colour_change(recipe: AugmentationRecipe, drawn: NDArray[np.float64]) -> tuple[NDArray[np.float64], float] | None:
    """Return brightness, contrast, saturation and hue as one change: `matrix @ colour + offset · mean grey`.

    Hue is turned around the grey axis, which is not quite the HSV turn of the originals. None: nothing changes.
    """
    amounts = np.array([recipe.brightness, recipe.contrast, recipe.saturation, recipe.hue])
    if not amounts.any():
        return None
    brightness, contrast, saturation = 1 + amounts[:3] * drawn[:3]
    grey = np.outer(np.ones(3), _GREY)
    saturate = saturation * np.eye(3) + (1 - saturation) * grey
    matrix = brightness * contrast * (_hue_turn(2 * math.pi * amounts[3] * drawn[3]) @ saturate)
    return matrix, float(brightness * (1 - contrast))


def _hue_turn(angle: float) -> NDArray[np.float64]:
    """Rotation about (1, 1, 1) (Rodrigues)."""
    axis = np.full(3, 3**-0.5)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return math.cos(angle) * np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * np.outer(axis, axis)


def _random_zoom(frames: Tensor, zoom: float, across: float, down: float) -> Tensor:
    """Cut out a square of 1/zoom of the side at (`across`, `down`), each in [0, 1), and enlarge it to the old size."""
    side = frames.shape[-1]
    kept = max(2, round(side / zoom))
    left, top = int(across * (side - kept + 1)), int(down * (side - kept + 1))
    part = frames[:, :, top : top + kept, left : left + kept]
    return F.interpolate(part, size=(side, side), mode="bilinear", align_corners=False, antialias=True)
