"""Indices of MediaPipe's 478 landmarks, and the mean face.

Right and left are the person's own: the right eye is on the left of a picture, and comes first in pairs. Rows of eyes
start at the outer corner, rows of lips at the right corner; one column is the same place in every row.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from puppet.domain import Floats, Keypoints

Indices = NDArray[np.int64]

COUNT = 478
_LYING_DEG = 60.0  # less is a tilted head

# fmt: off
# Forehead, temples, front of the ears, nose bridge, eye corners: points that move with the skull.
STABLE: Indices = np.array([
    10, 109, 338, 67, 297, 103, 332, 54, 284, 21, 251, 162, 389, 127, 356, 234, 454, 139, 368, 34, 264, 227, 447,
    116, 345, 168, 6, 197, 195, 5, 4, 33, 263, 133, 362,
])

FOREHEAD, CHIN, RIGHT_SIDE, LEFT_SIDE = 10, 152, 234, 454
"""Ends of the face: its uppermost and lowest point in the middle, the widest on both sides, before the ears."""

# Per eye: corners (outer, inner), iris (centre and rim), rows of the lids from the margin outwards.
EYE_CORNERS: tuple[Indices, Indices] = (np.array([33, 133]), np.array([263, 362]))
IRISES: tuple[Indices, Indices] = (np.arange(468, 473), np.arange(473, 478))
UPPER_LIDS: tuple[Indices, Indices] = (
    np.array([[246, 161, 160, 159, 158, 157, 173],
              [247, 30, 29, 27, 28, 56, 190],
              [113, 225, 224, 223, 222, 221, 189]]),
    np.array([[466, 388, 387, 386, 385, 384, 398],
              [467, 260, 259, 257, 258, 286, 414],
              [342, 445, 444, 443, 442, 441, 413]]),
)
LOWER_LIDS: tuple[Indices, Indices] = (
    np.array([[7, 163, 144, 145, 153, 154, 155],
              [25, 110, 24, 23, 22, 26, 112],
              [31, 228, 229, 230, 231, 232, 233]]),
    np.array([[249, 390, 373, 374, 380, 381, 382],
              [255, 339, 254, 253, 252, 256, 341],
              [261, 448, 449, 450, 451, 452, 453]]),
)
BROWS: tuple[Indices, Indices] = (
    np.array([70, 63, 105, 66, 107, 46, 53, 52, 65, 55]),
    np.array([300, 293, 334, 296, 336, 276, 283, 282, 295, 285]),
)

# Rows of the lips from the inner edge outwards, without the corners.
UPPER_LIPS: Indices = np.array([
    [191, 80, 81, 82, 13, 312, 311, 310, 415],
    [183, 42, 41, 38, 12, 268, 271, 272, 407],
    [184, 74, 73, 72, 11, 302, 303, 304, 408],
    [185, 40, 39, 37, 0, 267, 269, 270, 409],
])
LOWER_LIPS: Indices = np.array([
    [95, 88, 178, 87, 14, 317, 402, 318, 324],
    [96, 89, 179, 86, 15, 316, 403, 319, 325],
    [77, 90, 180, 85, 16, 315, 404, 320, 307],
    [146, 91, 181, 84, 17, 314, 405, 321, 375],
])
# Skin around the lips, from the philtrum to the person's right; below the nose, whatever the mouth does.
AROUND_LIPS: Indices = np.array([
    164, 167, 165, 92, 186, 57, 43, 106, 182, 83, 18, 313, 406, 335, 273, 287, 410, 322, 391, 393,
])
LIP_CORNERS: Indices = np.array([61, 76, 62, 78, 291, 306, 292, 308])
MOUTH_CORNERS: Indices = np.array([61, 291])
# fmt: on


@cache
def mean_face() -> NDArray[np.float64]:
    """Return the mean face (478, 3), frontal; x right, y down, z away from the camera; root mean square radius 1."""
    with resources.as_file(resources.files("puppet") / "assets" / "mean_face.npy") as path:
        face: NDArray[np.float64] = np.load(path, allow_pickle=False).astype(np.float64)
    face.setflags(write=False)
    return face


@cache
def mirror_image() -> Indices:
    """Return (478,): the landmark on the other side of the face that each one becomes in a mirror."""
    mean = mean_face()  # symmetrical
    return np.asarray(np.linalg.norm(mean[:, None] * (-1, 1, 1) - mean[None], axis=2).argmin(1))


def rest_pose() -> Keypoints:
    """Return the mean face as keypoints of a square crop that it fills as tracked faces do."""
    mean = (0.3 * mean_face()).astype(np.float32)
    return Keypoints(mean[:, :2], mean[:, 2])


def turns_to_upright(points: Floats) -> int:
    """Return the quarter turns anticlockwise after which a lying or upside-down face is upright; 0 for others.

    Args:
        points: (478, 2 or more) landmarks, in pixels.
    """
    across = points[EYE_CORNERS[1][0], :2] - points[EYE_CORNERS[0][0], :2]
    angle_deg = float(np.degrees(np.arctan2(across[1], across[0])))
    return round(angle_deg / 90) % 4 if abs(angle_deg) > _LYING_DEG else 0
