"""Whole commands on the inputs of ../shared/cases: each does what its README calls right."""

from __future__ import annotations

import shutil
from pathlib import Path

import av
import numpy as np
import pytest

import main as command_line
from puppet.media.pictures import read_picture, write_picture
from puppet.packs import DEFAULT_PACK, list_packs
from tests.support.cases import shared_case
from tests.support.clips import PORTRAIT

pytestmark = pytest.mark.skipif(
    not any(pack.name == DEFAULT_PACK for pack in list_packs()), reason="the shipped pack is not there"
)


def _frames(path: Path) -> int:
    with av.open(f"file:{path}") as video:
        return sum(1 for _ in video.decode(video=0))


@pytest.mark.parametrize(("driver", "out", "frames", "has_sound"), [
    ("pcm_11024.avi", "o.mp4", 45, True),
    ("opus.webm", "o.mov", 45, True),
    ("long_sound.wmv", "o.mp4", 45, True),
    ("cover_before_video.mp4", "o.mp4", 32, False),
    ("driver.webp", "o.mp4", 10, False),
    ("hlg_hdr.mov", "o.mp4", 36, False),
])  # fmt: skip
def test_a_driver_that_people_have_drives(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], driver: str, out: str, frames: int, has_sound: bool
) -> None:
    path = tmp_path / out
    assert command_line.main(["animate", str(PORTRAIT), str(shared_case(driver)), "-o", str(path)]) == 0
    assert _frames(path) == frames
    with av.open(str(path)) as video:
        assert bool(video.streams.audio) == has_sound
    assert capfd.readouterr().err.count("\n") == 1


def test_a_name_with_colons_is_a_path_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(shared_case("12_30_05.mp4"), tmp_path / "12:30:05.mp4")
    monkeypatch.chdir(tmp_path)
    assert command_line.main(["animate", str(PORTRAIT), "12:30:05.mp4", "-o", "out-12:30.mp4"]) == 0
    assert _frames(Path("out-12:30.mp4")) == 90
    assert command_line.main(["live", "--camera", "12:30:05.mp4", "--seconds", "1", "--record", "live-12:30.mp4"]) == 0
    assert _frames(Path("live-12:30.mp4")) > 0


def test_a_single_picture_as_driver_says_what_it_lacks(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    driver = str(shared_case("one_picture_as_driver.jpg"))
    assert command_line.main(["animate", str(PORTRAIT), driver, "-o", str(tmp_path / "o.mp4")]) == 0
    assert "--motion absolute" in caplog.text


def test_a_picture_from_a_browser_is_a_target(tmp_path: Path) -> None:
    out = tmp_path / "o.png"
    command = ["swap", str(PORTRAIT), str(shared_case("photo.jfif")), "-o", str(out), "--segments", "1"]
    assert command_line.main([*command, "--output", "full"]) == 0
    assert read_picture(out).shape == (384, 384, 3)


@pytest.mark.parametrize(("name", "size"), [("pixels_4_3.mp4", (640, 360)), ("hlg_hdr.mov", (320, 180))])
def test_a_target_is_seen_as_it_is_meant(tmp_path: Path, name: str, size: tuple[int, int]) -> None:
    out = tmp_path / "o.mp4"
    command = ["swap", str(PORTRAIT), str(shared_case(name)), "-o", str(out), "--segments", "1", "--output", "full"]
    assert command_line.main(command) == 0
    with av.open(str(out)) as video:
        picture = next(video.decode(video=0)).to_ndarray(format="rgb24")
    assert picture.shape == (size[1], size[0], 3)
    np.testing.assert_allclose(picture[: size[1] // 4].mean(axis=(0, 1)), (178, 174, 168), atol=25)


@pytest.mark.parametrize(("source", "driver", "words"), [
    ("hostile/evil.jpg", "driver.webp", "not a picture"),
    ("photo.jfif", "hostile/evil.jpg", "not a video"),
    ("photo.jfif", "README.md", "not a video"),
    ("photo.jfif", "hostile/track_TypeError-928.npz", "not a motion track"),
    ("photo.jfif", "hostile/track_RuntimeError-11.npz", "not a motion track"),
    ("photo.jfif", "hostile/video_UnicodeDecodeError-1511.mkv", "no face in any frame"),
])  # fmt: skip
def test_what_is_hostile_gets_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], source: str, driver: str, words: str
) -> None:
    paths = [str(shared_case(source)), str(shared_case(driver))]
    assert command_line.main(["animate", *paths, "-o", str(tmp_path / "o.mp4")]) == 2
    err = capfd.readouterr().err
    assert words in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_portrait_that_is_not_upright_is_used_upright(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, turns: int
) -> None:
    lying, out = tmp_path / "lying.png", tmp_path / "o.mkv"
    write_picture(lying, np.ascontiguousarray(np.rot90(read_picture(PORTRAIT), turns)))
    command = ["animate", str(lying), str(shared_case("driver.webp")), "-o", str(out), "--codec", "ffv1"]
    assert command_line.main(command) == 0
    assert f"the picture is turned by {90 * turns}° clockwise" in caplog.text
    assert command_line.main(["animate", str(PORTRAIT), *command[2:4], str(tmp_path / "p.mkv"), *command[5:]]) == 0
    pictures = []
    for path in (out, tmp_path / "p.mkv"):
        with av.open(str(path)) as video:
            pictures.append(next(video.decode(video=0)).to_ndarray(format="rgb24").astype(int))
    assert np.abs(pictures[0] - pictures[1]).mean() < 12
