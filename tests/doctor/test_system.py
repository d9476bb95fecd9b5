"""Versions, the window's needs and the disks."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import pytest

from puppet.doctor import system
from puppet.doctor.report import Level
from puppet.hardware import this_machine


def test_the_machine_s_facts_are_listed() -> None:
    found = {finding.name: finding.found for finding in system.versions()}
    assert f"{this_machine().cores} cores" in found["processor"]
    assert float(found["memory"].removesuffix(" GB")) > 0


def test_an_untested_python_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 15, 1))
    (python,) = [finding for finding in system.versions() if finding.name == "Python"]
    assert python.level is Level.WARNING


def test_a_missing_display_is_no_fault_and_a_missing_library_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    display, libraries = system.window(lambda library: library != "libstdc++.so.6", lambda: True, display=False)
    assert display.level is Level.MISSING
    assert libraries.level is Level.BROKEN
    assert "libstdc++6" in libraries.mend


def test_with_a_display_fonts_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    _, libraries = system.window(lambda library: True, lambda: False, display=True)
    assert "any font" in libraries.found


def test_a_full_disk_is_warned_of_before_it_stops_a_recording(tmp_path: Path) -> None:
    (little,) = system.disk({"recordings": tmp_path / "not" / "yet"}, lambda folder: 5_000_000)
    (plenty,) = system.disk({"recordings": tmp_path}, lambda folder: 50_000_000_000)
    assert (little.level, plenty.level) == (Level.WARNING, Level.OK)
    assert "50.0 GB" in plenty.found


def test_a_folder_that_may_not_be_written_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    (finding,) = system.disk({"cache": tmp_path})
    assert "cannot be written" in finding.found
