"""Painting over a hole: copied pieces beside texture, a soft fill beside a smooth background."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from puppet.compositing import mixed_fill as module
from puppet.compositing.inpainting import patch_fill, soft_fill
from puppet.compositing.mixed_fill import mixed_fill, texture_share
from puppet.compositing.patch_search import Mask
from puppet.domain import Picture

_SIDE = 160


def _shaded() -> Picture:
    return np.repeat(np.tile(np.linspace(60, 200, _SIDE), (_SIDE, 1))[..., None], 3, 2).astype(np.uint8)


def _rough(contrast: int = 60) -> Picture:
    noise = np.random.default_rng(1).integers(-contrast, contrast, (_SIDE, _SIDE, 1))
    return (128 + noise.repeat(3, 2)).astype(np.uint8)


def _hole() -> Mask:
    hole = np.zeros((_SIDE, _SIDE), np.uint8)
    cv2.ellipse(hole, (_SIDE // 2, _SIDE // 2), (30, 40), 0, 0, 360, (1,), cv2.FILLED)
    return hole


def test_a_smooth_background_is_filled_softly_without_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "patch_fill", lambda *given: pytest.fail("searched"))
    filled = mixed_fill(_shaded(), _hole())
    np.testing.assert_array_equal(filled, soft_fill(_shaded(), _hole()))


def _edge(left: int = 100, right: int = 121) -> Picture:
    """Return a blurred wall and a blurred door, and the edge between them."""
    picture = np.full((_SIDE, _SIDE, 3), left, np.uint8)
    picture[:, _SIDE // 2 + 8 :] = right
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 2.5), np.uint8)


def test_the_edge_of_a_blurred_door_goes_on_behind_the_person() -> None:
    assert texture_share(soft_fill(_edge(), _hole()), _hole()).max() < 0.1
    filled, soft = mixed_fill(_edge(), _hole()), soft_fill(_edge(), _hole())
    assert filled is not None
    mistakes = (np.abs(each.astype(float) - _edge())[_hole() > 0].mean() for each in (filled, soft))
    assert next(mistakes) < 0.6 * next(mistakes)


def test_pieces_of_another_light_are_not_taken_where_the_background_is_smooth(monkeypatch: pytest.MonkeyPatch) -> None:
    blotch = _edge()
    blotch[_hole() > 0] = (0, 0, 255)
    monkeypatch.setattr(module, "patch_fill", lambda *given: blotch)
    filled = mixed_fill(_edge(), _hole())
    assert filled is not None
    np.testing.assert_allclose(filled, soft_fill(_edge(), _hole()), atol=8)


def test_grain_is_not_taken_for_texture() -> None:
    filled = soft_fill(_rough(contrast=3), _hole())
    assert texture_share(filled, _hole()).max() == 0


def test_a_textured_background_is_filled_with_pieces() -> None:
    np.testing.assert_array_equal(mixed_fill(_rough(), _hole()), patch_fill(_rough(), _hole()))


def test_each_side_of_the_hole_is_filled_as_the_background_beside_it() -> None:
    middle = _SIDE // 2
    picture = np.hstack([_rough()[:, :middle], _shaded()[:, middle:]])
    share = texture_share(soft_fill(picture, _hole()), _hole())
    assert share[middle, middle - 24] > 0.9
    assert share[middle, middle + 24] < 0.1


def test_what_is_hidden_has_no_effect_and_what_is_known_stays() -> None:
    fills = [mixed_fill(np.where(_hole()[..., None] > 0, np.uint8(hidden), _rough()), _hole()) for hidden in (0, 255)]
    assert fills[0] is not None
    np.testing.assert_array_equal(fills[0], fills[1])
    np.testing.assert_array_equal(fills[0][_hole() == 0], _rough()[_hole() == 0])


def test_a_search_can_be_stopped() -> None:
    assert mixed_fill(_rough(), _hole(), lambda: True) is None
