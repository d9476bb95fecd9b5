"""The whole path of a frame, from camera picture to finished picture, in one straight read: `Puppeteer.step`.

Free of threads: the live session, offline rendering and the tests call the same `step`. All methods belong to one
thread but `prepare`, which analyses an avatar and may run on any other one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from puppet import expression, motion
from puppet.composite import Compositor
from puppet.crop import CropBox, face_box, whole
from puppet.domain import Controls, Face, Following, Frame, Framing, Keypoints, Picture
from puppet.engines import Engine, SourceCode
from puppet.errors import PuppetError, TrackingError
from puppet.follow import Follower
from puppet.timing import StageClock
from puppet.tracking import FaceTracker, largest_face


@dataclass(frozen=True, slots=True)
class SourceAvatar:
    """A picture ready to be moved.

    Attributes:
        name: what the gallery calls it.
        picture: the whole picture.
        crop: where the model's square lies in it.
        face: (size, size, 3): that square.
        keypoints: the avatar's own pose.
        code: what the engine remembers of it.
        faces: how many faces the picture shows; the largest was taken.
    """

    name: str
    picture: Picture
    crop: CropBox
    face: Picture
    keypoints: Keypoints
    code: SourceCode
    faces: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """One finished frame.

    Attributes:
        picture: (H, W, 3) of the output size.
        face: (size, size, 3): the model's square as rendered.
        frame: the camera's frame it was made from.
        following: what the avatar was doing about the performer's face.
        finished_s: when it was finished, on the clock of `Frame.captured_s`.
        stages_ms: stage -> milliseconds.
    """

    picture: Picture
    face: Picture
    frame: Frame
    following: Following
    finished_s: float
    stages_ms: dict[str, float]


class Puppeteer:
    """Moves one avatar at a time after whoever is in the frames."""

    def __init__(
        self,
        engine: Engine,
        tracker: FaceTracker,
        *,
        framing: Framing = Framing.AUTO,
        size: tuple[int, int] | None = (1280, 720),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take over `engine` and `tracker`: `close` closes them.

        Args:
            engine: runs the pack.
            tracker: finds the performer.
            framing: AUTO: both faces are cropped; NONE: the pictures are squares around them already.
            size: (W, H) of the finished pictures; None: the model's square, or with Output.FULL the avatar's own size.
            clock: seconds, the same clock as `Frame.captured_s`.
        """
        self.engine = engine
        self.size = size
        self.avatar: SourceAvatar | None = None
        self._tracker = tracker
        self._framing = framing
        self._clock = clock
        self._stages = StageClock(clock)
        self._compositor = Compositor(size)
        self._follower = Follower(motion.LearnedTransfer() if engine.detects else expression.drive)
        self._others: tuple[SourceAvatar, ...] = ()
        self._chosen: CropBox | None = None  # by hand, in the unmirrored frame
        self._box: CropBox | None = None  # the square the performer is looked at in
        self._shape: tuple[int, ...] = ()

    def prepare(self, picture: Picture, name: str) -> SourceAvatar:
        """Analyse an avatar's picture in a fraction of a second. Any thread. Raises TrackingError without a face."""
        landmarks = not self.engine.detects
        found, faces = largest_face(picture) if landmarks or self._framing is Framing.AUTO else (None, 0)
        crop = face_box(found).within(picture) if found and self._framing is Framing.AUTO else whole(picture)
        face = crop.extract(picture, self.engine.size)
        keypoints = crop.to_norm(found.points, self.engine.size) if found and landmarks else self.engine.detect(face)
        return SourceAvatar(name, picture, crop, face, keypoints, self.engine.encode(face, keypoints), faces)

    def show(self, avatar: SourceAvatar, others: Sequence[SourceAvatar] = ()) -> None:
        """Move this avatar from the next frame on; the performer's neutral pose is kept.

        Args:
            avatar: is animated, or gives parts.
            others: give parts too: those of PartSwap.others.
        """
        self.avatar, self._others = avatar, tuple(others)

    def choose_box(self, box: CropBox | None) -> None:
        """Look at this square of the frames (pixels, not mirrored); None: at the face, or at the whole picture.

        Only packs that detect look at pixels: with another one nothing happens. The neutral pose is taken anew.
        """
        if self.engine.detects and box != self._chosen:
            self._chosen, self._box = box, None
            self._follower.forget()

    def calibrate(self) -> None:
        """The next good frames give the performer's neutral pose."""
        self._follower.calibrate()

    def set_neutral(self, frame: Frame) -> None:
        """This frame shows the performer's neutral pose. Raises TrackingError when it shows no face."""
        self._tracker.reset()
        driving = self._keypoints(frame.image, self._tracker.locate(frame.image))
        self._tracker.reset()
        if driving is None:
            raise TrackingError("the frame chosen as the neutral pose shows no face: choose another with --neutral")
        self._follower.set_neutral(driving)

    @property
    def following(self) -> Following:
        """What the avatar does about the performer's face."""
        return self._follower.following

    def step(self, frame: Frame, controls: Controls) -> Rendered:
        """One frame from camera to finished picture. Blocks for its milliseconds; PuppetError when a stage fails."""
        avatar = self.avatar
        if avatar is None:
            raise PuppetError("no avatar is shown yet")
        image = cv2.flip(frame.image, 1).astype(np.uint8, copy=False) if controls.mirror else frame.image
        with self._stages("track"):
            located = self._tracker.locate(image)
        with self._stages("detect"):
            driving = self._keypoints(image, located)
        with self._stages("transfer"):
            driven = self._follower.follow(avatar.keypoints, driving, frame.captured_s, controls)
        with self._stages("render"):
            face = self.engine.render(avatar.code, avatar.keypoints, driven)
        with self._stages("composite"):
            picture = self._compositor.place(face, avatar.picture, avatar.crop, controls.output)
        return Rendered(picture, face, frame, self.following, self._clock(), self._stages.finish_frame())

    def close(self) -> None:
        """Release the engine and the tracker."""
        self._tracker.close()
        self.engine.close()

    def _keypoints(self, image: Picture, located: Face | None) -> Keypoints | None:
        """The performer's pose in one fixed square, so that moving in the picture is motion; None without a face."""
        if located is None:
            return None
        if image.shape != self._shape:  # another camera: what is known of the performer's place is void
            self._shape, self._box = image.shape, None
            self._follower.forget()
        if self._box is None:
            self._box = face_box(located) if self._framing is Framing.AUTO else whole(image)
        if not self.engine.detects:
            return self._box.to_norm(located.points, self.engine.size)
        return self.engine.detect(self._box.extract(image, self.engine.size))
