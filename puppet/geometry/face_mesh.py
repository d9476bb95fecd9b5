"""The face mesh: the motion between two sets of landmarks, rasterised to small maps, inputs of the `face` networks.

Between transfer and render: `draw` takes the portrait's and the driven landmarks and returns `Maps`. NumPy and OpenCV
only; takes a few milliseconds; safe on any thread. All positions and displacements are normalised ([-1, 1], x then y);
a displacement is source position minus driving position, so that `grid + displacement` is FOMM's backward flow
T_{S<-D}.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from importlib import resources

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.domain import Floats, Keypoints
from puppet.geometry import landmarks as lm

GRID = 128
"""Side of the displacement fields: at 64 a lip is thinner than a pixel."""
MOUTH_SIZE, EYE_SIZE = 128, 96
"""Sides of the aligned crops in pixels."""

OVAL: lm.Indices = np.array(
    [
        *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
        *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
    ]
)
UPPER_INNER, LOWER_INNER = (np.array([78, *lips[0], 308]) for lips in (lm.UPPER_LIPS, lm.LOWER_LIPS))
UPPER_OUTER, LOWER_OUTER = (np.array([61, *lips[-1], 291]) for lips in (lm.UPPER_LIPS, lm.LOWER_LIPS))
INNER_LIPS, OUTER_LIPS = (
    np.concatenate([upper, lower[-2:0:-1]]) for upper, lower in ((UPPER_INNER, LOWER_INNER), (UPPER_OUTER, LOWER_OUTER))
)
"""Outlines: the upper lip from right to left, then the lower lip back."""
EYES: tuple[lm.Indices, ...] = tuple(
    np.array([outer, *upper[0], inner, *lower[0][::-1]])
    for (outer, inner), upper, lower in zip(lm.EYE_CORNERS, lm.UPPER_LIDS, lm.LOWER_LIDS, strict=True)
)
REGION = 64
"""Side of `region`, and of the picture in which a pack detects the body."""

# Eye corners, nose, brow: neither expression nor rotation moves them much against each other.
_ALIGNMENT_POINTS = np.array([33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 9, 151, 10])
_MOUTH_HALF, _EYE_HALF = 0.949, 0.527  # half a crop's side, in the mean face's units
_COARSE = 64  # outside the face the fields are smooth: computed at this side, then interpolated
_BORDER = 7  # grid points over which the face's border is blended
_LARGEST_DISPLACEMENT = 1.5  # normalised
_SUBPIXEL_BITS = 4  # fractional bits of OpenCV's fixed-point coordinates
_FARTHEST = 8  # clip of normalised coordinates, so that they do not overflow
_CAMERA = 1000  # distance of the camera that sees the mesh: so far that perspective is no matter


@dataclass(frozen=True, slots=True)
class Maps:
    """The maps of one frame.

    Attributes:
        mesh: (2, 128, 128) float32: displacement of the mesh; outside the face it falls linearly to 0 at the border.
        head: (2, 128, 128) float32: the same inside the face; outside, the whole picture moves with the head.
        shape: (2, 128, 128) float32: 1 inside the face; distance from the face (0 at the face, 1 at the border).
        mouth: (2, 3) float32: affine from the mouth crop's [-1, 1]² to the picture's.
        mouth_lips: (2, 128, 128) float32: signed distance to outer and inner lips, positive inside, clipped to [-1, 1].
        eyes: (2, 2, 3) float32: the same affines for the right (picture's left) and the left eye.
        eye_lids: (2, 2, 96, 96) float32: per eye the signed distances to the lids' opening and to the iris.
    """

    mesh: Floats
    head: Floats
    shape: Floats
    mouth: Floats
    mouth_lips: Floats
    eyes: Floats
    eye_lids: Floats


@dataclass(frozen=True, slots=True)
class Details:
    """Aligned crops of mouth and eyes in one pose; see `Maps` for the fields."""

    mouth: Floats
    mouth_lips: Floats
    eyes: Floats
    eye_lids: Floats


def draw(source: Keypoints, driving: Keypoints) -> Maps:
    """Rasterise the motion from `source` to `driving` (478 landmarks each, `driving` with depth)."""
    crops = details(driving)
    return Maps(*displacement(source, driving), crops.mouth, crops.mouth_lips, crops.eyes, crops.eye_lids)


def displacement(source: Keypoints, driving: Keypoints) -> tuple[Floats, Floats, Floats]:
    """Return the fields `mesh`, `head` and `shape` of `Maps`."""
    moved, inside = _rasterised(source.points, driving)
    fields, distance = _fields_outside(source.points, driving.points)
    cv2.copyTo(cv2.merge([moved, moved]), inside.view(np.uint8), fields)
    planes = _blend_border(fields, inside).clip(-_LARGEST_DISPLACEMENT, _LARGEST_DISPLACEMENT).transpose(2, 0, 1)
    shape = np.stack([inside.astype(np.float32), np.where(inside, 0, distance)])
    return np.ascontiguousarray(planes[:2]), np.ascontiguousarray(planes[2:]), shape


def details(pose: Keypoints) -> Details:
    """Return the crops of mouth and eyes in a pose, with lips, lids and irises drawn into them."""
    mouth, eyes = detail_crops(pose)
    outlines = (OUTER_LIPS, INNER_LIPS)
    mouth_lips = np.stack([_signed_distance(pose.points[outline], mouth, MOUTH_SIZE) for outline in outlines])
    lids = [
        [_signed_distance(pose.points[outline], eye, EYE_SIZE) for outline in (opening, iris[1:])]
        for eye, opening, iris in zip(eyes, EYES, lm.IRISES, strict=True)
    ]
    return Details(mouth, mouth_lips, eyes, np.array(lids, np.float32))


def detail_crops(pose: Keypoints) -> tuple[Floats, Floats]:
    """Return the affines of the crops of the mouth, (2, 3), and of both eyes, (2, 2, 3); see Details."""
    axes = _head_axes(pose.points)
    lips = np.concatenate([UPPER_OUTER, LOWER_OUTER])
    eyes = [_crop_affine(axes, pose.points[opening[[0, 8]]].mean(0), _EYE_HALF) for opening in EYES]
    return _crop_affine(axes, pose.points[lips].mean(0), _MOUTH_HALF), np.stack(eyes)


def region(pose: Keypoints) -> Floats:
    """Return the face's place: (64, 64) float32, 1 inside its convex hull and one pixel around it, else 0."""
    filled = np.zeros((REGION, REGION), np.uint8)
    hull = cv2.convexHull(_fixed_point(pose.points, REGION, _FARTHEST))
    cv2.fillConvexPoly(filled, hull, 1, cv2.LINE_8, _SUBPIXEL_BITS)
    return cv2.dilate(filled, np.ones((3, 3), np.uint8)).astype(np.float32)


@cache
def triangles() -> lm.Indices:
    """Return (T, 3): MediaPipe's triangulation of the landmarks, with the openings of mouth and eyes filled."""
    with resources.as_file(resources.files("puppet") / "assets" / "face_triangles.npy") as path:
        skin = np.load(path, allow_pickle=False).astype(np.int64)
    fill = []
    for i in range(len(UPPER_INNER) - 1):
        a, b, c, d = UPPER_INNER[i], UPPER_INNER[i + 1], LOWER_INNER[i], LOWER_INNER[i + 1]
        fill += [(a, b, d), (a, d, c)]
    for opening, iris in zip(EYES, lm.IRISES, strict=True):
        # A fan around the pupil, so that the gaze moves with the mesh.
        fill += [(opening[i], opening[(i + 1) % len(opening)], iris[0]) for i in range(len(opening))]
    return np.concatenate([skin, [t for t in fill if len(set(t)) == 3]]).astype(np.int32)


@cache
def _grid(side: int = GRID) -> tuple[Floats, Floats]:
    line = np.linspace(-1, 1, side, dtype=np.float32)
    y, x = np.meshgrid(line, line, indexing="ij")
    return y, x


def _fixed_point(points: Floats, side: int, farthest: float) -> NDArray[np.int32]:
    """Return normalised points (K, 2) in OpenCV's fixed-point pixels of a square."""
    scale = 0.5 * (side - 1) * (1 << _SUBPIXEL_BITS)
    return np.asarray(((points.clip(-farthest, farthest) + 1) * scale).round(), np.int32)


def _rasterised(source: Floats, driving: Keypoints) -> tuple[Floats, NDArray[np.bool_]]:
    """Interpolate the landmarks' displacements over the triangles; where several lie at a point, the nearest counts.

    Returns:
        (128, 128, 2) float32: the displacement; (128, 128) bool: True where there is a triangle.
    """
    at = driving.points.clip(-_FARTHEST, _FARTHEST) * ((GRID - 1) / GRID)  # OpenCV's square ends at the pixels' edges
    depth = driving.depth if driving.depth is not None else np.zeros(len(at), np.float32)
    distance = _CAMERA + depth.clip(-_FARTHEST, _FARTHEST)
    corners = np.column_stack([at * [1, -1] * (distance / _CAMERA)[:, None], -distance]).astype(np.float32)
    moved = (source - driving.points).clip(-_LARGEST_DISPLACEMENT, _LARGEST_DISPLACEMENT)
    colours = np.ones((len(at), 3), np.float32)  # OpenCV draws colours in [0, 1]; the last one tells the face
    colours[:, :2] = moved / (2 * _LARGEST_DISPLACEMENT) + 0.5
    drawn, nearest = np.zeros((GRID, GRID, 3), np.float32), np.full((GRID, GRID), 2 * _CAMERA, np.float32)
    view = np.eye(4), 2 * math.atan(1 / _CAMERA), _CAMERA / 2, 2 * _CAMERA
    cv2.triangleRasterize(corners, triangles(), colours, drawn, nearest, *view, _both_sides())
    return (drawn[..., :2] - 0.5) * (2 * _LARGEST_DISPLACEMENT), drawn[..., 2] > 0


@cache
def _both_sides() -> cv2.TriangleRasterizeSettings:
    settings = cv2.TriangleRasterizeSettings()
    settings.setShadingType(cv2.RASTERIZE_SHADING_SHADED)
    settings.setCullingMode(cv2.RASTERIZE_CULLING_NONE)
    return settings


def _fields_outside(source: Floats, driving: Floats) -> tuple[Floats, Floats]:
    """Continue the displacement of the face's oval outside the face, along rays from its centre.

    Returns:
        (128, 128, 4) float32: `mesh` and `head`; (128, 128) float32: distance from the face, as in `Maps.shape`.
    """
    oval, centre = driving[OVAL], driving[OVAL].mean(0)
    centre_x, centre_y = centre
    edge = source[OVAL] - oval
    y, x = (axis.ravel() for axis in _grid(_COARSE))
    dx, dy = x - centre_x, y - centre_y
    r = np.maximum(np.hypot(dx, dy), 1e-6)
    toward_x, toward_y = dx / r, dy / r
    face, edge_x, edge_y = _along_rays(oval - centre, edge, np.arctan2(dy, dx))
    room_x = np.where(toward_x > 0, 1 - centre_x, 1 + centre_x) / np.maximum(np.abs(toward_x), 1e-6)
    room_y = np.where(toward_y > 0, 1 - centre_y, 1 + centre_y) / np.maximum(np.abs(toward_y), 1e-6)
    border = np.maximum(np.minimum(room_x, room_y), face + 1e-3)
    t = ((r - face) / (border - face)).clip(0, 1)
    affine = _least_squares_affine(oval, edge)
    fade = np.exp((face - r).clip(max=0) / (0.3 * face))
    oval_x, oval_y = centre_x + toward_x * face, centre_y + toward_y * face
    fields = np.empty((_COARSE * _COARSE, 4), np.float32)
    for axis, boundary in enumerate((edge_x, edge_y)):
        by_x, by_y, fixed = affine[:, axis]
        fields[:, axis] = (1 - t) * boundary
        here = x * by_x + y * by_y + fixed
        at_oval = oval_x * by_x + oval_y * by_y + fixed
        fields[:, 2 + axis] = here + (boundary - at_oval) * fade
    return _upsample(fields.reshape(_COARSE, _COARSE, 4)), _upsample(t.reshape(_COARSE, _COARSE))


def _along_rays(rays: Floats, edge: Floats, theta: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the oval's radius in directions `theta` (P,), and its displacement x and y there.

    All are interpolated over the angle between neighbours of the oval's points, `rays` (36, 2) from the centre.
    """
    angle = np.arctan2(rays[:, 1], rays[:, 0])
    order = np.argsort(angle)
    # Once around, with one more point at either end.
    around = np.concatenate([order[-1:], order, order[:1]])
    turns = np.concatenate([[-2 * np.pi], np.zeros(len(order)), [2 * np.pi]])
    knots = (angle[around] + turns).astype(np.float32)
    values = np.column_stack([np.hypot(rays[:, 0], rays[:, 1]), edge])[around].astype(np.float32)
    slopes = np.diff(values, axis=0) / np.maximum(np.diff(knots), 1e-9)[:, None]
    piece = np.searchsorted(knots[1:-1], theta, side="right")
    past = theta - knots[piece]
    face, edge_x, edge_y = (values[piece, i] + past * slopes[piece, i] for i in range(3))
    return face, edge_x, edge_y


def _upsample(field: NDArray[np.floating]) -> Floats:
    """Interpolate from the coarse grid to the fine one; both span [-1, 1] from first to last centre."""
    step = (_COARSE - 1) / (GRID - 1)
    affine = np.array([[step, 0, 0], [0, step, 0]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    fine = cv2.warpAffine(field.astype(np.float32), affine, (GRID, GRID), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return fine.astype(np.float32, copy=False)


def _blend_border(fields: Floats, inside: NDArray[np.bool_]) -> Floats:
    """Blend the fields across the face's border.

    Where a rotated cheek hides the oval, the fields inside and outside differ at the border, and the grid would show as
    a jagged outline.
    """
    size = (_BORDER, _BORDER)
    share = cv2.blur(inside.astype(np.float32), size)
    near = (4 * share * (1 - share))[..., None]
    return np.asarray(fields + near * (cv2.blur(fields, size) - fields), np.float32)


def _least_squares_affine(at: Floats, displacement: Floats) -> Floats:
    """Fit (3, 2), rows x, y, 1, to the oval: hair and ears rotate in depth with it, so its affine moves them."""
    design = np.concatenate([at, np.ones((len(at), 1), np.float32)], 1)
    return np.asarray(np.linalg.lstsq(design, displacement, rcond=None)[0], np.float32)


def _head_axes(points: Floats) -> Floats:
    """Fit rotation and scale (2, 2) from the mean face's plane to the picture by least squares."""
    a, scale = _aligned_mean_face()
    b = points[_ALIGNMENT_POINTS]
    b = b - b.mean(0)
    cos, sin = (a * b).sum() / scale, (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / scale
    return np.array([[cos, -sin], [sin, cos]], np.float32)


@cache
def _aligned_mean_face() -> tuple[NDArray[np.float64], np.float64]:
    """Return the mean face's alignment points (K, 2) around their centre, and the sum of their squares."""
    mean = lm.mean_face()[_ALIGNMENT_POINTS, :2]
    centred = mean - mean.mean(0)
    return centred, (centred**2).sum()


def _crop_affine(axes: Floats, centre: Floats, half: float) -> Floats:
    """Return (2, 3): the affine from a crop's [-1, 1]² to the picture's."""
    return np.concatenate([axes * half, centre[:, None]], 1).astype(np.float32)


def _signed_distance(polygon: Floats, crop: Floats, size: int) -> Floats:
    """Return (size, size): distance to a polygon in a crop, positive inside, in eighths of the side, in [-1, 1]."""
    (a, b), (c, d) = crop[:, :2]
    # The affine is a rotation times a scale, so its determinant is 0 only for a face without extent.
    inverse = np.array([[d, -b], [-c, a]], np.float32) / max(a * d - b * c, 1e-9)
    local = (polygon - crop[:, 2]) @ inverse.T
    filled = np.zeros((size, size), np.uint8)
    cv2.fillPoly(filled, [_fixed_point(local, size, _FARTHEST / 2)], 1, cv2.LINE_8, _SUBPIXEL_BITS)
    inside = cv2.distanceTransform(filled, cv2.DIST_L2, 3)
    outside = cv2.distanceTransform(1 - filled, cv2.DIST_L2, 3)
    return np.asarray(((inside - outside) * (8 / size)).clip(-1, 1), np.float32)
