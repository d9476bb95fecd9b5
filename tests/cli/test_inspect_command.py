"""The command inspect: what it prints, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import main as command_line
from puppet.config import MARK
from puppet.media.pictures import write_picture
from tests.support.clips import moving_square


def _picture(path: Path, *, marked: bool) -> str:
    write_picture(path, moving_square((64, 64), 1)[0], mark=MARK if marked else None)
    return str(path)


def test_a_marked_file_is_described_and_exits_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["inspect", _picture(tmp_path / "a.png", marked=True)]) == 0
    told = capsys.readouterr().out
    assert "a.png: marked as AI-made" in told
    assert "compositeWithTrainedAlgorithmicMedia" in told


def test_a_file_without_a_mark_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["inspect", _picture(tmp_path / "a.png", marked=False), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["ai_made"] is False


def test_a_file_that_cannot_be_read_exits_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["inspect", str(tmp_path / "none.mp4")]) == 2
    assert "no such file" in capsys.readouterr().err
