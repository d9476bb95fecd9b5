"""Affine maps: fitting, inverse, one after the other."""

from __future__ import annotations

import numpy as np

from puppet.geometry.affine import combined, inverse, moved, similarity

POINTS = np.random.default_rng(2).normal(0, 30, (20, 2))
TURN = np.array([[1.2, -0.5, 7.0], [0.5, 1.2, -3.0]])


def test_a_similarity_is_found_again() -> None:
    np.testing.assert_allclose(similarity(POINTS, moved(POINTS, TURN)), TURN, atol=1e-9)


def test_a_reflection_is_no_similarity() -> None:
    found = similarity(POINTS, POINTS * (-1, 1))
    assert np.linalg.det(found[:, :2]) > 0


def test_one_point_that_is_repeated_does_not_divide_by_zero() -> None:
    assert np.isfinite(similarity(np.ones((4, 2)), np.zeros((4, 2)))).all()


def test_maps_are_undone_and_done_one_after_the_other() -> None:
    stretch = np.array([[2.0, 0.1, 1.0], [0, 0.5, 4.0]])
    np.testing.assert_allclose(moved(moved(POINTS, TURN), inverse(TURN)), POINTS, atol=1e-6)
    np.testing.assert_allclose(moved(POINTS, combined(TURN, stretch)), moved(moved(POINTS, TURN), stretch), atol=1e-9)
