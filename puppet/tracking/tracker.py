"""Face tracking with MediaPipe's 478 landmarks: following a face through a video, or searching a still thoroughly.

First step of a frame. A tracker belongs to one thread at a time (the puppet thread); `largest_face` may run on any.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from typing_extensions import override

from puppet.domain import Face, Floats, Picture
from puppet.errors import TrackingError
from puppet.tracking.detection import Detection, FaceDetector
from puppet.tracking.mediapipe_networks import FaceMesh, settled_landmarks
from puppet.tracking.regions import Region
from puppet.tracking.views import View, still_views, video_views, view_of

_REMEMBERED_FRAMES = 45  # for this long a lost face is preferred over a larger one
_MOST_FACES = 8
_SURE_SCORE = 0.85  # no face that is upside down was detected with more
_FAR_SHARE = 0.15  # width of a face in the frame below which a closer view is needed
_SMALL_PX = 32  # width of a face below which landmarks are off by 3 % of it, and the mesh often fails
_PATIENT_FRAMES = 5  # one of the next frames may show a small face better
_log = logging.getLogger(__name__)


class FaceTracker(Protocol):
    """Finds the performer in the frames of one video, in order.

    Attributes:
        too_small: the last frame shows a face, but too small to follow.
    """

    too_small: bool

    def locate(self, image: Picture) -> Face | None:
        """Return the performer's face in the next frame, or None when no face is found. Blocks for milliseconds."""

    def reset(self) -> None:
        """Forget the performer: the next frame is of another video."""

    def close(self) -> None:
        """Release the networks; no further calls are allowed."""


class MediaPipeTracker(FaceTracker):
    """Follows one face; while there is none, takes the largest that is found.

    For a moment after a loss, a face near the last place is preferred, so that a passer-by is not taken instead.

    The mesh follows a face of any size and roll. While there is none, each frame is searched as a whole for near and
    for far faces, and in one further view: the frame on its side or upside down, and tiles of a large one. The first
    frame of a video is searched in all of them.
    """

    def __init__(self) -> None:
        """Open the networks. Raises TrackingError: one is missing or cannot be run."""
        self._mesh = FaceMesh()
        self._near, self._far = FaceDetector(far=False), FaceDetector(far=True)
        self._last: Floats | None = None  # landmarks of the face followed now or last
        self._following = False
        self._frames_lost = 0
        self._said_small = self.too_small = False

    @override
    def locate(self, image: Picture) -> Face | None:
        found = self._mesh.detect(image) if self._following else None
        if found is None:  # also when the face moved too fast to be followed
            found = self._acquire(image)
        self._following = found is not None
        if found is None:
            self._frames_lost += 1
            return None
        self._last, self._frames_lost, self.too_small = found, 0, False
        return Face(found)

    @override
    def reset(self) -> None:
        self._mesh.restart()
        self._last, self._following, self._frames_lost = None, False, 0
        self._said_small = self.too_small = False

    @override
    def close(self) -> None:
        self._mesh.close()

    def _acquire(self, image: Picture) -> Floats | None:
        """Return the landmarks of a face that is not followed yet."""
        found = self._search(image)
        self.too_small = False
        if not found:
            return None
        chosen = self._closer(image, self._choose(found))
        landmarks = self._mesh.detect_settled(image, _upright(image, chosen, self._near))
        if chosen.box.side < _SMALL_PX:
            self.too_small = landmarks is None
            if landmarks is not None or self._frames_lost >= _PATIENT_FRAMES:
                self._report_small(chosen.box.side)
        return landmarks

    def _closer(self, image: Picture, face: Detection) -> Detection:
        """Return a far face as a closer view shows it: in the whole frame its box is several times too large."""
        if face.box.side > _FAR_SHARE * max(image.shape[:2]):
            return face
        seen = _detections(view_of(image, (face.box.x, face.box.y), 3 * face.box.side, 0), (self._near, self._far))
        return min(seen, key=lambda each: math.hypot(each.box.x - face.box.x, each.box.y - face.box.y), default=face)

    def _search(self, image: Picture) -> list[Detection]:
        found = self._near.detect(image)
        if not any(map(self._is_expected, found)):
            found += self._far.detect(image)
        if found:
            return found
        views = video_views(image)
        first = self._last is None and self._frames_lost == 0
        for view in views if first else [views[self._frames_lost % len(views)]]:
            if found := _detections(view(), (self._near, self._far)):
                return found
        return []

    def _is_expected(self, face: Detection) -> bool:
        """Return True when a face is where the last one was lost, or no place is remembered."""
        if self._last is None or self._frames_lost > _REMEMBERED_FRAMES:
            return True
        return self._distance(face) < 1.5 * face.box.side

    def _distance(self, face: Detection) -> float:
        assert self._last is not None
        x, y = self._last[:, :2].mean(0)
        return abs(face.box.x - float(x)) + abs(face.box.y - float(y))

    def _choose(self, found: Sequence[Detection]) -> Detection:
        if self._last is not None and self._frames_lost <= _REMEMBERED_FRAMES:
            nearest = min(found, key=self._distance)
            if self._is_expected(nearest):
                return nearest
        return max(found, key=lambda face: face.box.side)

    def _report_small(self, side: float) -> None:
        """Say once in a video that a face is small."""
        if not self._said_small:
            self._said_small = True
            problem = "too small to follow" if self.too_small else "so its expressions are coarse"
            _log.warning("The face is only %.0f pixels wide, %s; come closer, or crop the picture", side, problem)


def largest_face(picture: Picture) -> tuple[Face, int]:
    """Return the largest face of a still and the number of faces.

    Finds faces in photographs, paintings and drawings: small faces in a group, faces that fill the picture, tilted and
    lying ones. Takes about 0.1 s when the first view shows a face, a second or two otherwise.

    Raises:
        TrackingError: no face was found.
    """
    detectors = FaceDetector(far=False), FaceDetector(far=True)
    for view in still_views(picture):
        faces = _faces_of(view, detectors)
        if faces:
            return Face(max(faces, key=_extent)), len(faces)
    height, width = picture.shape[:2]
    raise TrackingError(f"No face found in this {width}x{height} picture; choose one that shows a face from the front")


def _detections(view: View, detectors: Sequence[FaceDetector]) -> list[Detection]:
    """Return the faces in a view, in pixels of the picture, of the first detector that finds any."""
    found = next(filter(None, (detector.detect(view.image) for detector in detectors)), [])
    return [Detection(view.box(face.box), view.region(face.region), face.score) for face in found]


def _upright(picture: Picture, face: Detection, near: FaceDetector) -> Region:
    """Return the region of a detected face, turned over when the face is upside down.

    A detector takes some of those for upright faces, and so does the mesh, which then gives a chin for a forehead.
    """
    region = face.region
    if face.score >= _SURE_SCORE:
        return region
    turned = replace(region, angle=region.angle + math.pi)
    scores = [
        max((found.score for found in near.detect(view.image)), default=0.0)
        for view in (
            view_of(picture, (each.x, each.y), 1.5 * each.side, math.degrees(each.angle)) for each in (region, turned)
        )
    ]
    return turned if scores[1] > scores[0] else region


def _faces_of(view: View, detectors: Sequence[FaceDetector]) -> list[Floats]:
    """Return the landmarks, in pixels of the picture, of every face in a view."""
    faces: list[Floats] = []
    for face in _detections(view, detectors)[:_MOST_FACES]:
        box, angle = face.box, view.angle
        if _upright(view.picture, face, detectors[0]) is not face.region:
            angle += math.pi
        close_up = view_of(view.picture, (box.x, box.y), 2.2 * box.side, math.degrees(angle))
        points = _landmarks_of(close_up)
        if points is not None and not any(_same_face(points, other) for other in faces):
            faces.append(points)
    return faces


def _landmarks_of(view: View) -> Floats | None:
    """Return the landmarks, in pixels of the picture, of the face in the middle of a view."""
    found = settled_landmarks(view.image)
    if found is None:
        return None
    flat = found[:, :2] @ view.to_picture[:, :2].T + view.to_picture[:, 2]
    return np.column_stack([flat, found[:, 2] * view.scale]).astype(np.float32)


def _extent(points: Floats) -> float:
    """Return the area of the bounding box."""
    return float(np.prod(points[:, :2].max(0) - points[:, :2].min(0)))


def _same_face(a: Floats, b: Floats) -> bool:
    distance = float(np.linalg.norm(a[:, :2].mean(0) - b[:, :2].mean(0)))
    return distance < 0.4 * math.sqrt(min(_extent(a), _extent(b)))
