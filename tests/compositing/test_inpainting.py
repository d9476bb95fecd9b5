"""Painting over a hole: softly, and with pieces of the picture around it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from puppet.compositing.inpainting import patch_fill, soft_fill
from puppet.compositing.patch_search import Mask
from puppet.domain import Picture


def _stripes(width: int, height: int) -> Picture:
    wave = 128 + 90 * np.sin(np.arange(width) * 2 * np.pi / 12)
    return np.repeat(np.tile(wave, (height, 1))[..., None], 3, 2).astype(np.uint8)


def _hole(width: int, height: int) -> Mask:
    hole = np.zeros((height, width), np.uint8)
    cv2.ellipse(hole, (width // 2, height // 2), (width // 5, height // 4), 0, 0, 360, (1,), cv2.FILLED)
    return hole


@pytest.mark.parametrize("size", [(121, 96), (900, 760)])
def test_patch_search_continues_a_texture(size: tuple[int, int]) -> None:
    picture, hole = _stripes(*size), _hole(*size)
    damaged = np.where(hole[..., None] > 0, np.uint8(0), picture)
    filled = patch_fill(damaged, hole)
    assert filled is not None
    errors = [np.abs(each.astype(int) - picture)[hole > 0].mean() for each in (filled, soft_fill(damaged, hole))]
    assert errors[0] < 0.3 * errors[1]


def test_what_is_known_stays_and_what_is_hidden_has_no_effect() -> None:
    picture, hole = _stripes(130, 110), _hole(130, 110)
    fills = []
    for hidden in (0, 255):
        damaged = np.where(hole[..., None] > 0, np.uint8(hidden), picture)
        filled = patch_fill(damaged, hole)
        assert filled is not None
        np.testing.assert_array_equal(filled[hole == 0], picture[hole == 0])
        fills.append(filled)
    np.testing.assert_array_equal(fills[0], fills[1])


def test_nothing_is_filled_where_too_little_is_known() -> None:
    picture = _stripes(100, 100)
    hole = np.ones((100, 100), np.uint8)
    hole[:, :4] = 0
    assert patch_fill(picture, hole) is None


def test_nothing_is_filled_where_there_is_no_hole() -> None:
    assert patch_fill(_stripes(100, 100), np.zeros((100, 100), np.uint8)) is None


def test_a_search_can_be_stopped() -> None:
    assert patch_fill(_stripes(130, 110), _hole(130, 110), lambda: True) is None
