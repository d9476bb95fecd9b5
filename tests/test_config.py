"""Options are checked once; settings survive a restart, a damaged file and a newer version."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puppet.config import (
    LIVE_CONTROLS,
    OFFLINE_CONTROLS,
    LiveOptions,
    RenderOptions,
    parse_box,
    parse_neutral,
    parse_overlay,
    parse_size,
    parse_swap,
)
from puppet.domain import Controls, MaskFrom, Motion, Output, Overlay, PartSwap
from puppet.errors import ConfigError
from puppet.settings import Settings, load_settings, save_settings, settings_path

NOON = datetime(2026, 5, 4, 12, 0, 0)
CHOSEN = Settings(
    portrait='Ms "Ä" \\ 😀\n\x7f',
    camera="HD Webcam: /dev/video0",
    controls=Controls(motion=Motion.ABSOLUTE, output=Output.FULL, mirror=False, strength=0.25, mouth=1.5, smoothing=0),
    size=(640, 480),
    theme="dark",
    geometry="AdnQywAD",
)


def test_live_is_smooth_and_mirrored_and_offline_is_exact() -> None:
    assert (LIVE_CONTROLS.smoothing, LIVE_CONTROLS.limits, LIVE_CONTROLS.mirror) == (0.5, True, True)
    assert (OFFLINE_CONTROLS.smoothing, OFFLINE_CONTROLS.limits, OFFLINE_CONTROLS.mirror) == (0.0, False, False)
    gains = (OFFLINE_CONTROLS.strength, OFFLINE_CONTROLS.mouth, OFFLINE_CONTROLS.eyes)
    assert gains == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("name", ["strength", "mouth", "eyes", "smoothing"])
@pytest.mark.parametrize("value", [-0.1, 2.1, math.nan, math.inf])
def test_a_gain_out_of_range_is_refused_by_name(name: str, value: float) -> None:
    controls = Controls()
    object.__setattr__(controls, name, value)
    with pytest.raises(ConfigError, match=rf"{name} .*must be from 0 to"):
        LiveOptions(controls=controls)
    with pytest.raises(ConfigError, match=name):
        RenderOptions(controls=controls)


@pytest.mark.parametrize("size", [(1281, 720), (1280, 719), (0, 0), (32, 720), (10_000, 720)])
def test_a_size_that_cannot_be_recorded_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ConfigError, match="must be even"):
        LiveOptions(size=size)


@pytest.mark.parametrize("text", ["", "1280", "x", "1280x", "-2x4", "1280×720", "1.5x2"])
def test_a_size_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="WIDTHxHEIGHT"):
        parse_size(text)


def test_a_size_is_read() -> None:
    assert parse_size("640X480") == (640, 480)


@pytest.mark.parametrize(("text", "neutral"), [("first", "first"), ("best", "best"), ("0", 0), ("17", 17)])
def test_a_neutral_frame_is_read(text: str, neutral: str | int) -> None:
    assert RenderOptions(neutral=parse_neutral(text)).neutral == neutral


@pytest.mark.parametrize("text", ["", "last", "-1", "1.5"])
def test_an_unknown_neutral_frame_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="first, best or the number"):
        RenderOptions(neutral=parse_neutral(text))


def test_an_unknown_codec_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="h264, ffv1"):
        RenderOptions(codec="gif")


def test_settings_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "new" / "settings.toml"
    save_settings(CHOSEN, path)
    loaded = load_settings(path)
    assert (loaded.settings, loaded.warning) == (CHOSEN, "")
    assert [entry.name for entry in path.parent.iterdir()] == ["settings.toml"]


def test_missing_settings_are_defaults_without_a_warning(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "settings.toml") == load_settings(tmp_path / "none" / "settings.toml")
    assert load_settings(tmp_path / "settings.toml").settings == Settings()
    assert load_settings(tmp_path / "settings.toml").warning == ""


DAMAGED = [
    b"avatar = ",
    b"\xff\xfe\x00binary",
    b"avatar = 3",
    b'theme = "pink"',
    b"size = [1, 2, 3]",
    b'size = "1280x720"',
    b"[controls]\nstrength = 9",
    b"[controls]\nstrength = true",
    b"[controls]\nmirror = 1",
    b'[controls]\nmotion = "sideways"',
    b"controls = 4",
]


@pytest.mark.parametrize("content", DAMAGED)
def test_damaged_settings_become_defaults_and_the_file_is_kept_aside(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    loaded = load_settings(path, NOON)
    assert loaded.settings == Settings()
    assert "damaged" in loaded.warning
    assert "\n" not in loaded.warning
    assert not path.exists()
    assert (tmp_path / "settings.damaged-20260504-120000.toml").read_bytes() == content


def test_a_settings_folder_in_the_file_s_place_does_not_stop_the_window(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.mkdir()
    loaded = load_settings(path, NOON)
    assert loaded.settings == Settings()
    assert loaded.warning


def test_what_a_newer_version_wrote_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('theme = "light"\nhat = "bowler"\n[controls]\nears = 3\nmouth = 2\n')
    loaded = load_settings(path)
    assert loaded.settings == Settings(theme="light", controls=Controls(mouth=2.0))
    assert loaded.warning == ""


def test_settings_that_cannot_be_written_are_an_error_of_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be written"):
        save_settings(Settings(), tmp_path / "file" / "settings.toml")


def test_settings_live_in_the_user_s_configuration_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platformdirs, "user_config_path", lambda name, appauthor: tmp_path / name)
    assert settings_path() == tmp_path / "puppet" / "settings.toml"
    save_settings(CHOSEN)
    assert load_settings().settings == CHOSEN


@given(st.binary(max_size=200))
def test_no_content_of_the_file_stops_the_window(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("settings") / "settings.toml"
    path.write_bytes(content)
    assert isinstance(load_settings(path).settings, Settings)


def test_a_box_is_read_with_its_corner_and_side() -> None:
    assert parse_box("320,40.5,480") == (320, 40.5, 480)


@pytest.mark.parametrize("text", ["", "1,2", "1,2,3,4", "a,b,c", "1,2,nan", "1,2,0", "1,2,1e9"])
def test_a_box_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--box"):
        parse_box(text)


def test_segments_are_read_for_each_source() -> None:
    assert parse_swap([], "segments", False, False) is None
    assert parse_swap(["2,4"], "segments", True, False) == PartSwap((2, 4), hard=True)
    assert parse_swap(["2", "4,1"], "segments", False, True) == PartSwap((2,), source_mask=True, others=((4, 1),))
    assert parse_swap([], "lips", False, False) == PartSwap(mask=MaskFrom.LIPS)
    with pytest.raises(ConfigError, match="--segments"):
        parse_swap(["nose"], "segments", False, False)


def test_overlays_are_read_by_their_names() -> None:
    assert parse_overlay("keypoints, Flow") == Overlay.KEYPOINTS | Overlay.FLOW
    with pytest.raises(ConfigError, match="keypoints, masks, occlusion, flow, segments"):
        parse_overlay("flow,ghosts")


def test_a_swap_and_an_overlay_are_not_remembered(tmp_path: Path) -> None:
    controls = Controls(mouth=1.5, swap=PartSwap((1,)), overlay=Overlay.FLOW)
    save_settings(Settings(controls=controls), tmp_path / "settings.toml")
    loaded = load_settings(tmp_path / "settings.toml")
    assert (loaded.settings.controls, loaded.warning) == (Controls(mouth=1.5), "")
