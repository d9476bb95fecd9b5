"""Repaint a photograph in oil: brush strokes from coarse to fine along the picture's forms, with relief and canvas.

After Hertzmann 1998 ("Painterly rendering with curved brush strokes of multiple sizes"): each layer paints only where
the canvas still differs from the picture; strokes follow the direction of least change (structure tensor). Bristles of
slightly different colour and height make the strokes visible when the relief is lit.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]
SCALE = 2  # painted larger, then reduced
BRUSHES_PX = (68.0, 36.0, 18.0, 10.0, 6.4)  # widths, on the enlarged canvas of 2560 pixels
STEPS = 9
TOLERANCE = (0.0, 0.040, 0.045, 0.040, 0.045)  # a layer paints where the canvas is off by more than this
GROUND = (0.33, 0.25, 0.17)  # the umber under the paint


@dataclass
class _Easel:
    """The canvas: colour and height of the paint, both float32, enlarged."""

    colour: Floats
    height: Floats


def paint(picture: Picture, seed: int = 5) -> Picture:
    """The (H, W, 3) RGB picture as an oil painting of the same size."""
    draws = np.random.default_rng(seed)
    size = picture.shape[1] * SCALE, picture.shape[0] * SCALE
    large = cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC)
    model = _palette(np.asarray(large, np.float32) / np.float32(255))
    easel = _Easel(np.full_like(model, GROUND), np.zeros(model.shape[:2], np.float32))
    for width, tolerance in zip(BRUSHES_PX, TOLERANCE, strict=True):
        _layer(easel, model, width, tolerance, draws)
    lit = _light(easel, draws)
    small = cv2.resize(lit, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_AREA)
    return (small * 255).clip(0, 255).astype(np.uint8)


def _palette(model: Floats) -> Floats:
    """Deeper contrast and warmer darks: paints have no photographic greys."""
    grey = model.mean(axis=2, keepdims=True)
    rich = (grey + (model - grey) * 1.06).clip(0, 1) ** 1.10
    return np.asarray(rich * (1.0, 0.975, 0.92) + np.array([0.018, 0.012, 0.006]), np.float32)


def _layer(easel: _Easel, model: Floats, width: float, tolerance: float, draws: np.random.Generator) -> None:
    """Cover what is still wrong with strokes of one width, in random order."""
    target = np.asarray(cv2.GaussianBlur(model, (0, 0), width * 0.16), np.float32)
    along = _flow(target, width * 0.7 + 3)
    error = cv2.GaussianBlur(np.abs(target - easel.colour).mean(axis=2), (0, 0), width * 0.35)
    step = width * (0.62 if tolerance == 0 else 0.48)
    rows, columns = np.mgrid[0 : model.shape[0] : step, 0 : model.shape[1] : step]
    starts = np.stack([columns.ravel(), rows.ravel()], axis=1) + draws.uniform(-step / 2, step / 2, (rows.size, 2))
    starts = starts.clip(0, np.array(model.shape[1::-1]) - 1)
    for x, y in draws.permutation(starts):
        if error[int(y), int(x)] >= tolerance:
            _stroke(easel, _path(target, along, x, y, width), target[int(y), int(x)], width, draws)


def _flow(target: Floats, sigma: float) -> Floats:
    """(H, W, 2) unit vectors x, y of least change."""
    grey = cv2.GaussianBlur(target.mean(axis=2), (0, 0), 1.5)
    dx, dy = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    xx, yy, xy = (cv2.GaussianBlur(product, (0, 0), sigma) for product in (dx * dx, dy * dy, dx * dy))
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2
    return np.stack([np.cos(angle), np.sin(angle)], axis=2)


def _path(target: Floats, along: Floats, x: float, y: float, width: float) -> Floats:
    """Points of a stroke both ways from its start, for as long as the colour stays about the same."""
    start = target[int(y), int(x)]
    arms = []
    for sign in (1.0, -1.0):
        points, px, py, last = [], x, y, sign * along[int(y), int(x)]
        for _ in range(STEPS // 2):
            direction = along[int(py), int(px)]
            direction = direction if direction @ last > 0 else -direction
            px, py = px + direction[0] * width * 0.42, py + direction[1] * width * 0.42
            if not (0 <= px < target.shape[1] and 0 <= py < target.shape[0]):
                break
            if np.abs(target[int(py), int(px)] - start).mean() > 0.055:
                break
            points.append((px, py))
            last = direction
        arms.append(points)
    return np.array([*reversed(arms[1]), (x, y), *arms[0]], np.float32)


def _stroke(easel: _Easel, path: Floats, colour: Floats, width: float, draws: np.random.Generator) -> None:
    """Bristles side by side along the path, a little different in colour, length and load of paint."""
    if len(path) < 2:
        path = np.concatenate([path, path + draws.normal(0, width * 0.25, (1, 2))]).astype(np.float32)
    direction = np.gradient(path, axis=0)
    across = np.stack([-direction[:, 1], direction[:, 0]], axis=1)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
    tint = colour * (1 + draws.normal(0, 0.025)) + draws.normal(0, 0.004, 3)
    bristles = max(3, int(width / 2.2))
    for offset in np.linspace(-0.5, 0.5, bristles):
        line = path + across * (offset * width)
        line = line[: max(2, len(line) - int(draws.integers(0, 2)))]
        points = [np.round(line * 8).astype(np.int32)]
        load = float(draws.uniform(0.2, 1.0) * (1 - 1.2 * offset * offset))
        shade = tint * (1 + draws.normal(0, 0.022))
        thick = max(1, round(1.5 * width / bristles))
        cv2.polylines(easel.colour, points, False, tuple(map(float, shade)), thick, cv2.LINE_AA, 3)
        cv2.polylines(easel.height, points, False, load * width**0.5, thick, cv2.LINE_AA, 3)


def _light(easel: _Easel, draws: np.random.Generator) -> Floats:
    """Light the relief of paint and canvas from the upper left, then varnish."""
    rows, columns = np.mgrid[0 : easel.height.shape[0], 0 : easel.height.shape[1]].astype(np.float32)
    weave = np.sin(columns * np.pi / 3.5) * np.cos(rows * np.pi / 3.5) + draws.normal(0, 0.25, rows.shape)
    relief = cv2.GaussianBlur(easel.height, (0, 0), 1.0) + 0.16 * cv2.GaussianBlur(
        weave.astype(np.float32), (0, 0), 0.8
    )
    slope = cv2.Sobel(relief, cv2.CV_32F, 1, 0) + cv2.Sobel(relief, cv2.CV_32F, 0, 1)
    light = 1 + 0.036 * np.tanh(slope / 3)
    x, y = columns / columns.max() - 0.5, rows / rows.max() - 0.5
    vignette = 1 - 1.0 * np.clip(x * x + y * y - 0.12, 0, None)
    return np.asarray((easel.colour * (light * vignette)[..., None]).clip(0, 1), np.float32)
