"""Output of the command line: errors of one line, results that survive a pipe."""

from __future__ import annotations

import errno
import io
import logging
import sys

import pytest
from typing_extensions import override

from puppet.cli.console import (
    checked_stdout,
    log_to_stderr,
    progress,
    refuse,
    result,
    status_line,
    status_words,
    table,
    tell,
)
from puppet.domain import EngineInfo, Following, SessionState, StageTimes, Status
from puppet.errors import PuppetError


def test_a_refusal_is_one_line_on_stderr_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    refuse("first\n  second [bold] " + "long " * 100)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("first second [bold] long long")
    assert err.count("\n") == 1


def test_a_warning_in_the_log_is_one_line_and_less_is_silent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.Logger("root of this test")
    monkeypatch.setattr(logging, "root", root)
    log_to_stderr(verbose=False)
    root.info("details")
    root.warning("%s: %d faces; %s", "group.png", 3, "long " * 60)
    assert capsys.readouterr().err == "group.png: 3 faces; " + "long " * 60 + "\n"


def test_verbose_shows_more(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.Logger("root of this test")
    monkeypatch.setattr(logging, "root", root)
    log_to_stderr(verbose=True)
    root.info("details")
    assert "details" in capsys.readouterr().err


def test_a_result_is_not_folded_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    result("/home/me/" + "x" * 300)
    assert capsys.readouterr().out == "/home/me/" + "x" * 300 + "\n"


def test_a_table_is_not_folded_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    table(("name", "what"), [("a", "x" * 200), ("b[red]", "y")])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert "x" * 200 in lines[1]
    assert lines[2].startswith("b[red]")


def test_progress_says_nothing_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("Animating") as advance:
        advance(1, None)
        advance(2, 2)
    assert capsys.readouterr() == ("", "")


def test_the_status_line_tells_only_new_messages_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with status_line() as show:
        for message in ("", "camera lost", "camera lost", "", "camera lost"):
            show(Status(message=message))
    assert capsys.readouterr().err == "camera lost\ncamera lost\n"


def test_the_status_is_one_line_of_what_is_known() -> None:
    assert status_words(Status()) == "starting · searching · 0.0 fps · 0 dropped"
    status = Status(
        SessionState.RUNNING,
        Following.TRACKING,
        fps=30,
        latency=StageTimes(40.4, 60.6, 1),
        dropped=2,
        engine=EngineInfo("E", "", ""),
    )
    assert status_words(status) == "running · tracking · 30.0 fps · latency 40/61 ms · 2 dropped · E"


class _Full(io.StringIO):
    """A stream on a full disk."""

    @override
    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_every_result_that_a_full_stdout_cannot_take_is_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", _Full())
    with checked_stdout():
        for line in ("a.mp4", "t.npz"):
            with pytest.raises(PuppetError, match=r"Standard output cannot be written \(No space left on device\)"):
                result(line)
    assert capsys.readouterr().err == "a.mp4\nt.npz\n"


def test_a_terminal_that_was_closed_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", _Full())
    tell("nobody reads it")
    refuse("nor this")
    with progress("Animating") as advance:
        advance(1, 2)
