"""MediaPipe behind three small classes: landmarks of one face, boxes of all faces, a person's silhouette.

Pixels in, pixels out; no network use. The library is imported at first use, its start-up chatter kept off stderr. An
object belongs to one thread at a time; making them is safe on several.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from types import ModuleType
from typing import Any

import numpy as np

from puppet.domain import Floats, Picture
from puppet.errors import TrackingError
from puppet.geometry.crop import CropBox

_NOTHING = np.full((64, 64, 3), 127, np.uint8)


class FaceMesh:
    """MediaPipe's refined face mesh, following one face from picture to picture."""

    def __init__(self) -> None:
        """Loads the networks."""
        self._fresh = True
        self._start()

    def first(self, image: Picture) -> Floats | None:
        """(478, 3) float32: landmarks in pixels of the image, z in the unit of x; None when there is no face."""
        with _quiet(self._fresh):
            found = self._mesh.process(image).multi_face_landmarks
        if not found:
            return None
        self._fresh = False
        height, width = image.shape[:2]
        # Its normalised coordinates are multiples of the size that count from the first pixel's centre.
        points = np.array([(point.x, point.y, point.z) for point in found[0].landmark], np.float32)
        points *= np.array((width, height, width), np.float32)
        return points if np.isfinite(points).all() else None

    def restart(self) -> None:
        """Forget the face it followed."""
        self.close()
        self._start()

    def close(self) -> None:
        """Release the networks."""
        self._mesh.close()

    def _start(self) -> None:
        with _quiet(True):
            self._mesh = _solutions().face_mesh.FaceMesh(max_num_faces=1, refine_landmarks=True)
            self._mesh.process(_NOTHING)  # its threads are done starting, and talking, when this returns
        self._fresh = True


class FaceDetector:
    """One of MediaPipe's face detectors."""

    def __init__(self, *, far: bool) -> None:
        """`far`: for faces further away than some two metres; four times slower."""
        with _quiet(True):
            detection = _solutions().face_detection
            self._detection = detection.FaceDetection(model_selection=int(far), min_detection_confidence=0.5)
            self._detection.process(_NOTHING)

    def boxes(self, image: Picture) -> list[CropBox]:
        """Squares as wide as each face, by falling confidence."""
        height, width = image.shape[:2]
        found = self._detection.process(image).detections or []
        boxes = [detection.location_data.relative_bounding_box for detection in found]
        return [
            CropBox((box.xmin + box.width / 2) * width, (box.ymin + box.height / 2) * height, box.width * width)
            for box in boxes
            if box.width > 0
        ]

    def close(self) -> None:
        """Release the network."""
        self._detection.close()


class SelfieSegmentation:
    """MediaPipe's silhouette of a person."""

    def __init__(self) -> None:
        """Loads the network."""
        with _quiet(True):
            self._segmentation = _solutions().selfie_segmentation.SelfieSegmentation(model_selection=0)
            self._segmentation.process(_NOTHING)

    def of(self, image: Picture) -> Floats:
        """(H, W) float32 in [0, 1], 1 where the person is."""
        return np.asarray(self._segmentation.process(image).segmentation_mask, np.float32)

    def close(self) -> None:
        """Release the network."""
        self._segmentation.close()


def _solutions() -> Any:
    """MediaPipe's solutions; the first import takes half a second."""
    os.environ.setdefault("GLOG_minloglevel", "2")
    try:
        with _without_plots():
            import mediapipe
    except ImportError as error:
        raise TrackingError(f"face tracking needs MediaPipe, which cannot be imported: {error}") from error
    return mediapipe.solutions


@contextmanager
def _without_plots() -> Iterator[None]:
    """An empty module in place of matplotlib, which MediaPipe's drawing functions would import for over a second."""
    names = ("matplotlib", "matplotlib.pyplot")
    stands_in = not any(name in sys.modules for name in names)
    if stands_in:
        sys.modules.update((name, ModuleType(name)) for name in names)
    try:
        yield
    finally:
        for name in names if stands_in else ():
            sys.modules.pop(name, None)


_ONE_AT_A_TIME = Lock()
_LIBRARY_CHATTER = re.compile(rb"INFO: Created TensorFlow|WARNING: All log messages before absl|[IW]\d{4} [\d:.]+ ")


@contextmanager
def _quiet(active: bool) -> Iterator[None]:
    """Keep the library's start-up chatter off the user's stderr; every other line written meanwhile follows at the end.

    Its C++ parts write to the descriptor itself and their log settings are not reached from Python. There is one
    descriptor: threads that start trackers take turns.
    """
    if not active:
        yield
        return
    with _ONE_AT_A_TIME:
        try:
            shown = os.dup(2)
        except OSError:  # started without a stderr: nothing to keep clean
            yield
            return
        yield from _without_chatter(shown)


def _without_chatter(shown: int) -> Iterator[None]:
    """Runs the caller's block with stderr, which is also `shown`, caught; then passes on what was no chatter."""
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(shown, 2)
            caught.seek(0)
            for line in caught:
                if not _LIBRARY_CHATTER.match(line):
                    os.write(shown, line)
            os.close(shown)
