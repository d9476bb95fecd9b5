"""Smoothing of the person's flow where it stretches few pixels over many.

Beside a face that turns, the flow changes from the face's to the head's within a few pixels. What turns into view, an
ear or a cheek, was hidden or narrow in the portrait, and would be torn into bands. Pure functions.
"""

from __future__ import annotations

import cv2
import numpy as np

from puppet.domain import Floats

_STRETCHED = 0.6  # smallest singular value of the map into the portrait below which its flow is smoothed
_TORN = 0.1  # the same, from which it is smoothed fully
_SIGMA = 3.0  # of the smoothing, in points of a flow of 128
_REACH, _SOFT = 5, 1.5  # points by which the smoothed part is widened, and softened
_NONE = 0.02  # share of smoothing that is left out


def without_tears(flow: Floats, face: Floats) -> Floats:
    """Return a flow that is smooth where it would tear the person; the face itself keeps its exact motion.

    Args:
        flow: (h, h, 2): from a pixel to its place in the source, normalised.
        face: (h, h) in [0, 1]: share of the face's own motion.
    """
    share = np.asarray((_STRETCHED - _least_scale(flow)) / (_STRETCHED - _TORN)).clip(0, 1)
    share = cv2.GaussianBlur(cv2.dilate(share, np.ones((_REACH, _REACH), np.uint8)), (0, 0), _SOFT) * (1 - face)
    if share.max() < _NONE:
        return flow
    smooth = cv2.GaussianBlur(flow, (0, 0), _SIGMA * len(flow) / 128)
    return np.asarray(flow + share[..., None] * (smooth - flow), np.float32)


def _least_scale(flow: Floats) -> Floats:
    """Return how far a step of one pixel leads in the source, in the direction in which it is shortest, (h, h).

    1: nothing is stretched; 0 or less: one pixel of the source covers several, or is shown mirrored.
    """
    half = (len(flow) - 1) / 4  # central differences span two pixels, and a pixel is 2 / (h - 1)
    across, down = (cv2.Sobel(flow, cv2.CV_32F, *axis, ksize=1, scale=half) for axis in ((1, 0), (0, 1)))
    xx, yx = cv2.split(across)
    xy, yy = cv2.split(down)
    xx, yy = xx + 1, yy + 1
    determinant = xx * yy - xy * yx
    squares = xx * xx + xy * xy + yx * yx + yy * yy
    least = (squares - np.sqrt(np.maximum(squares * squares - 4 * determinant * determinant, 0))) / 2
    return np.asarray(np.sqrt(np.maximum(least, 0)) * np.sign(determinant), np.float32)
