"""Calibrations in their file: what is found again, and what a damaged file does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from puppet.domain import BODY_KEYPOINTS, SavedNeutral
from puppet.geometry.landmarks import rest_pose
from puppet.userdata.calibrations import Calibrations

BODY = np.linspace(-1, 1, 2 * BODY_KEYPOINTS, dtype=np.float32).reshape(-1, 2)
SAVED = SavedNeutral(replace(rest_pose(), body=BODY), (640.5, 300.25, 410.0), (1280, 720), True, "face", 0.87)


def test_a_calibration_is_found_by_camera_and_portrait(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "calibrations.json"
    Calibrations(path).keep("Studio Cam", "Vera", SAVED)
    Calibrations(path).keep("Studio Cam", "Bo", replace(SAVED, mirror=False, match=None))
    found = Calibrations(path)
    vera = found.find("Studio Cam", "Vera")
    assert vera is not None
    assert replace(vera, pose=SAVED.pose) == SAVED
    for name, array in SAVED.pose.arrays().items():
        np.testing.assert_allclose(getattr(vera.pose, name), array, atol=1e-5)
    other = found.find("Studio Cam", "Cy")
    assert other is not None
    assert not other.mirror  # the newest of the camera
    assert found.find("Studio Cam", "Cy", exact=True) is None
    assert found.find("", "Vera") is None


def test_the_newest_replaces_the_one_before_and_the_oldest_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "calibrations.json"
    kept = Calibrations(path)
    for number in range(61):
        kept.keep("Cam", str(number), SAVED)
    kept.keep("Cam", "1", replace(SAVED, match=0.5))
    found = Calibrations(path)
    assert found.find("Cam", "0", exact=True) is None
    one = found.find("Cam", "1", exact=True)
    assert one is not None
    assert one.match == 0.5


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1]",
        b"\xff\xfe",
        b'{"calibrations": [{"camera": "x"}]}',
        b'{"calibrations": 3}',
        b"[" * 100_000,
        b'{"calibrations": [{"camera": "x", "portrait": "y", "points": [[1, 2, NaN]], "box": [1, 2, 3]}]}',
    ],
)
def test_a_damaged_file_is_set_aside_with_a_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "calibrations.json"
    path.write_bytes(content)
    found = Calibrations(path, datetime(2026, 1, 2))
    assert "The calibrations were damaged" in found.warning
    assert found.find("x", "y") is None
    assert (tmp_path / "calibrations.damaged-20260102-000000.json").read_bytes() == content
    found.keep("x", "y", SAVED)
    assert not Calibrations(path).warning
