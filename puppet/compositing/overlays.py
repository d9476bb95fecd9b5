"""What a model believed, drawn onto the square it rendered: keypoints, masks, occlusion, flow, numbered segments.

For people who study the models; on the puppet thread, only while an overlay is switched on. Draws into copies.
"""

from __future__ import annotations

import colorsys

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.domain import Floats, Inspection, Keypoints, Overlay, Picture
from puppet.geometry import landmarks as lm
from puppet.geometry.face_mesh import EYES, LOWER_OUTER, OVAL, UPPER_OUTER

_TINT = 0.5  # how much of a map's colour covers the picture
_HIDDEN = (230, 30, 40)
_LANDMARK, _LINE = (110, 235, 160), (255, 214, 90)
_ARROWS = 16  # along a side
_FAR = 10.0  # normalised
_MOVED = 0.01  # normalised: a flow shorter than this has no arrow
_LEAST_SHARE = 0.005  # of the square: a segment smaller than this gets no number
_GOLDEN_ANGLE = 0.618034
_SUBPIXEL_BITS = 4
_NAMES = {
    Overlay.MASKS: "masks",
    Overlay.OCCLUSION: "occlusion",
    Overlay.FLOW: "flow",
    Overlay.SEGMENTS: "segments",
}

Colour = tuple[int, int, int]


def draw(overlay: Overlay, inspection: Inspection, keypoints: Keypoints) -> Picture:
    """A copy of the inspected square with what is switched on and known drawn over it.

    Args:
        overlay: what is wanted; what the model does not tell is left out, see `missing`.
        inspection: the square, and what the model tells of it.
        keypoints: the pose it shows.
    """
    picture = inspection.picture.copy()
    if Overlay.OCCLUSION in overlay and inspection.occlusion is not None:
        picture = _hidden(picture, inspection.occlusion)
    if Overlay.MASKS in overlay and inspection.masks is not None:
        picture = _tinted(picture, inspection.masks)
    if Overlay.SEGMENTS in overlay and keypoints.segmentation is not None:
        picture = _segments(picture, keypoints.segmentation)
    if Overlay.FLOW in overlay and inspection.flow is not None:
        _arrows(picture, inspection.flow)
    if Overlay.KEYPOINTS in overlay:
        _pose(picture, keypoints)
        if keypoints.body is not None:
            _pose(picture, Keypoints(keypoints.body))
    return picture


def missing(overlay: Overlay, inspection: Inspection, keypoints: Keypoints) -> str:
    """A line about what `draw` had to leave out, or ""."""
    known = {
        Overlay.MASKS: inspection.masks,
        Overlay.OCCLUSION: inspection.occlusion,
        Overlay.FLOW: inspection.flow,
        Overlay.SEGMENTS: keypoints.segmentation,
    }
    unknown = [_NAMES[kind] for kind, value in known.items() if kind in overlay and value is None]
    return f"No overlay of {', '.join(unknown)}: the model does not tell here." if unknown else ""


def segment_colour(number: int) -> Colour:
    """The colour of a segment, a mask or a keypoint, counted from 1: neighbours differ."""
    red, green, blue = colorsys.hsv_to_rgb(number * _GOLDEN_ANGLE % 1, 0.75, 1)
    return round(255 * red), round(255 * green), round(255 * blue)


def _hidden(picture: Picture, occlusion: Floats) -> Picture:
    """Red where the source does not show what is needed."""
    weight = 1 - np.clip(_enlarged(occlusion, picture.shape[0]), 0, 1)[..., None]
    return _blended(picture, np.array(_HIDDEN, np.float32), weight * np.float32(0.85))


def _tinted(picture: Picture, masks: Floats) -> Picture:
    """Every place in the colour of what moves it; the background's own colours stay."""
    colours = np.array([segment_colour(number) for number in range(1, len(masks))], np.float32)
    large = _enlarged(np.ascontiguousarray(masks.transpose(1, 2, 0)), picture.shape[0])[..., 1:]
    total = np.clip(large.sum(-1, keepdims=True), 0, 1)
    return _blended(picture, (large @ colours) / np.maximum(total, 1e-6), _TINT * total)


def _segments(picture: Picture, segmentation: Floats) -> Picture:
    """Segments in their colours, with their numbers where most of them lies."""
    picture = _tinted(picture, segmentation)
    owner = segmentation.argmax(0)
    scale = picture.shape[0] / segmentation.shape[1]
    for number in range(1, len(segmentation)):
        own = (owner == number).astype(np.uint8)
        if own.mean() >= _LEAST_SHARE:
            column, row = _middle(own)
            _write(picture, str(number), ((column + 0.5) * scale, (row + 0.5) * scale))
    return picture


def _middle(own: NDArray[np.uint8]) -> tuple[float, float]:
    """Column and row deep inside a segment: a centroid may lie outside of a crooked one."""
    depth = cv2.distanceTransform(np.pad(own, 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    rows, columns = np.nonzero(own)
    near = np.hypot(rows - rows.mean(), columns - columns.mean())
    best = int(np.argmax(depth[rows, columns] - 0.3 * near))
    return float(columns[best]), float(rows[best])


def _arrows(picture: Picture, flow: Floats) -> None:
    """Where colours come from, as arrows from there to where they are shown."""
    side = picture.shape[0]
    step = side / _ARROWS
    height, width = flow.shape[:2]
    for row in range(_ARROWS):
        for column in range(_ARROWS):
            x, y = (column + 0.5) * step, (row + 0.5) * step
            dx, dy = np.clip(np.nan_to_num(flow[int(y * height / side), int(x * width / side)]), -_FAR, _FAR)
            if np.hypot(dx, dy) < _MOVED:
                continue
            start = _fixed((x + dx * (side - 1) / 2, y + dy * (side - 1) / 2))
            cv2.line(picture, start, _fixed((x, y)), _LINE, 1, cv2.LINE_AA, _SUBPIXEL_BITS)
            cv2.circle(picture, _fixed((x, y)), 24, _LINE, cv2.FILLED, cv2.LINE_AA, _SUBPIXEL_BITS)


def _pose(picture: Picture, keypoints: Keypoints) -> None:
    """Learned keypoints with numbers and axes; landmarks as points and the lines of a face."""
    # Wherever a model throws its points, cv2 gets numbers that it can draw.
    points = np.clip(np.nan_to_num(keypoints.points), -_FAR, _FAR)
    pixels = (points + 1) * np.float32((picture.shape[0] - 1) / 2)
    if len(pixels) == lm.COUNT:
        _face(picture, pixels)
        return
    for number, point in enumerate(pixels, 1):
        colour = segment_colour(number)
        if keypoints.jacobians is not None:
            _axes(picture, point, keypoints.jacobians[number - 1], colour)
        cv2.circle(picture, _fixed(point), 3 << _SUBPIXEL_BITS, colour, cv2.FILLED, cv2.LINE_AA, _SUBPIXEL_BITS)
        _write(picture, str(number), (float(point[0]) + 8, float(point[1]) - 6))


def _axes(picture: Picture, point: Floats, jacobian: Floats, colour: Colour) -> None:
    """A keypoint's local frame: what its jacobian makes of one pixel right and one down, at a fixed length."""
    reach = 0.05 * picture.shape[0] / max(float(np.abs(np.nan_to_num(jacobian)).max()), 1e-6)
    for axis in np.nan_to_num(jacobian.T):
        cv2.line(picture, _fixed(point), _fixed(point + reach * axis), colour, 1, cv2.LINE_AA, _SUBPIXEL_BITS)


def _face(picture: Picture, pixels: Floats) -> None:
    lips = np.concatenate([UPPER_OUTER, LOWER_OUTER[-2:0:-1]])
    for rows in (OVAL, lips, *EYES):
        fixed = np.round(pixels[rows] * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        cv2.polylines(picture, [fixed], True, _LINE, 1, cv2.LINE_AA, _SUBPIXEL_BITS)
    for point in pixels:
        cv2.circle(picture, _fixed(point), 10, _LANDMARK, cv2.FILLED, cv2.LINE_AA, _SUBPIXEL_BITS)


def _write(picture: Picture, text: str, middle: tuple[float, float]) -> None:
    """A small number, readable on any ground."""
    scale = max(picture.shape[0] / 480, 0.35)
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    corner = round(middle[0] - width / 2), round(middle[1] + height / 2)
    for colour, thickness in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(picture, text, corner, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, thickness, cv2.LINE_AA)


def _enlarged(values: Floats, side: int) -> Floats:
    return np.asarray(cv2.resize(values, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)


def _blended(picture: Picture, colour: Floats, weight: Floats) -> Picture:
    return np.asarray(picture * (1 - weight) + colour * weight + 0.5, np.uint8)


def _fixed(point: Floats | tuple[float, float]) -> tuple[int, int]:
    """A point in cv2's fixed-point pixels."""
    x, y = (round(float(value) * (1 << _SUBPIXEL_BITS)) for value in point)
    return x, y
