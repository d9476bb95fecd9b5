"""The threads of a live session that turn scenes into pictures: one renders, the other composes the frame before.

put ─► Handoff ─► puppet-renderer ─► Handoff ─► puppet-painter ─► deliver
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from puppet.concurrency.channels import Handoff
from puppet.concurrency.guarded_thread import guarded_thread
from puppet.errors import PuppetError
from puppet.hardware import usable_cores
from puppet.pipeline.puppeteer import Puppeteer
from puppet.pipeline.scenes import ArrivedScene, Rendered, RenderedScene, Scene


class Painting:
    """Renders and composes scenes in their order; a scene that another machine painted only passes through.

    Attributes:
        threads: in the order in which they end.
    """

    def __init__(
        self,
        puppeteer: Puppeteer,
        deliver: Callable[[Scene | ArrivedScene, Rendered], None],
        observe: Callable[[float], None],
        failed: Callable[[PuppetError], None],
        at_end: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare the threads; the caller starts them.

        Args:
            puppeteer: renders and composes.
            deliver: called on the painter thread with each finished picture and its scene.
            observe: called then, but for pictures of the idle loop, with the milliseconds that the frame took: of all
                parts of its step, or of the longest one if frames overlap. Waiting is not counted.
            failed: called on one of the threads with the error that ends both.
            at_end: called on the painter thread after its last frame.
            clock: seconds, monotonic.
        """
        self._puppeteer, self._clock, self._cores = puppeteer, clock, usable_cores()
        self._scenes = Handoff[Scene | ArrivedScene](clock)
        self._rendered = Handoff[RenderedScene | ArrivedScene](clock)
        # Only the threads refer to what they call, until they end: a session is freed as soon as it is dropped.
        renderer = guarded_thread("renderer", self._render, failed, self._rendered.close)
        painter = guarded_thread("painter", partial(self._paint, deliver, observe), failed, partial(self._end, at_end))
        self.threads = renderer, painter

    def put(self, scene: Scene | ArrivedScene) -> None:
        """Hand a scene over; waits until the renderer is idle. Any thread."""
        self._scenes.put(scene)

    def wait(self, look_s: float) -> None:
        """Wait until a frame that takes `look_s` seconds to look at would find the renderer idle.

        On a single core, until no frame is in the works.
        """
        if self._overlaps:
            self._scenes.wait_idle(look_s)
        else:
            self._scenes.wait_idle()
            self._rendered.wait_idle()

    def close(self) -> None:
        """Accept no more scenes; those handed over are finished, then both threads end."""
        self._scenes.close()

    @property
    def _overlaps(self) -> bool:
        """True if a frame is looked at while others are rendered and composed."""
        return self._cores > 1 or self._puppeteer.engine.info.off_cpu

    def _render(self) -> None:
        """Body of the renderer thread."""
        while (scene := self._scenes.take()) is not None:
            self._rendered.put(scene if isinstance(scene, ArrivedScene) else self._puppeteer.render(scene))
            self._scenes.done()

    def _paint(
        self, deliver: Callable[[Scene | ArrivedScene, Rendered], None], observe: Callable[[float], None]
    ) -> None:
        """Body of the painter thread."""
        while (given := self._rendered.take()) is not None:
            began_s, scene = self._clock(), given if isinstance(given, ArrivedScene) else given.scene
            rendered = given.rendered if isinstance(given, ArrivedScene) else self._puppeteer.compose(given)
            deliver(scene, rendered)
            if not scene.controls.idle:
                render_ms = 0.0 if isinstance(given, ArrivedScene) else sum(given.stages_ms.values())
                parts_ms = sum(scene.stages_ms.values()), render_ms, (self._clock() - began_s) * 1000
                observe(max(parts_ms) if self._overlaps else sum(parts_ms))
            self._rendered.done()

    def _end(self, at_end: Callable[[], None]) -> None:
        self._scenes.close()
        self._rendered.close()
        at_end()
