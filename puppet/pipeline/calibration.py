"""Calibration beyond the automatic one: best moment, re-anchoring, and neutral poses kept from one session to the next.

Belongs to the loop thread; `saved` may be read on any thread.
"""

from __future__ import annotations

from dataclasses import replace

from puppet.domain import Keypoints, Picture, SavedNeutral
from puppet.geometry.crop import CropBox
from puppet.motion.follower import Follower
from puppet.motion.resting_face import are_landmarks, mirrored
from puppet.pipeline.performer import PerformerTracker

_SAME_SHAPE = 0.01  # difference of two frames' height to width


class PerformerCalibration:
    """Changes the follower's neutral pose on demand, and keeps it with the box that it refers to.

    Attributes:
        saved: the newest neutral pose, another object after each calibration; None before the first, and for packs
            that detect keypoints themselves.
    """

    def __init__(self, follower: Follower, performer: PerformerTracker, pack: str) -> None:
        """`pack`: name of the pack, whose body keypoints no other pack has."""
        self._follower, self._performer, self._pack = follower, performer, pack
        self.saved: SavedNeutral | None = None
        self._restores: SavedNeutral | None = None  # once the size of the frames is known
        self._seen = 0

    def take_best(self, portrait: Keypoints) -> None:
        """Take the neutral pose from the moment within the next seconds that agrees best with the portrait's pose."""
        self._restores = None
        self._follower.calibrate(portrait)

    def reanchor(self) -> None:
        """Take the head's neutral pose from the newest frame; the expression stays."""
        self._restores = None
        self._follower.reanchor()

    def restore(self, saved: SavedNeutral) -> None:
        """Use a neutral pose of an earlier session, if it is of frames of the same shape."""
        self._restores = saved

    def update(self, image: Picture, mirror: bool) -> bool:
        """Keep a new neutral pose, or restore one; return True if the next pose has nothing to do with the last.

        Args:
            image: the frame that was just followed.
            mirror: True if it was mirrored.
        """
        if self._restores is not None:
            saved, self._restores = self._restores, None
            return self._restore(saved, image, mirror)
        box, pose = self._performer.box, self._follower.neutral
        if self._seen != self._follower.calibrations and box is not None and pose is not None:
            self._seen = self._follower.calibrations
            if are_landmarks(pose):
                size, square = (image.shape[1], image.shape[0]), (box.x, box.y, box.side)
                self.saved = SavedNeutral(pose, square, size, mirror, self._pack, self._follower.match)
        return False

    def _restore(self, saved: SavedNeutral, image: Picture, mirror: bool) -> bool:
        height, width = image.shape[:2]
        if self._performer.detects or abs(height / width - saved.size[1] / saved.size[0]) > _SAME_SHAPE:
            return False
        scale = width / saved.size[0]
        x, y, side = (scale * value for value in saved.box)
        flipped = saved.mirror is not mirror
        self._performer.restore_box(CropBox(width - 1 - x if flipped else x, y, side), image, mirror)
        pose = mirrored(saved.pose) if flipped else saved.pose
        self._follower.restore(pose if saved.pack == self._pack else replace(pose, body=None))
        self.saved, self._seen = saved, self._follower.calibrations
        return True
