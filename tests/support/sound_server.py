"""A PulseAudio server of its own for tests.

One microphone is the monitor of an output that can be unplugged; another one captures a pipe. Timing is tested with the
pipe: what an output will play is handed to its monitor before it is played.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from puppet.domain import Floats

RATE = 48_000
MICROPHONE = "Monitor of TestMicrophone"
_LOAD = 'load-module module-null-sink sink_name=mic rate=48000 sink_properties=device.description="TestMicrophone"'
_UNSET = 0xFFFFFFFF


class SoundServer:
    """A running server; the microphone can be unplugged."""

    def __init__(self, address: str) -> None:
        self.address = address

    def plug_in(self) -> None:
        self._tell(*_LOAD.replace('"', "").split())

    def unplug(self) -> None:
        self._tell("unload-module", "module-null-sink")

    def add_source(self, rate: int, channels: int) -> None:
        """Add a silent microphone with another rate and number of channels, "Odd"."""
        options = f"source_name=odd description=Odd rate={rate} channels={channels}"
        self._tell("load-module", "module-null-source", *options.split())

    def add_pipe(self, path: Path) -> None:
        """Add a microphone, "Unix FIFO source PATH", that captures what is written to a pipe."""
        options = f"source_name=pipe file={path} format=float32le rate={RATE} channels=1"
        self._tell("load-module", "module-pipe-source", *options.split())

    def remove_pipe(self) -> None:
        """Remove it."""
        self._tell("unload-module", "module-pipe-source")

    def _tell(self, *words: str) -> None:
        subprocess.run(["pactl", "-s", self.address, *words], check=True, capture_output=True)


@contextmanager
def sound_server(folder: Path) -> Iterator[SoundServer]:
    """Run a server for this process; skip where PulseAudio is not installed."""
    program = shutil.which("pulseaudio")
    if program is None or shutil.which("pactl") is None:
        pytest.skip("PulseAudio is not installed")
    server = SoundServer(f"unix:{folder}/socket")
    protocol = f"module-native-protocol-unix socket={folder}/socket auth-anonymous=1"
    options = ["--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes", "-n", f"--load={protocol}"]
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
            patch.setenv(name, str(folder))
        patch.setenv("PULSE_SERVER", server.address)
        with subprocess.Popen([program, *options], stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(folder / "socket")
                server.plug_in()
                yield server
            finally:
                process.terminate()


def _wait_for(path: Path) -> None:
    until_s = time.monotonic() + 10
    while not path.exists():
        if time.monotonic() > until_s:
            pytest.skip("PulseAudio does not start here")
        time.sleep(0.02)
    time.sleep(0.1)


class Clicks:
    """Gives a pipe of the server sound as a device does that has a clock of its own; a context manager.

    The sound is silence with a click of a millisecond at each of some times.
    """

    BLOCK = RATE // 100

    def __init__(self, pipe: Path, times_s: list[float], *, ppm: float = 0.0) -> None:
        """`times_s`: on the monotonic clock, after now. `ppm`: how fast the device's clock is, in millionths."""
        self._pipe, self._times_s, self._rate = pipe, times_s, RATE * (1 + ppm * 1e-6)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._play, name="clicks", daemon=True)

    def __enter__(self) -> Clicks:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join(2)

    def _play(self) -> None:
        begin_s, written = time.monotonic(), 0
        with self._pipe.open("wb", buffering=0) as pipe:
            while not self._stop.wait(max(0.0, begin_s + (written + self.BLOCK) / self._rate - time.monotonic())):
                pipe.write(self._block(begin_s, written).tobytes())
                written += self.BLOCK

    def _block(self, begin_s: float, written: int) -> Floats:
        block = np.zeros(self.BLOCK, np.float32)
        for time_s in self._times_s:
            at = round((time_s - begin_s) * self._rate) - written
            block[max(at, 0) : max(at + RATE // 1000, 0)] = 0.9
        return block


def clicks_in(sound: Floats, rate: int) -> list[float]:
    """Return the seconds at which clicks begin in (N,) samples."""
    loud = np.nonzero(np.abs(sound) > 0.25)[0]
    starts = loud[np.r_[True, np.diff(loud) > rate // 10]] if len(loud) else loud
    return [float(start) / rate for start in starts]
