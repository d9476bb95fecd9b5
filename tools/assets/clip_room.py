"""The room behind the performer, out of focus: drawn in large soft shapes and blurred."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def paint_room(size: tuple[int, int], seed: int = 3) -> NDArray[np.uint8]:
    """(H, W, 3) RGB: a wall, a window, books on a shelf, a lamp and a plant, blurred as a near camera would."""
    width, height = size
    draws = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width] / height
    wall = np.array([178, 171, 160]) * (1.04 - 0.32 * x[..., None] / (width / height)) * (1.0 - 0.12 * y[..., None])
    room = wall.astype(np.float32)
    _window(room)
    _shelf(room, draws)
    _plant(room, draws)
    lamp = np.exp(-(((x - 1.62) / 0.16) ** 2 + ((y - 0.12) / 0.16) ** 2))[..., None]
    room += lamp * np.array([120, 92, 52])
    room = np.asarray(cv2.GaussianBlur(room, (0, 0), height / 52), np.float32)
    grain = draws.uniform(-0.6, 0.6, (height, width, 1))
    return np.asarray((room + grain).clip(0, 255), np.uint8)


def _window(room: NDArray[np.float32]) -> None:
    """Two bright panes on the left with a frame."""
    scale = room.shape[0] / 720
    for left in (20, 178):
        corners = (int(left * scale), int(-20 * scale)), (int((left + 138) * scale), int(400 * scale))
        cv2.rectangle(room, *corners, (226, 234, 238), -1)
        cv2.rectangle(room, *corners, (206, 203, 196), int(10 * scale))


def _shelf(room: NDArray[np.float32], draws: np.random.Generator) -> None:
    """A board with books of several colours on the right."""
    scale = room.shape[0] / 720
    covers = [
        (142, 62, 52),
        (52, 84, 110),
        (196, 172, 120),
        (84, 108, 84),
        (60, 56, 66),
        (176, 116, 72),
        (206, 200, 188),
    ]
    left = 900.0
    while left < 1290:
        across, tall = draws.uniform(20, 44), draws.uniform(110, 170)
        corners = (int(left * scale), int((400 - tall) * scale)), (int((left + across) * scale), int(400 * scale))
        cv2.rectangle(room, *corners, covers[int(draws.integers(len(covers)))], -1)
        left += across + draws.uniform(1, 5)
    cv2.rectangle(room, (int(880 * scale), int(400 * scale)), (int(1290 * scale), int(424 * scale)), (96, 66, 46), -1)


def _plant(room: NDArray[np.float32], draws: np.random.Generator) -> None:
    """Leaves in the lower left corner."""
    scale = room.shape[0] / 720
    for _ in range(46):
        angle = draws.uniform(-2.6, -0.5)
        reach = draws.uniform(60, 220)
        centre = int((90 + np.cos(angle) * reach) * scale), int((700 + np.sin(angle) * reach) * scale)
        green = np.array([58, 92, 56]) * draws.uniform(0.6, 1.5)
        axes = int(48 * scale), int(14 * scale)
        cv2.ellipse(room, centre, axes, np.degrees(angle), 0, 360, tuple(map(float, green)), -1, cv2.LINE_AA)
