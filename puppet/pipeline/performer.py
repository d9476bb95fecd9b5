"""The performer in the camera frames: their face, the box around it, and the pose that the pack detects in the box.

All poses of a performance refer to the same box, so a movement within the picture counts as motion. Belongs to the loop
thread.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from puppet.domain import Face, Framing, Keypoints, Picture
from puppet.engines.base import Engine
from puppet.errors import ConfigError
from puppet.geometry.crop import CropBox, face_box, whole_box
from puppet.tracking.tracker import FaceTracker

_NO_PICTURE = np.empty((0, 0, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class PerformerPose:
    """The performer's pose in one frame.

    Attributes:
        box: the square of the frame, mirrored with it.
        keypoints: the pose in the box.
        face: the box's pixels: (size, size, 3) for a part swap, else (detect_size, detect_size, 3), or (0, 0, 3) if
            the landmarks were enough.
        mirror: the frame was mirrored.
        size_changed: the frame has another size than the one before, so earlier poses cannot be compared.
    """

    box: CropBox
    keypoints: Keypoints
    face: Picture
    mirror: bool = False
    size_changed: bool = False


class PerformerTracker:
    """Finds the performer's face and pose, frame by frame.

    Attributes:
        chosen_box: drawn by the user, in pixels of the unmirrored frame; None: no box was drawn.
        box: used for the current frames, in pixels of the mirrored frame; None: the next frame decides.
    """

    def __init__(self, engine: Engine, tracker: FaceTracker | None, framing: Framing) -> None:
        """Own `tracker`. `framing`: AUTO tracks a face, NONE takes whole frames."""
        self._engine, self._tracker, self._framing = engine, tracker, framing
        self.chosen_box: CropBox | None = None
        self.box: CropBox | None = None
        self._view: tuple[object, ...] = ()  # height, width and mirroring of the frames that `box` refers to

    @property
    def detects(self) -> bool:
        """True if the pack detects keypoints itself."""
        return self._engine.detects

    @property
    def has_fixed_box(self) -> bool:
        """True if the box is the same whatever it shows, so that no face is tracked."""
        return self._engine.detects and (self.chosen_box is not None or self._framing is Framing.NONE)

    @property
    def is_too_small(self) -> bool:
        """True if the last frame shows a face, but too small to follow."""
        return self._tracker is not None and self._tracker.too_small

    def locate(self, image: Picture) -> Face | None:
        """Return the performer's face in the next (mirrored) frame; None without one, or if no face is tracked."""
        return None if self.has_fixed_box or self._tracker is None else self._tracker.locate(image)

    def detect(
        self, image: Picture, face: Face | None, mirror: bool, *, exact: bool = False, landmarks_only: bool = False
    ) -> PerformerPose | None:
        """Return the performer's pose; None without a face.

        Args:
            image: the frame, mirrored already.
            face: the performer's face in it, by `locate`.
            mirror: True if the frame was mirrored.
            exact: extract the box at full quality, because its pixels are shown.
            landmarks_only: skip the pack's detector if the landmarks are enough for it.

        Raises:
            ConfigError: the chosen box lies outside the frame.
        """
        if face is None and not self.has_fixed_box:
            return None
        view, before = (image.shape, mirror), self._view
        if view != before:
            self._view = view
            self.box = _mirrored(self.box, image) if view[:1] == before[:1] else None
        if self.box is None:
            self.box = self._new_box(image, face, mirror)
        landmarks = landmarks_in(self._engine, face, self.box)
        if landmarks is not None and landmarks_only and view == before:
            return PerformerPose(self.box, landmarks, _NO_PICTURE, mirror)
        if exact:
            square = self.box.extract(image, self._engine.size)
        else:
            square = self.box.extract_nearest(image, self._engine.detect_size)
        return PerformerPose(self.box, self._engine.detect(square, landmarks), square, mirror, view[:1] != before[:1])

    def restore_box(self, box: CropBox, image: Picture, mirror: bool) -> None:
        """Use this box, in pixels of the mirrored frame, as long as frames are like `image`."""
        self.box, self._view = box, (image.shape, mirror)

    def reset(self) -> None:
        """Start another clip: forget the box and the tracked face."""
        self.box = None
        self.reset_tracker()

    def reset_tracker(self) -> None:
        """Forget the tracked face: the next frame does not continue the last one."""
        if self._tracker is not None:
            self._tracker.reset()

    def close(self) -> None:
        """Close the tracker."""
        if self._tracker is not None:
            self._tracker.close()

    def _new_box(self, image: Picture, face: Face | None, mirror: bool) -> CropBox:
        if self.chosen_box is not None:
            box = self.chosen_box
            height, width = image.shape[:2]
            if abs(box.x - width / 2) >= (width + box.side) / 2 or abs(box.y - height / 2) >= (height + box.side) / 2:
                raise ConfigError(f"The box lies outside of the {width}x{height} picture; choose another --box")
            return CropBox(width - 1 - box.x, box.y, box.side) if mirror else box
        if face is None or self._framing is Framing.NONE:
            return whole_box(image)
        return face_box(face).within(image)


def _mirrored(box: CropBox | None, image: Picture) -> CropBox | None:
    """Return the box at the same place of the mirrored picture."""
    return box and CropBox(image.shape[1] - 1 - box.x, box.y, box.side)


def landmarks_in(engine: Engine, face: Face | None, box: CropBox) -> Keypoints | None:
    """Return a face's landmarks normalised to `box`; None without a face, or for a pack that detects keypoints."""
    return None if face is None or engine.detects else box.to_norm(face.points, engine.size)
