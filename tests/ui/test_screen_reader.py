"""The window as a screen reader gets it over AT-SPI: everything that can be pressed or moved has a name."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.screen_reader import LAUNCHER

ROOT = Path(__file__).parents[2]
_PARTS = ("xvfb-run", "dbus-run-session", LAUNCHER)
_CONTROLS = {"push button", "toggle button", "check box", "radio button", "slider", "combo box", "text", "spin button"}


@pytest.mark.skipif(not all(map(shutil.which, _PARTS)), reason="Xvfb, D-Bus or AT-SPI is not installed")
def test_every_control_has_a_name_for_screen_readers(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as written:  # no pipe: daemons of the desktop would keep it open
        done = subprocess.run(
            [
                "xvfb-run",
                "-a",
                "dbus-run-session",
                sys.executable,
                "-m",
                "tests.support.screen_reader",
                tmp_path / "seen",
            ],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, log.read_text(errors="replace")[-2000:]
    widgets = json.loads((tmp_path / "seen").read_text())
    controls = [(role, name) for role, name, _ in widgets if role in _CONTROLS]
    assert len(controls) > 60
    assert [role for role, name in controls if not name.strip()] == []
    assert {
        ("check box", "Mirror"),
        ("slider", "Smoothing"),
        ("push button", "Calibrate"),
    } < set(controls)
