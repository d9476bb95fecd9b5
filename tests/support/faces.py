"""Faces for tests: landmarks built from the mean face, with a pose and an expression; portraits for tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np

from puppet.domain import Face, Keypoints, Picture
from puppet.geometry import landmarks as lm
from puppet.geometry.crop import CropBox, face_box
from puppet.geometry.head_pose import Array, Head, rotation_matrix
from puppet.tracking.tracker import largest_face

PORTRAITS = Path(__file__).parent / "portraits"
"""Portraits of 512 x 512 pixels that shipped once: quick to analyse, and always the same."""


def face(
    *,
    turn_deg: tuple[float, float, float] = (0, 0, 0),
    size: float = 0.3,
    at: tuple[float, float, float] = (0, 0.05, 0),
    shape: tuple[float, float, float] = (1, 1, 1),
    mouth: float = 0.0,
    eyes: tuple[float, float] = (1, 1),
    gaze: tuple[float, float] = (0, 0),
    seed: int | None = None,
) -> Keypoints:
    """Landmarks in a crop.

    Args:
        turn_deg: pitch, yaw, roll.
        size: the mean face's unit in the crop.
        at: the head's centre.
        shape: stretches the face along its axes.
        mouth: the lips' aperture in the mean face's unit.
        eyes: right and left aperture, times the mean face's.
        gaze: of the irises, in the mean face's unit.
        seed: noise that makes the shape a person's own.
    """
    own = lm.mean_face() * shape
    if seed is not None:
        own = own + np.random.default_rng(seed).normal(0, 0.01, own.shape)
    gap = own[lm.LOWER_LIPS[0], 1] - own[lm.UPPER_LIPS[0], 1]
    own[lm.LOWER_LIPS, 1] += mouth - gap
    for eye in (0, 1):
        upper, lower = lm.UPPER_LIDS[eye], lm.LOWER_LIDS[eye]
        own[upper, 1] += (1 - eyes[eye]) * (own[lower[0], 1] - own[upper[0], 1])
        own[lm.IRISES[eye], :2] += gaze
    posed = Head(rotation_matrix(np.radians(turn_deg)), size, np.array(at)).to_camera(own)
    return Keypoints(posed[:, :2].astype(np.float32), posed[:, 2].astype(np.float32))


def lip_gap(keypoints: Keypoints) -> Array:
    """The lips' aperture in each column, downwards in the crop."""
    return np.asarray(keypoints.points[lm.LOWER_LIPS[0], 1] - keypoints.points[lm.UPPER_LIPS[0], 1], np.float64)


def lid_gap(keypoints: Keypoints, eye: int) -> Array:
    """The lids' aperture in each column, downwards in the crop."""
    rows = lm.LOWER_LIDS[eye][0], lm.UPPER_LIDS[eye][0]
    return np.asarray(keypoints.points[rows[0], 1] - keypoints.points[rows[1], 1], np.float64)


@cache
def portrait(name: str) -> Picture:
    """A portrait's picture."""
    image = cv2.imread(str(PORTRAITS / name))
    assert image is not None
    return np.ascontiguousarray(image[..., ::-1]).astype(np.uint8)


@cache
def located(name: str) -> Face:
    """The face in a portrait."""
    return largest_face(portrait(name))[0]


def keypoints_of(name: str) -> Keypoints:
    """A portrait's landmarks in its crop."""
    found = located(name)
    return face_box(found).to_norm(found.points)


def in_frame(name: str, *, x: float, y: float, height: float, size: tuple[int, int] = (1280, 720)) -> Picture:
    """A grey camera frame with a portrait's face, `height` px high, centred at (x, y)."""
    picture, points = portrait(name), located(name).points
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    scale = height / float(high[1] - low[1])
    reduced = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    left, top = (np.array((x, y)) - (low + high) / 2 * scale).round().astype(int)
    frame = np.full((size[1], size[0], 3), 120, np.uint8)
    rows, columns = slice(max(top, 0), top + reduced.shape[0]), slice(max(left, 0), left + reduced.shape[1])
    target = frame[rows, columns]
    target[:] = reduced[max(-top, 0) :, max(-left, 0) :][: target.shape[0], : target.shape[1]]
    return frame


WHOLE_CROP = CropBox(127.5, 127.5, 256)
"""The crop that is the picture, 256 pixels wide."""
