"""The outputs of a live session: recording, virtual camera, microphone, and the size of the pictures they share.

Any thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from puppet.concurrency.channels import Backlog, Latest
from puppet.config import Mark, check_size
from puppet.domain import SinkKind
from puppet.microphones.choice import MicrophoneChoice
from puppet.pipeline.scenes import Rendered
from puppet.sinks.recorder import Recorder
from puppet.sinks.sink_set import SinkSet
from puppet.sinks.sink_worker import Finished
from puppet.sinks.virtual_camera import VirtualCamera

_RECORDER_BACKLOG = 8  # pictures: a quarter of a second that an encoder or a disk may stutter


class Outputs:
    """Opens and closes the sinks of one session, and takes over those of another.

    Attributes:
        sinks: the open ones.
        microphone: recorded with the pictures.
        size: (width, height) of the pictures that the sinks take.
    """

    def __init__(self, size: tuple[int, int], clock: Callable[[], float], mark: Mark | None) -> None:
        """Open nothing yet.

        Args:
            size: (width, height) of the pictures.
            clock: seconds, the clock that stamps camera frames.
            mark: marks recordings as AI-made; None: no mark.
        """
        self.size = self._chosen_size = size
        self.sinks, self.microphone = SinkSet(clock), MicrophoneChoice(clock)
        self._clock, self._mark = clock, mark
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
        if self.sinks.names:
            self.size = size
        return True

    def _release(self) -> tuple[SinkSet, MicrophoneChoice, tuple[int, int]] | None:
        """Return sinks, microphone and the size of pictures, and continue without; None if the sinks have ended."""
        with self._passing_on, self._sizing:
            if self.sinks.ended:
                return None
            released = self.sinks, self.microphone, self.size
            self.sinks, self.microphone = SinkSet(self._clock), MicrophoneChoice(self._clock)
            return released

    def start_recording(self, path: Path) -> None:
        """Record to a new file. Raises SinkError."""
        with self._sizing:
            recorder = partial(Recorder, path, self.size, self._mark, self.microphone.sound())
            self.sinks.open(SinkKind.RECORDER, recorder, Backlog[Finished](_RECORDER_BACKLOG))

    def stop_recording(self) -> Path | None:
        """Finish the recording; blocks until it is written. Return its file, also if it failed; None: there is none."""
        worker = self.sinks.close(SinkKind.RECORDER)
        sink = worker.sink if worker is not None and worker.written else None
        return sink.finished() if isinstance(sink, Recorder) else None

    def start_virtual_camera(self, device: str | None) -> None:
        """Open the virtual camera. Raises SinkError."""
        with self._sizing:
            self.sinks.open(SinkKind.VIRTUAL_CAMERA, partial(VirtualCamera, self.size, device=device), Latest())

    def hand_out(self, rendered: Rendered) -> None:
        """Leave a picture for every sink, unless its size is from before the size was changed; never blocks."""
        if rendered.picture.shape[1::-1] == self.size:
            self.sinks.hand_out(rendered.picture, rendered.frame.captured_s)

    def choose_size(self, size: tuple[int, int]) -> None:
        """Choose the size that `apply_size` returns next. Raises ConfigError."""
        check_size(size)
        self._chosen_size = size

    def apply_size(self) -> tuple[int, int] | None:
        """Use the chosen size and return it; None: it is used already, or a sink needs the present one."""
        applied = None
        if self._chosen_size != self.size and self._sizing.acquire(blocking=False):
            if not self.sinks.names:
                applied = self.size = self._chosen_size
            self._sizing.release()
        return applied

    @property
    def deferred_size(self) -> str:
        """A line about a size that is not used yet because a sink is open, or ""."""
        if self._chosen_size == self.size or not self.sinks.names:
            return ""
        return "{}×{} is used once recording and virtual camera are off".format(*self._chosen_size)

    @property
    def threads(self) -> list[threading.Thread]:
        """Threads of the sinks and the microphone, the newest first."""
        return [*reversed(self.sinks.threads), *self.microphone.threads]

    def end(self) -> None:
        """End the sinks and the microphone; nothing can be opened afterwards."""
        with self._passing_on:
            self.sinks.end()
            self.microphone.end()
