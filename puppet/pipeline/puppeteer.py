"""The path of a frame, from camera picture to finished picture: `Puppeteer.step`.

It starts no threads. A step has three parts, `look`, `render` and `compose`, so that the live session can look at the
next frame, render this one and compose the one before at the same time, each on a thread of its own. `render` and
`compose` may run in parallel with every other method, `prepare` on any thread; all other methods belong to one thread.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

import cv2
import numpy as np

from puppet.compositing.face_alignment import PerformerView
from puppet.compositing.front_view import front_pose, front_view
from puppet.compositing.layered_compositor import Composition
from puppet.compositing.part_masks import PartMasks
from puppet.concurrency.timing import StageClock
from puppet.controls import Controls, Framing, Output, Overlay, PartSwap
from puppet.domain import Face, Following, Frame, Keypoints, Picture, Step
from puppet.engines.base import Engine, SwapPart
from puppet.errors import PuppetError, TrackingError
from puppet.geometry.crop import CropBox, face_box, whole_box
from puppet.geometry.face_mesh import OVAL
from puppet.geometry.flow_grid import followed
from puppet.geometry.landmarks import turns_to_upright
from puppet.media.portrait_file import Shot
from puppet.motion import keypoint_transfer
from puppet.motion.follower import Follower
from puppet.motion.landmark_transfer import LandmarkTransfer
from puppet.motion.motion_track import GRAPH, LANDMARKS, MotionTrack
from puppet.motion.predictor import Predictor
from puppet.motion.tight_framing import edges_of
from puppet.pipeline.body_motion import BodyMotion
from puppet.pipeline.calibration import PerformerCalibration
from puppet.pipeline.layered_portraits import LayeredPortraits, OwnPixels
from puppet.pipeline.painter import Painter
from puppet.pipeline.performer import PerformerPose, PerformerTracker, landmarks_in
from puppet.pipeline.scene_renderer import SceneRenderer
from puppet.pipeline.scenes import AnimateScene, Portrait, Rendered, RenderedScene, Scene, SwapScene
from puppet.pipeline.siblings import SiblingChooser, register
from puppet.tracking.body_flow import body_flow
from puppet.tracking.tracker import FaceTracker, largest_face

_log = logging.getLogger(__name__)


class Puppeteer:
    """Animates one portrait at a time by the performer in the frames, or puts its parts on the performer's picture.

    Attributes:
        engine: runs the pack.
        size: (W, H) of the pictures from the next `look` on, or None.
        portrait: the one shown; None before the first `show`.
        calibration: best moment, re-anchoring, neutral poses of other sessions.
        layers: of the portraits; with OwnPixels.LATER a thread has to run `layers.run`.
    """

    def __init__(
        self,
        engine: Engine,
        tracker: FaceTracker | None,
        *,
        framing: Framing = Framing.AUTO,
        size: tuple[int, int] | None = (1280, 720),
        clock: Callable[[], float] = time.monotonic,
        pack: str = "",
        own_pixels: OwnPixels = OwnPixels.NEVER,
    ) -> None:
        """Own `engine` and `tracker`: `close` closes them.

        Args:
            engine: runs the pack.
            tracker: finds the performer's face; None: no face is tracked, for packs that detect keypoints only.
            framing: AUTO: performer and portrait are cropped around their faces; NONE: pictures are squares already.
            size: (W, H) of the finished pictures; None: the model's square, or the portrait's own size with FULL.
            clock: seconds, the clock of `Frame.captured_s`.
            pack: its name, for motion tracks.
            own_pixels: compose portraits from their own pixels, not from the model's square, if `engine.moves_pixels`.
        """
        self.engine, self.size = engine, size
        self.portrait: Portrait | None = None
        self._others: tuple[Portrait, ...] = ()
        self._pack, self._framing = pack, framing
        self.layers = LayeredPortraits(own_pixels)
        self._looking = StageClock(clock)
        self._renderer, self._painter = SceneRenderer(engine, clock), Painter(size, clock)
        self._predictor, self._masks, self._chooser = Predictor(), PartMasks(), SiblingChooser()
        self._performer = PerformerTracker(engine, tracker, framing)
        self._follower = Follower(keypoint_transfer.drive if engine.detects else LandmarkTransfer())
        self.calibration = PerformerCalibration(self._follower, self._performer, pack)
        measures = engine.moves_pixels and not engine.detects
        self._body = BodyMotion(measures=measures, person_only=framing is Framing.AUTO)
        self._quality = Step()

    def prepare(self, picture: Picture | Sequence[Shot], name: str) -> Portrait:
        """Analyse a portrait, upright if it lies on its side or head. Any thread. Raises TrackingError without a face.

        Of several pictures of one person the neutral one comes first. The others are analysed later where portraits are
        composed from their own pixels later.
        """
        shots = [Shot(picture)] if isinstance(picture, np.ndarray) else picture
        portrait, found = self._analysed(shots[0].picture, name)
        if len(shots) > 1 and found is not None and not self.engine.detects:
            moved = register(shots, found)
            analysed = (self._sibling(picture, name, portrait) for picture in moved)
            self.layers.add_siblings(portrait, analysed)
        elif portrait.outline is not None and front_pose(portrait.keypoints) is not None:
            self.layers.add_siblings(portrait, self._front_view(portrait))
        return portrait

    def _analysed(self, picture: Picture, name: str, crop: CropBox | None = None) -> tuple[Portrait, Face | None]:
        """Analyse one picture; `crop`: its square, if it is known."""
        found, faces = self._portrait_face(picture)
        turned, turns_it = 0, crop is None and self._framing is Framing.AUTO
        while turns_it and found and turned < 4 and (turns := turns_to_upright(found.points)):  # wrong once, at most
            turned, picture = turned + turns, np.ascontiguousarray(np.rot90(picture, turns))
            found, faces = self._portrait_face(picture)
        if crop is None:
            crop = face_box(found).within(picture) if found and self._framing is Framing.AUTO else whole_box(picture)
        face = crop.extract(picture, self.engine.size)
        keypoints = self.engine.detect(face, landmarks_in(self.engine, found, crop))
        fine = crop.extract(picture, self.engine.fine_size) if self.engine.fine_size else None
        code = self.engine.encode(face, keypoints, fine)
        outline = found.points[OVAL, :2] if self.engine.moves_pixels and found is not None else None
        cropped = found is not None and not self.engine.detects and self._framing is Framing.AUTO
        edges = edges_of(picture, crop, keypoints) if cropped else None
        portrait = Portrait(name, picture, crop, face, keypoints, code, faces, -90 * turned % 360, outline, edges)
        self.layers.prepare(portrait, self.engine.prepare_motion)
        return portrait, found

    def _sibling(self, picture: Picture, name: str, portrait: Portrait) -> Portrait:
        """Analyse a further picture of a portrait's person, moved to the portrait's place."""
        sibling, _ = self._analysed(picture, name, portrait.crop)
        outlines = (each.keypoints.points[OVAL] for each in (portrait, sibling))
        return replace(sibling, from_neutral=body_flow(portrait.face, sibling.face, *outlines))

    def _front_view(self, portrait: Portrait) -> Iterator[Portrait]:
        """Yield a portrait that looks aside turned to the front, if it can be cut out."""
        inspect = partial(self.engine.inspect, portrait.code, portrait.keypoints, picture=False)
        subject = self.layers.cut_out(portrait)
        picture = front_view(subject, inspect) if subject is not None else None
        if picture is not None:
            with suppress(TrackingError):  # a turn too far for a face to be seen
                yield replace(self._sibling(picture, portrait.name, portrait), is_front_view=True)

    def show(self, portrait: Portrait, others: Sequence[Portrait] = ()) -> None:
        """Use this portrait from the next frame on; the performer's neutral pose is kept.

        Args:
            portrait: is animated, or the first source of a part swap.
            others: further sources of a part swap, in the order of PartSwap.others.
        """
        self.portrait, self._others = portrait, tuple(others)

    def choose_box(self, box: CropBox | None) -> None:
        """Detect keypoints in this square of the unmirrored frames; None: automatic. Nothing for packs of landmarks."""
        if self.engine.detects and box != self._performer.chosen_box:
            self._performer.chosen_box = box
            self._forget_performer()

    def calibrate(self) -> None:
        """Take the performer's neutral pose from the next good frames; also the box around a tracked face."""
        if self.engine.detects and not self._performer.has_fixed_box:
            self._forget_performer()
        self._follower.calibrate()

    def pose(self, image: Picture, *, mirror: bool = False, rest: bool = False) -> Keypoints | None:
        """Return the performer's pose in the next picture of a clip, without rendering; None without a face.

        Args:
            image: the picture.
            mirror: mirror it first.
            rest: the performer's body is at rest here; its motion is measured from here on.
        """
        if mirror:
            image = np.asarray(cv2.flip(image, 1), np.uint8)
        pose = self._detect(image, self._performer.locate(image), mirror)
        if pose is not None and rest:
            self._body.take_rest(image, pose)
        return self._body.measured(image, pose, self.portrait)

    def set_neutral(self, frame: Frame, *, mirror: bool = False) -> None:
        """Start a clip whose neutral pose is the one in this frame. Raises TrackingError if it shows no face."""
        self._performer.reset()
        self._predictor.forget()
        neutral = self.pose(frame.image, mirror=mirror, rest=True)
        if neutral is None:
            raise TrackingError("The frame of the neutral pose shows no face; choose another with --neutral")
        self._performer.reset_tracker()
        self._follower.set_neutral(neutral)

    def set_neutral_pose(self, neutral: Keypoints) -> None:
        """Start poses that are known already, as those of a motion track, with this neutral pose."""
        self._follower.set_neutral(neutral)

    def apply_quality_step(self, step: Step) -> None:
        """Reduce the work to `step` from the next `look` on; a part swap tracks every frame."""
        self._predictor.track_every, self._quality = step.track_every, step

    @property
    def following(self) -> Following:
        """State of the performer's tracking."""
        following = self._follower.following
        lost = following in (Following.SEARCHING, Following.EASING)
        return Following.TOO_SMALL if lost and self._performer.is_too_small else following

    @property
    def performer_box(self) -> CropBox | None:
        """The square of the mirrored frames that the performer's poses are normalised to; None before it is known."""
        return self._performer.box

    @property
    def neutral(self) -> Keypoints | None:
        """The performer's neutral pose; None before it is known."""
        return self._follower.neutral

    def new_motion_track(self, rate: float = 30.0) -> MotionTrack:
        """Return an empty motion track for the poses of this pack, at `rate` frames per second."""
        return MotionTrack(GRAPH if self.engine.detects else LANDMARKS, self._pack, rate)

    def step(self, frame: Frame, controls: Controls) -> Rendered:
        """Turn a camera frame into a finished picture; blocks for milliseconds. Raises PuppetError."""
        return self.paint(self.look(frame, controls))

    def look(self, frame: Frame, controls: Controls) -> Scene:
        """First part of a step: track the performer and work out the portrait's pose, or the parts to swap."""
        swap = controls.swap if self.engine.segments else None
        view = (frame.image.shape, controls.mirror)
        if swap is None and (predicted := self._predictor.predict(view, frame.captured_s)) is not None:
            return self.follow(predicted, frame, controls)
        image = np.asarray(cv2.flip(frame.image, 1), np.uint8) if controls.mirror else frame.image
        with self._looking("track"):
            face = self._performer.locate(image)
        with self._looking("detect"):
            still = self._body_is_still(controls, self._composition(controls))
            landmarks_only = self._follower.settled and still
            pose = self._detect(image, face, controls.mirror, exact=swap is not None, landmarks_only=landmarks_only)
            driving = self._body.measured(image, pose, None if still or swap else self.portrait)
        if swap is not None:
            self._predictor.forget()
            return self._swap_scene(frame, image, pose, controls, swap)
        self._predictor.update(driving, view, frame.captured_s)
        scene = self.follow(driving, frame, controls)
        if self.calibration.update(frame.image, controls.mirror):
            self._predictor.forget()
        if pose is not None and self.neutral is not None:
            self._body.find_rest(image, pose, self.neutral, self._follower.calibrations)
        return scene

    def idle(self, frame: Frame, controls: Controls) -> AnimateScene:
        """`look` without a performer: a picture of the idle loop. Nothing of the frame but its time is used."""
        self._predictor.forget()
        return self.follow(None, frame, replace(controls, swap=None, overlay=Overlay.NONE, idle=True))

    def follow(self, driving: Keypoints | None, frame: Frame, controls: Controls) -> AnimateScene:
        """`look` for a pose that is known already, for example from a motion track.

        `driving` None: no face. Of `frame`, only the time is used, the pose's.
        """
        with self._looking("transfer"):
            portrait, time_s = self._shown(), frame.captured_s
            if controls.idle:
                driven = self._follower.idle(portrait.keypoints, time_s)
            else:
                driven = self._follower.follow(portrait.keypoints, driving, time_s, controls, portrait.siblings.turns)
            if portrait.edges is not None:
                driven = portrait.edges.hold(portrait.keypoints, driven)
        return self.scene(driven, driving, frame, controls)

    def scene(self, driven: Keypoints, driving: Keypoints | None, frame: Frame, controls: Controls) -> AnimateScene:
        """`follow` for a pose `driven` that is the portrait's already, from whatever `driving`."""
        portrait, composition = self._shown(), self._composition(controls)
        with self._looking("transfer"):
            if self._body_is_still(controls, composition):
                driven = replace(driven, body=portrait.keypoints.body, flow=None, appearance=None)
            squares = self.layers.shows_squares and not controls.overlay
            chosen = self._chooser.choose(portrait, composition, driven, squares=squares)
            if chosen.picture is not portrait and driven.flow is not None:
                further = chosen.picture.from_neutral
                driven = replace(driven, flow=None if further is None else followed(driven.flow, further))
            view = self._view(driving, frame, mirror=controls.mirror) if driven.flow is not None else None
        low, spent_ms = self._quality.allow_low_precision, self._looking.finish_frame()
        common = frame, controls, portrait, self.following, driving, self.size, low, spent_ms
        return AnimateScene(*common, driven, composition, chosen.picture, chosen.layers, chosen.donors, view)

    def _view(self, driving: Keypoints | None, frame: Frame, *, mirror: bool) -> PerformerView | None:
        """Return the performer's face in a frame; None without one, and where the machine is too slow to compare it."""
        box = self._performer.box
        if driving is None or box is None or self._quality.allow_low_precision:
            return None
        points = box.to_px(driving, self.engine.size)
        return PerformerView.of(frame.image, points, self._body.likeness, mirror=mirror)

    def work_ahead(self, scene: Scene) -> Scene:
        """Work out, before `render`, what it needs beside the networks; for threads that look while others render."""
        if isinstance(scene, SwapScene) or scene.composition is None:
            return scene
        with self._looking("transfer"):
            inputs = self.engine.pose_inputs(scene.source.keypoints, scene.driven)
        spent = scene.stages_ms["transfer"] + self._looking.finish_frame()["transfer"]
        return replace(scene, inputs=inputs, stages_ms=scene.stages_ms | {"transfer": spent})

    def render(self, scene: Scene) -> RenderedScene:
        """Second part of a step: run the networks."""
        return self._renderer.render(scene)

    def compose(self, rendered: RenderedScene) -> Rendered:
        """Last part of a step: set what was rendered into the finished picture."""
        return self._painter.paint(rendered)

    def paint(self, scene: Scene) -> Rendered:
        """Render and compose."""
        return self.compose(self.render(scene))

    def close(self) -> None:
        """Release the engine, the tracker and the networks of masks; end `layers.run`."""
        self.layers.close()
        self._masks.close()
        self._performer.close()
        self.engine.close()

    def _composition(self, controls: Controls) -> Composition | None:
        """Return the layers of the portrait shown; None: the model's square is shown, for example with overlays on it.

        Without a size, CROP is the model's square.
        """
        portrait, output, size = self._shown(), controls.output, self.size
        if controls.overlay or (size is None and output is Output.CROP):
            return None
        height, width = portrait.picture.shape[:2]
        return self.layers.find(portrait, output, size or (width, height), self._quality.side_px, controls.background)

    def _portrait_face(self, picture: Picture) -> tuple[Face | None, int]:
        """Return the face in a portrait's picture, and the number of faces; None if the pack needs no face."""
        if not self.engine.detects:
            return largest_face(picture)
        if self._framing is Framing.NONE:
            return None, 0
        try:
            return largest_face(picture)
        except TrackingError:
            if self._performer.chosen_box is None:
                raise
            return None, 0  # with a box drawn around something else than a face, the portrait need not be one either

    def _forget_performer(self) -> None:
        self._performer.box = None
        self._follower.forget()
        self._predictor.forget()

    def _detect(
        self, image: Picture, face: Face | None, mirror: bool, *, exact: bool = False, landmarks_only: bool = False
    ) -> PerformerPose | None:
        pose = self._performer.detect(image, face, mirror, exact=exact, landmarks_only=landmarks_only)
        if pose and pose.size_changed:
            self._follower.forget()
        return pose

    def _swap_scene(
        self, frame: Frame, image: Picture, pose: PerformerPose | None, controls: Controls, swap: PartSwap
    ) -> SwapScene:
        portrait = self._shown()
        driving = pose.keypoints if pose else None
        box = pose.box if pose else self._performer.box or whole_box(image)
        with self._looking("transfer"):
            # The result is not shown, but keeps the follower up to date for the animation after the swap.
            self._follower.follow(portrait.keypoints, driving, frame.captured_s, controls)
            parts = self._parts(pose, swap) if pose else []
        face = pose.face if pose else box.extract(image, self.engine.size)
        low, spent_ms = self._quality.allow_low_precision, self._looking.finish_frame()
        return SwapScene(
            frame, controls, portrait, self.following, driving, self.size, low, spent_ms, image, box, face, parts
        )

    def _parts(self, pose: PerformerPose, swap: PartSwap) -> list[SwapPart]:
        parts = []
        for portrait, segments in [(self._shown(), swap.segments), *zip(self._others, swap.others, strict=False)]:
            if swap.source_mask:
                mask = self._masks.of_still(swap, segments, portrait.face, portrait.keypoints)
            else:
                mask = self._masks.of(swap, segments, pose.face, pose.keypoints)
            parts.append(SwapPart(portrait.code, portrait.keypoints, mask, swap.source_mask))
        return parts

    def _body_is_still(self, controls: Controls, composition: Composition | None) -> bool:
        """True if the portrait's body must not move, because it continues outside of the square, which is fixed."""
        portrait = self._shown()
        return composition is None and controls.output is Output.FULL and portrait.crop != whole_box(portrait.picture)

    def _shown(self) -> Portrait:
        if self.portrait is None:
            raise PuppetError("No portrait is shown yet; choose one")
        return self.portrait
