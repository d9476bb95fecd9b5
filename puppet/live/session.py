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

from puppet.cameras.base import Camera
from puppet.cameras.capture_thread import CameraFeed
from puppet.cameras.test_card import draw_card
from puppet.concurrency.handover import Handover
from puppet.concurrency.mailbox import Mailbox
from puppet.concurrency.timing import RateMeter, StageClock
from puppet.config import DEFAULT_SIZE, LIVE_CONTROLS
from puppet.domain import Controls, Frame, Picture, Status, Step
from puppet.errors import PuppetError, SinkError
from puppet.geometry.crop import CropBox
from puppet.live.governor import Governor
from puppet.motion.motion_track import MotionTrack
from puppet.pipeline.puppeteer import Portrait, Puppeteer, Rendered, Scene
from puppet.sinks.base import Sink
from puppet.sinks.recorder import Recorder
from puppet.sinks.virtual_camera import VirtualCamera
from puppet.sinks.worker import Backlog, Finished, SinkWorker, Slot

_VIRTUAL_CAMERA = "virtual-camera"
_RECORDER = "recorder"
_RENDERING = ("loop", "painter")
_FRAME_WAIT_S = 0.1  # also the pace of the test card, and the longest a command waits when no frames come
_SINK_CLOSE_S = 2.0
_LATENCY = "latency"
_log = logging.getLogger(__name__)


class Session:
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
        self._outlets: dict[str, SinkWorker] = {}
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

    def start(self) -> None:
        """Begin to capture and render; once."""
        self._start_thread("capture", self._feed.run)
        self._start_thread("loop", self._loop)
        self._start_thread("painter", self._paint)

    @property
    def running(self) -> bool:
        """Whether frames are, or will be, rendered: False before `start` and once it was stopped, failed or ended."""
        return "painter" in self._threads and not self._ended.is_set()

    def join(self, timeout_s: float | None = None) -> None:
        """Block until the session ends by itself or `timeout_s` is over."""
        self._ended.wait(timeout_s)

    def stop(self, timeout_s: float = 2.0) -> None:
        """End every thread and release everything; blocks, at most `timeout_s`. Safe to call twice.

        A thread that hangs in a driver is left behind and ends with its call; what it uses stays open until then.
        """
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

    def preview(self) -> Rendered | None:
        """The newest picture; None before the first."""
        return self._newest

    def error(self) -> PuppetError | None:
        """What ended the session, if anything did."""
        with self._lock:
            return self._error

    @property
    def controls(self) -> Controls:
        """The newest controls."""
        return self._controls

    def set_controls(self, controls: Controls) -> None:
        """Use other controls from the next frame on."""
        self._controls = controls

    def calibrate(self) -> None:
        """The next good frames give the performer's neutral pose."""
        self._commands.put(self._puppeteer.calibrate)

    def prepare(self, picture: Picture, name: str) -> Portrait:
        """Analyse a portrait; blocks for a fraction of a second, one at a time. Raises TrackingError without a face."""
        with self._preparing:
            return self._puppeteer.prepare(picture, name)

    def show(self, portrait: Portrait, others: Sequence[Portrait] = ()) -> None:
        """Animate another portrait from the next frame on; `others` give parts too, when parts are swapped."""
        self._commands.put(partial(self._puppeteer.show, portrait, others))

    def choose_box(self, box: CropBox | None) -> None:
        """Look at this square of the camera's picture (pixels, not mirrored); None: at the face, or at all of it.

        Only with a pack that detects; nothing happens with another. The performer is calibrated anew.
        """
        self._commands.put(partial(self._puppeteer.choose_box, box))

    def choose_camera(self, open_camera: Callable[[], Camera]) -> None:
        """Use another camera; the performer is calibrated anew, and a chosen box is forgotten."""
        self._feed.choose(open_camera)
        self.choose_box(None)
        self._commands.put(self._puppeteer.calibrate)

    def keep_motion(self) -> None:
        """Keep the performer's poses from the next frame on, for `motion`."""
        self._motion = self._puppeteer.template()

    def motion(self) -> MotionTrack | None:
        """What was kept since `keep_motion`, after `stop`; None without."""
        return None if self._motion is None else replace(self._motion, neutral=self._puppeteer.neutral)

    def start_recording(self, path: Path) -> None:
        """Record to a new file; blocks for milliseconds. Raises SinkError."""
        self._open_sink(_RECORDER, lambda: Recorder(path, self._size), Backlog())

    def stop_recording(self) -> Path | None:
        """Finish the recording and return its file, None when nothing was recorded; blocks until it is written."""
        outlet = self._close_sink(_RECORDER)
        if outlet is None or not outlet.written or not isinstance(outlet.sink, Recorder):
            return None
        return outlet.sink.path

    def start_virtual_camera(self, device: str | None = None) -> None:
        """Show the pictures to other programs; blocks for milliseconds. Raises SinkError: the reason and what helps."""
        self._open_sink(_VIRTUAL_CAMERA, lambda: VirtualCamera(self._size, device=device), Mailbox[Finished]())

    def stop_virtual_camera(self) -> None:
        """Release the virtual camera; blocks until it is closed."""
        self._close_sink(_VIRTUAL_CAMERA)

    def status(self) -> Status:
        """What is going on; takes about a millisecond: ask a few times a second."""
        portrait, newest = self._puppeteer.portrait, self._newest
        with self._lock:
            outlets, message = dict(self._outlets), self._message
        recorder = outlets.get(_RECORDER)
        return Status(
            state=self._state(),
            following=self._puppeteer.following,
            camera=self._feed.description,
            camera_fps=self._feed.fps,
            fps=self._meter.rate(),
            stages=self._stages.times(),
            latency=self._latency.times().get(_LATENCY),
            sink_latency={name: times for name, outlet in outlets.items() if (times := outlet.latency) is not None},
            rendered=self._rendered,
            dropped=self._feed.frames.dropped,
            recorder_dropped=self._recorder_dropped + (recorder.slot.dropped if recorder else 0),
            engine=self._puppeteer.engine.description,
            portrait=portrait.name if portrait else "",
            sinks=tuple(outlet.sink.name for outlet in outlets.values()),
            message=self._feed.problem or message or (newest.notice if newest else ""),
            governor=self._governor.line,
            segments=self._puppeteer.engine.segments,
            detects=self._puppeteer.engine.detects,
        )

    def _state(self) -> str:
        if self.error() is not None:
            return "failed"
        if self._stopping.is_set() or self._ended.is_set():
            return "stopped"
        if self._feed.problem:
            return "waiting for camera"
        return "running" if self._rendered else "starting"

    # The loop thread looks, the painter's finishes what it has seen.

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self._obey()
            if not self._puppeteer.engine.off_cpu:
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
        frame_ms = max(look_ms, paint_ms) if self._puppeteer.engine.off_cpu else look_ms + paint_ms
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

    def _open_sink(self, name: str, open_sink: Callable[[], Sink], slot: Slot) -> None:
        with self._switching:
            if self._stopping.is_set() or self._ended.is_set():
                raise SinkError("The session has ended; start it again first.")
            if on := self._outlets.get(name):
                raise SinkError(f"{on.sink.name}: is on already.")
            outlet = SinkWorker(open_sink(), slot, self._clock)
            with self._lock:
                self._outlets[name], self._message = outlet, ""
            self._start_thread(name, partial(self._carry, name, outlet))

    def _carry(self, name: str, outlet: SinkWorker) -> None:
        """The body of a sink's thread; a sink that fails is told about and gone, and everything else goes on."""
        outlet.run()
        if outlet.error is not None:
            _log.warning("%s", outlet.error)
            with self._lock:
                self._message = str(outlet.error)
            self._forget(name, outlet)

    def _close_sink(self, name: str) -> SinkWorker | None:
        with self._switching:
            outlet = self._outlets.get(name)
            if outlet is None:
                return None
            outlet.slot.close()
            self._threads[name].join(_SINK_CLOSE_S)
            self._forget(name, outlet)
            return outlet

    def _forget(self, name: str, outlet: SinkWorker) -> None:
        with self._lock:
            if self._outlets.get(name) is outlet:
                del self._outlets[name]
                if name == _RECORDER:
                    self._recorder_dropped += outlet.slot.dropped
