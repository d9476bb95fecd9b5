"""Records clicks that are played while the performer moves, and tells by how much they miss each other.

For three minutes with a device whose clock is 100 millionths fast:
PYTHONPATH=. python -m tests.support.sound_offsets 180 100
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import av
import numpy as np

from puppet.config import MicrophoneOptions
from puppet.domain import Controls, Frame, Framing, Picture
from puppet.live.session import Session
from puppet.pipeline.puppeteer import Puppeteer
from tests.support.clips import moving_square
from tests.support.sound_server import Clicks, SoundServer, clicks_in, sound_server
from tests.support.square_engine import SIZE, SquareEngine
from tests.support.waiting import until

FPS = 30


class JumpingCamera:
    """Delivers a square that jumps to the other side for one frame at each of some times."""

    name, size, fps, paced = "jumping", (SIZE, SIZE), float(FPS), True

    def __init__(self, start_s: float, jumps: list[int], delivery_s: float = 0.0) -> None:
        """`jumps`: numbers of frames; `delivery_s`: how long the camera itself takes."""
        self._start_s, self._jumps, self._delivery_s = start_s, set(jumps), delivery_s
        self._left, *_, self._right = moving_square((SIZE, SIZE), 9)
        self._index = -1
        self._closed = False

    def read(self, timeout_s: float) -> Frame | None:
        self._index = max(self._index + 1, int((time.monotonic() - self._start_s) * FPS))
        captured_s = self._start_s + self._index / FPS + self._delivery_s
        time.sleep(max(0.0, captured_s - time.monotonic()))
        picture = self._right if self._index in self._jumps else self._left
        return None if self._closed else Frame(picture, captured_s, self._index)

    def reopen(self) -> JumpingCamera:
        raise AssertionError

    def close(self) -> None:
        self._closed = True


def session(camera: JumpingCamera) -> Session:
    puppeteer = Puppeteer(SquareEngine(), None, framing=Framing.NONE, size=(SIZE, SIZE))
    puppeteer.show(puppeteer.prepare(moving_square((SIZE, SIZE), 9)[0], "square"))
    return Session(puppeteer, lambda: camera, Controls(mirror=False, smoothing=0.0, limits=False))


def record(server: SoundServer, path: Path, seconds: float, *, delivery_s: float = 0.0, ppm: float = 0.0) -> None:
    """Record a session in which a click is heard and a jump is seen at every second."""
    pipe = path.with_suffix(".pipe")
    server.add_pipe(pipe)
    options = MicrophoneOptions("pipe", delay_ms=1000 * delivery_s)
    start_s = time.monotonic() + 1.5
    jumps = list(range(FPS, round(seconds * FPS), FPS))
    live = session(JumpingCamera(start_s, jumps, delivery_s))
    with Clicks(pipe, [start_s + jump / FPS for jump in jumps], ppm=ppm):
        live.choose_microphone(options)
        try:
            live.start()
            until(lambda: live.status().microphone_db > -90 or time.monotonic() > start_s)
            live.start_recording(path)
            time.sleep(max(0.0, start_s + seconds - time.monotonic()))
            assert live.stop_recording() == path
        finally:
            live.stop()


def jumps_and_clicks(path: Path) -> tuple[list[float], list[float], str]:
    """Return the times of jumps and of clicks in a recording, and the codec of its sound."""
    with av.open(str(path)) as container:
        seen = [(float(frame.time or 0), frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
    with av.open(str(path)) as container:
        codec = container.streams.audio[0].codec_context.name
        frames = list(container.decode(audio=0))
    first = float(frames[0].time or 0)
    sound = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
    jumps = [time_s for time_s, picture in seen if _centre(np.asarray(picture, np.uint8)) > SIZE / 2]
    return jumps, [first + click_s for click_s in clicks_in(sound, frames[0].sample_rate)], codec


def _centre(picture: Picture) -> float:
    return float(np.nonzero(picture[..., 0] > 160)[1].mean())


def offsets(path: Path) -> list[float]:
    """Return for each jump of a recording by how many seconds its click is late."""
    jumps, clicks, _ = jumps_and_clicks(path)
    return [min((click - jump for click in clicks), key=abs) for jump in jumps]


def main(seconds: float, ppm: float) -> None:
    """Print the offsets of one recording."""
    with tempfile.TemporaryDirectory() as folder, sound_server(Path(folder)) as server:
        for name in ("a.mp4", "a.mkv"):
            record(server, Path(folder, name), seconds, ppm=ppm)
            server.remove_pipe()
            found = 1000 * np.array(offsets(Path(folder, name)))
            drift = float(np.polyfit(np.arange(len(found)), found, 1)[0]) * 60
            low, middle, high = np.percentile(found, [5, 50, 95])
            beyond = [f"{number} s {late:+.0f}" for number, late in enumerate(found, 1) if abs(late) > 20]
            sys.stdout.write(
                f"{name}: {len(found)} clicks, late by {middle:+.1f} ms in the middle, {low:+.1f} to {high:+.1f} ms "
                f"(5 to 95 %); drift {drift:+.2f} ms a minute; beyond 20 ms: {beyond}\n"
            )


if __name__ == "__main__":
    main(float(sys.argv[1]), float(sys.argv[2]))
