"""Presets: named choices of motion and output, in files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from puppet.controls import Controls, Lids, Motion, Overlay, Parts, PartSwap
from puppet.errors import ConfigError
from puppet.userdata.presets import FIELDS, Preset, load_presets, presets_path, read_presets, save_presets

NOON = datetime(2026, 5, 4, 12)
CALM = Preset("Calm", Controls(motion=Motion.ABSOLUTE, mouth=0.4, parts=Parts.HEAD, gaze=0.5, lids=Lids.TOGETHER))


def test_presets_are_read_as_they_were_saved(home: Path) -> None:
    assert load_presets() == ([], "")
    save_presets([CALM, Preset("Plain", Controls())])
    assert load_presets() == ([CALM, Preset("Plain", Controls())], "")
    assert home in presets_path().parents
    save_presets([])
    assert load_presets() == ([], "")


def test_what_is_visible_on_air_is_in_no_preset(tmp_path: Path) -> None:
    exposed = Controls(swap=PartSwap((1,)), overlay=Overlay.FLOW, idle=True, mouth=0.3)
    save_presets([Preset("Mine", exposed)], tmp_path / "p.toml")
    assert read_presets(tmp_path / "p.toml") == [Preset("Mine", Controls(mouth=0.3))]
    assert not {"swap", "idle", "overlay"} & set(FIELDS)


def test_a_damaged_file_is_kept_and_told() -> None:
    save_presets([CALM])
    presets_path().write_text("[[preset]]\nname = ")
    found, line = load_presets(NOON)
    assert found == []
    assert "presets were damaged" in line
    assert "presets.damaged-20260504-120000.toml" in line


def test_keys_of_a_newer_version_are_ignored(tmp_path: Path) -> None:
    save_presets([CALM], tmp_path / "p.toml")
    newer = (tmp_path / "p.toml").read_text() + "hair = 0.5\n"
    (tmp_path / "p.toml").write_text("version = 9\n" + newer)
    assert read_presets(tmp_path / "p.toml") == [CALM]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "0 presets"),
        ("[[preset]]\nname = 3\n", "p.toml"),
        ('[[preset]]\nname = "a"\n[preset.controls]\nmouth = 9.0\n', "mouth"),
        ('[[preset]]\nname = ""\n[preset.controls]\n', "name"),
        ("not toml", "no presets can be read"),
    ],
)
def test_a_file_without_usable_presets_is_one_line(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "p.toml").write_text(text)
    with pytest.raises(ConfigError, match=reason) as caught:
        read_presets(tmp_path / "p.toml")
    assert "\n" not in str(caught.value)
