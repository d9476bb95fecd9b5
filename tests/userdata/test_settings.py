"""Settings survive a restart, a damaged file and a newer version."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puppet.controls import Controls, Motion, Output, Overlay, PartSwap
from puppet.errors import ConfigError
from puppet.userdata.settings import Settings, load_settings, save_settings, settings_path

NOON = datetime(2026, 5, 4, 12, 0, 0)
CHOSEN = Settings(
    portrait='Ms "Ä" \\ 😀\n\x7f',
    camera="HD Webcam: /dev/video0",
    controls=Controls(motion=Motion.ABSOLUTE, output=Output.FULL, mirror=False, strength=0.25, mouth=1.5, smoothing=0),
    size=(640, 480),
    theme="dark",
    geometry="AdnQywAD",
)


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
    b"size = [" + b"9" * 401 + b", 720]",
    b"size = [" + b"9" * 5000 + b", 720]",
    b"[controls]\nstrength = " + b"9" * 401,
    b"[controls]\nstrength = 1e999",
    b"[controls]\nstrength = nan",
    b"[controls]\nmouth = -0x" + b"f" * 400,
    b"a = " + b"[" * 5000,
    b"a = " + b"{b=" * 5000,
    b"[" + b"a." * 5000 + b"b]",
    b"a." * 30_000 + b"b = 1",
    b"'a' . " * 10_000 + b"b = 1",
    b"#" * 65_537,
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


def test_a_swap_and_an_overlay_are_not_remembered(tmp_path: Path) -> None:
    controls = Controls(mouth=1.5, swap=PartSwap((1,)), overlay=Overlay.FLOW)
    save_settings(Settings(controls=controls), tmp_path / "settings.toml")
    loaded = load_settings(tmp_path / "settings.toml")
    assert (loaded.settings.controls, loaded.warning) == (Controls(mouth=1.5), "")


def test_the_former_key_of_the_portrait_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('avatar = "Nina"\n')
    assert load_settings(path).settings.portrait == "Nina"
    path.write_text('avatar = "Nina"\nportrait = "Vera"\n')
    assert load_settings(path).settings.portrait == "Vera"


def test_the_warning_names_the_key_and_what_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('theme = "pink"\n')
    assert "settings.toml: theme is \"pink\"; expected 'system', 'light' or 'dark'" in load_settings(path).warning


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipe_or_endless_device_in_the_settings_place_does_not_stop_the_window(tmp_path: Path) -> None:
    pipe, device = tmp_path / "pipe.toml", tmp_path / "device.toml"
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    for path in (pipe, device):
        loaded = load_settings(path, NOON)
        assert loaded.settings == Settings()
        assert "not a regular file" in loaded.warning
