"""MediaPipe's networks: landmarks of one face, boxes of all faces, a person's silhouette.

All coordinates are pixels; nothing uses the internet. The library is imported at first use; its start-up messages are
removed from stderr. An object belongs to one thread at a time; several threads may create objects.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from threading import Lock
from types import ModuleType
from typing import IO, Any

import numpy as np

from puppet.domain import Floats, Picture
from puppet.errors import TrackingError
from puppet.geometry.crop import CropBox

_GREY = np.full((64, 64, 3), 127, np.uint8)
_SETTLING_PASSES = 5  # the first landmarks come from a coarse detection, the next ones from landmarks


class FaceMesh:
    """MediaPipe's refined face mesh; follows one face from picture to picture."""

    def __init__(self) -> None:
        """Load the networks. Raises TrackingError when MediaPipe is missing."""
        self._first_face = True  # the first face makes the library print messages
        self._start()

    def detect(self, image: Picture) -> Floats | None:
        """Return landmarks (478, 3) float32 in pixels of the image, z in the unit of x; None without a face."""
        with _quiet() if self._first_face else nullcontext():
            found = self._mesh.process(image).multi_face_landmarks
        if not found:
            return None
        self._first_face = False
        height, width = image.shape[:2]
        # MediaPipe's normalised coordinates are pixels from the first pixel's centre, divided by the size.
        points = np.array([(point.x, point.y, point.z) for point in found[0].landmark], np.float32)
        points *= np.array((width, height, width), np.float32)
        return points if np.isfinite(points).all() else None

    def detect_settled(self, image: Picture, start: Picture | None = None) -> Floats | None:
        """Return landmarks as precise as after some frames of a video; the first pass takes `start`, if given."""
        found = self.detect(image if start is None else start)
        for _ in range(_SETTLING_PASSES - 1):
            found = self.detect(image) if found is not None else None
        return found

    def restart(self) -> None:
        """Forget the followed face."""
        self.close()
        self._start()

    def close(self) -> None:
        """Release the networks."""
        self._mesh.close()

    def _start(self) -> None:
        with _quiet():
            self._mesh = _solutions().face_mesh.FaceMesh(max_num_faces=1, refine_landmarks=True)
            self._mesh.process(_GREY)  # returns after all threads have started and printed their messages
        self._first_face = True


def settled_landmarks(image: Picture) -> Floats | None:
    """Return landmarks (478, 3) of the face in a still, as precise as in a video; None without a face."""
    with closing(FaceMesh()) as mesh:
        return mesh.detect_settled(image)


class FaceDetector:
    """One of MediaPipe's two face detectors."""

    def __init__(self, *, far: bool) -> None:
        """`far`: for faces more than about two metres away; four times slower."""
        with _quiet():
            detection = _solutions().face_detection
            self._detection = detection.FaceDetection(model_selection=int(far), min_detection_confidence=0.5)
            self._detection.process(_GREY)

    def boxes(self, image: Picture) -> list[CropBox]:
        """Return a square as wide as the face for each face, the most confident first."""
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
    """MediaPipe's segmentation of a person from the background."""

    def __init__(self) -> None:
        """Load the network. Raises TrackingError when MediaPipe is missing."""
        with _quiet():
            self._segmentation = _solutions().selfie_segmentation.SelfieSegmentation(model_selection=0)
            self._segmentation.process(_GREY)

    def segment(self, image: Picture) -> Floats:
        """Return (H, W) float32 in [0, 1]: 1 on the person, 0 on the background."""
        return np.asarray(self._segmentation.process(image).segmentation_mask, np.float32)

    def close(self) -> None:
        """Release the network."""
        self._segmentation.close()


def _solutions() -> Any:
    """Import MediaPipe, which takes half a second the first time. Raises TrackingError."""
    os.environ.setdefault("GLOG_minloglevel", "2")
    try:
        with _placeholder_matplotlib():
            import mediapipe
    except ImportError as error:
        raise TrackingError(f"Cannot import MediaPipe, which tracks faces ({error}); install it again") from error
    return mediapipe.solutions


@contextmanager
def _placeholder_matplotlib() -> Iterator[None]:
    """Replace matplotlib by an empty module: MediaPipe's unused drawing functions import it, which takes a second."""
    names = ("matplotlib", "matplotlib.pyplot")
    replaced = () if any(name in sys.modules for name in names) else names
    sys.modules.update((name, ModuleType(name)) for name in replaced)
    try:
        yield
    finally:
        for name in replaced:
            sys.modules.pop(name, None)


_STDERR_LOCK = Lock()
_LIBRARY_MESSAGE = re.compile(rb"INFO: Created TensorFlow|WARNING: All log messages before absl|[IW]\d{4} [\d:.]+ ")


@contextmanager
def _quiet() -> Iterator[None]:
    """Remove MediaPipe's start-up messages from stderr; other lines written meanwhile are passed on at the end.

    The library's C++ code writes to the file descriptor itself, and Python cannot reach its log settings. There is one
    descriptor per process, so only one thread at a time replaces it.
    """
    with _STDERR_LOCK, ExitStack() as opened:
        try:
            captured = opened.enter_context(_unnamed_file())
            stderr = os.dup(2)
        except OSError:  # no place for a temporary file, or the process has no stderr
            yield
            return
        yield from _filter_stderr(stderr, captured)


def _unnamed_file() -> IO[bytes]:
    """Open a file in memory, where the system has such files, else a temporary one. Raises OSError."""
    if sys.platform == "linux":
        return os.fdopen(os.memfd_create("stderr"), "w+b")
    return tempfile.TemporaryFile()


def _filter_stderr(stderr: int, captured: IO[bytes]) -> Iterator[None]:
    """Capture descriptor 2 during the caller's block, then write all other lines to `stderr`, its duplicate."""
    os.dup2(captured.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        captured.seek(0)
        for line in captured:
            if not _LIBRARY_MESSAGE.match(line):
                with suppress(OSError):  # a terminal that was closed, a full disk
                    os.write(stderr, line)
        os.close(stderr)
