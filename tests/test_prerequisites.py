"""The check for system pieces names everything that is missing in one line that mends it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from puppet.prerequisites import LIVE, WAYLAND, X11, advice, has_nvidia_driver, missing

ROOT = Path(__file__).parents[1]


def _nothing_loads(_: str) -> bool:
    return False


def test_a_complete_system_lacks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    assert missing(("screen", "venv"), lambda _: True, has_fonts=True, has_venv=True) == {}


def test_without_a_display_no_window_library_is_asked_for() -> None:
    assert missing(("live",), _nothing_loads, has_fonts=False, has_venv=True) == LIVE


def test_offscreen_tests_need_qt_and_a_font_but_no_x11() -> None:
    lacking = missing(("window",), _nothing_loads, has_fonts=False, has_venv=True)
    assert lacking["libEGL.so.1"] == "libegl1"
    assert "any font" in lacking
    assert "libxcb-cursor.so.0" not in lacking


@pytest.mark.parametrize(("display", "libraries"), [(":0", X11), ("", WAYLAND)])
def test_a_screen_needs_its_display_server_s_libraries(
    monkeypatch: pytest.MonkeyPatch, display: str, libraries: dict[str, str]
) -> None:
    monkeypatch.setenv("DISPLAY", display)
    assert missing(("screen",), _nothing_loads, has_fonts=True, has_venv=True) == libraries


def test_a_python_that_cannot_make_environments_gets_its_own_venv_package() -> None:
    lacking = missing(("live", "venv"), lambda _: True, has_fonts=True, has_venv=False)
    assert list(lacking.values()) == [f"python3.{sys.version_info.minor}-venv"]


def test_the_advice_is_one_line_with_each_package_once() -> None:
    line = advice({"libglib-2.0.so.0": "libglib2.0-0", "libgthread-2.0.so.0": "libglib2.0-0"}, apt=True, root=False)
    assert "\n" not in line
    assert line.endswith("sudo apt-get install -y libglib2.0-0")


def test_where_there_is_no_apt_the_advice_still_names_the_packages() -> None:
    line = advice({"libEGL.so.1": "libegl1"}, apt=False, root=True)
    assert "apt-get" not in line
    assert "libegl1" in line


def test_nvidia_s_driver_is_told_by_the_tool_it_brings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert has_nvidia_driver()


def find_python(venv: Path, *candidates: str) -> subprocess.CompletedProcess[str]:
    call = ["sh", str(ROOT / "tools" / "find_python.sh"), *candidates]
    return subprocess.run(
        call, env=os.environ | {"VENV": str(venv)}, cwd=venv.parent, capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(os.name == "nt", reason="make and sh are not there")
def test_a_fitting_python_is_found_behind_older_ones_and_the_environment_s_own_comes_first(tmp_path: Path) -> None:
    venv, older = tmp_path / "venv", tmp_path / "python3"
    older.write_text("#!/bin/sh\nexit 1\n")
    older.chmod(0o755)
    assert find_python(venv, "no-such-python", str(older), sys.executable).stdout.strip() == sys.executable
    (venv / "bin").mkdir(parents=True)
    own = venv / "bin" / "python"
    own.symlink_to(sys.executable)
    assert find_python(venv, sys.executable).stdout.strip() == str(own)


@pytest.mark.skipif(os.name == "nt", reason="make and sh are not there")
def test_without_any_python_one_line_names_the_package(tmp_path: Path) -> None:
    found = find_python(tmp_path / "venv", "no-such-python")
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.count("\n") == 1
    assert "apt-get install python3" in found.stderr
