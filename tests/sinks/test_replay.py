"""Instant replay: the newest half minute, saved with its sound, from a key picture on."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from puppet.config import MARK, RecordingOptions
from puppet.errors import SinkError
from puppet.media.live_sound import LiveSound
from puppet.media.mark_reader import read_mark
from puppet.media.video import VideoReader
from puppet.sinks.base import Finished
from puppet.sinks.replay import KEPT_S, Replay

FPS = 10


class Silence:
    complete_until_s = 1e9

    def read(self, start_s: float, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return np.zeros(count, np.float32)


def _write(replay: Replay, seconds: float, begin_s: float = 100.0, size: tuple[int, int] = (64, 48)) -> None:
    for index in range(round(seconds * FPS)):
        time_s = begin_s + index / FPS
        picture = np.full((size[1], size[0], 3), int(time_s) % 200, np.uint8)
        replay.write(Finished(picture, time_s))


@pytest.fixture
def replay() -> Replay:
    return Replay(MARK, RecordingOptions(hardware=False))


def test_the_last_half_minute_is_saved_with_sound_and_mark(replay: Replay, tmp_path: Path) -> None:
    _write(replay, 50.0)
    path = replay.save(tmp_path / "a.mp4", LiveSound(Silence()))
    with VideoReader(path) as reader:
        pictures = list(reader.pictures())
        assert reader.has_sound
    length_s = pictures[-1].time_s - pictures[0].time_s
    assert KEPT_S <= length_s < KEPT_S + 4
    assert int(pictures[-1].picture.mean()) == pytest.approx(149, abs=3)
    assert int(pictures[0].picture.mean()) == pytest.approx(149 - length_s, abs=3)
    assert read_mark(path).ai_made
    with av.open(str(path)) as media:
        sound = media.streams.audio[0]
        assert sound.duration is not None
        assert sound.time_base is not None
        assert float(sound.duration * sound.time_base) == pytest.approx(length_s, abs=0.2)


def test_saving_twice_goes_on_and_another_size_begins_anew(replay: Replay, tmp_path: Path) -> None:
    _write(replay, 2.0)
    replay.save(tmp_path / "a.mp4", None)
    _write(replay, 2.0, 102.0)
    replay.save(tmp_path / "b.mp4", None)
    _write(replay, 1.0, 104.0, (80, 60))
    replay.save(tmp_path / "c.mp4", None)
    lengths = []
    for name in "abc":
        with VideoReader(tmp_path / f"{name}.mp4") as reader:
            lengths.append(len(list(reader.pictures())))
    assert lengths == [20, 40, 10]


def test_nothing_kept_and_a_file_that_exists_are_one_line(replay: Replay, tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="Nothing to save yet"):
        replay.save(tmp_path / "a.mp4", None)
    _write(replay, 1.0)
    (tmp_path / "a.mp4").write_text("precious")
    with pytest.raises(SinkError, match="not saved"):
        replay.save(tmp_path / "a.mp4", None)
    assert (tmp_path / "a.mp4").read_text() == "precious"
    replay.close()
    with pytest.raises(SinkError, match="Nothing to save yet"):
        replay.save(tmp_path / "b.mp4", None)
