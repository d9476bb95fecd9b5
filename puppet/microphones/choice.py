"""The microphone of a session: chosen, changed and switched off while recordings go on.

A session passes it on, with the sinks, to the session that replaces it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from puppet.config import MicrophoneOptions
from puppet.domain import Floats
from puppet.media.live_sound import LiveSound
from puppet.microphones.base import Microphone
from puppet.microphones.feed import SILENT_DB, MicrophoneFeed
from puppet.microphones.opening import open_microphone


class MicrophoneChoice:
    """A source of sound that is silent while no microphone is chosen. Any thread."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        opener: Callable[[str], Microphone] = open_microphone,
    ) -> None:
        """`clock`: seconds, the clock that stamps frames. `opener` opens a microphone by its name."""
        self._clock, self._open = clock, opener
        self._lock = threading.Lock()
        self._ended = False
        self._options: MicrophoneOptions | None = None
        self._feed: MicrophoneFeed | None = None
        self._thread: threading.Thread | None = None

    def choose(self, options: MicrophoneOptions | None) -> None:
        """Capture from this microphone from now on; None: from none. A device that cannot be opened is tried again."""
        with self._lock:
            if self._ended:
                return
            if self._feed and options and self._options and options.name == self._options.name:
                self._feed.gain = _factor(options)
            else:
                self._replace(options)
            self._options = options

    def end(self) -> None:
        """Release the device; nothing can be chosen afterwards, and what was captured can still be read."""
        with self._lock:
            self._ended = True
            if self._feed is not None:
                self._feed.stop()

    def _replace(self, options: MicrophoneOptions | None) -> None:
        if self._feed is not None:
            self._feed.stop()
        self._feed = None
        if options is not None:
            self._feed = MicrophoneFeed(partial(self._open, options.name), _factor(options), self._clock)
            # A daemon: a thread that hangs in a driver must not keep the program from ending.
            self._thread = threading.Thread(target=self._feed.run, name="puppet-microphone", daemon=True)
            self._thread.start()

    def sound(self) -> LiveSound | None:
        """Return the sound for a recording that begins now; None while no microphone is chosen."""
        options = self._options
        return LiveSound(self, options.delay_ms / 1000) if options else None

    @property
    def threads(self) -> list[threading.Thread]:
        """The thread of the last device."""
        return [self._thread] if self._thread else []

    @property
    def name(self) -> str:
        """Name of the chosen device; "" without one."""
        feed, options = self._feed, self._options
        return (feed.name or options.name) if feed and options else ""

    @property
    def problem(self) -> str:
        """Why there is no sound, one line, or ""."""
        return self._feed.problem if self._feed else ""

    @property
    def level_db(self) -> float:
        """Level of the sound in dB of full scale; see `MicrophoneFeed`."""
        return self._feed.level_db if self._feed else SILENT_DB

    @property
    def complete_until_s(self) -> float:
        """Time before which all sound has arrived, or never will."""
        return self._feed.complete_until_s if self._feed else self._clock()

    def read(self, start_s: float, count: int) -> Floats:
        """Return (count,) float32 samples captured from `start_s` on; silence where there was none."""
        return self._feed.read(start_s, count) if self._feed else np.zeros(count, np.float32)


def _factor(options: MicrophoneOptions) -> float:
    return float(10 ** (options.gain_db / 20))
