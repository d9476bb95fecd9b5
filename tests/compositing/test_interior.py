"""Inside of a moved face the person goes on where the flow reaches beyond them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from puppet.compositing.interior import Interior
from puppet.domain import Floats

STEP, SIDE, UNIT = 4, 40, 8.0
FACE = np.array([[5, 5], [35, 5], [35, 35], [5, 35]], np.float32)


def _matte(person_px: int) -> NDArray[np.uint8]:
    """The person is at the left, `person_px` wide."""
    matte = np.zeros((SIDE * STEP, SIDE * STEP), np.uint8)
    matte[:, :person_px] = 255
    return matte


def _places(shift: float = 0.0) -> tuple[Floats, Floats]:
    """Every point of the output shows the cell `shift` cells to its right."""
    y, x = (axis.astype(np.float32) * UNIT for axis in np.mgrid[:SIDE, :SIDE])
    return x + np.float32(shift * UNIT), y


def test_places_beyond_the_person_go_to_its_outline_inside_the_face_alone() -> None:
    x, y = _places(10)
    Interior(_matte(80), STEP).keep(x, y, _places(), FACE, UNIT)
    assert x[8:32, 8:32].max() <= 19 * UNIT + 1e-3  # the person's last cell
    np.testing.assert_allclose(x[8:32, 8], 18 * UNIT)  # what shows the person already does not change
    np.testing.assert_allclose(x[:, 36:], _places(10)[0][:, 36:])
    np.testing.assert_allclose(y, _places()[1])


def test_a_face_that_lacks_only_its_outline_does_not_change() -> None:
    x, y = _places(-4)
    Interior(_matte(124), STEP).keep(x, y, _places(), FACE, UNIT)  # in the last of the face's columns
    np.testing.assert_array_equal(x, _places(-4)[0])


def test_a_hole_of_an_eighth_of_the_face_is_filled() -> None:
    x, y = _places(-4)
    Interior(_matte(104), STEP).keep(x, y, _places(), FACE, UNIT)  # from the 30th column on
    assert x[10:30, 29:33].max() <= 25 * UNIT + 1e-3


def test_a_person_at_rest_is_not_changed_however_bad_the_matte() -> None:
    x, y = _places()
    Interior(_matte(80), STEP).keep(x, y, _places(), FACE, UNIT)
    np.testing.assert_array_equal(x, _places()[0])


@pytest.mark.parametrize("person_px", [0, SIDE * STEP])
def test_without_an_outline_nothing_changes(person_px: int) -> None:
    x, y = _places(10)
    Interior(_matte(person_px), STEP).keep(x, y, _places(), FACE, UNIT)
    np.testing.assert_array_equal(x, _places(10)[0])


def test_a_face_outside_of_the_output_changes_nothing() -> None:
    x, y = _places(10)
    Interior(_matte(80), STEP).keep(x, y, _places(), FACE - 100, UNIT)
    np.testing.assert_array_equal(x, _places(10)[0])
