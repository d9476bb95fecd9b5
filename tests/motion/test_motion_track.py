"""Motion tracks: a written track is read back; invalid files are refused."""

from __future__ import annotations

import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from puppet.domain import Keypoints
from puppet.errors import MediaError
from puppet.motion import motion_track
from puppet.motion.motion_track import MotionTrack, read_motion_track, write_motion_track
from tests.motion.test_keypoint_transfer import pose
from tests.support.faces import face

CASES = Path(__file__).parents[3] / "shared" / "cases" / "hostile"


def landmarks() -> MotionTrack:
    track = MotionTrack("landmarks", "face", 25.0, neutral=face())
    for index in range(4):
        track.add(None if index == 1 else face(turn_deg=(0, 5 * index, 0)), 10 + index / 25)
    return track


def assert_same(found: Keypoints | None, expected: Keypoints | None) -> None:
    assert (found is None) == (expected is None)
    if found is None or expected is None:
        return
    assert found.arrays().keys() == expected.arrays().keys()
    for name, array in found.arrays().items():
        np.testing.assert_array_equal(array, expected.arrays()[name])
        assert array.dtype == np.float32


def test_landmarks_come_back_with_their_times_and_gaps(tmp_path: Path) -> None:
    written = landmarks()
    write_motion_track(tmp_path / "track.npz", written)
    found = read_motion_track(tmp_path / "track.npz")
    assert (found.detector, found.pack, found.rate) == ("landmarks", "face", 25.0)
    assert [time_s for _, time_s in found.frames()] == pytest.approx([0, 0.04, 0.08, 0.12])
    for a, b in zip(found.poses, written.poses, strict=True):
        assert_same(a, b)
    assert_same(found.neutral, written.neutral)
    with np.load(tmp_path / "track.npz") as stored:
        assert stored["points"].shape == (3, 478, 3)


def test_learned_keypoints_keep_their_matrices(tmp_path: Path) -> None:
    track = MotionTrack("graph", "mine")
    for index in range(3):
        track.add(pose(index), index / 30)
    write_motion_track(tmp_path / "track.npz", track)
    found = read_motion_track(tmp_path / "track.npz")
    for index, (keypoints, _) in enumerate(found.frames()):
        assert_same(keypoints, pose(index))
    assert_same(found.neutral, pose(0))


def test_a_track_without_a_face_is_not_written(tmp_path: Path) -> None:
    track = MotionTrack("landmarks", "face")
    track.add(None, 0.0)
    with pytest.raises(MediaError, match="no face was found"):
        write_motion_track(tmp_path / "track.npz", track)
    assert not list(tmp_path.iterdir())


def test_a_track_ends_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(motion_track, "MOST_FRAMES", 2)
    assert len(landmarks().poses) == 2


def _changed(path: Path, **changes: Any) -> Path:
    write_motion_track(path, landmarks())
    with np.load(path) as stored:
        arrays = dict(stored)
    for name, value in changes.items():
        if value is None:
            del arrays[name]
        else:
            arrays[name] = value
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": np.array(2)}, "version 2"),
        ({"version": None}, "version"),
        ({"detector": np.array(3)}, "detector"),
        ({"detector": np.array("soup")}, "landmarks or graph"),
        ({"detector": np.array("graph")}, "points"),
        ({"neutral_points": np.full((478, 3), 1e9, np.float32)}, "at most 10000"),
        ({"times_s": np.array([0.0, 1.0, 0.5, 2.0])}, "times_s"),
        ({"times_s": np.array([0.0, np.nan, 1.0, 2.0])}, "times_s"),
        ({"rate": np.array(0.0)}, "rate"),
        ({"seen": np.zeros(4, bool)}, "seen"),
        ({"seen": np.ones(4, bool)}, "points"),
        ({"points": None}, "points"),
        ({"points": np.zeros((3, 478, 3))}, "points"),
        ({"points": np.full((3, 478, 3), np.inf, np.float32)}, "points"),
        ({"points": np.zeros((3, 5000, 3), np.float32)}, "points"),
        ({"neutral_points": np.zeros((10, 2), np.float32)}, "neutral_points"),
        ({"jacobians": np.zeros((3, 478, 2, 2), np.float32)}, "neutral_jacobians"),
        ({"points": np.array([{}], object)}, "damaged"),
    ],
)
def test_an_invalid_track_is_refused_and_its_key_named(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(MediaError, match=words) as caught:
        read_motion_track(_changed(tmp_path / "track.npz", **changes))
    assert "\n" not in str(caught.value)


def test_files_that_are_no_tracks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no such file"):
        read_motion_track(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("no track\n")
    with pytest.raises(MediaError, match="damaged"):
        read_motion_track(tmp_path / "text.npz")
    write_motion_track(tmp_path / "cut.npz", landmarks())
    (tmp_path / "cut.npz").write_bytes((tmp_path / "cut.npz").read_bytes()[:-2000])
    with pytest.raises(MediaError, match="damaged"):
        read_motion_track(tmp_path / "cut.npz")


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(motion_track, "_LARGEST_BYTES", 1000)
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("points.npy", bytes(2000))
    with pytest.raises(MediaError, match="unpacks to more"):
        read_motion_track(tmp_path / "bomb.npz")


def test_a_header_that_declares_too_large_an_array_is_refused(tmp_path: Path) -> None:
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999999999,), }"
    header += b" " * (118 - len(header) - 1) + b"\n"
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w") as archive:
        archive.writestr("points.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(MediaError, match="damaged"):
        read_motion_track(tmp_path / "bomb.npz")


# --- hostile files ---


def with_member(path: Path, name: str, content: bytes) -> Path:
    """A valid track, but for one member."""
    write_motion_track(path, landmarks())
    with zipfile.ZipFile(path) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for member, data in {**members, name: content}.items():
            archive.writestr(member, data)
    return path


def npy(header: str, data: bytes = b"") -> bytes:
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode("latin-1") + data


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"plain bytes",
        b"\x93NUMPY",
        npy(""),
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999,), }"),
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000, 1000000), }"),
        npy("{'descr': '|O', 'fortran_order': False, 'shape': (), }", b"cos\nsystem\n"),
        npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (), }", bytes(4)),
        npy("{'descr': 7, 'fortran_order': '', 'shape': ((((((((, }"),
        npy("(" * 9000),
        npy("{'descr': '<U1', 'fortran_order': False, 'shape': (), }", b"\xff\xff\xff\xff"),
        npy("{'descr': '<U2', 'fortran_order': False, 'shape': (), }", "a\x1b".encode("utf-32-le")),
    ],
)
@pytest.mark.parametrize("name", ["pack.npy", "points.npy"])
def test_hostile_member_is_one_line(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(MediaError) as refused:
        read_motion_track(with_member(tmp_path / "track.npz", name, content))
    assert "\n" not in str(refused.value)
    assert str(refused.value).isprintable()


@pytest.mark.skipif(not CASES.is_dir(), reason="needs the shared cases")
def test_shared_hostile_tracks_are_one_line() -> None:
    for path in sorted(CASES.glob("track_*.npz")):
        with pytest.raises(MediaError, match="not a motion track, or damaged") as refused:
            read_motion_track(path)
        assert "\n" not in str(refused.value)


def test_reading_a_track_takes_little_more_memory_than_its_numbers(tmp_path: Path) -> None:
    path, numbers = tmp_path / "a.npz", np.zeros((2000, 478, 3), np.float32)
    pose = Keypoints(numbers[0, :, :2], numbers[0, :, 2])
    write_motion_track(path, MotionTrack("landmarks", "face", 25.0, [i / 25 for i in range(2000)], [pose] * 2000, pose))
    tracemalloc.start()
    track = read_motion_track(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(track.poses) == 2000
    assert peak < 1.5 * numbers.nbytes
