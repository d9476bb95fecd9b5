"""Face tracking with MediaPipe's 478 landmarks: following a face through a video, or searching a still thoroughly.

First step of a frame. A tracker belongs to one thread at a time (the puppet thread); `largest_face` may run on any.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from typing_extensions import override

from puppet.domain import Face, Floats, Picture
from puppet.errors import TrackingError
from puppet.tracking.detection import Detection, FaceDetector
from puppet.tracking.mediapipe_networks import FaceMesh, settled_landmarks

_REMEMBERED_FRAMES = 45  # for this long a lost face is preferred over a larger one
_LARGEST_VIEW_PX = 1024  # side of the square a still is searched in
_MOST_FACES = 8


class FaceTracker(Protocol):
    """Finds the performer in the frames of one video, in order."""

    def locate(self, image: Picture) -> Face | None:
        """Return the performer's face in the next frame, or None when no face is found. Blocks for milliseconds."""

    def reset(self) -> None:
        """Forget the performer: the next frame is of another video."""

    def close(self) -> None:
        """Release the networks; no further calls are allowed."""


class MediaPipeTracker(FaceTracker):
    """Follows one face; while there is none, takes the largest that the detector finds.

    For a moment after a loss, a face near the last place is preferred, so that a passer-by is not taken instead.
    """

    def __init__(self) -> None:
        """Load the networks. Raises TrackingError when MediaPipe is missing or cannot start."""
        self._mesh = FaceMesh()
        self._detector = FaceDetector(far=False)
        self._last: Floats | None = None  # landmarks of the face followed now or last
        self._following = False
        self._frames_lost = 0

    @override
    def locate(self, image: Picture) -> Face | None:
        # About 3 ms at 1280x720, 20 ms when a face appears. Scaling the frame down first would take longer than
        # MediaPipe's own sampling of the face.
        found = self._mesh.detect(image) if self._following else None
        if found is None:  # also when the face moved too fast to be followed
            found = self._acquire(image)
        self._following = found is not None
        if found is None:
            self._frames_lost += 1
            return None
        self._last, self._frames_lost = found, 0
        return Face(found)

    @override
    def reset(self) -> None:
        self._mesh.restart()
        self._last, self._following, self._frames_lost = None, False, 0

    @override
    def close(self) -> None:
        self._mesh.close()

    def _acquire(self, image: Picture) -> Floats | None:
        found = self._detector.detect(image)
        return self._mesh.detect_settled(image, self._choose(found).region) if found else None

    def _choose(self, found: Sequence[Detection]) -> Detection:
        if self._last is not None and self._frames_lost <= _REMEMBERED_FRAMES:
            x, y = self._last[:, :2].mean(0)
            nearest = min(found, key=lambda face: abs(face.box.x - x) + abs(face.box.y - y))
            if abs(nearest.box.x - x) + abs(nearest.box.y - y) < 1.5 * nearest.box.side:
                return nearest
        return max(found, key=lambda face: face.box.side)


def largest_face(picture: Picture) -> tuple[Face, int]:
    """Return the largest face of a still and the number of faces.

    Finds faces in photographs, paintings and drawings: small faces in a group, faces that fill the picture, tilted and
    lying ones. Takes about 0.1 s when the first view shows a face, a second or two otherwise.

    Raises:
        TrackingError: no face was found.
    """
    detectors = FaceDetector(far=False), FaceDetector(far=True)
    for view in _views(picture):
        faces = _faces_of(view, detectors)
        if faces:
            return Face(max(faces, key=_extent)), len(faces)
    height, width = picture.shape[:2]
    raise TrackingError(f"No face found in this {width}x{height} picture; choose one that shows a face from the front")


@dataclass(frozen=True, slots=True)
class _View:
    """A part of a picture, rotated, padded or scaled.

    Attributes:
        image: the pixels, for the detector.
        to_picture: (2, 3) affine from pixels of `image` to pixels of the whole picture, a similarity.
        picture: the whole picture.
    """

    image: Picture
    to_picture: Floats
    picture: Picture


def _views(picture: Picture) -> Iterator[_View]:
    """Yield the views to search in a still, the most promising first."""
    height, width = picture.shape[:2]
    side = max(height, width)
    centre = ((width - 1) / 2, (height - 1) / 2)
    yield _view(picture, centre, side, 0)
    yield _view(picture, centre, 1.6 * side, 0)  # a face that fills the picture
    yield _view(picture, centre, 2.6 * side, 0)
    for angle in (-35, 35):
        yield _view(picture, centre, 1.3 * side, angle)
    for tiles in (2, 4) if side >= 256 else ():  # small faces
        yield from _tiles(picture, tiles)
    for angle in (90, -90):
        yield _view(picture, centre, 1.3 * side, angle)


def _tiles(picture: Picture, count: int) -> Iterator[_View]:
    """Yield overlapping squares, `count` along the longer side."""
    height, width = picture.shape[:2]
    side = 1.5 * max(height, width) / count
    for y in np.arange(side / 2, max(height - side / 4, side / 2 + 1), side / 2):
        for x in np.arange(side / 2, max(width - side / 4, side / 2 + 1), side / 2):
            yield _view(picture, (float(x), float(y)), side, 0)


def _view(picture: Picture, centre: tuple[float, float], side: float, angle_deg: float) -> _View:
    """Return the square of `side` px around `centre`, rotated, at the picture's own resolution at most."""
    size = int(min(max(side, 64), _LARGEST_VIEW_PX))
    unscaled = angle_deg == 0 and 64 <= side < _LARGEST_VIEW_PX
    scale = 1.0 if unscaled else side / size
    cos, sin = scale * np.cos(np.radians(angle_deg)), scale * np.sin(np.radians(angle_deg))
    rotation = np.array([[cos, -sin], [sin, cos]])
    shift = np.array(centre) - rotation @ np.full(2, (size - 1) / 2)
    if unscaled:  # copy pixels without interpolation: the landmarks then equal those of a video
        shift = np.round(shift)
    to_picture = np.column_stack([rotation, shift]).astype(np.float32)
    reduced, factor = _shrunk(picture, max(int(max(picture.shape[:2]) / max(scale, 1.0)), 1))
    half = np.array([0, 0, 0.5])  # pixel centres are half a pixel from the border in both
    to_reduced = (to_picture + half) / factor - half
    image = cv2.warpAffine(
        reduced, to_reduced, (size, size), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=(127, 127, 127)
    )
    return _View(image.astype(np.uint8, copy=False), to_picture, picture)


def _faces_of(view: _View, detectors: Sequence[FaceDetector]) -> list[Floats]:
    """Return the landmarks, in pixels of the picture, of every face in a view."""
    angle_deg = np.degrees(np.arctan2(view.to_picture[1, 0], view.to_picture[0, 0]))
    scale = float(np.hypot(view.to_picture[0, 0], view.to_picture[1, 0]))
    found = next(filter(None, (detector.detect(view.image) for detector in detectors)), [])
    faces: list[Floats] = []
    for box in (each.box for each in found[:_MOST_FACES]):
        centre = view.to_picture @ np.array([box.x, box.y, 1], np.float32)
        close_up = _view(view.picture, (float(centre[0]), float(centre[1])), 2.2 * scale * box.side, float(angle_deg))
        points = _landmarks_of(close_up)
        if points is not None and not any(_same_face(points, other) for other in faces):
            faces.append(points)
    return faces


def _landmarks_of(view: _View) -> Floats | None:
    """Return the landmarks, in pixels of the picture, of the face in the middle of a view."""
    found = settled_landmarks(view.image)
    if found is None:
        return None
    scale = float(np.hypot(view.to_picture[0, 0], view.to_picture[1, 0]))
    flat = found[:, :2] @ view.to_picture[:, :2].T + view.to_picture[:, 2]
    return np.column_stack([flat, found[:, 2] * scale]).astype(np.float32)


def _extent(points: Floats) -> float:
    """Return the area of the bounding box."""
    return float(np.prod(points[:, :2].max(0) - points[:, :2].min(0)))


def _same_face(a: Floats, b: Floats) -> bool:
    distance = float(np.linalg.norm(a[:, :2].mean(0) - b[:, :2].mean(0)))
    return distance < 0.4 * math.sqrt(min(_extent(a), _extent(b)))


def _shrunk(image: Picture, side: int) -> tuple[Picture, float]:
    """Return the picture with a longer side of at most `side`, and the reduction factor."""
    height, width = image.shape[:2]
    factor = max(height, width) / side
    if factor <= 1:
        return image, 1.0
    size = (max(round(width / factor), 1), max(round(height / factor), 1))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False), factor
