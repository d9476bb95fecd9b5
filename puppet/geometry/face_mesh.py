"""The landmark mesh: what explicit geometry knows about a movement, drawn as small maps that the `face` networks read.

Between transfer and render: `draw` takes the portrait's and the driven landmarks and returns `Maps`. Pure NumPy and
OpenCV, a few milliseconds, no threads. All positions and displacements are normalised ([-1, 1], x then y); a
displacement field holds source position minus driving position, so that `grid + displacement` is FOMM's backward
flow T_{S<-D}.
"""

from __future__ import annotations

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
MOUTH_SIZE, EYE_SIZE = 64, 48
"""Sides of the aligned crops in pixels."""

OVAL: lm.Indices = np.array(
    [
        *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
        *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
    ]
)
UPPER_INNER, LOWER_INNER = (np.array([78, *lips[0], 308]) for lips in (lm.UPPER_LIPS, lm.LOWER_LIPS))
UPPER_OUTER, LOWER_OUTER = (np.array([61, *lips[-1], 291]) for lips in (lm.UPPER_LIPS, lm.LOWER_LIPS))
EYES: tuple[lm.Indices, ...] = tuple(
    np.array([outer, *upper[0], inner, *lower[0][::-1]])
    for (outer, inner), upper, lower in zip(lm.EYE_CORNERS, lm.UPPER_LIDS, lm.LOWER_LIDS, strict=True)
)
STABLE = np.array([33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 9, 151, 10])
"""Landmarks that neither expression nor a turn moves much against each other: eye corners, nose, brow."""

_MOUTH_HALF, _EYE_HALF = 0.949, 0.527  # half a crop's side, in the mean face's units
REGION = 64
"""Side of `region`, and of the picture it belongs to: what a pack looks at to find the body."""

_COARSE = 64  # outside the face the fields are smooth: drawn at this side, then interpolated
_BORDER = 7  # grid points over which the face's border is softened
_SOURCE_REACH = 1.5  # how far outside the picture a displacement may point, normalised


@dataclass(frozen=True, slots=True)
class Maps:
    """Everything drawn for one frame.

    Attributes:
        mesh: (2, 128, 128) float32: displacement of the mesh, outside the face falling linearly to 0 at the border.
        head: (2, 128, 128) float32: the same inside the face; outside, the whole picture moves with the head.
        shape: (2, 128, 128) float32: 1 inside the face; and how far out it is (0 at the face, 1 at the border).
        mouth: (2, 3) float32: affine from the mouth crop's [-1, 1]² to the picture's.
        mouth_lips: (2, 64, 64) float32: signed distance to outer and inner lips, positive inside, clipped to [-1, 1].
        eyes: (2, 2, 3) float32: the same affines for the right (picture's left) and the left eye.
        eye_lids: (2, 2, 48, 48) float32: per eye the signed distances to the lids' opening and to the iris.
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
    """The aligned crops of one pose; see `Maps` for the fields."""

    mouth: Floats
    mouth_lips: Floats
    eyes: Floats
    eye_lids: Floats


def draw(source: Keypoints, driving: Keypoints) -> Maps:
    """Draw the movement from `source` to `driving` (478 landmarks each, `driving` with depth)."""
    mesh, head, shape = displacement(source, driving)
    at = details(driving)
    return Maps(mesh, head, shape, at.mouth, at.mouth_lips, at.eyes, at.eye_lids)


def displacement(source: Keypoints, driving: Keypoints) -> tuple[Floats, Floats, Floats]:
    """The fields `mesh`, `head` and `shape` of `Maps`."""
    painted = _paint(driving)
    inside = painted >= 0
    at = np.flatnonzero(inside)
    fields, out = _outside(source.points, driving.points)
    moved = _interpolate(source.points, driving.points, painted.ravel()[at], at)
    fields.reshape(-1, 4)[at] = np.concatenate([moved, moved], 1)
    planes = _soften_border(fields, inside).clip(-_SOURCE_REACH, _SOURCE_REACH).transpose(2, 0, 1)
    shape = np.stack([inside.astype(np.float32), np.where(inside, 0, out)])
    return np.ascontiguousarray(planes[:2]), np.ascontiguousarray(planes[2:]), shape


def details(pose: Keypoints) -> Details:
    """Where the mouth's and the eyes' crops lie in a pose, and the lips, lids and irises drawn into them."""
    turn = _head_axes(pose.points)
    lips = np.concatenate([UPPER_OUTER, LOWER_OUTER])
    mouth = _window(turn, pose.points[lips].mean(0), _MOUTH_HALF)
    outer = pose.points[np.concatenate([UPPER_OUTER, LOWER_OUTER[-2:0:-1]])]
    inner = pose.points[np.concatenate([UPPER_INNER, LOWER_INNER[-2:0:-1]])]
    mouth_lips = np.stack([_signed_distance(p, mouth, MOUTH_SIZE) for p in (outer, inner)])
    eyes, lids = [], []
    for ring, iris in zip(EYES, lm.IRISES, strict=True):
        window = _window(turn, pose.points[ring[[0, 8]]].mean(0), _EYE_HALF)
        eyes.append(window)
        lids.append([_signed_distance(pose.points[i], window, EYE_SIZE) for i in (ring, iris[1:])])
    return Details(mouth, mouth_lips, np.stack(eyes), np.array(lids, np.float32))


def region(pose: Keypoints) -> Floats:
    """Where the face is: (64, 64) float32, 1 inside its outline and an edge's width around it, else 0."""
    corners = (pose.points.clip(-8, 8) + 1) * (0.5 * (REGION - 1) * 16)
    filled = np.zeros((REGION, REGION), np.uint8)
    cv2.fillConvexPoly(filled, cv2.convexHull(corners.round().astype(np.int32)), 1, cv2.LINE_8, 4)
    return cv2.dilate(filled, np.ones((3, 3), np.uint8)).astype(np.float32)


@cache
def triangles() -> lm.Indices:
    """(T, 3): MediaPipe's tesselation of the landmarks, with the openings of mouth and eyes filled."""
    with resources.as_file(resources.files("puppet") / "assets" / "face_triangles.npy") as path:
        skin = np.load(path, allow_pickle=False).astype(np.int64)
    fill = []
    for i in range(len(UPPER_INNER) - 1):
        a, b, c, d = UPPER_INNER[i], UPPER_INNER[i + 1], LOWER_INNER[i], LOWER_INNER[i + 1]
        fill += [(a, b, d), (a, d, c)]
    for ring, iris in zip(EYES, lm.IRISES, strict=True):
        # A fan around the pupil: the gaze then moves with the mesh.
        fill += [(ring[i], ring[(i + 1) % len(ring)], iris[0]) for i in range(len(ring))]
    return np.concatenate([skin, [t for t in fill if len(set(t)) == 3]])


@cache
def _grid(side: int = GRID) -> tuple[Floats, Floats]:
    line = np.linspace(-1, 1, side, dtype=np.float32)
    y, x = np.meshgrid(line, line, indexing="ij")
    return y, x


def _paint(driving: Keypoints) -> NDArray[np.int32]:
    """The triangle seen at each grid point, −1 outside the face: (128, 128) int32, painted from far to near."""
    canvas = np.full((GRID, GRID), -1, np.int32)
    depth = driving.depth if driving.depth is not None else np.zeros(len(driving.points), np.float32)
    order = np.argsort(-depth[triangles()].mean(1), kind="stable")
    # OpenCV draws with 4 fractional bits; far-out coordinates are clipped so that they cannot overflow.
    fixed = ((driving.points.clip(-8, 8) + 1) * (0.5 * (GRID - 1) * 16)).round().astype(np.int32)
    corners = fixed[triangles()]
    for index in order.tolist():
        cv2.fillConvexPoly(canvas, corners[index], index, cv2.LINE_8, 4)
    return canvas


def _interpolate(source: Floats, driving: Floats, seen: NDArray[np.int32], at: lm.Indices) -> Floats:
    """Displacement (P, 2) at the P grid points counted in `at`, each inside the triangle `seen` there."""
    corners = triangles()
    a, b, c = ((source - driving)[corners[:, i]] for i in range(3))
    affine = _triangle_affines(driving, a, b, c)[seen]
    y, x = (axis.ravel()[at][:, None] for axis in _grid())
    moved = affine[:, :2] * x + affine[:, 2:4] * y + affine[:, 4:]
    # A pixel is painted when a triangle touches it: beyond the edge of a thin one its affine would explode.
    least, most = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
    clipped: Floats = np.clip(moved, least[seen], most[seen])
    return clipped


def _triangle_affines(driving: Floats, da: Floats, db: Floats, dc: Floats) -> Floats:
    """Per triangle the affine driving position -> displacement, columns x, y, 1: (T, 6) float32.

    `da`, `db`, `dc`: (T, 2): the displacements of its corners.
    """
    corners = triangles()
    a, b, c = (driving[corners[:, i]].astype(np.float64) for i in range(3))
    u, v = b - a, c - a
    det = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    det = np.where(np.abs(det) < 1e-9, 1e-9, det)[:, None]
    along_x = ((db - da) * v[:, 1:] - (dc - da) * u[:, 1:]) / det
    along_y = ((dc - da) * u[:, :1] - (db - da) * v[:, :1]) / det
    offset = da - along_x * a[:, :1] - along_y * a[:, 1:]
    return np.concatenate([along_x, along_y, offset], 1).astype(np.float32)


def _outside(source: Floats, driving: Floats) -> tuple[Floats, Floats]:
    """What the fields are outside the face: along rays from its centre, the displacement at its oval goes on.

    Returns:
        (128, 128, 4) float32: `mesh` and `head`; (128, 128) float32: how far out.
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
    leaves_x, leaves_y = centre_x + toward_x * face, centre_y + toward_y * face
    fields = np.empty((_COARSE * _COARSE, 4), np.float32)
    for axis, boundary in enumerate((edge_x, edge_y)):
        by_x, by_y, fixed = affine[:, axis]
        fields[:, axis] = (1 - t) * boundary
        here = x * by_x + y * by_y + fixed
        at_edge = leaves_x * by_x + leaves_y * by_y + fixed
        fields[:, 2 + axis] = here + (boundary - at_edge) * fade
    return _finer(fields.reshape(_COARSE, _COARSE, 4)), _finer(t.reshape(_COARSE, _COARSE))


def _along_rays(rays: Floats, edge: Floats, theta: Floats) -> tuple[Floats, Floats, Floats]:
    """How far the face reaches in directions `theta` (P,), and the displacement (x, y) of its oval there.

    Between two of the oval's points, `rays` (36, 2) from the centre, all are interpolated over the angle.
    """
    angle = np.arctan2(rays[:, 1], rays[:, 0])
    order = np.argsort(angle)
    # Once around, and one point more at either end.
    around = np.concatenate([order[-1:], order, order[:1]])
    turns = np.concatenate([[-2 * np.pi], np.zeros(len(order)), [2 * np.pi]])
    knots = (angle[around] + turns).astype(np.float32)
    values = np.column_stack([np.hypot(rays[:, 0], rays[:, 1]), edge])[around].astype(np.float32)
    slopes = np.diff(values, axis=0) / np.maximum(np.diff(knots), 1e-9)[:, None]
    piece = np.searchsorted(knots[1:-1], theta, side="right")
    past = theta - knots[piece]
    face, edge_x, edge_y = (values[piece, i] + past * slopes[piece, i] for i in range(3))
    return face, edge_x, edge_y


def _finer(field: NDArray[np.floating]) -> Floats:
    """From the coarse grid to the fine one; both span [-1, 1] from first to last centre."""
    step = (_COARSE - 1) / (GRID - 1)
    affine = np.array([[step, 0, 0], [0, step, 0]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    fine = cv2.warpAffine(field.astype(np.float32), affine, (GRID, GRID), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return fine.astype(np.float32, copy=False)


def _soften_border(fields: Floats, inside: NDArray[np.bool_]) -> Floats:
    """Blend the fields across the face's painted border.

    Where a turned cheek hides the oval, what is continued from the oval does not meet what the mesh says at its edge,
    and the grid's steps would show as a jagged outline.
    """
    size = (_BORDER, _BORDER)
    share = cv2.blur(inside.astype(np.float32), size)
    near = (4 * share * (1 - share))[..., None]
    softened: Floats = (fields + near * (cv2.blur(fields, size) - fields)).astype(np.float32)
    return softened


def _least_squares_affine(at: Floats, displacement: Floats) -> Floats:
    """(3, 2): rows x, y, 1. The oval turns in depth as hair and ears do, so its affine carries them."""
    design = np.concatenate([at, np.ones((len(at), 1), np.float32)], 1)
    affine: Floats = np.linalg.lstsq(design, displacement, rcond=None)[0].astype(np.float32)
    return affine


def _head_axes(points: Floats) -> Floats:
    """Least-squares rotation and scale (2, 2) from the mean face's plane to the picture, by the stable landmarks."""
    mean = lm.mean_face()
    a = mean[STABLE, :2] - mean[STABLE, :2].mean(0)
    b = points[STABLE] - points[STABLE].mean(0)
    scale = (a**2).sum()
    cos, sin = (a * b).sum() / scale, (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / scale
    return np.array([[cos, -sin], [sin, cos]], np.float32)


def _window(turn: Floats, centre: Floats, half: float) -> Floats:
    return np.concatenate([turn * half, centre[:, None]], 1).astype(np.float32)


def _signed_distance(polygon: Floats, window: Floats, size: int) -> Floats:
    """(size, size): distance to a polygon in a crop, positive inside, in eighths of its side, clipped to [-1, 1]."""
    (a, b), (c, d) = window[:, :2]
    # A window is a rotation times a scale, so its determinant is 0 only where the face has no extent.
    inverse = np.array([[d, -b], [-c, a]], np.float32) / max(a * d - b * c, 1e-9)
    local = (polygon - window[:, 2]) @ inverse.T
    fixed = ((local.clip(-4, 4) + 1) * (0.5 * (size - 1) * 16)).round().astype(np.int32)
    filled = np.zeros((size, size), np.uint8)
    cv2.fillPoly(filled, [fixed], 1, cv2.LINE_8, 4)
    inside = cv2.distanceTransform(filled, cv2.DIST_L2, 3)
    outside = cv2.distanceTransform(1 - filled, cv2.DIST_L2, 3)
    signed: Floats = ((inside - outside) * (8 / size)).clip(-1, 1).astype(np.float32)
    return signed
