"""The visible label: in its corner and nowhere else, readable on any picture, in pictures of any size."""

from __future__ import annotations

import numpy as np
import pytest

from puppet.compositing.badge import BadgePainter
from puppet.domain import Badge, Corner, Picture
from puppet.errors import ConfigError

HEIGHT, WIDTH = 180, 320


def _changed(picture: Picture, badge: Badge) -> tuple[slice, slice, Picture]:
    """Return rows, columns and the picture with the badge."""
    drawn = BadgePainter().draw(picture, badge)
    rows, columns = np.nonzero((drawn != picture).any(2))
    return slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1), drawn


@pytest.mark.parametrize("grey", [0, 128, 255])
@pytest.mark.parametrize("corner", Corner)
def test_the_badge_is_in_its_corner_and_has_contrast(corner: Corner, grey: int) -> None:
    picture = np.full((HEIGHT, WIDTH, 3), grey, np.uint8)
    rows, columns, drawn = _changed(picture, Badge(corner=corner, size=0.08))
    assert (rows.stop <= HEIGHT / 2) == corner.value.startswith("top")
    assert (columns.stop <= WIDTH / 2) == corner.value.endswith("left")
    assert int(drawn[rows, columns].max()) - int(drawn[rows, columns].min()) > 140


def test_a_larger_size_is_larger() -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    heights = []
    for size in (0.05, 0.1, 0.2):
        rows, _, _ = _changed(picture, Badge("AI", size=size))
        heights.append(rows.stop - rows.start)
    assert heights[0] < heights[1] < heights[2] <= 0.2 * HEIGHT * 1.8


@pytest.mark.parametrize("size", [(64, 64), (16, 300), (300, 16), (4, 4)])
def test_a_long_text_is_made_to_fit(size: tuple[int, int]) -> None:
    picture = np.full((*size, 3), 128, np.uint8)
    drawn = BadgePainter().draw(picture, Badge("This portrait was animated with an AI model", size=0.25))
    assert drawn.shape == picture.shape
    assert (drawn != picture).any()


def test_without_a_badge_the_picture_is_the_same_and_with_one_the_original_stays() -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    painter = BadgePainter()
    assert painter.draw(picture, None) is picture
    painter.draw(picture, Badge())
    assert (picture == 128).all()


def test_on_a_transparent_picture_the_badge_is_seen() -> None:
    clear = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    drawn = BadgePainter().draw(clear, Badge())
    assert drawn[..., 3].max() > 200
    assert drawn[0, 0, 3] == 0


@pytest.mark.parametrize(
    "wrong",
    [{"text": " "}, {"text": "a\nb"}, {"text": "x" * 61}, {"text": "généré"}, {"size": 0.0}, {"size": float("nan")}],
)
def test_a_wrong_badge_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="Badge"):
        Badge(**wrong)  # type: ignore[arg-type]
