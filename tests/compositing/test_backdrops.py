"""Replacements of the background behind a person who was cut out."""

from __future__ import annotations

import numpy as np
import pytest

from puppet.compositing.backdrops import backdrop, over, over_chequers, with_straight_alpha
from puppet.domain import Background, BackgroundKind, Picture


@pytest.fixture
def own() -> Picture:
    return np.random.default_rng(0).integers(0, 256, (90, 160, 3), np.uint8)


def test_a_colour_fills_the_picture(own: Picture) -> None:
    filled = backdrop(Background(BackgroundKind.COLOUR, "#1020f0"), own, None)
    assert filled.shape == own.shape
    assert (filled == (0x10, 0x20, 0xF0)).all()


def test_a_blurred_background_keeps_its_mean(own: Picture) -> None:
    blurred = backdrop(Background(BackgroundKind.BLUR), own, None)
    assert abs(float(blurred.mean()) - float(own.mean())) < 2
    assert blurred.std() < 0.4 * own.std()


@pytest.mark.parametrize("size", [(50, 400), (400, 50), (90, 160), (1000, 1000)])
def test_a_picture_covers_everything_and_keeps_its_middle(own: Picture, size: tuple[int, int]) -> None:
    chosen = np.zeros((*size, 3), np.uint8)
    chosen[size[0] // 2 :] = 255
    covering = backdrop(Background(BackgroundKind.PICTURE, picture="any.png"), own, chosen)
    assert covering.shape == own.shape
    assert covering[: 90 // 2 - 8].max() < 10
    assert covering[90 // 2 + 8 :].min() > 245


def test_straight_colours_over_any_background_are_the_premultiplied_picture_over_it(own: Picture) -> None:
    alpha = np.random.default_rng(1).integers(0, 256, own.shape[:2], np.uint8)
    premultiplied = (own * (alpha[..., None] / 255)).round().astype(np.uint8)
    straight = with_straight_alpha(premultiplied, alpha)
    assert (straight[..., 3] == alpha).all()
    share = alpha[..., None] / 255
    background = np.full_like(own, (255, 0, 255))
    expected = over(np.dstack([premultiplied, alpha]), background)
    opaque = alpha > 30  # below, colours are those of the neighbourhood
    found = share * straight[..., :3] + (1 - share) * background
    np.testing.assert_allclose(found[opaque], expected[opaque], atol=2)


def test_transparent_pixels_have_the_colours_of_the_person_beside_them() -> None:
    picture, alpha = np.zeros((40, 40, 3), np.uint8), np.zeros((40, 40), np.uint8)
    picture[:, :20], alpha[:, :20] = (200, 100, 50), 255
    straight = with_straight_alpha(picture, alpha)
    np.testing.assert_allclose(straight[20, 20:23, :3], [(200, 100, 50)] * 3, atol=1)


def test_transparency_is_shown_over_chequers() -> None:
    picture = np.zeros((64, 64, 4), np.uint8)
    picture[:32, :, 3] = 255
    shown = over_chequers(picture)
    assert shown[:32].max() == 0
    assert len(np.unique(shown[32:])) == 2
