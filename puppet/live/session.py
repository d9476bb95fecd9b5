"""The live session: threads, life cycle, commands and status around `Puppeteer.step`.

    puppet-capture ─► newest only ─► puppet-loop ─► one at a time ─► puppet-painter ─► preview
                                                                         ├─► newest only ─► puppet-virtual-camera
                                                                         └─► short queue ─► puppet-recorder

Where the networks run on a device of their own, the loop looks at the next frame while the painter finishes this one;
on a processor it waits. Nothing else waits for something slower: the virtual camera takes the newest picture, the
recorder counts what did not fit. Every public method may be called on any thread and returns at once, unless it says it
blocks.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue

from typing_extensions import override

from puppet.cameras.base import Camera
from puppet.cameras.capture_thread import CameraFeed
from puppet.cameras.test_card import draw_card
from puppet.concurrency.handover import Handover
from puppet.concurrency.mailbox import Mailbox
from puppet.concurrency.timing import RateMeter, StageClock
from puppet.config import DEFAULT_SIZE, LIVE_CONTROLS
from puppet.domain import Controls, Frame, Picture, SessionState, SinkKind, Status, Step
from puppet.errors import PuppetError, SinkError
from puppet.geometry.crop import CropBox
from puppet.live.api import LiveSession
from puppet.live.governor import Governor
from puppet.motion.motion_track import MotionTrack
from puppet.pipeline.puppeteer import Portrait, Puppeteer, Rendered, Scene
from puppet.sinks.base import Sink
from puppet.sinks.recorder import Recorder
from puppet.sinks.virtual_camera import VirtualCamera
from puppet.sinks.worker import Backlog, Finished, SinkWorker, Slot

_RENDERING = ("loop", "painter")
_FRAME_WAIT_S = 0.1  # also the pace of the test card, and the longest a command waits when no frames come
_SINK_CLOSE_S = 2.0
_LATENCY = "latency"
_log = logging.getLogger(__name__)


class Session(LiveSession):
    """One performer, one portrait, one camera, and what the pictures go to."""

    def __init__(
        self,
        puppeteer: Puppeteer,
        open_camera: Callable[[], Camera],
        controls: Controls = LIVE_CONTROLS,
        *,
        governor: Governor | None = None,
        clock: Callable[[], float] = time.monotonic,
        test_card: Callable[[str, tuple[int, int]], Picture] = draw_card,
    ) -> None:
        """Take over `puppeteer`: `stop` closes it. Nothing runs before `start`.

        Args:
            puppeteer: renders; its portrait may come later.
            open_camera: called on the capture thread; raises CameraError while there is no camera.
            controls: what it begins with.
            governor: decides what to give up when frames take too long; None: nothing.
            clock: seconds, monotonic; the one that cameras stamp frames with.
            test_card: draws what is shown without a camera, from a line of text and (width, height).
        """
        self._puppeteer = puppeteer
        self._size = puppeteer.size or DEFAULT_SIZE
        self._controls = controls
        self._governor = governor or Governor((Step(),))
        self._clock = clock
        self._test_card = test_card
        self._feed = CameraFeed(open_camera, clock)
        self._scenes = Handover[Scene]()
        self._commands: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._closed = False
        self._threads: dict[str, threading.Thread] = {}
        self._outlets: dict[SinkKind, SinkWorker] = {}
        self._lock = threading.Lock()  # threads, outlets, error, message
        self._preparing = threading.Lock()
        self._switching = threading.Lock()  # one sink is opened or closed at a time
        self._error: PuppetError | None = None
        self._message = ""
        self._newest: Rendered | None = None
        self._motion: MotionTrack | None = None
        self._rendered = 0
        self._recorder_dropped = 0
        self._meter = RateMeter(clock)
        self._stages = StageClock(clock)
        self._latency = StageClock(clock)

    @override
    def start(self) -> None:
        self._start_thread("capture", self._feed.run)
        self._start_thread("loop", self._loop)
        self._start_thread("painter", self._paint)

    @property
    @override
    def running(self) -> bool:
        return "painter" in self._threads and not self._ended.is_set()

    @override
    def join(self, timeout_s: float | None = None) -> None:
        self._ended.wait(timeout_s)

    @override
    def stop(self, timeout_s: float = 2.0) -> None:
        deadline_s = time.monotonic() + timeout_s
        self._stopping.set()
        self._wind_down()
        with self._lock:
            threads = list(self._threads.items())
        for name, thread in reversed(threads):
            thread.join(max(0.0, deadline_s - time.monotonic()))
            if thread.is_alive():
                _log.warning("%s does not end; it is left behind.", name)
        self._close_puppeteer(deadline_s)

    @override
    def preview(self) -> Rendered | None:
        return self._newest

    @override
    def error(self) -> PuppetError | None:
        with self._lock:
            return self._error

    @property
    @override
    def controls(self) -> Controls:
        return self._controls

    @override
    def set_controls(self, controls: Controls) -> None:
        self._controls = controls

    @override
    def calibrate(self) -> None:
        self._commands.put(self._puppeteer.calibrate)

    @override
    def prepare(self, picture: Picture, name: str) -> Portrait:
        with self._preparing:
            return self._puppeteer.prepare(picture, name)

    @override
    def show(self, portrait: Portrait, others: Sequence[Portrait] = ()) -> None:
        self._commands.put(partial(self._puppeteer.show, portrait, others))

    @override
    def choose_box(self, box: CropBox | None) -> None:
        self._commands.put(partial(self._puppeteer.choose_box, box))

    @override
    def choose_camera(self, open_camera: Callable[[], Camera]) -> None:
        self._feed.choose(open_camera)
        self.choose_box(None)
        self._commands.put(self._puppeteer.calibrate)

    @override
    def keep_motion(self) -> None:
        self._motion = self._puppeteer.template()

    @override
    def motion(self) -> MotionTrack | None:
        return None if self._motion is None else replace(self._motion, neutral=self._puppeteer.neutral)

    @override
    def start_recording(self, path: Path) -> None:
        self._open_sink(SinkKind.RECORDER, lambda: Recorder(path, self._size), Backlog())

    @override
    def stop_recording(self) -> Path | None:
        outlet = self._close_sink(SinkKind.RECORDER)
        if outlet is None or not outlet.written or not isinstance(outlet.sink, Recorder):
            return None
        return outlet.sink.path

    @override
    def start_virtual_camera(self, device: str | None = None) -> None:
        self._open_sink(SinkKind.VIRTUAL_CAMERA, lambda: VirtualCamera(self._size, device=device), Mailbox[Finished]())

    @override
    def stop_virtual_camera(self) -> None:
        self._close_sink(SinkKind.VIRTUAL_CAMERA)

    @override
    def status(self) -> Status:
        portrait, newest = self._puppeteer.portrait, self._newest
        with self._lock:
            outlets, message = dict(self._outlets), self._message
        recorder = outlets.get(SinkKind.RECORDER)
        return Status(
            state=self._state(),
            following=self._puppeteer.following,
            camera=self._feed.description,
            camera_fps=self._feed.fps,
            fps=self._meter.rate(),
            stages=self._stages.times(),
            latency=self._latency.times().get(_LATENCY),
            sink_latency={kind: times for kind, outlet in outlets.items() if (times := outlet.latency) is not None},
            rendered=self._rendered,
            dropped=self._feed.frames.dropped,
            recorder_dropped=self._recorder_dropped + (recorder.slot.dropped if recorder else 0),
            engine=self._puppeteer.engine.info,
            portrait=portrait.name if portrait else "",
            sinks={kind: outlet.sink.name for kind, outlet in outlets.items()},
            message=self._feed.problem or message or (newest.notice if newest else ""),
            governor=self._governor.line,
            segments=self._puppeteer.engine.segments,
            detects=self._puppeteer.engine.detects,
        )

    def _state(self) -> SessionState:
        if self.error() is not None:
            return SessionState.FAILED
        if self._stopping.is_set() or self._ended.is_set():
            return SessionState.STOPPED
        if self._feed.problem:
            return SessionState.WAITING_FOR_CAMERA
        return SessionState.RUNNING if self._rendered else SessionState.STARTING

    # The loop thread looks, the painter's finishes what it has seen.

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self._obey()
            if not self._puppeteer.engine.info.off_cpu:
                self._scenes.wait()  # on the processor, two frames at once would only be in each other's way
            frame = self._feed.frames.take(_FRAME_WAIT_S)
            if frame is not None and self._puppeteer.portrait is not None:
                self._puppeteer.apply_quality_step(self._governor.step)
                self._scenes.put(self._puppeteer.look(frame, self._controls))
            elif frame is None and self._feed.ended:
                return
            elif frame is None and self._feed.problem:
                self._scenes.wait()
                self._show_card(self._feed.problem)

    def _obey(self) -> None:
        """Everything that was asked for since the last frame."""
        while True:
            try:
                command = self._commands.get_nowait()
            except Empty:
                return
            command()

    def _paint(self) -> None:
        while (scene := self._scenes.take()) is not None and not self._stopping.is_set():
            self._finish(scene)
            self._scenes.done()

    def _finish(self, scene: Scene) -> None:
        began_s = self._clock()
        rendered = self._puppeteer.paint(scene)
        self._hand_out(rendered, preview=self._rendered % self._governor.step.preview_every == 0)
        now_s = self._clock()
        look_ms, paint_ms = sum(scene.stages_ms.values()), (now_s - began_s) * 1000
        # Where both are done at once, whichever takes longer decides how many frames there are.
        frame_ms = max(look_ms, paint_ms) if self._puppeteer.engine.info.off_cpu else look_ms + paint_ms
        self._governor.observe(frame_ms, now_s, self._feed.wanted_fps)
        if self._motion is not None:
            self._motion.add(rendered.driving, scene.frame.captured_s)
        self._latency.add(_LATENCY, (self._clock() - scene.frame.captured_s) * 1000)
        for stage, spent_ms in rendered.stages_ms.items():
            self._stages.add(stage, spent_ms)
        self._meter.tick()
        self._rendered += 1

    def _show_card(self, text: str) -> None:
        """A line instead of the portrait, so that sinks and people see why nothing moves."""
        card, now_s = self._test_card(text, self._size), self._clock()
        self._hand_out(Rendered(card, card, Frame(card, now_s), self._puppeteer.following, now_s, {}), preview=True)

    def _hand_out(self, rendered: Rendered, *, preview: bool) -> None:
        """To every sink, and where wanted to the preview."""
        if preview:
            self._newest = rendered
        with self._lock:
            outlets = list(self._outlets.values())
        for outlet in outlets:
            outlet.slot.put(Finished(rendered.picture, rendered.frame.captured_s))

    # Threads and sinks.

    def _start_thread(self, name: str, body: Callable[[], None]) -> None:
        # Daemons: a thread that hangs in a driver must not keep the program from ending.
        thread = threading.Thread(target=partial(self._guarded, name, body), name=f"puppet-{name}", daemon=True)
        with self._lock:
            self._threads[name] = thread
        thread.start()

    def _guarded(self, name: str, body: Callable[[], None]) -> None:
        """Run a thread's body; what it raises ends the session, is kept once, and the other threads end cleanly."""
        try:
            body()
        except PuppetError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - a thread's last line: a silent death would freeze the picture
            _log.exception("%s failed", name)
            self._fail(PuppetError(f"{name} stopped unexpectedly: {type(error).__name__}: {error}"))
        finally:
            if name in _RENDERING:
                self._scenes.close()
            if name == "painter":  # the last to have something to do
                self._wind_down()
                self._ended.set()

    def _fail(self, error: PuppetError) -> None:
        with self._lock:
            self._error = self._error or error
        self._stopping.set()

    def _wind_down(self) -> None:
        """Ask every thread to end."""
        self._feed.stop()
        with self._lock:
            outlets = list(self._outlets.values())
        for outlet in outlets:
            outlet.slot.close()

    def _close_puppeteer(self, deadline_s: float) -> None:
        """Once, and not while a thread is inside it."""
        rendering = [self._threads[name] for name in _RENDERING if name in self._threads]
        if self._closed or any(thread.is_alive() for thread in rendering):
            return
        if self._preparing.acquire(timeout=max(0.0, deadline_s - time.monotonic())):
            self._closed = True
            self._puppeteer.close()
            self._preparing.release()

    def _open_sink(self, kind: SinkKind, open_sink: Callable[[], Sink], slot: Slot) -> None:
        with self._switching:
            if self._stopping.is_set() or self._ended.is_set():
                raise SinkError("The session has ended; start it again first.")
            if on := self._outlets.get(kind):
                raise SinkError(f"{on.sink.name}: is on already.")
            outlet = SinkWorker(open_sink(), slot, self._clock)
            with self._lock:
                self._outlets[kind], self._message = outlet, ""
            self._start_thread(kind.value, partial(self._carry, kind, outlet))

    def _carry(self, kind: SinkKind, outlet: SinkWorker) -> None:
        """The body of a sink's thread; a sink that fails is told about and gone, and everything else goes on."""
        outlet.run()
        if outlet.error is not None:
            _log.warning("%s", outlet.error)
            with self._lock:
                self._message = str(outlet.error)
            self._forget(kind, outlet)

    def _close_sink(self, kind: SinkKind) -> SinkWorker | None:
        with self._switching:
            outlet = self._outlets.get(kind)
            if outlet is None:
                return None
            outlet.slot.close()
            self._threads[kind.value].join(_SINK_CLOSE_S)
            self._forget(kind, outlet)
            return outlet

    def _forget(self, kind: SinkKind, outlet: SinkWorker) -> None:
        with self._lock:
            if self._outlets.get(kind) is outlet:
                del self._outlets[kind]
                if kind is SinkKind.RECORDER:
                    self._recorder_dropped += outlet.slot.dropped
