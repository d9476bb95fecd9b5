"""Preparation: what is kept of a folder of clips, what is skipped and why, and what the cache saves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from puppet.errors import ConfigError, MediaError
from puppet.media.pictures import write_picture
from puppet.training.data import face_clips
from puppet.training.data.clips import Clip, ClipSet, is_held_out
from puppet.training.data.face_clips import read_face_clips
from puppet.training.recipe_schema.face import FaceClipsRecipe
from tests.support.clips import even_times, moving_face, moving_square, truncated, write_clip
from tests.support.faces import in_frame, portrait


def prepare(folders: list[Path], cache: Path) -> ClipSet:
    return read_face_clips(FaceClipsRecipe(folders=tuple(map(str, folders))), cache)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clips of every kind that data folders are found to hold."""
    root = tmp_path_factory.mktemp("data") / "mixed"
    root.mkdir()
    face = moving_face((256, 256), 8)
    write_clip(root / "slow.mp4", face[:4], even_times(5, 4))
    write_clip(root / "fast.mp4", face, even_times(50, 8))
    write_clip(root / "one.mp4", face[:1], [0.0])
    write_clip(root / "faceless.mp4", moving_square((128, 128), 3), even_times(10, 3))
    truncated(write_clip(root / "cut.mp4", face, even_times(10, 8)), 0.6)
    (root / "text.mp4").write_text("no video")
    (root / "notes.txt").write_text("is not looked at")
    left, right = (in_frame("vera.jpg", x=x, y=180, height=150, size=(640, 360)) for x in (130, 500))
    write_clip(root / "leaping.mp4", [left] * 2 + [right] * 4, even_times(10, 6))
    small = in_frame("kenji.jpg", x=520, y=180, height=70, size=(640, 360))
    write_clip(root / "two.mp4", [np.hstack([left[:, :320], small[:, 320:]])] * 3, even_times(10, 3))
    (root / "vera").mkdir()
    write_picture(root / "vera" / "a.png", face[0])
    write_picture(root / "vera" / "b.png", face[3])
    write_picture(root / "alone.png", portrait("nina.jpg"))
    return root


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def prepared(folder: Path, cache: Path) -> ClipSet:
    return prepare([folder], cache)


def named(prepared: ClipSet, name: str) -> Clip:
    return next(clip for clip in prepared.clips if clip.name == f"mixed__{name}")


def test_every_file_is_used_or_skipped_with_a_reason(prepared: ClipSet) -> None:
    assert {clip.name.removeprefix("mixed__") for clip in prepared.clips} == {
        *("fast.mp4", "leaping.mp4", "slow.mp4", "two.mp4", "vera__pictures")
    }
    reasons = {name.removeprefix("mixed__"): reason for name, reason in prepared.skipped.items()}
    assert reasons == {
        "one.mp4": "a face in only one frame",
        "faceless.mp4": "no face found",
        "cut.mp4": "damaged or not readable",
        "text.mp4": "damaged or not readable",
        "alone__pictures": "only one picture of the person",
    }
    assert "2 damaged or not readable" in prepared.summary()


def test_clips_are_arrays_of_one_kind(prepared: ClipSet) -> None:
    for clip in prepared.clips:
        count = len(clip.frames)
        assert clip.frames.shape == (count, 256, 256, 3)
        assert clip.points.shape == (count, 478, 3)
        assert clip.silhouettes.shape == (count, 64, 64)
        assert np.abs(clip.points[..., :2].mean(1)).max() < 1
        middle = clip.silhouettes[:, 30:34, 30:34].mean()
        assert middle > 128 > clip.silhouettes[:, :4, :4].mean()


def test_a_fast_clip_is_thinned_and_a_slow_one_kept_whole(prepared: ClipSet) -> None:
    assert len(named(prepared, "fast.mp4").frames) == 2
    assert len(named(prepared, "slow.mp4").frames) == 4


def test_only_the_longest_shot_of_a_clip_is_kept(prepared: ClipSet) -> None:
    points = named(prepared, "leaping.mp4").points
    assert 2 <= len(points) <= 4
    assert float(np.ptp(points[:, 1, 0])) < 0.1


def test_of_two_people_the_larger_face_is_framed(prepared: ClipSet) -> None:
    height = np.ptp(named(prepared, "two.mp4").points[:, :, 1], axis=1)
    assert np.all((height > 0.8) & (height < 1.2))  # about half of the square


def test_what_is_cached_is_not_read_again(
    folder: Path, cache: Path, prepared: ClipSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise MediaError(f"{path}: read again")

    monkeypatch.setattr(face_clips, "VideoReader", refuse)
    again = prepare([folder], cache)
    assert [clip.name for clip in again.clips] == [clip.name for clip in prepared.clips]
    np.testing.assert_array_equal(named(again, "slow.mp4").points, named(prepared, "slow.mp4").points)


def test_a_changed_clip_and_a_damaged_cache_are_read_again(tmp_path: Path) -> None:
    folder, cache = tmp_path / "some", tmp_path / "cache"
    folder.mkdir()
    face = moving_face((256, 256), 5)
    for name in ("changed", "damaged"):
        write_clip(folder / f"{name}.mp4", face[:2], even_times(10, 2))
    prepare([folder], cache)
    write_clip(folder / "changed.mp4", face, even_times(10, 5))
    truncated(next(cache.glob("some__damaged.mp4.*.landmarks.npy")), 0.5)
    again = prepare([folder], cache)
    assert [len(clip.frames) for clip in again.clips] == [5, 2]


def test_a_full_disk_is_one_line_and_leaves_no_half_clip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(MediaError, match="No space left"):
        prepare([folder], tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_folders_are_checked_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such folder"):
        prepare([tmp_path / "missing"], tmp_path / "cache")
    for parent in ("a", "b"):
        (tmp_path / parent / "same").mkdir(parents=True)
    with pytest.raises(ConfigError, match="same"):
        prepare([tmp_path / "a" / "same", tmp_path / "b" / "same"], tmp_path / "cache")


def test_a_share_of_people_is_held_out_by_name() -> None:
    people = [f"person {index}" for index in range(2000)]
    held = {person for person in people if is_held_out(person, 0.1)}
    assert 140 < len(held) < 260
    assert held <= {person for person in people if is_held_out(person, 0.2)}
    assert not any(is_held_out(person, 0) for person in people)
