"""The whole path of a frame, from camera picture to finished picture, in one straight read: `Puppeteer.step`.

Free of threads: a step has two halves, and the live session looks at the next frame on one thread while it paints this
one on another. `paint` may run beside everything else but itself; `prepare`, which analyses a portrait, on any thread;
all other methods belong to one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from puppet.compositing import overlays
from puppet.compositing.compositor import Compositor
from puppet.compositing.part_masks import PartMasks
from puppet.concurrency.timing import StageClock
from puppet.domain import (
    Controls,
    Face,
    Following,
    Frame,
    Framing,
    Inspection,
    Keypoints,
    Output,
    Overlay,
    PartSwap,
    Picture,
    Step,
)
from puppet.engines.base import Engine, SourceCode, SwapPart
from puppet.errors import PuppetError, TrackingError
from puppet.geometry.crop import CropBox, face_box, whole
from puppet.motion import keypoint_transfer
from puppet.motion.follower import Follower
from puppet.motion.landmark_transfer import LandmarkTransfer
from puppet.motion.motion_track import GRAPH, LANDMARKS, MotionTrack
from puppet.motion.predictor import Predictor
from puppet.pipeline.performer import PerformerPose, PerformerTracker, landmarks_in
from puppet.tracking.tracker import FaceTracker, largest_face


@dataclass(frozen=True, slots=True)
class Portrait:
    """A picture ready to be moved.

    Attributes:
        name: what the gallery calls it.
        picture: the whole picture.
        crop: where the model's square lies in it.
        face: (size, size, 3): that square.
        keypoints: the portrait's own pose.
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
class _Swap:
    """A part swap that is to be painted: on the square `face` in `box` of the performer's own picture."""

    image: Picture
    box: CropBox
    face: Picture
    parts: Sequence[SwapPart]


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be painted of a frame.

    Attributes:
        frame: the camera's.
        controls: that it was looked at with.
        portrait: that was shown then.
        following: what the portrait does about the performer's face.
        driving: the performer's pose; None: no face.
        driven: the portrait's; with parts to swap the performer's, or None: then nothing is swapped.
        swap: parts of portraits on the performer's picture; None: the portrait is animated.
        stages_ms: stage -> milliseconds, so far.
    """

    frame: Frame
    controls: Controls
    portrait: Portrait
    following: Following
    driving: Keypoints | None
    driven: Keypoints | None
    swap: _Swap | None
    stages_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class Rendered:
    """One finished frame.

    Attributes:
        picture: (H, W, 3) of the output size.
        face: (size, size, 3): the model's square as rendered, overlays included.
        frame: the camera's frame it was made from.
        following: what the portrait was doing about the performer's face.
        finished_s: when it was finished, on the clock of `Frame.captured_s`.
        stages_ms: stage -> milliseconds.
        driving: the performer's pose in the frame, or None when none was seen: a motion track is made of these.
        notice: a line for the person about what could not be shown, or "".
    """

    picture: Picture
    face: Picture
    frame: Frame
    following: Following
    finished_s: float
    stages_ms: dict[str, float]
    driving: Keypoints | None = None
    notice: str = ""


class Puppeteer:
    """Moves one portrait at a time after whoever is in the frames, or gives parts of it to them."""

    def __init__(
        self,
        engine: Engine,
        tracker: FaceTracker | None,
        *,
        framing: Framing = Framing.AUTO,
        size: tuple[int, int] | None = (1280, 720),
        clock: Callable[[], float] = time.monotonic,
        pack: str = "",
    ) -> None:
        """Take over `engine` and `tracker`: `close` closes them.

        Args:
            engine: runs the pack.
            tracker: finds the performer; None: no face is looked for, which takes a pack that detects and no framing.
            framing: AUTO: both faces are cropped; NONE: the pictures are squares around them already.
            size: (W, H) of the finished pictures; None: the model's square, or the portrait's own with FULL.
            clock: seconds, the same clock as `Frame.captured_s`.
            pack: its name, for motion tracks.
        """
        self.engine = engine
        self._pack = pack
        self.size = size
        self.portrait: Portrait | None = None
        self._watcher = PerformerTracker(engine, tracker, framing)
        self._framing = framing
        self._clock = clock
        self._looking, self._painting = StageClock(clock), StageClock(clock)
        self._compositor = Compositor(size)
        self._masks = PartMasks()
        self._follower = Follower(keypoint_transfer.drive if engine.detects else LandmarkTransfer())
        self._predictor = Predictor()
        self._others: tuple[Portrait, ...] = ()

    def prepare(self, picture: Picture, name: str) -> Portrait:
        """Analyse a portrait's picture in a fraction of a second. Any thread. Raises TrackingError without a face."""
        found, faces = self._portrayed(picture)
        crop = face_box(found).within(picture) if found and self._framing is Framing.AUTO else whole(picture)
        face = crop.extract(picture, self.engine.size)
        keypoints = self.engine.detect(face, landmarks_in(self.engine, found, crop))
        return Portrait(name, picture, crop, face, keypoints, self.engine.encode(face, keypoints), faces)

    def show(self, portrait: Portrait, others: Sequence[Portrait] = ()) -> None:
        """Move this portrait from the next frame on; the performer's neutral pose is kept.

        Args:
            portrait: is animated, or gives parts.
            others: give parts too: those of PartSwap.others.
        """
        self.portrait, self._others = portrait, tuple(others)

    def choose_box(self, box: CropBox | None) -> None:
        """Look at this square of the frames (pixels, not mirrored); None: at the face, or at the whole picture.

        Only packs that detect look at pixels: with another one nothing happens. The neutral pose is taken anew.
        """
        if self.engine.detects and box != self._watcher.chosen:
            self._watcher.chosen, self._watcher.box = box, None
            self._follower.forget()
            self._predictor.forget()

    def calibrate(self) -> None:
        """The next good frames give the performer's neutral pose; a tracked face's square is taken anew as well."""
        if self.engine.detects and not self._watcher.fixed:
            self._watcher.box = None
            self._follower.forget()
            self._predictor.forget()
        self._follower.calibrate()

    def pose(self, image: Picture) -> Keypoints | None:
        """The performer's pose in the next picture of a clip that is looked through; None without a face."""
        sight = self._watcher.see(image, self._watcher.locate(image), mirror=False)
        if sight and sight.elsewhere:
            self._follower.forget()
        return sight.keypoints if sight else None

    def set_neutral(self, frame: Frame) -> None:
        """This frame shows the performer's neutral pose, and a clip begins. TrackingError when it shows no face."""
        self._watcher.forget()
        self._predictor.forget()
        neutral = self.pose(frame.image)
        if neutral is None:
            raise TrackingError("the frame chosen as the neutral pose shows no face: choose another with --neutral")
        self._watcher.lose_track()
        self._follower.set_neutral(neutral)

    def set_neutral_pose(self, neutral: Keypoints) -> None:
        """The same, from a motion track."""
        self._follower.set_neutral(neutral)

    def apply_quality_step(self, step: Step) -> None:
        """Do this much for each frame from the next one on. In part swap the performer is looked at in all of them."""
        self._predictor.track_every, self.engine.allow_low_precision = step.track_every, step.allow_low_precision

    @property
    def following(self) -> Following:
        """What the portrait does about the performer's face."""
        return self._follower.following

    def template(self, rate: float = 30.0) -> MotionTrack:
        """An empty motion track for what this pack sees, at `rate` frames per second."""
        return MotionTrack(GRAPH if self.engine.detects else LANDMARKS, self._pack, rate)

    @property
    def neutral(self) -> Keypoints | None:
        """The performer's neutral pose, or None before it is known."""
        return self._follower.neutral

    def step(self, frame: Frame, controls: Controls) -> Rendered:
        """One frame from camera to finished picture. Blocks for its milliseconds; PuppetError when a stage fails."""
        return self.paint(self.look(frame, controls))

    def look(self, frame: Frame, controls: Controls) -> Scene:
        """The first half of a step: what the performer does in a frame, and what the portrait is to do about it."""
        swap = controls.swap if self.engine.segments else None
        view = (frame.image.shape, controls.mirror)
        if swap is None and (expected := self._predictor.predict(view, frame.captured_s)) is not None:
            return self.follow(expected, frame, controls)
        image = np.asarray(cv2.flip(frame.image, 1), np.uint8) if controls.mirror else frame.image
        with self._looking("track"):
            located = self._watcher.locate(image)
        with self._looking("detect"):
            known = self._still_body(controls) and self._follower.settled
            sight = self._watcher.see(image, located, controls.mirror, shown=swap is not None, known=known)
            if sight and sight.elsewhere:
                self._follower.forget()
        if swap is not None:
            self._predictor.forget()
            return self._give_parts(frame, image, sight, controls, swap)
        driving = sight.keypoints if sight else None
        self._predictor.update(driving, view, frame.captured_s)
        return self.follow(driving, frame, controls)

    def follow(self, driving: Keypoints | None, frame: Frame, controls: Controls) -> Scene:
        """The same for a pose that is known, seen in `frame` or played from a motion track.

        Args:
            driving: the performer's pose; None: no face.
            frame: what the result says it was made from; its time is the pose's.
            controls: see `step`.
        """
        portrait = self._shown()
        with self._looking("transfer"):
            driven = self._follower.follow(portrait.keypoints, driving, frame.captured_s, controls)
            if self._still_body(controls):
                driven = replace(driven, body=portrait.keypoints.body)
        return self._scene(frame, controls, driving, driven)

    def paint(self, scene: Scene) -> Rendered:
        """The second half of a step: the portrait in its pose, or parts of it on the performer."""
        with self._painting("render"):
            face, notice = self._swapped(scene) if scene.swap else self._moved(scene)
        with self._painting("composite"):
            if scene.swap and scene.controls.output is Output.FULL:
                picture = self._compositor.place(face, scene.swap.image, scene.swap.box, Output.FULL)
            else:
                output = Output.CROP if scene.swap else scene.controls.output
                picture = self._compositor.place(face, scene.portrait.picture, scene.portrait.crop, output)
        spent_ms = scene.stages_ms | self._painting.finish_frame()
        return Rendered(picture, face, scene.frame, scene.following, self._clock(), spent_ms, scene.driving, notice)

    def close(self) -> None:
        """Release the engine, the tracker and what masks needed."""
        self._masks.close()
        self._watcher.close()
        self.engine.close()

    def _portrayed(self, picture: Picture) -> tuple[Face | None, int]:
        """The face in a portrait's picture, and of how many; None where the picture counts as framed already."""
        if not self.engine.detects:
            return largest_face(picture)
        if self._framing is Framing.NONE:
            return None, 0
        try:
            return largest_face(picture)
        except TrackingError:
            if self._watcher.chosen is None:
                raise
            return None, 0  # whoever draws a box around something may show something else than a face as well

    def _give_parts(
        self, frame: Frame, image: Picture, sight: PerformerPose | None, controls: Controls, swap: PartSwap
    ) -> Scene:
        """Parts of the portraits on the performer's own picture; without a face in it, the picture as it is."""
        portrait = self._shown()
        driving = sight.keypoints if sight else None
        box = sight.box if sight else self._watcher.box or whole(image)
        with self._looking("transfer"):
            # Nothing of it is shown, but animation can go on where it was.
            self._follower.follow(portrait.keypoints, driving, frame.captured_s, controls)
            parts = self._parts(sight, swap)
        face = sight.face if sight else box.extract(image, self.engine.size)
        return self._scene(frame, controls, driving, driving, _Swap(image, box, face, parts))

    def _moved(self, scene: Scene) -> tuple[Picture, str]:
        """The portrait's square, and a line about overlays that it lacks."""
        assert scene.driven is not None
        code, source = scene.portrait.code, scene.portrait.keypoints
        if not scene.controls.overlay:
            return self.engine.render(code, source, scene.driven), ""
        return _overlaid(scene.controls.overlay, self.engine.inspect(code, source, scene.driven), scene.driven)

    def _swapped(self, scene: Scene) -> tuple[Picture, str]:
        """The performer's square with the portraits' parts, and a line about overlays that it lacks."""
        assert scene.swap is not None
        if scene.driven is None:
            return scene.swap.face, ""
        face = self.engine.swap(scene.swap.parts, scene.swap.face, scene.driven)
        if not scene.controls.overlay:
            return face, ""
        return _overlaid(scene.controls.overlay, Inspection(face), scene.driven)

    def _parts(self, sight: PerformerPose | None, swap: PartSwap) -> list[SwapPart]:
        if sight is None:
            return []
        givers = [(self._shown(), swap.segments), *zip(self._others, swap.others, strict=False)]
        parts = []
        for portrait, segments in givers:
            if swap.source_mask:
                mask = self._masks.of_still(swap, segments, portrait.face, portrait.keypoints)
            else:
                mask = self._masks.of(swap, segments, sight.face, sight.keypoints)
            parts.append(SwapPart(portrait.code, portrait.keypoints, mask, swap.source_mask))
        return parts

    def _shown(self) -> Portrait:
        if self.portrait is None:
            raise PuppetError("no portrait is shown yet")
        return self.portrait

    def _still_body(self, controls: Controls) -> bool:
        """Whether the portrait's body stands still: it goes on outside of the square, where nothing moves."""
        return controls.output is Output.FULL and self._shown().crop != whole(self._shown().picture)

    def _scene(
        self,
        frame: Frame,
        controls: Controls,
        driving: Keypoints | None,
        driven: Keypoints | None,
        swap: _Swap | None = None,
    ) -> Scene:
        spent_ms = self._looking.finish_frame()
        return Scene(frame, controls, self._shown(), self.following, driving, driven, swap, spent_ms)


def _overlaid(wanted: Overlay, inspection: Inspection, keypoints: Keypoints) -> tuple[Picture, str]:
    """The square with overlays, and a line about those that cannot be shown."""
    return overlays.draw(wanted, inspection, keypoints), overlays.missing(wanted, inspection, keypoints)
