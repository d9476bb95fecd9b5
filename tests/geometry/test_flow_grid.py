"""Measured motion on its grid: places of cells, another square's cells, two motions one after the other."""

import numpy as np

from puppet.domain import Floats
from puppet.geometry.flow_grid import PIXELS, SIDE, aligned, followed, places

CENTRE = np.zeros(2)


def _moving(x: float, y: float, certainty: float) -> Floats:
    flow = np.empty((SIDE, SIDE, 3), np.float32)
    flow[:] = certainty * x, certainty * y, certainty
    return flow


def test_a_cell_lies_in_the_middle_of_its_pixels() -> None:
    pixels = np.linspace(-1, 1, PIXELS * SIDE, dtype=np.float32)
    np.testing.assert_allclose(places(), pixels.reshape(SIDE, PIXELS).mean(1), atol=1e-6)


def test_cells_follow_the_size_and_the_place_of_the_other_square() -> None:
    line = places()
    across = np.dstack(np.meshgrid(line, line))  # every cell holds its own place
    found = aligned(across, 1.25, np.array([0.1, -0.2]), np.array([0.3, 0.05]))
    expected = (line - 0.3) / 1.25 + 0.1
    inside = np.abs(expected) < line[-1]
    np.testing.assert_allclose(found[SIDE // 2, inside, 0], expected[inside], atol=2e-3)


def test_values_are_repeated_beyond_the_first_square() -> None:
    corner = np.zeros((SIDE, SIDE, 2), np.float32)
    corner[:4, :4] = 1
    found = aligned(corner, 0.25, CENTRE, CENTRE)
    np.testing.assert_array_equal(found[:8, :8], 1)


def test_two_motions_add_up_and_are_as_certain_as_both() -> None:
    found = followed(_moving(0.1, 0.0, 0.5), _moving(0.05, -0.2, 0.8))
    np.testing.assert_allclose(found[..., 2], 0.4, atol=1e-6)
    np.testing.assert_allclose(
        found[..., :2] / found[..., 2:], np.broadcast_to((0.15, -0.2), (SIDE, SIDE, 2)), atol=1e-5
    )


def test_the_second_motion_is_that_of_the_place_where_the_first_one_leads() -> None:
    half = _moving(0.0, 0.0, 1.0)
    half[:, SIDE // 2 :, 0] = 0.3  # the right half moves on
    shift = 8 * float(places()[1] - places()[0])
    found = followed(_moving(shift, 0.0, 1.0), half)
    np.testing.assert_allclose(found[4, : SIDE // 2 - 8, 0], shift, atol=1e-5)
    np.testing.assert_allclose(found[4, SIDE // 2 - 8 : SIDE // 2, 0], shift + 0.3, atol=1e-5)
