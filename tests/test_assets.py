"""Bundled assets: portraits that every stage can use, and a clip with all motions of a face."""

from __future__ import annotations

import tomllib
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import puppet
from puppet.geometry.crop import face_box
from puppet.geometry.face_shape import openness, shape_of
from puppet.media.pictures import read_picture
from puppet.media.portrait_file import EXTENSION, read_portrait
from puppet.media.video import VideoReader
from puppet.tracking.tracker import MediaPipeTracker, largest_face

ASSETS = Path(puppet.__file__).parent / "assets"
AVATARS = ASSETS / "avatars"
LISTED = tomllib.loads((AVATARS / "avatars.toml").read_text(encoding="utf-8"))["avatar"]
RATE = 30

Floats = NDArray[np.float64]


@pytest.fixture(scope="module")
def performance() -> Floats:
    """The clip's landmarks as the tracker sees them, (600, 478, 3); a frame without a face is NaN."""
    missing = np.full((478, 3), np.nan)
    with VideoReader(ASSETS / "clip.mp4") as clip, closing(MediaPipeTracker()) as tracker:
        faces = [tracker.locate(timed.picture) for timed in clip.pictures()]
    return np.array([missing if face is None else face.points for face in faces], np.float64)


def test_every_picture_in_the_folder_is_listed_with_licence_and_source() -> None:
    shipped = {path.name for path in AVATARS.iterdir() if path.suffix != ".toml"}
    assert {entry["file"] for entry in LISTED} == shipped
    assert all(entry["licence"] in ("CC0-1.0", "MIT", "public domain") and entry["source"] for entry in LISTED)


def test_the_document_of_the_assets_names_every_file() -> None:
    document = (Path(puppet.__file__).parents[1] / "docs" / "assets.md").read_text(encoding="utf-8")
    assert all(f"`avatars/{entry['file']}`" in document for entry in LISTED)


def test_there_are_photographs_a_painting_and_a_drawing() -> None:
    assert len(LISTED) >= 8
    assert {entry["kind"] for entry in LISTED} == {"photograph", "painting", "drawing"}


def test_pictures_are_files_of_400_kilobytes_at_most() -> None:
    sizes = {entry["file"]: (AVATARS / entry["file"]).stat().st_size for entry in LISTED}
    assert max(size for file, size in sizes.items() if not file.endswith(EXTENSION)) <= 400_000
    assert sum(sizes.values()) <= 3_500_000


def test_one_portrait_is_of_several_pictures_with_open_and_closed_lips_and_eyes() -> None:
    shots = read_portrait(AVATARS / "amara.portrait", strict=True)
    faces = [largest_face(shot.picture)[0] for shot in shots]
    lips, eyes = np.array([openness(shape_of(face_box(face).to_norm(face.points))) for face in faces]).T
    assert len(shots) == 12
    assert lips[0] < 0.05 < 0.2 < lips.max()
    assert eyes.min() < 0.3 * eyes[0]


def test_the_licence_of_the_computed_people_ships_with_them() -> None:
    assert "MIT License" in (ASSETS / "licences" / "Portraits of OpenPeople.txt").read_text(encoding="utf-8")


def test_one_portrait_is_wide_so_that_the_whole_picture_shows_more_than_the_crop() -> None:
    height, width, _ = read_picture(AVATARS / "nina.jpg").shape
    assert width > 1.5 * height


@pytest.mark.parametrize(
    "entry", [entry for entry in LISTED if not entry["file"].endswith(EXTENSION)], ids=lambda entry: str(entry["file"])
)
def test_a_portrait_shows_one_face_of_about_half_its_height(entry: dict[str, str]) -> None:
    picture = read_picture(AVATARS / entry["file"])
    face, count = largest_face(picture)
    assert count == 1
    assert min(picture.shape[:2]) >= 1024
    least = 0.25 if entry["file"] == "cavalier.jpg" else 0.42  # a whole painting, with hat and ruff
    assert least <= np.ptp(face.points[:, 1]) / picture.shape[0] <= 0.60


def test_the_clip_is_twenty_seconds_small_and_starts_at_once() -> None:
    path = ASSETS / "clip.mp4"
    with VideoReader(path) as clip:
        assert (clip.size, int(clip.rate), clip.frame_count) == ((1280, 720), RATE, 600)
    assert path.stat().st_size <= 6_000_000
    start = path.read_bytes()[:4096]
    assert b"moov" in start  # before the pictures, so that players need not read to the end


def test_tracking_holds_on_every_frame_of_the_clip(performance: Floats) -> None:
    assert len(performance) == 600
    assert not np.isnan(performance).any()


def test_the_clip_begins_and_ends_with_the_same_still_neutral_face(performance: Floats) -> None:
    first = performance[: int(1.5 * RATE)]
    height = _between(first, 10, 152).mean()
    assert np.abs(first - first.mean(axis=0)).max() / height < 0.03
    assert np.abs(performance[-5:].mean(axis=0) - first.mean(axis=0)).max() / height < 0.05
    assert _mouth(first).max() < 0.03
    assert _eyes(first).min() > 0.25


def test_the_clip_blinks_speaks_and_turns(performance: Floats) -> None:
    eyes = _eyes(performance)
    closed = eyes < 0.5 * np.median(eyes)
    blinks = int(np.sum(closed[1:] & ~closed[:-1]))
    assert blinks >= 8
    assert _mouth(performance).max() > 0.09
    yaw = _yaw_deg(performance)
    assert yaw.min() < -20
    assert yaw.max() > 20


def _between(points: Floats, a: int, b: int) -> Floats:
    return np.asarray(np.linalg.norm(points[:, a, :2] - points[:, b, :2], axis=1), np.float64)


def _mouth(points: Floats) -> Floats:
    """Lip aperture in face heights."""
    return _between(points, 13, 14) / _between(points, 10, 152)


def _eyes(points: Floats) -> Floats:
    """The smaller lid aperture of the two eyes, in eye widths."""
    right = _between(points, 159, 145) / _between(points, 33, 133)
    left = _between(points, 386, 374) / _between(points, 263, 362)
    return np.minimum(right, left)


def _yaw_deg(points: Floats) -> Floats:
    across = points[:, 454] - points[:, 234]
    return np.degrees(np.arctan2(across[:, 2], across[:, 0]))
