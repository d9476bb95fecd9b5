"""Hair and clothes beside a head that moves far, comes near, or turns far.

Between the model's flow and the pixels. Where a head moves farther than in most training clips, the pack takes what is
beside it for body or background in patches: hair is drawn into a wedge, collars bend in waves. There hair follows the
skull, and clothes move smoothly. The skull's motion is not the face's: a face that turns moves aside, while the hair
around it stays. So it covers the far ear, and hair on that side: beyond the turns of most training clips the pack lets
these move with the face. Pure functions.
"""

from __future__ import annotations

import cv2
import numpy as np

from puppet.domain import Floats, Keypoints
from puppet.geometry import landmarks as lm
from puppet.geometry.head_pose import Array, Head, face_height, face_of, fit_head
from puppet.geometry.smoothstep import smoothstep

_EXTENT = 0.7  # distance of hair from the skull's centre, in heights of the face
_NEAR, _FAR = 0.08, 0.2  # motion of hair with the skull, in heights of the face: none of this applies, and all of it
_FROM, _TO = -0.1, 0.25  # heights of the face above the chin, between which clothes end and hair begins
_TURNED = 0.35, 0.5  # sine of a turn beyond the portrait's and the front: the far side is not covered, and fully
_FAR_SIDE = 0.3, 0.8  # distance of the far side from the middle of the face, in units of the mean face
_COARSE, _SIGMA = 4, 1.5  # points of the flow to one of a coarse grid, and smoothing of clothes on it


def with_large_shift(flow: Floats, face: Floats, skull: Floats, own: Head, driven: Keypoints) -> Floats:
    """Return the person's flow (h, h, 2), in which hair follows a skull that moves far, and clothes move smoothly.

    Args:
        flow: the person's flow so far, normalised.
        face: (h, h) in [0, 1]: share of it that is the face's.
        skull: likewise the head's.
        own: the head in the portrait.
        driven: the pose in the picture.
    """
    head = fit_head(face_of(driven))
    turn, shift, far = _skull_motion(own, head)
    moves, covers = smoothstep(np.float32(far), _NEAR, _FAR), _covering(own, head)
    if moves == 0 and covers == 0:
        return flow
    axis = np.linspace(-1, 1, len(flow), dtype=np.float32)
    moved = np.dstack(
        [(turn[i, 0] - (i == 0)) * axis[None] + (turn[i, 1] - (i == 1)) * axis[:, None] + shift[i] for i in (0, 1)]
    )
    hair = _above_chin(driven, axis)
    if moves > 0:
        smooth = _smoothed(flow)
        free = moves * (1 - face - skull)
        flow = np.asarray(flow + free[..., None] * (smooth + hair[..., None] * (moved - smooth) - flow))
    if covers != 0:
        aside = np.sign(covers) * (axis - np.float32(head.centre[0])) / np.float32(head.size)
        far_side = abs(covers) * smoothstep(aside, *_FAR_SIDE)
        flow = np.asarray(flow + (far_side[None] * hair * (1 - face))[..., None] * (moved - flow))
    return flow


def _covering(own: Head, head: Head) -> np.float32:
    """Return how much of the far side a turned face covers, in [−1, 1]; negative: it is on the left of the picture."""
    aside, before = -head.rotation[0, 2], -own.rotation[0, 2]
    sign = np.sign(aside)
    turned = abs(aside) - max(0.0, before * sign)
    return np.float32(sign * smoothstep(turned, *_TURNED))


def _smoothed(flow: Floats) -> Floats:
    side = len(flow)
    coarse = cv2.resize(flow, (side // _COARSE,) * 2, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(cv2.GaussianBlur(coarse, (0, 0), _SIGMA), (side, side)), np.float32)


def _skull_motion(own: Head, head: Head) -> tuple[Floats, Floats, float]:
    """Return the affine (2, 2), (2,) from a picture to the same place of the skull in the portrait, and its reach.

    The reach is by how much hair moves with the skull, by shift, size and roll, in heights of the portrait's face.
    """
    (own_centre, own_roll), (centre, roll) = map(_skull, (own, head))
    growth = head.size / own.size * np.exp(1j * (roll - own_roll))
    factor = 1 / growth
    turn = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    far = float(np.linalg.norm(centre - own_centre)) / (own.size * face_height()) + _EXTENT * abs(growth - 1)
    return turn.astype(np.float32), (own_centre - turn @ centre).astype(np.float32), far


def _skull(head: Head) -> tuple[Array, float]:
    """Return the centre (2,) and the roll in radians of a skull as it is seen."""
    return head.skull()[:2], float(np.arctan2(head.rotation[1, 0], head.rotation[0, 0]))


def _above_chin(driven: Keypoints, axis: Floats) -> Floats:
    """Return (h, h): 0 below the chin of a face, 1 above its mouth, at places `axis` (h,) of a square."""
    chin = driven.points[lm.CHIN]
    up = driven.points[lm.FOREHEAD] - chin
    up = up / max(float(up @ up), 1e-6)
    height = up[0] * (axis[None] - chin[0]) + up[1] * (axis[:, None] - chin[1])
    return smoothstep(height, _FROM, _TO).astype(np.float32)
