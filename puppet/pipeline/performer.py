"""Watches the performer: the face in the frames, the square around it, and the pose that the pack sees there.

All poses of a performance are of one and the same square, so moving in the picture is motion. On the puppet thread.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from puppet.domain import Face, Framing, Keypoints, Picture
from puppet.engines.base import Engine
from puppet.errors import ConfigError
from puppet.geometry.crop import CropBox, face_box, whole
from puppet.tracking.tracker import FaceTracker

_UNSEEN = np.empty((0, 0, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class PerformerPose:
    """The performer in one frame.

    Attributes:
        box: the square that was looked at.
        keypoints: the pose in it.
        face: its pixels: (size, size, 3) where they are shown, else (sight, sight, 3), or none where nobody looked.
        elsewhere: these frames have another size than those before: what is known of the performer's place is void.
    """

    box: CropBox
    keypoints: Keypoints
    face: Picture
    elsewhere: bool = False


class PerformerTracker:
    """Looks at the performer, frame by frame."""

    def __init__(self, engine: Engine, tracker: FaceTracker | None, framing: Framing) -> None:
        """Take over `tracker`; see Puppeteer."""
        self._engine, self._tracker, self._framing = engine, tracker, framing
        self.chosen: CropBox | None = None
        """A square chosen by hand, in the unmirrored frame."""
        self.box: CropBox | None = None
        """The square that is looked at; None: the next frame tells."""
        self._view: tuple[object, ...] = ()  # of what frames that square is

    @property
    def fixed(self) -> bool:
        """Whether one square is looked at, whatever is in it: no face is tracked."""
        return self._engine.detects and (self.chosen is not None or self._framing is Framing.NONE)

    def locate(self, image: Picture) -> Face | None:
        """The performer's face in the next frame, mirrored already; None: nobody is there, or nobody is looked for."""
        return None if self.fixed or self._tracker is None else self._tracker.locate(image)

    def see(
        self, image: Picture, located: Face | None, mirror: bool, *, shown: bool = False, known: bool = False
    ) -> PerformerPose | None:
        """The performer's pose; None without a face.

        Args:
            image: the frame, mirrored already.
            located: the face in it.
            mirror: whether it was.
            shown: the square itself will be, so its pixels have to be exact.
            known: landmarks are enough: the body's pose is wanted by nobody.
        """
        if located is None and not self.fixed:
            return None
        view, before = (image.shape, mirror), self._view
        if view != before:
            self._view, self.box = view, None
        if self.box is None:
            self.box = self._square(image, located, mirror)
        elsewhere = view[:1] != before[:1]
        landmarks = landmarks_in(self._engine, located, self.box)
        if landmarks is not None and known and view == before:
            return PerformerPose(self.box, landmarks, _UNSEEN)
        face = (
            self.box.extract(image, self._engine.size)
            if shown
            else self.box.extract_nearest(image, self._engine.detect_size)
        )
        return PerformerPose(self.box, self._engine.detect(face, landmarks), face, elsewhere)

    def forget(self) -> None:
        """A clip begins: where the performer was says nothing."""
        self.box = None
        self.lose_track()

    def lose_track(self) -> None:
        """The next frame does not follow the one before."""
        if self._tracker is not None:
            self._tracker.reset()

    def close(self) -> None:
        """Close the tracker."""
        if self._tracker is not None:
            self._tracker.close()

    def _square(self, image: Picture, located: Face | None, mirror: bool) -> CropBox:
        """Where to look from now on. Raises ConfigError when the chosen box lies outside of the picture."""
        if self.chosen is not None:
            box = self.chosen
            height, width = image.shape[:2]
            if abs(box.x - width / 2) >= (width + box.side) / 2 or abs(box.y - height / 2) >= (height + box.side) / 2:
                raise ConfigError(f"the box lies outside of the {width}x{height} picture; choose another --box.")
            return CropBox(width - 1 - box.x, box.y, box.side) if mirror else box
        if located is None or self._framing is Framing.NONE:
            return whole(image)
        return face_box(located).within(image)


def landmarks_in(engine: Engine, face: Face | None, box: CropBox) -> Keypoints | None:
    """A face's landmarks in a square, for packs that go by them."""
    return None if face is None or engine.detects else box.to_norm(face.points, engine.size)
