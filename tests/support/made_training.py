"""Material for tests of the face model's training: a bundled portrait in motion, a random VGG16, recipes, clocks."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import torch
from torch import nn

from puppet.domain import Floats, Keypoints, Picture
from puppet.geometry import face_mesh
from puppet.geometry import landmarks as lm
from puppet.geometry.crop import face_box
from puppet.models.face import FaceModel, warp_by_mesh
from puppet.training.data.clips import Clip, ClipArrays, ClipSource, write_clip
from puppet.training.data.face_pairs import Pair, collate
from puppet.training.distributed import ALONE, Process
from puppet.training.families import FaceFamily
from puppet.training.losses.face import VGG_FEATURES
from puppet.training.losses.vgg import VGG16, Vgg
from puppet.training.recipe_schema.face import FaceClipsRecipe, FaceRecipe, StageRecipe
from puppet.training.trainer import Trainer
from tests.support.faces import keypoints_of, located, portrait

FRAMES = 4


class Clock:
    """Time that a test moves, or that passes by `tick_s` with every look."""

    def __init__(self, tick_s: float = 0.0) -> None:
        self.now_s, self._tick_s = 0.0, tick_s

    def __call__(self) -> float:
        self.now_s += self._tick_s
        return self.now_s


class RandomVggFamily(FaceFamily):
    """The face family with a random VGG16."""

    def __init__(self, recipe: FaceRecipe) -> None:
        self.recipe, self.stages, self._vgg = recipe, recipe.stages, random_vgg()


def made_clip(name: str, cache: Path) -> Clip:
    """FRAMES frames of a bundled portrait, moved by the mesh: it tilts, opens its mouth and closes its eyes."""
    rest = keypoints_of(name)
    picture = face_box(located(name)).extract(portrait(name))
    poses = [_moved(rest, index / (FRAMES - 1)) for index in range(FRAMES)]
    depth = rest.depth
    assert depth is not None
    points = np.stack([np.column_stack([pose.points, depth]) for pose in poses]).astype(np.float32)
    frames = np.stack([_warped(picture, rest, pose) for pose in poses])
    return cached_clip(f"made__{name}", frames, points, cache)


def cached_clip(name: str, frames: Picture, points: Floats, cache: Path) -> Clip:
    """A clip of one person, whose silhouette is a disc."""
    silhouette = np.zeros((64, 64), np.uint8)
    cv2.circle(silhouette, (32, 34), 20, 255, cv2.FILLED)
    arrays = ClipArrays(list(frames), list(points), [silhouette] * len(frames))
    return write_clip(ClipSource(name, "", lambda: arrays, name, "made"), arrays, cache)


def one_stage(
    objective: Literal["motion", "detail", "mouth", "eyes"] = "detail",
    *,
    minutes: float = 60,
    learning_rate: float = 1e-3,
    adversarial: float = 0.0,
) -> FaceRecipe:
    """A recipe of one stage with batches of two."""
    stage = StageRecipe(objective, minutes, 2, learning_rate, adversarial)
    return FaceRecipe(stages=(stage,), data=FaceClipsRecipe(held_out=0))


def face_trainer(recipe: FaceRecipe, clips: list[Clip], clock: Clock, process: Process = ALONE) -> Trainer[FaceModel]:
    """A trainer on the CPU."""
    return Trainer(RandomVggFamily(recipe), clips, torch.device("cpu"), clock, process)


def random_vgg() -> Vgg:
    """VGG16 with random weights: enough for a gradient."""
    random, vgg = torch.Generator().manual_seed(0), Vgg(VGG16, VGG_FEATURES)
    for convolution in vgg.convolutions:
        assert isinstance(convolution, nn.Conv2d)
        weight = convolution.weight
        weight.data.copy_(torch.randn(weight.shape, generator=random) * (2 / (9 * weight.shape[1])) ** 0.5)
        nn.init.zeros_(convolution.bias)  # type: ignore[arg-type]
    return vgg


def write_vgg(path: Path, vgg: Vgg) -> Path:
    """Its weights as an .npz that `read_vgg` reads."""
    names = {"weight": "w", "bias": "b"}
    arrays = {}
    for name, value in vgg.convolutions.state_dict().items():
        index, _, kind = name.partition(".")
        arrays[f"conv{index}_{names[kind]}"] = value.numpy()
    np.savez(path, **arrays)
    return path


def _moved(rest: Keypoints, share: float) -> Keypoints:
    points = rest.points.copy()
    points[face_mesh.LOWER_INNER[1:-1], 1] += 0.08 * share
    points[face_mesh.LOWER_OUTER[1:-1], 1] += 0.08 * share
    for upper, lower in zip(lm.UPPER_LIDS, lm.LOWER_LIDS, strict=True):
        points[upper[0], 1] += 0.8 * share * (points[lower[0], 1] - points[upper[0], 1])
    angle = 0.15 * share
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = points.mean(0)
    points = (points - centre) @ turn.T + centre + np.array([0.08, 0.03]) * share
    return Keypoints(points.astype(np.float32), rest.depth)


def _warped(picture: Picture, rest: Keypoints, pose: Keypoints) -> Picture:
    batch = collate([Pair(picture, picture, rest, pose, np.zeros((64, 64), np.uint8))])
    moved = warp_by_mesh(batch.source, batch.maps.mesh)[0].permute(1, 2, 0)
    return np.ascontiguousarray((moved * 255).round().to(torch.uint8).numpy())
