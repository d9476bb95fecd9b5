"""Second part of a frame's path: from a scene to what the networks render of it. `Puppeteer.render` calls it.

It has state of its own, so that it may run on another thread than the parts before and after.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from puppet.compositing import overlays
from puppet.compositing.body_motion import moved_square
from puppet.compositing.crossfade import Crossfade
from puppet.compositing.face_alignment import FaceAlignment
from puppet.compositing.layered_compositor import Composition
from puppet.concurrency.timing import StageClock
from puppet.domain import Inspection
from puppet.engines.base import Engine
from puppet.pipeline.scenes import RenderedScene, Scene, SwapScene


class SceneRenderer:
    """Renders the model's square; belongs to one thread."""

    def __init__(self, engine: Engine, clock: Callable[[], float]) -> None:
        """`engine` runs the pack; `clock`: seconds."""
        self._engine, self._stages = engine, StageClock(clock)
        self._crossfade, self._alignment = Crossfade[Composition](), FaceAlignment()

    def render(self, scene: Scene) -> RenderedScene:
        """Second part of a step: run the networks."""
        self._engine.allow_low_precision = scene.allow_low_precision  # here, on the only thread that renders
        before, share = self._fade(scene)
        with self._stages("render"):
            inspection, notice = self._render(scene, square=before is None and share < 1)
        return RenderedScene(scene, inspection, before, share, notice, self._stages.finish_frame())

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
            source = scene.source
            if not overlay and scene.composition is None and keypoints.flow is None:
                return Inspection(self._engine.render(source.code, source.keypoints, keypoints)), ""
            poses = source.keypoints, keypoints
            inspection = self._engine.inspect(source.code, *poses, picture=square, inputs=scene.inputs)
            if square:
                moved = moved_square(source.face, inspection, keypoints)
                if scene.view is not None:
                    self._alignment.align(moved, (keypoints.points + 1) * ((len(moved) - 1) / 2), scene.view)
                inspection = replace(inspection, picture=moved)
        if not overlay:
            return inspection, ""
        drawn = overlays.draw(overlay, inspection, keypoints)
        return replace(inspection, picture=drawn), overlays.missing(overlay, inspection, keypoints)
