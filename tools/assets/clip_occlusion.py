"""Ambient occlusion of each point of the resting mesh: the soft shade in folds, nostrils and behind the lips."""

from __future__ import annotations

import cv2
import numpy as np
from clip_mesh import Floats, Ints

GRID_PX = 1000
BIAS_M = 0.0035


def openness(points: Floats, corners: Ints, directions: int = 128) -> Floats:
    """(V,) 0 to about 1: the share of directions, those from above counted more, in which nothing is in the way.

    A point of a closed body sees at most half of all directions: that counts as 1.
    """
    seen, total = np.zeros(len(points)), 0.0
    for direction in _sphere(directions):
        view = points @ turn_to(direction).T
        scale = GRID_PX / np.ptp(view[:, :2], axis=0).max()
        low = view[:, :2].min(axis=0)
        heights = _heights(np.concatenate([view, view[corners].mean(axis=1)]), low, scale)
        column, row = _pixels(view, low, scale)
        weight = 1.0 + 0.5 * float(direction[2])
        seen += weight * (view[:, 2] > heights[row, column] - BIAS_M)
        total += weight
    return (2.0 * seen / total).clip(0.0, 1.1)


def smooth(values: Floats, corners: Ints, passes: int = 5) -> Floats:
    """Each vertex's value averaged with those of its triangles, some times over: takes out the grid of the sampling."""
    count = np.bincount(corners.ravel(), minlength=len(values))
    for _ in range(passes):
        mean = np.repeat(values[corners].mean(axis=1), 3)
        values = np.bincount(corners.ravel(), mean, len(values)) / np.maximum(count, 1)
    return values


def turn_to(direction: Floats) -> Floats:
    """(3, 3) rotation whose third row is the unit direction."""
    side = np.cross([0.0, 0.0, 1.0], direction)
    length = float(np.linalg.norm(side))
    side = side / length if length > 1e-6 else np.array([1.0, 0.0, 0.0])
    return np.stack([side, np.cross(direction, side), direction])


def _heights(samples: Floats, low: Floats, scale: float) -> Floats:
    """Return a map of the greatest third coordinate; gaps between samples are closed."""
    column, row = _pixels(samples, low, scale)
    heights = np.full((GRID_PX + 20, GRID_PX + 20), -9.0)
    np.maximum.at(heights, (row, column), samples[:, 2])
    return np.asarray(cv2.dilate(heights, np.ones((7, 7), np.uint8)), np.float64)


def _pixels(samples: Floats, low: Floats, scale: float) -> tuple[np.ndarray, np.ndarray]:
    pixel = ((samples[:, :2] - low) * scale + 10).astype(int)
    return pixel[:, 0], pixel[:, 1]


def _sphere(count: int) -> Floats:
    """(count, 3) unit directions spread evenly (Fibonacci)."""
    index = np.arange(count) + 0.5
    z, turn = 1 - 2 * index / count, np.pi * (1 + 5**0.5) * index
    return np.stack([np.sqrt(1 - z * z) * np.cos(turn), np.sqrt(1 - z * z) * np.sin(turn), z], axis=1)
