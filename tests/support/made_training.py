"""What training tests work on: a bundled portrait in motion, a VGG16 with random weights, recipes, clocks."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import numpy as np
import torch

from puppet.domain import Keypoints, Picture
from puppet.geometry import face_mesh
from puppet.geometry import landmarks as lm
from puppet.geometry.crop import face_box
from puppet.models.face import warp_by_mesh
from puppet.training.data.face_clips import Clip
from puppet.training.data.face_pairs import Pair, collate
from puppet.training.losses.face_terms import Vgg16
from puppet.training.recipe_schema.face import DataRecipe, Recipe, StageRecipe
from tests.support.faces import keypoints_of, located, portrait

FRAMES = 4


class Clock:
    """Time that a test moves, or that passes by `tick_s` with every look."""

    def __init__(self, tick_s: float = 0.0) -> None:
        self.now_s, self._tick_s = 0.0, tick_s

    def __call__(self) -> float:
        self.now_s += self._tick_s
        return self.now_s


def made_clip(name: str) -> Clip:
    """FRAMES frames of a bundled portrait, moved by the mesh: it tilts, opens its mouth and closes its eyes."""
    rest = keypoints_of(name)
    picture = face_box(located(name)).extract(portrait(name))
    poses = [_moved(rest, index / (FRAMES - 1)) for index in range(FRAMES)]
    depth = rest.depth
    assert depth is not None
    points = np.stack([np.column_stack([pose.points, depth]) for pose in poses]).astype(np.float32)
    frames = np.stack([_warped(picture, rest, pose) for pose in poses])
    silhouette = np.zeros((64, 64), np.uint8)
    cv2.circle(silhouette, (32, 34), 20, 255, cv2.FILLED)
    return Clip(f"made__{name}", name, "made", True, frames, points, np.stack([silhouette] * FRAMES))


def one_stage(
    objective: str = "detail", *, minutes: float = 60, learning_rate: float = 1e-3, adversarial: float = 0.0
) -> Recipe:
    """A recipe of one stage with batches of two."""
    return Recipe((StageRecipe(objective, minutes, 2, learning_rate, adversarial),), data=DataRecipe(held_out=0))


def random_vgg() -> Vgg16:
    """VGG16's shapes with random weights: enough for a gradient."""
    random = torch.Generator().manual_seed(0)
    shapes = list(itertools.pairwise((3, 64, 64, 128, 128, 256)))
    weights = [torch.randn(b, a, 3, 3, generator=random) * (2 / (9 * a)) ** 0.5 for a, b in shapes]
    weights.append(torch.randn(256, 256, 3, 3, generator=random) / 34)
    return Vgg16(weights, [torch.zeros(len(weight)) for weight in weights])


def write_vgg(path: Path, vgg: Vgg16) -> Path:
    """Its weights as an .npz that `load_vgg16` reads."""
    kinds = {"w": "weight", "b": "bias"}
    arrays = {f"conv{i}_{short}": getattr(vgg, f"{kind}{i}").numpy() for i in range(6) for short, kind in kinds.items()}
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
