"""Takes: recorded live, finished after a crash, listed, renamed, deleted and restored."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from puppet.config import RecordingOptions
from puppet.controls import Controls
from puppet.domain import Keypoints, SinkKind
from puppet.errors import MediaError, SinkError
from puppet.live.session import Session
from puppet.media.video import VideoReader
from puppet.motion.motion_track import GRAPH, MotionTrack, read_motion_track
from puppet.sinks.base import Finished
from puppet.takes.motion_log import MotionLog, read_motion_log
from puppet.takes.recorder import TakeRecorder, finish_take
from puppet.takes.take import (
    GROWING_MOTION,
    MANIFEST,
    Take,
    delete_take,
    empty_trash,
    is_take,
    list_takes,
    new_manifest,
    read_take,
    recover_takes,
    rename_take,
    restore_take,
    take_folder,
)
from tests.support.clips import moving_square
from tests.support.waiting import until

SIZE = (64, 64)
FACTS = {"portrait": "Vera", "pack": "face", "engine": "fake", "controls": Controls(), "size": SIZE}


def _pose(shift: float, count: int = 3) -> Keypoints:
    return Keypoints(np.full((count, 2), shift, np.float32))


def _record(folder: Path, count: int = 20, *, close: bool = True) -> TakeRecorder:
    """Record pictures; each third has no pose, the first two neither."""
    folder.mkdir(parents=True, exist_ok=True)
    recorder = TakeRecorder(folder, new_manifest(**FACTS), MotionTrack(GRAPH, "face"))
    for index, picture in enumerate(moving_square(SIZE, count)):
        driving = None if index % 3 == 0 or index < 2 else _pose(index / 100)
        recorder.write(Finished(picture, 50 + index / 25, driving, _pose(0.5)))
    if close:
        recorder.close()
    return recorder


def _take(folder: Path) -> Take:
    _record(folder).finished()
    return read_take(folder)


def test_a_take_holds_the_picture_the_motion_and_a_manifest(tmp_path: Path) -> None:
    recorder = _record(tmp_path / "take")
    assert recorder.finished() == tmp_path / "take"
    take = read_take(tmp_path / "take")
    assert (take.manifest.frames, take.manifest.portrait, take.manifest.finished) == (20, "Vera", True)
    assert take.manifest.seconds == pytest.approx(20 / 25, abs=0.01)
    assert take.thumbnail.exists()
    track = read_motion_track(take.motion)
    with VideoReader(take.video) as reader:
        times_s = [timed.time_s for timed in reader.pictures()]
    assert track.times_s == pytest.approx(times_s, abs=1e-4)
    assert [pose is not None for pose in track.poses] == [index % 3 != 0 and index >= 2 for index in range(20)]
    assert track.poses[4] is not None
    np.testing.assert_array_equal(track.poses[4].points, _pose(0.04).points)
    assert track.neutral is not None
    np.testing.assert_array_equal(track.neutral.points, _pose(0.5).points)
    assert sorted(path.name for path in take.folder.iterdir()) == [
        "motion.npz",
        "take.json",
        "take.mp4",
        "thumbnail.jpg",
    ]


def test_a_live_session_records_a_take_with_one_pose_for_each_picture(
    open_session: Callable[..., Session], tmp_path: Path
) -> None:
    live = open_session()
    until(lambda: live.status().rendered > 3)
    live.start_recording(tmp_path)
    until(lambda: (recorded := live.status().recorded) is not None and recorded.seconds > 0.5)
    assert live.stop_recording() == tmp_path
    take = read_take(tmp_path)
    track = read_motion_track(take.motion)
    assert len(track.poses) == take.manifest.frames > 5
    assert take.manifest.portrait == "fake portrait"


def test_a_pause_is_in_neither_picture_nor_motion(open_session: Callable[..., Session], tmp_path: Path) -> None:
    live = open_session()
    live.start_recording(tmp_path)
    until(lambda: (recorded := live.status().recorded) is not None and recorded.seconds > 0.2)
    live.pause_recording(True)
    recorded = live.status().recorded
    assert recorded is not None
    assert recorded.paused
    paused_at_s = recorded.seconds
    before = live.status().rendered
    until(lambda: live.status().rendered > before + 30)
    live.pause_recording(False)
    until(lambda: (after := live.status().recorded) is not None and after.seconds > paused_at_s + 0.2)
    live.stop_recording()
    times_s = read_motion_track(read_take(tmp_path).motion).times_s
    assert max(np.diff(times_s)) < 0.3


_KILLED = """
import sys, time
from pathlib import Path
from tests.takes.test_takes import _record
_record(Path(sys.argv[1]), 60, close=False)
print("recorded", flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(os.name == "nt", reason="kill -9")
def test_a_killed_take_is_finished_at_the_next_start(tmp_path: Path) -> None:
    folder = tmp_path / "puppet-1"
    process = subprocess.Popen([sys.executable, "-c", _KILLED, str(folder)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"recorded\n"
    assert recover_takes(tmp_path) == []  # it is being recorded
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    (line,) = recover_takes(tmp_path)
    assert "puppet-1" in line
    take = read_take(folder)
    assert take.manifest.finished
    assert take.manifest.seconds > 2.4 - 1.0  # 60 pictures at 25 a second
    assert read_motion_track(take.motion).times_s[-1] > 2.4 - 1.0
    assert recover_takes(tmp_path) == []


def test_a_take_that_cannot_be_finished_yet_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _record(tmp_path / "left")

    def full(_path: Path, _track: MotionTrack) -> None:
        raise MediaError("motion.npz: cannot be written (No space left on device); choose another folder")

    monkeypatch.setattr("puppet.takes.recorder.write_motion_track", full)
    (line,) = recover_takes(tmp_path)
    assert line.startswith("left: is not finished yet (motion.npz")
    monkeypatch.undo()
    assert recover_takes(tmp_path) == []
    assert read_take(tmp_path / "left").manifest.finished


def test_a_take_that_cannot_begin_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / GROWING_MOTION).touch()
    with pytest.raises(SinkError, match=r"cannot be written \(File exists\); choose another folder$"):
        _record(tmp_path, 0)
    assert [path.name for path in tmp_path.iterdir()] == [GROWING_MOTION]


def test_a_take_is_finished_only_after_its_last_picture_is_written(tmp_path: Path) -> None:
    recorder = _record(tmp_path, close=False)
    finisher = threading.Thread(target=recorder.finished)
    finisher.start()
    assert not read_take(tmp_path).manifest.finished
    recorder.close()
    finisher.join(10.0)
    take = read_take(tmp_path)
    assert (take.manifest.finished, take.manifest.frames) == (True, 20)
    assert len(read_motion_track(take.motion).poses) == 20


def test_a_take_without_a_picture_leaves_nothing(tmp_path: Path) -> None:
    recorder = _record(tmp_path / "take", 0)
    assert recorder.finished() is None
    assert not (tmp_path / "take").exists()


def test_a_take_without_a_face_has_no_motion(tmp_path: Path) -> None:
    _record(tmp_path, 1).finished()
    assert not read_take(tmp_path).motion.exists()


def test_a_take_that_was_closed_is_finished_without_a_word(tmp_path: Path) -> None:
    _record(tmp_path / "take")
    assert recover_takes(tmp_path) == []
    assert read_take(tmp_path / "take").manifest.finished


def test_poses_of_another_pack_count_as_none(tmp_path: Path) -> None:
    log = MotionLog(tmp_path / GROWING_MOTION, MotionTrack(GRAPH, "face"))
    log.add(_pose(0.1), 0.0, None)
    log.add(_pose(0.2, 4), 0.1, _pose(0.2, 4))
    log.close()
    track = read_motion_log(tmp_path / GROWING_MOTION)
    assert track is not None
    assert [pose is not None for pose in track.poses] == [True, False]


@pytest.mark.parametrize("content", [b"\xff\xfe\n", b"{}\n", b'{"version": 1}\n', b"[" * 5000 + b"\n"])
def test_a_damaged_log_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / GROWING_MOTION).write_bytes(content)
    with pytest.raises(MediaError) as refused:
        read_motion_log(tmp_path / GROWING_MOTION)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda folder: (folder / MANIFEST).write_text("{"), "damaged"),
        (lambda folder: (folder / MANIFEST).write_text('{"version": 7}'), "version 7"),
        (lambda folder: (folder / MANIFEST).write_text('{"version": 1}'), "puppet"),
        (lambda folder: (folder / MANIFEST).unlink(), "no take"),
        (lambda folder: (folder / "take.mp4").unlink(), "lost its video"),
    ],
)
def test_a_take_that_is_damaged_is_one_line(tmp_path: Path, change: Callable[[Path], object], expected: str) -> None:
    take = _take(tmp_path / "take")
    change(take.folder)
    with pytest.raises(MediaError, match=expected):
        read_take(take.folder)


def test_takes_are_listed_newest_first_with_what_cannot_be_read(tmp_path: Path) -> None:
    for name, began in (("old", "2026-01-01T10:00:00"), ("new", "2026-02-01T10:00:00"), ("bad", "")):
        shutil.copytree(_take(tmp_path / "made").folder, tmp_path / name, dirs_exist_ok=True)
        table = json.loads((tmp_path / name / MANIFEST).read_text())
        (tmp_path / name / MANIFEST).write_text(json.dumps({**table, "began": began}) if began else "{")
        shutil.rmtree(tmp_path / "made")
    takes, problems = list_takes(tmp_path)
    assert [take.name for take in takes] == ["new", "old"]
    assert len(problems) == 1


def test_a_take_can_be_renamed_deleted_and_restored(tmp_path: Path) -> None:
    take = rename_take(_take(tmp_path / "one"), " Greeting to Öm ")
    assert take.video.exists()
    assert take.name == "Greeting to Öm"
    with pytest.raises(MediaError, match="cannot be used"):
        rename_take(take, "../out")
    (tmp_path / "taken").mkdir()
    with pytest.raises(MediaError, match="exists already"):
        rename_take(take, "taken")
    deleted = delete_take(take)
    assert list_takes(tmp_path) == ([], [])
    assert restore_take(deleted, take).video.exists()
    delete_take(take)
    empty_trash(tmp_path)
    assert not is_take(take.folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["taken"]


def test_two_takes_of_one_second_have_names_of_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("puppet.takes.take.recordings_folder", lambda: tmp_path / "Puppet")
    first, second = take_folder(), take_folder()
    assert first != second
    assert first.is_dir()


def test_finishing_twice_changes_nothing(tmp_path: Path) -> None:
    take = _take(tmp_path)
    assert finish_take(tmp_path) == take
    assert replace(take.manifest, finished=True) == take.manifest


def test_a_folder_that_vanishes_while_recording_is_one_line(
    open_session: Callable[..., Session], tmp_path: Path
) -> None:
    folder = tmp_path / "take"
    folder.mkdir()
    live = open_session()
    live.start_recording(folder)
    until(lambda: (recorded := live.status().recorded) is not None and recorded.seconds > 0.1)
    folder.rename(tmp_path / "moved")
    until(lambda: SinkKind.RECORDER in live.status().failed_sinks)
    assert "was deleted or moved" in live.status().failed_sinks[SinkKind.RECORDER]
    assert live.stop_recording() is None


def test_the_replay_of_a_session_is_saved_while_it_goes_on(
    open_session: Callable[..., Session], tmp_path: Path
) -> None:
    live = open_session()
    with pytest.raises(SinkError, match="is off"):
        live.save_replay(tmp_path / "a.mp4")
    live.choose_recording(RecordingOptions(hardware=False, replay=True))
    before = live.status().rendered
    until(lambda: live.status().rendered > before + 20)
    with VideoReader(live.save_replay(tmp_path / "a.mp4")) as reader:
        assert len(list(reader.pictures())) > 5
    assert live.status().sinks == {}
    live.choose_recording(RecordingOptions())
    with pytest.raises(SinkError, match="is off"):
        live.save_replay(tmp_path / "b.mp4")
