"""Last part of a frame's path: from a rendered scene to the finished picture. `Puppeteer.compose` calls it.

It has state of its own, so that it may run on another thread than the parts before.
"""

from __future__ import annotations

from collections.abc import Callable

from puppet.compositing.backdrops import mixed, shown
from puppet.compositing.badge import BadgePainter
from puppet.compositing.compositor import Compositor
from puppet.compositing.crossfade import PortraitFade
from puppet.compositing.sibling_fade import SiblingFade
from puppet.concurrency.timing import StageClock
from puppet.controls import Output
from puppet.domain import Inspection, Picture
from puppet.geometry.crop import whole_box
from puppet.pipeline.scenes import Rendered, RenderedScene, Scene, SwapScene


class Painter:
    """Composes; belongs to one thread."""

    def __init__(self, size: tuple[int, int] | None, clock: Callable[[], float]) -> None:
        """Begin without a picture.

        Args:
            size: (W, H) of the first pictures; each scene has its own.
            clock: seconds, the clock of `Frame.captured_s`.
        """
        self._clock = clock
        self._stages = StageClock(clock)
        self._compositor = Compositor(size)
        self._sibling_fade, self._portrait_fade = SiblingFade(), PortraitFade()
        self._badge = BadgePainter()

    def paint(self, rendered: RenderedScene) -> Rendered:
        """Last part of a step: set what was rendered into the finished picture."""
        scene = rendered.scene
        with self._stages("composite"):
            composed = self._compose(rendered)
            portrait = None if isinstance(scene, SwapScene) else scene.portrait
            faded = self._portrait_fade.step(portrait, composed, scene.frame.captured_s, scene.controls.fade_s)
            picture, cutout = shown(self._badge.draw(faded, scene.controls.badge))
        spent_ms = scene.stages_ms | rendered.stages_ms | self._stages.finish_frame()
        frame, following, driving = scene.frame, scene.following, scene.driving
        finished_s, swaps = self._clock(), isinstance(scene, SwapScene)
        return Rendered(picture, frame, following, finished_s, spent_ms, driving, rendered.notice, swaps, cutout)

    def _compose(self, rendered: RenderedScene) -> Picture:
        """Return the finished picture, without badge."""
        scene, inspection, before, share = rendered.scene, rendered.inspection, rendered.before, rendered.share
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
