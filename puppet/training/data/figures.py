"""Generated clips of jointed figures and robot arms: objects other than faces, for which no data is needed.

Every clip shows one figure of its own proportions and colours, whose joints swing before a still background. The same
number always gives the same clip, at any size.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.domain import Picture

CLIPS = 240
FRAMES = 40
VERSION = 1
"""Has to change with every change of the drawing, so that cached clips are drawn again."""

_LARGE = 256  # side of the drawing; reducing it smooths edges
_SHIFT = 4  # OpenCV's fixed point: 1/16 pixel

Point = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bone:
    """A limb, whose start is the end of its parent.

    Attributes:
        parent: index of its parent; -1: it starts at the figure's root.
        length: as a share of the picture's side.
        width: as a share of the picture's side.
        rest: angle at rest to its parent, in radians.
        swing: largest turn to either side, in radians.
        colour: RGB.
        round_end: radius of a disc at its end: a head, a hand; 0: none.
    """

    parent: int
    length: float
    width: float
    rest: float
    swing: float
    colour: tuple[int, int, int]
    round_end: float = 0.0


def clip(number: int, size: int) -> Iterator[Picture]:
    """Yield FRAMES frames (size, size, 3) uint8 RGB of figure `number`."""
    random = np.random.default_rng(number)
    background = _background(random)
    bones = _arm(random) if number % 4 == 3 else _person(random)
    root = np.array([random.uniform(0.4, 0.6), 0.85 if number % 4 == 3 else random.uniform(0.5, 0.56)])
    sway = np.array([0.0 if number % 4 == 3 else random.uniform(0.02, 0.07), random.uniform(0, 0.015)])
    speeds, phases = random.uniform(0.6, 1.6, len(bones) + 1), random.uniform(0, 2 * math.pi, len(bones) + 1)
    for frame in range(FRAMES):
        turns = np.sin(2 * math.pi * speeds * frame / FRAMES + phases)
        picture = background.copy()
        _draw(picture, bones, root + sway * turns[-1], turns)
        yield cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _person(random: np.random.Generator) -> list[Bone]:
    """Torso, head, two arms and two legs of two bones each; angles are of y down, x right."""
    torso, limb = random.uniform(0.2, 0.25), random.uniform(0.11, 0.14)
    thick = random.uniform(0.035, 0.055)
    shirt, trousers, skin, arms = (_colour(random) for _ in range(4))
    down, up = math.pi / 2, -math.pi / 2
    bones = [Bone(-1, torso, 2.6 * thick, up, 0.12, shirt)]
    bones.append(Bone(0, 0.07, thick, 0, 0.25, skin, random.uniform(0.05, 0.065)))
    for side in (-1, 1):
        bones.append(Bone(0, limb, thick, math.pi + side * 0.7, 0.7, arms))
        bones.append(Bone(len(bones) - 1, limb, 0.85 * thick, side * 0.3, 0.6, skin, 0.6 * thick))
    for side in (-1, 1):
        bones.append(Bone(-1, 1.1 * limb, 1.15 * thick, down - side * 0.25, 0.35, trousers))
        bones.append(Bone(len(bones) - 1, 1.1 * limb, thick, side * 0.05, 0.3, trousers, 0.5 * thick))
    return bones


def _arm(random: np.random.Generator) -> list[Bone]:
    """A robot arm of three links and two fingers, which stands on the floor."""
    lengths = random.uniform(0.2, 0.26), random.uniform(0.17, 0.22), random.uniform(0.1, 0.14)
    colours = [_colour(random) for _ in range(4)]
    bones = [
        Bone(-1, 0.02, 0.2, -math.pi / 2, 0.0, colours[3]),
        Bone(0, lengths[0], 0.075, 0, 0.5, colours[0], 0.045),
        Bone(1, lengths[1], 0.06, 0.6, 0.6, colours[1], 0.035),
        Bone(2, lengths[2], 0.045, 0.5, 0.7, colours[2]),
    ]
    return [*bones, *(Bone(3, 0.06, 0.022, side * 0.5, 0.2, colours[3]) for side in (-1, 1))]


def _colour(random: np.random.Generator) -> tuple[int, int, int]:
    """A random saturated colour."""
    hsv = np.array([[[random.integers(180), random.integers(140, 256), random.integers(110, 256)]]], np.uint8)
    red, green, blue = (int(value) for value in cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0])
    return red, green, blue


def _background(random: np.random.Generator) -> Picture:
    """A soft gradient of pale colours."""
    corners = random.integers(150, 245, (3, 3, 3)).astype(np.float32)
    return cv2.resize(corners, (_LARGE, _LARGE), interpolation=cv2.INTER_CUBIC).clip(0, 255).astype(np.uint8)


def _draw(picture: Picture, bones: Sequence[Bone], root: Point, turns: NDArray[np.float64]) -> None:
    """Draw the figure, its bones in order; `turns`: position of each joint's swing, from -1 to 1."""
    ends: list[tuple[Point, float]] = []
    for bone, turn in zip(bones, turns, strict=False):
        start, angle = ends[bone.parent] if bone.parent >= 0 else (root, 0.0)
        angle += bone.rest + bone.swing * turn
        end = start + bone.length * np.array([math.cos(angle), math.sin(angle)])
        ends.append((end, angle))
        width = max(1, round(bone.width * _LARGE))
        cv2.line(picture, _pixel(start), _pixel(end), bone.colour, width, cv2.LINE_AA, _SHIFT)
        if bone.round_end:
            radius = round(bone.round_end * _LARGE * 2**_SHIFT)
            cv2.circle(picture, _pixel(end), radius, bone.colour, cv2.FILLED, cv2.LINE_AA, _SHIFT)


def _pixel(point: Point) -> tuple[int, int]:
    x, y = (point * _LARGE * 2**_SHIFT).round().astype(int)
    return int(x), int(y)
