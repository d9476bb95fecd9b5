"""Where the face is: MediaPipe's 478 landmarks, followed through a video or searched for carefully in a still.

First stop of a frame. A tracker belongs to one thread at a time (the puppet thread); `largest_face` may run on any.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from puppet.domain import Face, Floats, Picture
from puppet.errors import TrackingError
from puppet.geometry.crop import CropBox
from puppet.tracking.mediapipe_networks import FaceDetector, FaceMesh

_REMEMBERED_FRAMES = 45  # a face lost for longer than this is not preferred over a larger one any more
_SETTLING_PASSES = 5  # the first landmarks come from a rough detection, the next from landmarks
_STILL_SIDE = 512  # px: side of the square a still's face is measured in
_MOST_FACES = 8


class FaceTracker(Protocol):
    """Finds the performer in the frames of one video, in order."""

    def locate(self, image: Picture) -> Face | None:
        """The face followed in this frame, or None when none is seen. Blocks for milliseconds."""

    def reset(self) -> None:
        """Forget whom it followed: the next frame is of another video."""

    def close(self) -> None:
        """Release everything; further calls are errors."""


class MediaPipeTracker:
    """Follows one face: detection runs only while there is none, and then the largest is taken.

    A face that was lost a moment ago is preferred where it was, so that someone passing by does not take over.
    """

    def __init__(self) -> None:
        """Loads the networks. Raises TrackingError when MediaPipe is missing or cannot start."""
        self._mesh = FaceMesh()
        self._detector = FaceDetector(far=False)
        self._last: Floats | None = None  # points of the face followed, or last followed
        self._following = False
        self._unseen = 0  # frames since then

    def locate(self, image: Picture) -> Face | None:
        """See FaceTracker; about 3 ms at 1280x720 while following or searching, 20 when a face appears."""
        # The whole frame, whatever its size: reducing it first costs more than the library's own sampling of the face.
        found = self._mesh.first(image) if self._following else None
        if found is None:  # also when it moved too fast to be followed: no frame need go without it
            found = self._acquire(image)
        self._following = found is not None
        if found is None:
            self._unseen += 1
            return None
        self._last, self._unseen = found, 0
        return Face(found)

    def reset(self) -> None:
        """See FaceTracker."""
        self._mesh.restart()
        self._last, self._following, self._unseen = None, False, 0

    def close(self) -> None:
        """See FaceTracker."""
        self._mesh.close()
        self._detector.close()

    def _acquire(self, image: Picture) -> Floats | None:
        boxes = self._detector.boxes(image)
        if not boxes:
            return None
        chosen = self._choose(boxes)
        # One tracker follows one face; with the others painted over it can only pick up the chosen one.
        alone = image if len(boxes) == 1 else _only(image, chosen)
        found = self._mesh.first(alone)
        for _ in range(_SETTLING_PASSES - 1):
            if found is None:
                return None
            found = self._mesh.first(image)
        return found

    def _choose(self, boxes: Sequence[CropBox]) -> CropBox:
        if self._last is not None and self._unseen <= _REMEMBERED_FRAMES:
            x, y = self._last[:, :2].mean(0)
            nearest = min(boxes, key=lambda box: abs(box.x - x) + abs(box.y - y))
            if abs(nearest.x - x) + abs(nearest.y - y) < 1.5 * nearest.side:
                return nearest
        return max(boxes, key=lambda box: box.side)


def largest_face(picture: Picture) -> tuple[Face, int]:
    """The largest face of a still, measured carefully, and how many faces were found.

    Photographs, paintings and drawings; small faces in a group, faces that fill the picture, tilted and lying ones.
    Takes about 0.1 s where a face is found at first sight, a second or two where not.

    Raises:
        TrackingError: no face was found.
    """
    detectors = [FaceDetector(far=far) for far in (False, True)]
    try:
        for view in _views(picture):
            faces = _faces_of(view, detectors)
            if faces:
                return Face(max(faces, key=_extent)), len(faces)
    finally:
        for detector in detectors:
            detector.close()
    height, width = picture.shape[:2]
    raise TrackingError(f"no face found in this {width}x{height} picture: choose one that shows a face from the front")


@dataclass(frozen=True, slots=True)
class _View:
    """A picture of a picture: turned, padded or cut out.

    Attributes:
        image: what the detector sees.
        to_picture: (2, 3) affine from pixels of `image` to pixels of the whole picture, a similarity.
        picture: the whole picture.
    """

    image: Picture
    to_picture: Floats
    picture: Picture


def _views(picture: Picture) -> Iterator[_View]:
    """Ways to look at a still, the likeliest first."""
    height, width = picture.shape[:2]
    side = max(height, width)
    middle = ((width - 1) / 2, (height - 1) / 2)
    yield _view(picture, middle, side, 0)
    yield _view(picture, middle, 1.6 * side, 0)  # a face that fills the picture
    yield _view(picture, middle, 2.6 * side, 0)
    for angle in (-35, 35):
        yield _view(picture, middle, 1.3 * side, angle)
    for parts in (2, 4) if side >= 256 else ():  # small faces
        yield from _tiles(picture, parts)
    for angle in (90, -90):
        yield _view(picture, middle, 1.3 * side, angle)


def _tiles(picture: Picture, parts: int) -> Iterator[_View]:
    height, width = picture.shape[:2]
    side = 1.5 * max(height, width) / parts
    for y in np.arange(side / 2, max(height - side / 4, side / 2 + 1), side / 2):
        for x in np.arange(side / 2, max(width - side / 4, side / 2 + 1), side / 2):
            yield _view(picture, (float(x), float(y)), side, 0)


def _view(picture: Picture, centre: tuple[float, float], side: float, angle_deg: float) -> _View:
    """The square of `side` px around `centre`, turned, at no more than the picture's own resolution."""
    size = int(min(max(side, 64), 2 * _STILL_SIDE))
    unscaled = angle_deg == 0 and 64 <= side < 2 * _STILL_SIDE
    scale = 1.0 if unscaled else side / size
    cos, sin = scale * np.cos(np.radians(angle_deg)), scale * np.sin(np.radians(angle_deg))
    rotation = np.array([[cos, -sin], [sin, cos]])
    shift = np.array(centre) - rotation @ np.full(2, (size - 1) / 2)
    if unscaled:  # pixels are taken as they are: the landmarks will be a video's
        shift = np.round(shift)
    to_picture = np.column_stack([rotation, shift]).astype(np.float32)
    reduced, factor = _reduced(picture, max(int(max(picture.shape[:2]) / max(scale, 1.0)), 1))
    half = np.array([0, 0, 0.5])  # pixel centres are half a pixel in, in both
    to_reduced = (to_picture + half) / factor - half
    image = cv2.warpAffine(
        reduced, to_reduced, (size, size), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=(127, 127, 127)
    )
    return _View(image.astype(np.uint8, copy=False), to_picture, picture)


def _faces_of(view: _View, detectors: Sequence[FaceDetector]) -> list[Floats]:
    """Landmarks, in pixels of the picture, of every face a view shows."""
    turn = np.degrees(np.arctan2(view.to_picture[1, 0], view.to_picture[0, 0]))
    scale = float(np.hypot(view.to_picture[0, 0], view.to_picture[1, 0]))
    boxes = next(filter(None, (detector.boxes(view.image) for detector in detectors)), [])
    faces: list[Floats] = []
    for box in boxes[:_MOST_FACES]:
        centre = view.to_picture @ np.array([box.x, box.y, 1], np.float32)
        close = _view(view.picture, (float(centre[0]), float(centre[1])), 2.2 * scale * box.side, float(turn))
        points = _measured(close)
        if points is not None and not any(_same(points, other) for other in faces):
            faces.append(points)
    return faces


def _measured(view: _View) -> Floats | None:
    """Landmarks of the face in the middle of a view, settled as they would be in a video."""
    mesh = FaceMesh()
    try:
        found = mesh.first(view.image)
        for _ in range(_SETTLING_PASSES - 1):
            found = mesh.first(view.image) if found is not None else None
    finally:
        mesh.close()
    if found is None:
        return None
    scale = float(np.hypot(view.to_picture[0, 0], view.to_picture[1, 0]))
    flat = found[:, :2] @ view.to_picture[:, :2].T + view.to_picture[:, 2]
    return np.column_stack([flat, found[:, 2] * scale]).astype(np.float32)


def _extent(points: Floats) -> float:
    return float(np.prod(points[:, :2].max(0) - points[:, :2].min(0)))


def _same(a: Floats, b: Floats) -> bool:
    apart = float(np.linalg.norm(a[:, :2].mean(0) - b[:, :2].mean(0)))
    return apart < 0.4 * math.sqrt(min(_extent(a), _extent(b)))


def _only(image: Picture, box: CropBox) -> Picture:
    """The picture with everything but a generous surrounding of a face painted over."""
    height, width = image.shape[:2]
    left, right = (int(np.clip(box.x + sign * box.side, 0, width)) for sign in (-1, 1))
    top, bottom = (int(np.clip(box.y + sign * box.side, 0, height)) for sign in (-1, 1))
    alone = np.full_like(image, 127)
    alone[top:bottom, left:right] = image[top:bottom, left:right]
    return alone


def _reduced(image: Picture, side: int) -> tuple[Picture, float]:
    """A copy whose longer side is at most `side`, and how many pixels of the original one of its pixels is."""
    height, width = image.shape[:2]
    factor = max(height, width) / side
    if factor <= 1:
        return image, 1.0
    size = (max(round(width / factor), 1), max(round(height / factor), 1))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False), factor
