"""ClipSet: videos, folders of frames and strips become cached clips; what cannot be used is skipped with its reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import EpsImagePlugin, Image

from puppet.domain import Picture
from puppet.errors import ConfigError
from puppet.training.data import clips as clip_module
from puppet.training.data import figures
from puppet.training.data.clips import ClipSet
from puppet.training.data.footage import read_footage
from puppet.training.recipe_schema.learned import LearnedClipsRecipe
from tests.support.clips import even_times, moving_square, truncated, write_clip
from tests.support.made_learned import moving_squares, write_strips


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clips of every kind, good and bad."""
    root = tmp_path_factory.mktemp("data") / "mixed"
    write_strips(root / "strips", 2)
    write_clip(root / "video.mp4", moving_square((96, 64), 6), even_times(50, 6))
    write_clip(root / "one.mp4", moving_square((64, 64), 1), [0.0])
    truncated(write_clip(root / "cut.mp4", moving_square((64, 64), 6), even_times(10, 6)), 0.5)
    (root / "frames").mkdir()
    for number, picture in enumerate(moving_squares(5, 64, 11)):
        Image.fromarray(picture).save(root / "frames" / f"{number}.png")
    (root / "alone").mkdir()
    Image.fromarray(moving_squares(6, 64)[0]).save(root / "alone" / "a.jpg")
    (root / "notes.txt").write_text("is not looked at")
    return root


@pytest.fixture(scope="module")
def footage(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> ClipSet:
    return read_footage(LearnedClipsRecipe(folders=(str(folder),)), 32, tmp_path_factory.mktemp("cache"))


def test_every_kind_of_clip_is_found(footage: ClipSet) -> None:
    lengths = {clip.name.removeprefix("mixed__"): clip.length for clip in footage.clips}
    assert lengths == {"strips__clip0.png": 4, "strips__clip1.png": 4, "video.mp4": 3, "frames__frames": 11}
    assert all(clip.frames.shape == (clip.length, 32, 32, 3) for clip in footage.clips)
    assert all(clip.motion > 0 for clip in footage.clips)


def test_people_are_found_once(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []

    class Seeing:
        def of(self, picture: Picture) -> Picture:
            looked.append(len(picture))
            return np.full((64, 64), picture[0, 0, 0], np.uint8)

        def close(self) -> None: ...

    monkeypatch.setattr(clip_module, "Silhouettes", Seeing)
    clips = read_footage(LearnedClipsRecipe(folders=(str(folder / "strips"),)), 32, tmp_path).clips
    for _ in range(2):
        clip_module.find_people(clips)
    assert looked == [32] * 8
    damaged = clips[0].path.with_suffix(".people.npy")
    damaged.write_bytes(damaged.read_bytes()[:99])
    clip_module.find_people(clips)
    assert looked == [32] * 12, "a damaged file is made again"
    for clip in clips:
        assert clip.silhouettes.shape == (clip.length, 64, 64)
        np.testing.assert_array_equal(clip.silhouettes[:, 5, 5], clip.frames[:, 0, 0, 0])


def test_what_cannot_be_used_is_counted_with_its_reason(footage: ClipSet) -> None:
    assert footage.skipped == {
        "mixed__one.mp4": "with one frame only",
        "mixed__cut.mp4": "damaged or not readable",
        "mixed__alone__frames": "with one frame only",
    }
    assert footage.summary() == "4 clips, 22 frames; skipped: 2 with one frame only, 1 damaged or not readable"


def test_a_strip_is_cut_where_its_frames_are(footage: ClipSet) -> None:
    clip = next(clip for clip in footage.clips if clip.name.endswith("clip1.png"))
    np.testing.assert_array_equal(clip.frames, np.stack(moving_squares(1)))


def test_numbered_frames_are_in_the_order_of_their_numbers(footage: ClipSet) -> None:
    frames = next(clip for clip in footage.clips if clip.name.endswith("frames")).frames
    wanted = np.stack([picture.reshape(32, 2, 32, 2, 3).mean((1, 3)) for picture in moving_squares(5, 64, 11)])
    assert np.abs(frames - wanted).max() <= 1


def test_a_cached_clip_is_not_read_again_until_its_file_changes(folder: Path, tmp_path: Path) -> None:
    data = LearnedClipsRecipe(folders=(str(write_strips(tmp_path / "strips", 1)),))
    first = read_footage(data, 32, tmp_path / "cache").clips[0]
    written = first.path.stat().st_mtime_ns
    assert read_footage(data, 32, tmp_path / "cache").clips[0].path.stat().st_mtime_ns == written
    assert read_footage(data, 64, tmp_path / "cache").clips[0].path != first.path
    Image.fromarray(np.hstack(moving_squares(9, frames=3))).save(tmp_path / "strips" / "clip0.png")
    assert read_footage(data, 32, tmp_path / "cache").clips[0].length == 3


@pytest.mark.parametrize("name", ["clip0.png", "frame.jpg"])
def test_a_picture_of_a_format_that_starts_a_program_is_not_opened(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strips = write_strips(tmp_path / "strips", 2)
    (strips / name).write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 32\n%%EndComments\n")
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", pytest.fail)
    found = read_footage(LearnedClipsRecipe(folders=(str(strips),)), 32, tmp_path / "cache")
    assert all(reason == "damaged or not readable" for reason in found.skipped.values())
    assert 0 < len(found.clips) <= 2


def test_held_out_clips_stay_the_same(footage: ClipSet) -> None:
    trained, held_out = footage.split(0.5)
    assert sorted(clip.name for clip in [*trained, *held_out]) == sorted(clip.name for clip in footage.clips)
    assert footage.split(0.5) == (trained, held_out)
    assert footage.split(0)[1] == []


def test_nothing_to_train_on_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folders, message in (
        ((), "No data"),
        (("nowhere",), "nowhere: no such folder"),
        ((str(tmp_path / "empty"),), "No clip to train on: 0 clips"),
    ):
        with pytest.raises(ConfigError, match=message):
            read_footage(LearnedClipsRecipe(folders=folders), 32, tmp_path / "cache")
    (tmp_path / "empty" / "broken.mp4").write_text("no video")
    with pytest.raises(ConfigError, match=r"1 damaged or not readable .*broken\.mp4"):
        read_footage(LearnedClipsRecipe(folders=(str(tmp_path / "empty"),)), 32, tmp_path / "cache")


@pytest.mark.parametrize("number", [0, 3])
def test_a_figure_is_always_the_same_and_moves_before_a_still_background(number: int) -> None:
    frames = np.stack(list(figures.clip(number, 64)))
    np.testing.assert_array_equal(frames, np.stack(list(figures.clip(number, 64))))
    assert frames.shape == (figures.FRAMES, 64, 64, 3)
    changing = np.ptp(frames.astype(int), 0).max(-1) > 20
    assert 0.05 < changing.mean() < 0.6
    assert not changing[:4].any()
    assert not np.array_equal(frames[0], next(figures.clip(number + 1, 64)))
