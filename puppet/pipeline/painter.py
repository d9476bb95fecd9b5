"""Second half of a frame's path: from a scene to the finished picture.

It has state of its own, so that it may run on another thread than the first half. `Puppeteer.paint` calls it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from puppet.compositing import overlays
from puppet.compositing.backdrops import mixed, shown
from puppet.compositing.badge import BadgePainter
from puppet.compositing.body_motion import moved_square
from puppet.compositing.compositor import Compositor
from puppet.compositing.crossfade import Crossfade, PortraitFade
from puppet.compositing.face_alignment import FaceAlignment
from puppet.compositing.layered_compositor import Composition
from puppet.compositing.sibling_fade import SiblingFade
from puppet.concurrency.timing import StageClock
from puppet.controls import Output
from puppet.domain import Inspection, Picture
from puppet.engines.base import Engine
from puppet.geometry.crop import whole_box
from puppet.pipeline.scenes import Rendered, Scene, SwapScene


class Painter:
    """Renders and composes; belongs to one thread."""

    def __init__(self, engine: Engine, size: tuple[int, int] | None, clock: Callable[[], float]) -> None:
        """Paint with `engine`.

        Args:
            engine: runs the pack.
            size: (W, H) of the first pictures; each scene has its own.
            clock: seconds, the clock of `Frame.captured_s`.
        """
        self._engine, self._clock = engine, clock
        self._stages = StageClock(clock)
        self._compositor, self._crossfade = Compositor(size), Crossfade[Composition]()
        self._sibling_fade, self._portrait_fade = SiblingFade(), PortraitFade()
        self._alignment = FaceAlignment()
        self._badge = BadgePainter()

    def paint(self, scene: Scene) -> Rendered:
        """Second half of a step: render the model's square and set it into the finished picture."""
        self._engine.allow_low_precision = scene.allow_low_precision  # here, on the only thread that renders
        before, share = self._fade(scene)
        with self._stages("render"):
            inspection, notice = self._render(scene, square=before is None and share < 1)
        with self._stages("composite"):
            composed = self._compose(scene, inspection, before, share)
            portrait = None if isinstance(scene, SwapScene) else scene.portrait
            faded = self._portrait_fade.step(portrait, composed, scene.frame.captured_s, scene.controls.fade_s)
            picture, cutout = shown(self._badge.draw(faded, scene.controls.badge))
        spent_ms = scene.stages_ms | self._stages.finish_frame()
        frame, following, driving = scene.frame, scene.following, scene.driving
        finished_s, swaps = self._clock(), isinstance(scene, SwapScene)
        return Rendered(picture, frame, following, finished_s, spent_ms, driving, notice, swaps, cutout)

    def _fade(self, scene: Scene) -> tuple[Composition | None, float]:
        """Account for a frame in the crossfade from one composition to another.

        Returns:
            What composed the pictures before (None: the model's square), and the share of the scene's composition, in
            [0, 1]; 0: the square alone is shown.
        """
        if isinstance(scene, SwapScene):
            return None, 0
        shown = scene.portrait, scene.controls.output, scene.size
        before, share = self._crossfade.step(shown, scene.composition)
        if scene.composition is None or scene.layers is None:
            return None, 0
        if before is not None and scene.picture is not scene.portrait:
            before = before.siblings.get(scene.picture)
        return before, share

    def _compose(self, scene: Scene, inspection: Inspection, before: Composition | None, share: float) -> Picture:
        """Return the finished picture of a rendered square; `before` and `share` are those of `_fade`."""
        if isinstance(scene, SwapScene) or scene.layers is None or share == 0:
            return self._square(scene, inspection)
        shown = scene.portrait, scene.controls.output, scene.size, scene.composition
        picture = self._sibling_fade.place(shown, scene.layers, inspection, scene.driven, scene.donors, scene.view)
        if share == 1:
            return picture
        return mixed(
            picture, share, before.place(inspection, scene.driven) if before else self._square(scene, inspection)
        )

    def _square(self, scene: Scene, inspection: Inspection) -> Picture:
        """Return the finished picture made of the model's square."""
        if self._compositor.size != scene.size:
            self._compositor = Compositor(scene.size)
        output, portrait = scene.controls.output, scene.portrait
        around, crop = portrait.picture, portrait.crop
        if isinstance(scene, SwapScene):  # the square is the performer's, and shown whole
            around, crop = (scene.image, scene.box) if output is Output.FULL else (around, whole_box(around))
        return self._compositor.place(inspection.picture, around, crop, output)

    def _render(self, scene: Scene, *, square: bool) -> tuple[Inspection, str]:
        """Return the model's square with overlays, if it is shown, and a line about overlays that cannot be shown."""
        overlay = scene.controls.overlay
        if isinstance(scene, SwapScene):
            if scene.driving is None:
                return Inspection(scene.face), ""
            keypoints = scene.driving
            inspection = Inspection(self._engine.swap(scene.parts, scene.face, keypoints))
        else:
            keypoints = scene.driven
            source = scene.portrait if overlay else scene.picture
            if not overlay and scene.composition is None and keypoints.flow is None:
                return Inspection(self._engine.render(source.code, source.keypoints, keypoints)), ""
            inspection = self._engine.inspect(source.code, source.keypoints, keypoints, picture=square)
            if square:
                moved = moved_square(source.face, inspection, keypoints)
                if scene.view is not None:
                    self._alignment.align(moved, (keypoints.points + 1) * ((len(moved) - 1) / 2), scene.view)
                inspection = replace(inspection, picture=moved)
        if not overlay:
            return inspection, ""
        drawn = overlays.draw(overlay, inspection, keypoints)
        return replace(inspection, picture=drawn), overlays.missing(overlay, inspection, keypoints)
