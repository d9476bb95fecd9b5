"""The outputs of a live session: recording, virtual camera, microphone, and the size of the pictures they share.

Any thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from puppet.concurrency.channels import Backlog, Latest
from puppet.config import RECORDING, Mark, RecordingOptions, check_size
from puppet.domain import Controls, Recorded, SinkKind
from puppet.errors import SinkError
from puppet.microphones.choice import MicrophoneChoice
from puppet.motion.motion_track import MotionTrack
from puppet.pipeline.puppeteer import Puppeteer
from puppet.pipeline.scenes import Rendered
from puppet.sinks.base import Finished, Sink
from puppet.sinks.recorder import Recorder
from puppet.sinks.replay import Replay
from puppet.sinks.sink_set import SinkSet
from puppet.sinks.virtual_camera import VirtualCamera
from puppet.takes.recorder import TakeRecorder
from puppet.takes.take import Manifest, new_manifest

_RECORDER_BACKLOG = 8  # pictures: a quarter of a second that an encoder or a disk may stutter


class Outputs:
    """Opens and closes the sinks of one session, and takes over those of another.

    Attributes:
        sinks: the open ones.
        microphone: recorded with the pictures.
        size: (width, height) of the pictures that the sinks take.
        options: of the recordings that begin from now on.
    """

    def __init__(
        self, puppeteer: Puppeteer, size: tuple[int, int], clock: Callable[[], float], mark: Mark | None
    ) -> None:
        """Open nothing yet.

        Args:
            puppeteer: makes the pictures; takes record its motion.
            size: (width, height) of the pictures.
            clock: seconds, the clock that stamps camera frames.
            mark: marks recordings as AI-made; None: no mark.
        """
        self.size = self._chosen_size = size
        self.sinks, self.microphone = SinkSet(clock), MicrophoneChoice(clock)
        self.options: RecordingOptions = RECORDING
        self._puppeteer, self._clock, self._mark = puppeteer, clock, mark
        self._same_motion = True  # the open take's poses and this session's are of one kind
        self._pause_s: float | None = None  # when the recording was paused
        self._paused_s = 0.0  # length of its pauses so far
        self._sizing = threading.Lock()  # held to open or pass on sinks, and to change the size
        self._passing_on = threading.Lock()  # held to pass the sinks on, and to end them

    def take_over(self, other: Outputs) -> bool:
        """Take the open sinks of another session, with the size of their pictures; False if they have ended.

        The other session continues without them.
        """
        if (released := other._release()) is None:
            return False
        self.microphone.end()
        self.sinks, self.microphone, size = released
        if self.shown:
            self.size = size
        recorder = self.sinks.sink(SinkKind.RECORDER)
        self._same_motion = not isinstance(recorder, TakeRecorder) or recorder.fits(self._new_track())
        self._pause_s, self._paused_s, self.options = other._pause_s, other._paused_s, other.options
        return True

    def _release(self) -> tuple[SinkSet, MicrophoneChoice, tuple[int, int]] | None:
        """Return sinks, microphone and the size of pictures, and continue without; None if the sinks have ended."""
        with self._passing_on, self._sizing:
            if self.sinks.ended:
                return None
            released = self.sinks, self.microphone, self.size
            self.sinks, self.microphone = SinkSet(self._clock), MicrophoneChoice(self._clock)
            return released

    def start_recording(self, path: Path, controls: Controls) -> None:
        """Record to a new file; or a take, if `path` is a folder, which is empty. Raises SinkError."""
        with self._sizing:
            self._pause_s, self._paused_s, self._same_motion = None, 0.0, True
            common = self._mark, self.microphone.sound(), self.options
            recorder: Callable[[], Sink]
            if path.is_dir():
                recorder = partial(TakeRecorder, path, self._manifest(controls), self._new_track(), *common)
            else:
                recorder = partial(Recorder, path, self.size, *common)
            self.sinks.open(SinkKind.RECORDER, recorder, Backlog[Finished](_RECORDER_BACKLOG))

    def choose_recording(self, options: RecordingOptions) -> None:
        """Use these options for what begins from now on, and open or close the replay; never blocks."""
        self.options, kind = options, SinkKind.REPLAY
        if not options.replay:
            self.sinks.leave(kind)
        elif self.sinks.sink(kind) is None and not self.sinks.ended:
            with suppress(SinkError):  # the session has just ended
                self.sinks.open(kind, partial(Replay, self._mark, options), Backlog[Finished](_RECORDER_BACKLOG))

    def save_replay(self, path: Path) -> Path:
        """Write the last half minute to a new file. Raises SinkError."""
        replay = self.sinks.sink(SinkKind.REPLAY)
        if not isinstance(replay, Replay):
            raise SinkError("Instant replay is off; switch it on, and what comes next can be saved")
        return replay.save(path, self.microphone.sound())

    @property
    def shown(self) -> dict[SinkKind, str]:
        """Names of the open sinks that others can see."""
        return {kind: name for kind, name in self.sinks.names.items() if kind is not SinkKind.REPLAY}

    def pause_recording(self, paused: bool) -> None:
        """Pause the recording, or go on."""
        if paused and self._pause_s is None:
            self._pause_s = self._clock()
        elif not paused and self._pause_s is not None:
            self._paused_s, self._pause_s = self._paused_s + self._clock() - self._pause_s, None

    @property
    def recorded(self) -> Recorded | None:
        """State of the open recording, or None."""
        recorder = self.sinks.sink(SinkKind.RECORDER)
        if not isinstance(recorder, Recorder):
            return None
        return Recorded(recorder.seconds, self._pause_s is not None, recorder.left_s, recorder.has_sound)

    def _manifest(self, controls: Controls) -> Manifest:
        puppeteer = self._puppeteer
        name = puppeteer.portrait.name if puppeteer.portrait else ""
        return new_manifest(
            portrait=name,
            pack=self._new_track().pack,
            engine=str(puppeteer.engine.info),
            controls=controls,
            size=self.size,
        )

    def _new_track(self) -> MotionTrack:
        return self._puppeteer.new_motion_track()

    def stop_recording(self) -> Path | None:
        """Finish the recording; blocks until it is written. Return its file, also if it failed; None: there is none."""
        worker = self.sinks.close(SinkKind.RECORDER)
        sink = worker.sink if worker is not None and worker.written else None
        return sink.finished() if isinstance(sink, Recorder) else None

    def start_virtual_camera(self, device: str | None) -> None:
        """Open the virtual camera. Raises SinkError."""
        with self._sizing:
            self.sinks.open(SinkKind.VIRTUAL_CAMERA, partial(VirtualCamera, self.size, device=device), Latest())

    def hand_out(self, rendered: Rendered, controls: Controls) -> None:
        """Leave a picture for every sink, unless its size is from before the size was changed; never blocks."""
        if rendered.picture.shape[1::-1] != self.size:
            return
        performer = None
        if self.options.side_by_side and not controls.idle and rendered.frame.image.size > 3:
            image = rendered.frame.image
            performer = np.asarray(cv2.flip(image, 1), np.uint8) if controls.mirror else image
        finished = Finished(
            rendered.picture,
            rendered.frame.captured_s,
            rendered.driving if self._same_motion else None,
            self._puppeteer.neutral,
            performer,
            self._paused_s,
        )
        self.sinks.hand_out(finished, without=SinkKind.RECORDER if self._pause_s is not None else None)

    def choose_size(self, size: tuple[int, int]) -> None:
        """Choose the size that `apply_size` returns next. Raises ConfigError."""
        check_size(size)
        self._chosen_size = size

    def apply_size(self) -> tuple[int, int] | None:
        """Use the chosen size and return it; None: it is used already, or a sink needs the present one."""
        applied = None
        if self._chosen_size != self.size and self._sizing.acquire(blocking=False):
            if not self.shown:
                applied = self.size = self._chosen_size
            self._sizing.release()
        return applied

    @property
    def deferred_size(self) -> str:
        """A line about a size that is not used yet because a sink is open, or ""."""
        problem = ""
        if self._chosen_size != self.size and self.shown:
            width, height = self._chosen_size
            problem = f"{width}×{height} is used once recording and virtual camera are off"
        return problem

    @property
    def threads(self) -> list[threading.Thread]:
        """Threads of the sinks and the microphone, the newest first."""
        return [*reversed(self.sinks.threads), *self.microphone.threads]

    def end(self) -> None:
        """End the sinks and the microphone; nothing can be opened afterwards."""
        with self._passing_on:
            self.sinks.end()
            self.microphone.end()
