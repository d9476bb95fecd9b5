"""The live session: threads, life cycle, commands and status around the parts of `Puppeteer.step`.

    puppet-capture ─► Latest ─► puppet-loop ─► Painting ─► preview
                                                   ├─► Latest ──► puppet-virtual-camera
                                                   └─► Backlog ─► puppet-recorder

puppet-layers builds the layers of portraits. The loop thread looks at the next frame while `Painting` renders this one
and composes the one before; it begins as late as that lets it, so that the frame is new. No other thread waits for a
slower one: the virtual camera takes the newest picture, and the recorder counts those it drops.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

import numpy as np
from typing_extensions import override

from puppet.cameras.base import Camera
from puppet.cameras.capture_thread import CameraFeed
from puppet.concurrency.guarded_thread import guarded_thread
from puppet.concurrency.shared_work import use_one_opencv_thread
from puppet.config import DEFAULT_SIZE, LIVE_CONTROLS, MARK, Mark, MicrophoneOptions, RecordingOptions
from puppet.domain import Controls, Frame, Picture, SavedNeutral, SessionState, SinkKind, Status, Step
from puppet.errors import PuppetError
from puppet.geometry.crop import CropBox
from puppet.live.governor import Governor
from puppet.live.outputs import Outputs
from puppet.live.painting import Painting
from puppet.live.session_protocol import LiveSession
from puppet.live.statistics import FrameStatistics
from puppet.live.transparency import carried, check_background
from puppet.media.portrait_file import Shot
from puppet.motion.motion_track import MotionTrack
from puppet.pipeline.puppeteer import Puppeteer
from puppet.pipeline.scenes import ArrivedScene, Portrait, Rendered, Scene, SwapScene

if TYPE_CHECKING:
    from puppet.remote.renderer import RemoteRenderer

_FRAME_WAIT_S = 0.1  # the longest a command waits when no frames come
_IDLE_PERIOD_S = 0.05  # from picture to picture of the idle loop without a camera
_STALLED_S = 0.5  # without a frame for so long, the idle loop is shown
_NO_PICTURE, _OF_NO_CAMERA = np.zeros((1, 1, 3), np.uint8), -1
_Job = Callable[[], None]
_log = logging.getLogger(__name__)


class Session(LiveSession):
    """One performer, one portrait, one camera, and the sinks."""

    def __init__(
        self,
        puppeteer: Puppeteer,
        open_camera: Callable[[], Camera],
        controls: Controls = LIVE_CONTROLS,
        *,
        governor: Governor | None = None,
        clock: Callable[[], float] = time.monotonic,
        mark: Mark | None = MARK,
        remote: RemoteRenderer | None = None,
        preview: bool = False,
    ) -> None:
        """Own `puppeteer` and `remote`: `stop` closes them. No thread runs before `start`.

        Args:
            puppeteer: renders; its portrait may be set later.
            open_camera: called on the capture thread; raises CameraError while there is no camera.
            controls: at the start.
            governor: decides what to reduce when frames take too long; None: nothing is reduced.
            clock: seconds, monotonic, the clock that stamps camera frames.
            mark: marks recordings as AI-made; None: no mark.
            remote: paints on another machine while that one answers; None: all frames are painted here.
            preview: show the portrait at rest until the camera's first frame, which may take seconds.
        """
        self._puppeteer, self._remote = puppeteer, remote
        self._controls, self._refusal, self._closed = controls, "", False
        self._governor, self._clock = governor or Governor((Step(),)), clock
        self._feed, self._commands = CameraFeed(open_camera, clock), SimpleQueue[Callable[[], object]]()
        self._outputs = Outputs(puppeteer, puppeteer.size or DEFAULT_SIZE, clock, mark)
        self._statistics, self._look_s = FrameStatistics(clock), 0.0
        self._newest: Rendered | None = None
        self._motion: MotionTrack | None = None
        self._stalled_s, self._idle_due_s = 0.0 if preview else math.inf, 0.0  # when the idle loop begins and goes on
        self._capture = self._thread("capture", self._feed.run)
        self._layers = self._thread("layers", puppeteer.layers.run)
        self._painting = Painting(puppeteer, self._deliver, self._observe, self._fail, self._end, clock)
        self._loop = self._thread("loop", self._look, self._painting.close)
        self._stopping, self._ended = threading.Event(), threading.Event()
        self._starting, self._preparing = threading.Lock(), threading.Lock()
        self._errors = list[PuppetError]()  # in the order they were raised

    @override
    def start(self) -> None:
        with self._starting:  # `stop` finds all threads or none
            if not self._stopping.is_set():
                use_one_opencv_thread()
                for thread in (self._capture, self._loop, *self._painting.threads, self._layers):
                    thread.start()
                if self._remote is not None:
                    self._remote.start(self._painting.put)

    @override
    def take_sinks(self, other: LiveSession) -> None:
        if isinstance(other, Session) and self._outputs.take_over(other._outputs):
            self._stalled_s = 0.0
            if self._outputs.shown:
                self._puppeteer.size = self._outputs.size

    @property
    @override
    def running(self) -> bool:
        return self._loop.ident is not None and not self._ended.is_set()

    @override
    def join(self, timeout_s: float | None = None) -> None:
        self._ended.wait(timeout_s)

    @override
    def stop(self, timeout_s: float = 2.0) -> None:
        deadline_s = time.monotonic() + timeout_s
        with self._starting:
            self._stopping.set()
        self._wind_down()
        self._outputs.sinks.end(timeout_s / 2)  # waits
        for thread in (*self._outputs.threads, *self._painting.threads, self._loop, self._capture, self._layers):
            if thread.ident is not None:
                thread.join(max(0.0, deadline_s - time.monotonic()))
            if thread.is_alive() and thread is not self._layers:  # layers end after the job at hand
                _log.warning("%s does not end; it is left behind", thread.name)
        self._close_puppeteer(deadline_s)

    @override
    def preview(self) -> Rendered | None:
        return self._newest

    @override
    def error(self) -> PuppetError | None:
        return self._errors[0] if self._errors else None

    @property
    @override
    def controls(self) -> Controls:
        return self._controls

    @property
    @override
    def portrait(self) -> Portrait | None:
        return self._puppeteer.portrait

    @override
    def set_controls(self, controls: Controls) -> None:
        self._controls, self._refusal = carried(controls, self._controls, self._outputs.sinks.names)

    @override
    def calibrate(self) -> None:
        self._commands.put(self._puppeteer.calibrate)

    @override
    def take_best_moment(self) -> None:
        if (portrait := self._puppeteer.portrait) is not None:
            self._commands.put(partial(self._puppeteer.calibration.take_best, portrait.keypoints))

    @override
    def reanchor(self) -> None:
        self._commands.put(self._puppeteer.calibration.reanchor)

    @override
    def restore_neutral(self, saved: SavedNeutral) -> None:
        self._commands.put(partial(self._puppeteer.calibration.restore, saved))

    @override
    def saved_neutral(self) -> SavedNeutral | None:
        return self._puppeteer.calibration.saved

    @override
    def prepare(self, picture: Picture | Sequence[Shot], name: str) -> Portrait:
        with self._preparing:
            portrait = self._puppeteer.prepare(picture, name)
            if self._remote is not None:
                self._remote.offer(portrait, picture)
            return portrait

    @override
    def show(self, portrait: Portrait, others: Sequence[Portrait] = ()) -> None:
        self._commands.put(partial(self._puppeteer.show, portrait, others))

    @override
    def choose_size(self, size: tuple[int, int]) -> None:
        self._outputs.choose_size(size)

    @override
    def choose_box(self, box: CropBox | None) -> None:
        self._commands.put(partial(self._puppeteer.choose_box, box))

    @override
    def choose_camera(self, open_camera: Callable[[], Camera], delivered: Callable[[], None] | None = None) -> None:
        self._feed.choose(open_camera, delivered or (lambda: None))
        self.choose_box(None)
        self._commands.put(self._puppeteer.calibrate)

    @override
    def keep_motion(self) -> None:
        self._motion = self._puppeteer.new_motion_track()

    @override
    def motion(self) -> MotionTrack | None:
        return None if self._motion is None else replace(self._motion, neutral=self._puppeteer.neutral)

    @override
    def choose_microphone(self, options: MicrophoneOptions | None) -> None:
        self._outputs.microphone.choose(options)

    @override
    def start_recording(self, path: Path) -> None:
        check_background(self._controls)
        self._outputs.start_recording(path, self._controls)

    @override
    def save_replay(self, path: Path) -> Path:
        return self._outputs.save_replay(path)

    @override
    def pause_recording(self, paused: bool) -> None:
        self._outputs.pause_recording(paused)

    @override
    def choose_recording(self, options: RecordingOptions) -> None:
        self._outputs.choose_recording(options)

    @override
    def stop_recording(self) -> Path | None:
        return self._outputs.stop_recording()

    @override
    def start_virtual_camera(self, device: str | None = None) -> None:
        check_background(self._controls)
        self._outputs.start_virtual_camera(device)

    @override
    def stop_virtual_camera(self) -> None:
        self._outputs.sinks.close(SinkKind.VIRTUAL_CAMERA)

    @override
    def status(self) -> Status:
        puppeteer, engine, newest = self._puppeteer, self._puppeteer.engine, self._newest
        outputs, sinks, microphone = self._outputs, self._outputs.sinks, self._outputs.microphone
        stages, latency = self._statistics.times()
        away, there = ("", None) if self._remote is None else (self._remote.problem, self._remote.info)
        problems = self._feed.problem, sinks.message, microphone.problem, outputs.deferred_size, away
        return Status(
            state=self._state(),
            following=puppeteer.following,
            camera=self._feed.description,
            camera_fps=self._feed.fps,
            fps=self._statistics.rate.rate(),
            stages=stages,
            latency=latency,
            sink_latency=sinks.latency,
            rendered=self._statistics.rendered,
            dropped=self._feed.frames.dropped,
            recorder_dropped=sinks.dropped(SinkKind.RECORDER),
            engine=there or engine.info,
            portrait=puppeteer.portrait.name if puppeteer.portrait else "",
            sinks=outputs.shown,
            failed_sinks=sinks.failures,
            message=next(filter(None, (*problems, self._refusal)), newest.notice if newest else ""),
            governor=self._governor.pace,
            segments=engine.segments,
            microphone=microphone.name,
            microphone_db=microphone.level_db,
            detects=engine.detects,
            recorded=outputs.recorded,
            performer_box=box.square if (box := puppeteer.performer_box) else None,
        )

    def _state(self) -> SessionState:
        if self._errors:
            return SessionState.FAILED
        if self._stopping.is_set() or self._ended.is_set():
            return SessionState.STOPPED
        if self._feed.problem:
            return SessionState.WAITING_FOR_CAMERA
        return SessionState.RUNNING if self._statistics.rendered else SessionState.STARTING

    def _look(self) -> None:
        """Body of the loop thread: turn camera frames into scenes, and run commands between two frames."""
        while not self._stopping.is_set():
            while not self._commands.empty():
                self._commands.get()()
            if (size := self._outputs.apply_size()) is not None:
                self._puppeteer.size = size
            self._painting.wait(self._look_s)
            due_s = self._idle_due_s - self._clock() if self._is_idle() else _FRAME_WAIT_S
            frame = self._feed.frames.take(min(max(due_s, 0.0), _FRAME_WAIT_S))
            if frame is None and self._feed.ended:
                return
            scene = None if self._puppeteer.portrait is None else self._scene(frame)
            if scene is not None and self._remote is not None:
                scene = self._remote.take(scene, self._puppeteer.idle)
            if scene is not None:
                if not isinstance(scene, ArrivedScene):
                    scene = self._puppeteer.work_ahead(scene)
                self._look_s = sum(scene.stages_ms.values()) / 1000
                self._painting.put(scene)

    def _is_idle(self) -> bool:
        """True if the idle loop is shown: because the controls say so, or until a frame comes."""
        return self._controls.idle or bool(self._feed.problem) or self._clock() >= self._stalled_s

    def _scene(self, frame: Frame | None) -> Scene | None:
        """Return the scene of a frame; None for a frame: the idle loop's, while that is shown."""
        controls, now_s = self._controls, self._clock()
        if frame is None and not self._is_idle():
            return None
        if frame is None:
            self._stalled_s = min(self._stalled_s, now_s)  # until a frame comes
            self._idle_due_s = now_s + _IDLE_PERIOD_S
            return self._puppeteer.idle(Frame(_NO_PICTURE, now_s, _OF_NO_CAMERA), controls)
        self._stalled_s = now_s + _STALLED_S
        if controls.idle:
            return self._puppeteer.idle(frame, controls)
        self._puppeteer.apply_quality_step(self._governor.step)
        scene = self._puppeteer.look(frame, controls)
        if isinstance(scene, SwapScene) and scene.driving is None:  # would show the performer's whole picture
            return self._puppeteer.idle(frame, controls)
        return scene

    def _deliver(self, scene: Scene | ArrivedScene, rendered: Rendered) -> None:
        """Hand out, keep and count a finished picture; on the painter thread."""
        self._hand_out(scene, rendered)
        if self._motion is not None:
            self._motion.add(rendered.driving, scene.frame.captured_s)
        if scene.frame.index != _OF_NO_CAMERA:
            self._statistics.count(rendered)

    def _hand_out(self, scene: Scene | ArrivedScene, rendered: Rendered) -> None:
        """Deliver a picture, unless it is too old or the performer was hidden since its scene was made."""
        too_old = isinstance(scene, ArrivedScene) and self._clock() > scene.expires_s
        if too_old or (self._controls.idle and not scene.controls.idle):
            return
        if scene.controls.idle or self._statistics.rendered % self._governor.step.preview_every == 0:
            self._newest = rendered
        self._outputs.hand_out(rendered, scene.controls)

    def _observe(self, frame_ms: float) -> None:
        self._governor.observe(frame_ms, self._clock(), self._feed.wanted_fps)

    def _thread(self, name: str, body: _Job, at_end: _Job = lambda: None) -> threading.Thread:
        return guarded_thread(name, body, self._fail, at_end)

    def _fail(self, error: PuppetError) -> None:
        """End the session because of an error of one of its threads."""
        self._errors.append(error)
        self._stopping.set()

    def _end(self) -> None:
        """End the session after the painter, the last thread with frames to finish."""
        self._wind_down()
        self._ended.set()

    def _wind_down(self) -> None:
        """Signal every thread to end."""
        self._feed.stop()
        if self._remote is not None:
            self._remote.close()
        self._puppeteer.layers.close()
        self._outputs.end()

    def _close_puppeteer(self, deadline_s: float) -> None:
        """Close the puppeteer once, and not while a thread uses it."""
        if self._closed or any(thread.is_alive() for thread in (self._loop, *self._painting.threads)):
            return
        if self._preparing.acquire(timeout=max(0.0, deadline_s - time.monotonic())):
            self._closed = True
            self._puppeteer.close()
            self._preparing.release()
