"""Overlays: a model's keypoints, masks, occlusion, flow and numbered segments, drawn onto the square it rendered.

On the puppet thread, only while an overlay is on. Draws into copies.
"""

from __future__ import annotations

import colorsys

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.domain import Floats, Inspection, Keypoints, Overlay, Picture
from puppet.geometry import landmarks as lm
from puppet.geometry.face_mesh import EYES, OUTER_LIPS, OVAL

_TINT = 0.5  # opacity of a map's colour
_OCCLUDED_COLOUR = (230, 30, 40)
_LANDMARK_COLOUR, _LINE_COLOUR = (110, 235, 160), (255, 214, 90)
_ARROWS = 16  # along a side
_FARTHEST = 10.0  # clip of normalised coordinates, so that OpenCV can draw them
_SHORTEST_FLOW = 0.01  # normalised: a shorter flow gets no arrow
_SMALLEST_SEGMENT = 0.005  # share of the square: a smaller segment gets no number
_GOLDEN_ANGLE = 0.618034
_SUBPIXEL_BITS = 4

Colour = tuple[int, int, int]


def draw(overlay: Overlay, inspection: Inspection, keypoints: Keypoints) -> Picture:
    """Return a copy of the rendered square with overlays.

    Args:
        overlay: overlays to draw; those that the model has no map for are left out, see `missing`.
        inspection: the square and the model's maps.
        keypoints: the pose that the square shows.
    """
    picture = inspection.picture.copy()
    if Overlay.OCCLUSION in overlay and inspection.occlusion is not None:
        picture = _tint_occluded(picture, inspection.occlusion)
    if Overlay.MASKS in overlay and inspection.masks is not None:
        picture = _tint_masks(picture, inspection.masks)
    if Overlay.SEGMENTS in overlay and keypoints.segmentation is not None:
        picture = _tint_and_number_segments(picture, keypoints.segmentation)
    if Overlay.FLOW in overlay and inspection.flow is not None:
        _draw_flow(picture, inspection.flow)
    if Overlay.KEYPOINTS in overlay:
        _draw_keypoints(picture, keypoints)
        if keypoints.body is not None:
            _draw_keypoints(picture, Keypoints(keypoints.body))
    return picture


def missing(overlay: Overlay, inspection: Inspection, keypoints: Keypoints) -> str:
    """Return a line that names the overlays that `draw` leaves out, or ""."""
    maps = {
        Overlay.MASKS: inspection.masks,
        Overlay.OCCLUSION: inspection.occlusion,
        Overlay.FLOW: inspection.flow,
        Overlay.SEGMENTS: keypoints.segmentation,
    }
    left_out = [str(kind.name).lower() for kind, value in maps.items() if kind in overlay and value is None]
    return f"No overlay of {', '.join(left_out)}: the model does not output it here" if left_out else ""


def segment_colour(number: int) -> Colour:
    """Return the colour of a segment, mask or keypoint, numbered from 1; consecutive numbers differ."""
    red, green, blue = colorsys.hsv_to_rgb(number * _GOLDEN_ANGLE % 1, 0.75, 1)
    return round(255 * red), round(255 * green), round(255 * blue)


def _tint_occluded(picture: Picture, occlusion: Floats) -> Picture:
    """Tint red where the source is occluded and the model inpaints."""
    weight = 1 - np.clip(_enlarge_map(occlusion, picture.shape[0]), 0, 1)[..., None]
    return _blend(picture, np.array(_OCCLUDED_COLOUR, np.float32), weight * np.float32(0.85))


def _tint_masks(picture: Picture, masks: Floats) -> Picture:
    """Tint each pixel in the colours of its masks; the background, mask 0, is not tinted."""
    colours = np.array([segment_colour(number) for number in range(1, len(masks))], np.float32)
    large = _enlarge_map(np.ascontiguousarray(masks.transpose(1, 2, 0)), picture.shape[0])[..., 1:]
    total = np.clip(large.sum(-1, keepdims=True), 0, 1)
    return _blend(picture, (large @ colours) / np.maximum(total, 1e-6), _TINT * total)


def _tint_and_number_segments(picture: Picture, segmentation: Floats) -> Picture:
    picture = _tint_masks(picture, segmentation)
    labels = segmentation.argmax(0)
    scale = picture.shape[0] / segmentation.shape[1]
    for number in range(1, len(segmentation)):
        segment = (labels == number).astype(np.uint8)
        if segment.mean() >= _SMALLEST_SEGMENT:
            column, row = _inner_point(segment)
            _write(picture, str(number), ((column + 0.5) * scale, (row + 0.5) * scale))
    return picture


def _inner_point(segment: NDArray[np.uint8]) -> tuple[float, float]:
    """Return column and row of a point deep inside a segment; the centroid may lie outside a concave one."""
    depth = cv2.distanceTransform(np.pad(segment, 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    rows, columns = np.nonzero(segment)
    from_centroid = np.hypot(rows - rows.mean(), columns - columns.mean())
    best = int(np.argmax(depth[rows, columns] - 0.3 * from_centroid))
    return float(columns[best]), float(rows[best])


def _draw_flow(picture: Picture, flow: Floats) -> None:
    """Draw arrows from a colour's place in the source to its place in the picture."""
    side = picture.shape[0]
    step = side / _ARROWS
    height, width = flow.shape[:2]
    for row in range(_ARROWS):
        for column in range(_ARROWS):
            x, y = (column + 0.5) * step, (row + 0.5) * step
            dx, dy = np.clip(np.nan_to_num(flow[int(y * height / side), int(x * width / side)]), -_FARTHEST, _FARTHEST)
            if np.hypot(dx, dy) < _SHORTEST_FLOW:
                continue
            start = _fixed_point((x + dx * (side - 1) / 2, y + dy * (side - 1) / 2))
            cv2.line(picture, start, _fixed_point((x, y)), _LINE_COLOUR, 1, cv2.LINE_AA, _SUBPIXEL_BITS)
            cv2.circle(picture, _fixed_point((x, y)), 24, _LINE_COLOUR, cv2.FILLED, cv2.LINE_AA, _SUBPIXEL_BITS)


def _draw_keypoints(picture: Picture, keypoints: Keypoints) -> None:
    """Draw learned keypoints with numbers and axes, landmarks as points and the outlines of a face."""
    points = np.clip(np.nan_to_num(keypoints.points), -_FARTHEST, _FARTHEST)
    pixels = (points + 1) * np.float32((picture.shape[0] - 1) / 2)
    if len(pixels) == lm.COUNT:
        _draw_face(picture, pixels)
        return
    for number, point in enumerate(pixels, 1):
        colour = segment_colour(number)
        if keypoints.jacobians is not None:
            _draw_axes(picture, point, keypoints.jacobians[number - 1], colour)
        cv2.circle(picture, _fixed_point(point), 3 << _SUBPIXEL_BITS, colour, cv2.FILLED, cv2.LINE_AA, _SUBPIXEL_BITS)
        _write(picture, str(number), (float(point[0]) + 8, float(point[1]) - 6))


def _draw_axes(picture: Picture, point: Floats, jacobian: Floats, colour: Colour) -> None:
    """Draw a keypoint's local frame: the jacobian's columns, scaled to a fixed length."""
    length = 0.05 * picture.shape[0] / max(float(np.abs(np.nan_to_num(jacobian)).max()), 1e-6)
    for axis in np.nan_to_num(jacobian.T):
        cv2.line(
            picture, _fixed_point(point), _fixed_point(point + length * axis), colour, 1, cv2.LINE_AA, _SUBPIXEL_BITS
        )


def _draw_face(picture: Picture, pixels: Floats) -> None:
    for outline in (OVAL, OUTER_LIPS, *EYES):
        fixed = np.round(pixels[outline] * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        cv2.polylines(picture, [fixed], True, _LINE_COLOUR, 1, cv2.LINE_AA, _SUBPIXEL_BITS)
    for point in pixels:
        cv2.circle(picture, _fixed_point(point), 10, _LANDMARK_COLOUR, cv2.FILLED, cv2.LINE_AA, _SUBPIXEL_BITS)


def _write(picture: Picture, text: str, centre: tuple[float, float]) -> None:
    """Draw a small number, white with a black outline."""
    scale = max(picture.shape[0] / 480, 0.35)
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    corner = round(centre[0] - width / 2), round(centre[1] + height / 2)
    for colour, thickness in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(picture, text, corner, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, thickness, cv2.LINE_AA)


def _enlarge_map(values: Floats, side: int) -> Floats:
    return np.asarray(cv2.resize(values, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)


def _blend(picture: Picture, colour: Floats, weight: Floats) -> Picture:
    return np.asarray(picture * (1 - weight) + colour * weight + 0.5, np.uint8)


def _fixed_point(point: Floats | tuple[float, float]) -> tuple[int, int]:
    """Return a point in OpenCV's fixed-point pixels."""
    x, y = (round(float(value) * (1 << _SUBPIXEL_BITS)) for value in point)
    return x, y
