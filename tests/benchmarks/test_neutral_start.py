"""The benchmark of the neutral pose finds bad starts, and tells a neutral pose of one frame from one of many."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import neutral_start
from benchmarks.command_line import FAILED
from tests.support.faces import PORTRAITS, face

OPEN = (1.2, 1.2)
POSES = [
    *[face(eyes=(0.1, 0.1), mouth=0.01)] * 2,
    *[face(eyes=OPEN, mouth=0.2)] * 2,
    *[face(eyes=OPEN, mouth=0.01)] * 26,
]


def test_blinks_and_open_mouths_of_the_first_half_are_bad_starts() -> None:
    assert neutral_start._bad_starts(POSES) == [0, 1, 2, 3]
    assert neutral_start._bad_starts(POSES[2:]) == []


def test_the_start_decides_the_first_frames_pose_and_not_the_pose_at_rest() -> None:
    first_lids, _, rest_lids, rest_lips, _, _ = neutral_start._figures(face(eyes=OPEN), POSES, [0, 2])
    assert float(first_lids[:-1]) > 20
    assert float(rest_lids[:-1]) < 1
    assert float(rest_lips[:-1]) < 5


def test_a_folder_without_such_clips_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["neutral_start", str(tmp_path), "--portrait", str(PORTRAITS / "maria.jpg")])
    assert neutral_start.main() == FAILED
    assert "no .mp4 with blinks and open mouths" in capsys.readouterr().err
