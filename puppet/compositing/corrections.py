"""The detail networks' corrections of mouth and eyes, enlarged to the output.

The render graph gives only the corrected small square. Warping the portrait's square as the graph does gives the square
before the correction; the difference is what the detail networks added.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.compositing.placement import ENLARGED, Placement, enlarge
from puppet.domain import Floats, Inspection, Keypoints, Picture
from puppet.geometry import face_mesh

_QUIET = 2.0  # grey levels: smaller differences come from resampling
_MARGIN_PX = 2


class Corrections:
    """Corrections of one portrait; the buffers belong to one thread."""

    def __init__(self, face: Picture) -> None:
        """`face`: (size, size, 3): the model's square of the portrait."""
        self._size = face.shape[0]
        self._enlarged = enlarge(face.astype(np.float32))

    def add(self, picture: Picture, inspection: Inspection, driven: Keypoints, placement: Placement) -> None:
        """Add the corrections of a frame to the finished picture, in place.

        Args:
            picture: the output.
            inspection: the rendered square, with flow and occlusion.
            driven: the portrait's pose in the frame.
            placement: of the portrait in the output.
        """
        low, high = _bounds(driven, self._size)
        if (high - low < 2).any():
            return
        change = self._difference(inspection, low, high)
        strength = np.abs(change).max(2)
        if strength.max() <= _QUIET:
            return
        change -= change.clip(-_QUIET, _QUIET)
        _blend(picture, change, inspection.picture, strength, low, placement)

    def _difference(self, inspection: Inspection, low: NDArray[np.int64], high: NDArray[np.int64]) -> Floats:
        """Return the rendered square minus the warped one, (h, w, 3) between two pixels of the square."""
        flow, occlusion, size = inspection.flow, inspection.occlusion, self._size
        assert flow is not None
        assert occlusion is not None
        (x0, y0), (x1, y1) = low.tolist(), high.tolist()
        across, down = (np.arange(a, b, dtype=np.float32) for a, b in ((x0, x1), (y0, y1)))
        at = _resample(flow, across, down, size) * np.float32((size - 1) / 2)
        at[..., 0] += across
        at[..., 1] += down[:, None]
        np.clip(at, 0, size - 1, out=at)
        warped = cv2.remap(  # type: ignore[call-overload] # None: the map has both axes
            self._enlarged, at * ENLARGED, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        change = inspection.picture[y0:y1, x0:x1] - np.clip(warped, 0, 255)
        # Where the square shows its background, the difference is not a correction.
        seen = _resample(occlusion, across, down, size)
        return np.asarray(change * ((seen - 0.8) * 5).clip(0, 1)[..., None], np.float32)


def _blend(
    picture: Picture,
    change: Floats,
    square: Picture,
    strength: Floats,
    low: NDArray[np.int64],
    placement: Placement,
) -> None:
    """Add a change of the model's square, and let the square itself replace the warp where the change is large."""
    scale = placement.px_per_model_px
    height, width = change.shape[:2]
    left, top = placement.of_model_px(low - 0.5) + 0.5  # outer edges
    x0, y0 = (max(round(float(edge)), 0) for edge in (left, top))
    x1 = min(round(float(left + width * scale)), picture.shape[1])
    y1 = min(round(float(top + height * scale)), picture.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    # First a small warp onto the pixel grid of the output's rectangle, then a plain enlargement.
    step_x, step_y = (x1 - x0) / scale / width, (y1 - y0) / scale / height
    shift_x, shift_y = (x0 - left) / scale, (y0 - top) / scale
    affine = np.array([[step_x, 0, shift_x + step_x / 2 - 0.5], [0, step_y, shift_y + step_y / 2 - 0.5]], np.float32)
    aligned = cv2.warpAffine(
        change, affine, (width, height), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_CONSTANT
    )
    large = cv2.resize(aligned, (x1 - x0, y1 - y0), interpolation=cv2.INTER_CUBIC)
    part = picture[y0:y1, x0:x1]
    cv2.add(part, large, part, dtype=cv2.CV_8U)


def _bounds(driven: Keypoints, size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the corners, low and high (exclusive), of the crops of mouth and eyes, in pixels of the square."""
    axes = face_mesh.details(driven)
    corners = np.array([[-1, -1, 1, 1], [-1, 1, -1, 1], [1, 1, 1, 1]], np.float32)
    points = np.concatenate([(affine @ corners).T for affine in (axes.mouth, *axes.eyes)])
    pixels = (points + 1) * (size - 1) / 2
    low = np.floor(pixels.min(0)).astype(np.int64) - _MARGIN_PX
    high = np.ceil(pixels.max(0)).astype(np.int64) + 1 + _MARGIN_PX
    return low.clip(0, size), high.clip(0, size)


def _resample(field: Floats, across: Floats, down: Floats, size: int) -> Floats:
    """Interpolate a field with aligned corners linearly at pixels of the square: (len(down), len(across), ...)."""
    scale_x, scale_y = (field.shape[1] - 1) / (size - 1), (field.shape[0] - 1) / (size - 1)
    x, y = np.meshgrid(across * np.float32(scale_x), down * np.float32(scale_y))
    return np.asarray(cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
