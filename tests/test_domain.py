"""Keypoints as a set of named arrays."""

from __future__ import annotations

import numpy as np

from puppet.domain import Keypoints

POINTS = np.array([(0, 1), (2, 3)], np.float32)
DEPTH = np.array((4, 5), np.float32)


def test_arrays_are_the_fields_that_are_present() -> None:
    assert list(Keypoints(POINTS).arrays()) == ["points"]
    found = Keypoints(POINTS, DEPTH, body=POINTS).arrays()
    assert list(found) == ["points", "depth", "body"]
    assert found["depth"] is DEPTH


def test_map_applies_a_function_to_every_field() -> None:
    doubled = Keypoints(POINTS, DEPTH).map(lambda array: 2 * array)
    assert doubled.arrays().keys() == {"points", "depth"}
    np.testing.assert_array_equal(doubled.points, 2 * POINTS)


def test_map_drops_fields_that_one_pose_lacks() -> None:
    total = Keypoints(POINTS, DEPTH).map(np.add, Keypoints(POINTS, body=POINTS))
    assert total.arrays().keys() == {"points"}
    np.testing.assert_array_equal(total.points, 2 * POINTS)
