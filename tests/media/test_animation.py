"""Animated and single pictures as clips."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from puppet.errors import MediaError
from puppet.media.animation import AnimationReader, holds_still, open_clip
from puppet.media.video import VideoReader
from tests.support.cases import shared_case
from tests.support.clips import even_times, moving_square, write_clip


def _animation(path: Path, durations_ms: list[int], **options: Any) -> Path:
    first, *others = (Image.fromarray(picture) for picture in moving_square((96, 72), len(durations_ms)))
    first.save(path, save_all=True, append_images=others, duration=durations_ms, **options)
    return path


@pytest.mark.parametrize("name", ["a.webp", "a.png", "a.gif", "a.avif", "none"])
def test_an_animation_plays_at_its_own_times(tmp_path: Path, name: str) -> None:
    path = _animation(tmp_path / name, [40, 200, 40, 60], **({"format": "WEBP"} if name == "none" else {}))
    with open_clip(path) as clip:
        assert (clip.size, clip.frame_count, clip.has_sound) == ((96, 72), 4, False)
        timed = list(clip.pictures())
        assert [one.time_s for one in timed] == pytest.approx([0.0, 0.04, 0.24, 0.28])
        assert float(clip.rate) == pytest.approx(3 / 0.28, rel=0.01)
        for one, picture in zip(timed, moving_square((96, 72), 4), strict=True):
            assert np.abs(one.picture.astype(int) - picture).mean() < 10
        assert [one.time_s for one in clip.pictures()] == [one.time_s for one in timed], "it can begin again"


def test_pictures_without_a_time_are_shown_as_browsers_do(tmp_path: Path) -> None:
    with open_clip(_animation(tmp_path / "a.gif", [0, 0, 0])) as clip:
        assert [one.time_s for one in clip.pictures()] == pytest.approx([0.0, 0.1, 0.2])


def test_a_picture_that_stands_for_an_animation_is_not_part_of_it(tmp_path: Path) -> None:
    with open_clip(_animation(tmp_path / "a.png", [50, 50, 50], default_image=True)) as clip:
        assert clip.frame_count == len(list(clip.pictures())) == 2


def test_a_single_picture_is_a_clip_of_one_frame(tmp_path: Path) -> None:
    Image.fromarray(moving_square((96, 72), 1)[0]).save(tmp_path / "a.jpg")
    assert holds_still(tmp_path / "a.jpg")
    with open_clip(tmp_path / "a.jpg") as clip:
        assert (clip.frame_count, clip.rate) == (1, Fraction(25))
        assert [one.time_s for one in clip.pictures()] == [0.0]


def test_an_animation_without_its_end_is_used_as_far_as_it_goes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = _animation(tmp_path / "a.gif", [100] * 10)
    path.write_bytes(path.read_bytes()[:-200])
    with open_clip(path) as clip:
        assert 5 <= len(list(clip.pictures())) <= 10
    assert len(caplog.records) <= 1


def test_videos_and_animations_are_told_by_their_content(tmp_path: Path) -> None:
    video = write_clip(tmp_path / "a.mp4", moving_square((64, 48), 3), even_times(25, 3)).rename(tmp_path / "a.gif")
    assert not holds_still(video)
    with open_clip(video) as clip:
        assert isinstance(clip, VideoReader)
    animation = _animation(tmp_path / "b.mp4", [50, 50], format="GIF")
    assert not holds_still(animation)
    with open_clip(animation) as clip:
        assert isinstance(clip, AnimationReader)


@pytest.mark.parametrize("share", [0.02, 0.3])
def test_an_animation_of_which_nothing_is_left_is_refused(tmp_path: Path, share: float) -> None:
    path = _animation(tmp_path / "a.webp", [50] * 5)
    path.write_bytes(path.read_bytes()[: max(20, int(share * path.stat().st_size))])
    with pytest.raises(MediaError) as refused:
        open_clip(path)
    assert "\n" not in str(refused.value)


def test_the_shared_animation_plays() -> None:
    with open_clip(shared_case("driver.webp")) as clip:
        assert [one.time_s for one in clip.pictures()] == pytest.approx(even_times(10, 10))
