"""Repeated parts of the person beside the head are removed; hair and the person are not touched."""

from __future__ import annotations

import numpy as np
import pytest

from puppet.compositing.specks import Specks
from puppet.domain import Floats, Picture

STEP = 4
SIDE = 60  # cells


def _specks() -> Specks:
    """A person 30 cells wide, and a strand of hair of two."""
    matte = np.zeros((SIDE * STEP, SIDE * STEP), np.uint8)
    matte[60:, 60:180] = 255
    matte[20:60, 100:108] = 255
    return Specks(matte, STEP)


def _rest() -> Floats:
    columns, rows = np.meshgrid(np.arange(SIDE, dtype=np.float32), np.arange(SIDE, dtype=np.float32))
    return np.dstack([columns, rows])


def _erased(at: Floats) -> Picture:
    """White: what was replaced by the plate."""
    picture = np.zeros((SIDE * STEP, SIDE * STEP, 3), np.uint8)
    _specks().erase(picture, np.full_like(picture, 255), at[..., 0].copy(), at[..., 1].copy())
    return picture


def test_at_rest_nothing_is_removed() -> None:
    assert not _erased(_rest()).any()


def test_a_repeated_piece_of_the_person_is_removed_with_its_rim() -> None:
    at = _rest()
    at[25:29, 50:55] = at[25:29, 25:30]  # a piece of the person shown again, to the right
    erased = _erased(at)
    assert erased[100:116, 200:220].all()
    assert not erased[:, : 45 * STEP].any()
    rim = erased[108, 45 * STEP : 48 * STEP].astype(int)
    assert (np.diff(rim, axis=0) >= 0).all()
    assert len(np.unique(rim)) > 3  # no step from cell to cell


@pytest.mark.parametrize("piece", [np.s_[5:12, 24:28], np.s_[25:28, 20:23]])
def test_what_is_thin_is_taken_for_hair_and_stays(piece: tuple[slice, slice]) -> None:
    at = _rest()
    height, width = piece[0].stop - piece[0].start, piece[1].stop - piece[1].start
    at[2 : 2 + height, 48 : 48 + width] = at[piece] if piece[0].start < 10 else at[20:23, 14:17]
    assert not _erased(at).any()


def test_a_large_part_is_not_a_speck() -> None:
    at = _rest()
    at[20:50, 46:58] = at[20:50, 20:32]
    at[:, 44:46] = 0
    assert not _erased(at).any()
