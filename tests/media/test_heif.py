"""HEIC pictures as phones write them: single and in tiles, turned, mirrored, with a profile; and damaged ones."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from puppet.domain import Picture
from puppet.errors import MediaError
from puppet.media.pictures import read_picture
from tests.support.heic import write_heic


def _gradient(width: int, height: int) -> Picture:
    red, green = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return np.stack([red, green, np.full_like(red, 90)], axis=2).astype(np.uint8)


@pytest.mark.parametrize("tiles", [False, True])
@pytest.mark.parametrize("name", ["a.heic", "a.jpg", "none"])
def test_a_heic_is_read(tmp_path: Path, tiles: bool, name: str) -> None:
    picture = _gradient(200, 136)
    found = read_picture(write_heic(tmp_path / name, picture, tiles=tiles))
    assert found.shape == picture.shape
    assert np.abs(found.astype(int) - picture).mean() < 3


@pytest.mark.parametrize("tiles", [False, True])
@pytest.mark.parametrize(("turns", "mirror"), [(1, None), (2, None), (3, None), (0, 0), (0, 1), (1, 1)])
def test_turns_and_mirrors_are_applied(tmp_path: Path, tiles: bool, turns: int, mirror: int | None) -> None:
    picture = _gradient(200, 136)
    expected = np.rot90(picture, turns)
    expected = expected if mirror is None else expected[:, ::-1] if mirror else expected[::-1]
    found = read_picture(write_heic(tmp_path / "a.heic", picture, tiles=tiles, turns=turns, mirror=mirror))
    assert found.shape == expected.shape
    assert np.abs(found.astype(int) - expected).mean() < 3


def test_a_damaged_heic_is_refused_in_one_line(tmp_path: Path) -> None:
    whole = write_heic(tmp_path / "a.heic", _gradient(128, 128), tiles=False).read_bytes()
    rng = np.random.default_rng(0)
    for index in range(150):
        content = bytearray(whole)
        for at in rng.integers(24, min(len(whole), 700), 3):
            content[at] = rng.integers(0, 256)
        path = tmp_path / "b.heic"
        path.write_bytes(content[: rng.integers(30, len(whole))] if index % 3 == 0 else content)
        try:
            read_picture(path)
        except MediaError as error:
            assert "\n" not in str(error)  # noqa: PT017 - whatever is read or refused, nothing else is raised


def test_colours_of_an_avif_are_converted_to_srgb(tmp_path: Path) -> None:
    path = tmp_path / "a.avif"
    Image.new("RGB", (80, 80), (234, 51, 35)).save(path, quality=100)
    content = path.read_bytes()
    at = content.index(b"nclx") + 4
    path.write_bytes(content[:at] + struct.pack(">HH", 12, 13) + content[at + 4 :])
    np.testing.assert_allclose(read_picture(path)[40, 40], (255, 0, 0), atol=8)
