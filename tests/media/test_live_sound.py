"""Sound of a microphone in a recording: its place, its length, and what is kept when the recording ends early."""

from __future__ import annotations

import shutil
from pathlib import Path

import av
import numpy as np
import pytest

from puppet.config import RecordingOptions
from puppet.domain import Floats
from puppet.media.live_sound import RATE, LiveSound
from puppet.media.video import VideoWriter
from tests.support.clips import even_times, moving_square
from tests.support.sound_server import clicks_in

START_S, FPS, COUNT = 1000.0, 30, 60


class Clicking:
    """Sound with a click at every half second since START_S; it arrives `late_s` after its capture, up to `ends_s`."""

    def __init__(self, late_s: float = 0.0, ends_s: float = 1e9) -> None:
        self.now_s = START_S
        self._late_s, self._ends_s = late_s, ends_s

    @property
    def complete_until_s(self) -> float:
        return self.now_s - self._late_s

    def read(self, start_s: float, count: int) -> Floats:
        times_s = start_s + np.arange(count) / RATE - START_S
        heard = (
            (times_s % 0.5 < 0.001) & (times_s >= 0) & (times_s + START_S < min(self._ends_s, self.complete_until_s))
        )
        return np.where(heard, 0.9, 0.0).astype(np.float32)


def _record(path: Path, source: Clicking, delay_s: float = 0.0) -> None:
    sound = LiveSound(source, delay_s, START_S)
    with VideoWriter(path, (64, 48), FPS, live=RecordingOptions(), sound_from=sound) as writer:
        for picture, time_s in zip(moving_square((64, 48), COUNT), even_times(FPS, COUNT), strict=True):
            source.now_s = START_S + time_s
            writer.write(picture, time_s)
            if time_s > 1.5:
                shutil.copy(path, path.with_name(f"killed{path.suffix}"))
        source.now_s += 1


def _heard(path: Path) -> tuple[list[float], float]:
    """Return the times of the clicks on the pictures' clock, and the seconds of sound.

    A growing MP4 has no edit list for the encoder's delay: its first picture is shown 21 ms longer instead.
    """
    with av.open(str(path)) as container:
        _, second, *_ = container.decode(video=0)
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    begin_s = float(frames[0].time or 0) - float(second.time or 0) + 1 / FPS
    samples = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
    return [begin_s + click_s for click_s in clicks_in(samples, RATE)], begin_s + len(samples) / RATE


@pytest.mark.parametrize("late_s", [0.0, 0.2])
@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv"])
def test_sound_is_where_its_picture_is_and_as_long(tmp_path: Path, name: str, late_s: float) -> None:
    _record(tmp_path / name, Clicking(late_s))
    clicks, seconds = _heard(tmp_path / name)
    expected = [click for click in (0.0, 0.5, 1.0, 1.5) if click or clicks[0] < 0.1]  # codecs soften the first samples
    assert clicks == pytest.approx(expected, abs=0.005)
    assert seconds == pytest.approx(COUNT / FPS, abs=0.08)


def test_a_delay_plays_it_later(tmp_path: Path) -> None:
    _record(tmp_path / "a.mkv", Clicking(), delay_s=0.2)
    clicks, _ = _heard(tmp_path / "a.mkv")
    assert clicks == pytest.approx([0.2, 0.7, 1.2, 1.7], abs=0.005)


def test_after_the_last_sound_there_is_silence(tmp_path: Path) -> None:
    _record(tmp_path / "a.mp4", Clicking(ends_s=START_S + 0.8))
    clicks, seconds = _heard(tmp_path / "a.mp4")
    assert max(clicks) == pytest.approx(0.5, abs=0.005)
    assert seconds == pytest.approx(COUNT / FPS, abs=0.08)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_killed_recording_has_its_sound(tmp_path: Path, name: str) -> None:
    _record(tmp_path / name, Clicking())
    clicks, _ = _heard(tmp_path / f"killed{Path(name).suffix}")
    assert any(click == pytest.approx(0.5, abs=0.005) for click in clicks)
