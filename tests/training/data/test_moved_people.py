"""People move before their own backgrounds, and leave nothing of themselves behind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from puppet.domain import Picture
from puppet.training.data.moved_people import moved_people

SIDE = 64


def _seen(left: int) -> tuple[Picture, Picture]:
    """A red square before a green slope, and its silhouette."""
    frame = np.zeros((SIDE, SIDE, 3), np.uint8)
    frame[..., 1] = np.linspace(60, 120, SIDE)[None]
    silhouette = np.zeros((SIDE, SIDE), np.uint8)
    frame[20:44, left : left + 24] = (200, 0, 0)
    silhouette[20:44, left : left + 24] = 255
    return frame, silhouette


def _red(frame: Picture) -> NDArray[np.intp]:
    return np.argwhere(frame[..., 0] > 100)


def test_a_person_moves_and_the_background_stays() -> None:
    frames, silhouettes = (np.stack(part) for part in zip(_seen(20), _seen(24), _seen(24), strict=True))
    made = moved_people(frames, silhouettes, np.random.default_rng(3))
    np.testing.assert_array_equal(made[0], frames[0])
    assert made.shape == frames.shape
    middles = [_red(frame).mean(0) for frame in made]
    assert np.abs(middles[1] - _red(frames[1]).mean(0)).max() > 2
    assert np.abs(middles[1] - middles[2]).max() > 1, "each frame's person moves its own way"
    for frame in made[1:]:
        np.testing.assert_allclose(frame[2:8].astype(int), frames[0][2:8].astype(int), atol=1)


def test_where_the_person_was_is_background_now() -> None:
    frames, silhouettes = (np.stack(part) for part in zip(_seen(20), _seen(20), strict=True))
    gone = np.zeros_like(silhouettes)
    gone[0] = silhouettes[0]  # nobody in the driving frame: what is shown is what lies behind the source's person
    behind = moved_people(frames, gone, np.random.default_rng(0))[1].astype(int)
    assert behind[..., 0].max() < 20
    hidden = behind[20:44, 20:44, 1]
    assert 60 <= hidden.min() <= hidden.max() <= 120


def test_everybody_is_set_before_the_other_background() -> None:
    frames, silhouettes = (np.stack(part) for part in zip(_seen(20), _seen(20), strict=True))
    blue = np.full((SIDE, SIDE, 3), (0, 0, 180), np.uint8)
    source, driving = moved_people(frames, silhouettes, np.random.default_rng(1), blue)
    np.testing.assert_array_equal(_red(source), _red(frames[0]))
    assert not np.array_equal(_red(driving), _red(source))
    for frame in (source, driving):
        np.testing.assert_array_equal(frame[:6], blue[:6])
