"""The command line of batches: what is told, the report, the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import main as command_line
from puppet.media.pictures import write_picture
from puppet.offline import batch
from tests.offline.test_batch import write_name
from tests.support.clips import moving_square
from tests.support.square_engine import make_clip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A driver, a portrait that works and one that does not; the renderer is replaced in the processes, too."""
    for name in ("good", "bad"):
        write_picture(tmp_path / f"{name}.png", moving_square((64, 64), 1)[0])
    make_clip(tmp_path / "talk.mp4", [0.0, 0.1])
    monkeypatch.setattr(
        batch.Batch.__init__, "__kwdefaults__", {"overwrite": False, "workers": None, "body": write_name}
    )
    return tmp_path


def _animate(folder: Path, *arguments: str) -> int:
    return command_line.main(["animate", *arguments])


def test_a_failed_job_is_named_and_the_exit_code_is_3(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, told = folder / "videos", folder / "report.json"
    out.mkdir()
    inputs = [str(folder / "good.png"), str(folder / "bad.png"), str(folder / "talk.mp4")]
    assert _animate(folder, *inputs, "-o", str(out), "--report", str(told)) == 3
    lines = capsys.readouterr().err
    assert "is not a picture" in lines
    assert "2 jobs: 1 rendered, 0 there already, 1 failed" in lines
    assert (out / "good-talk.mp4").exists()
    report = json.loads(told.read_text())
    assert [each["state"] for each in report["results"]] == ["done", "failed"]
    assert _animate(folder, *inputs[::2], "-o", str(out / "{portrait}-{driving}.mp4")) == 0
    assert "1 there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["good.png", "talk.mp4"], "-o is missing"),
        (["good.png", "-o", "o.mp4"], "SOURCE or DRIVING is missing"),
        (["good.png", "bad.png", "talk.mp4", "-o", "o.mp4"], "is the output of 2 jobs"),
        (["good.png", "talk.mp4", "--jobs", "a.csv"], "takes the place of SOURCE"),
        (["good.png", "bad.png", "talk.mp4", "-o", "{portrait}.mp4", "--motion-track", "t.npz"], "names one file"),
        (["good.png", "bad.png", "talk.mp4", "-o", "{portrait}.mp4", "--pack", "none"], "none"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(
    folder: Path,
    arguments: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)
    assert _animate(folder, *arguments) == 2
    told = capsys.readouterr().err.splitlines()
    assert words in told[-1]
