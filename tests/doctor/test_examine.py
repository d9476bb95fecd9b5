"""Doctor as a whole: checks that cannot stop one another, exit codes, a report without names, the command."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import main as command_line
from puppet import doctor
from puppet.doctor import Finding, Level, Report, examine
from puppet.doctor.external_commands import ask
from puppet.doctor.report import anonymous


def _one(level: Level, found: str = "something", mend: str = "") -> Report:
    return Report((Finding("gpu", "use", level, found, mend),))


def test_a_check_that_raises_becomes_a_line_and_the_others_go_on() -> None:
    def raises() -> Iterator[Finding]:
        yield Finding("first", "seen", Level.OK, "before the fall")
        raise KeyError("no such\nthing")

    def works() -> Iterator[Finding]:
        yield Finding("second", "seen", Level.OK, "fine")

    report = examine({"first": raises, "second": works})
    assert [finding.section for finding in report.findings] == ["first", "second"]
    assert report.findings[0].level is Level.WARNING
    assert "KeyError" in report.findings[0].found
    assert "\n" not in report.findings[0].found


@pytest.mark.parametrize(("level", "code"), [(Level.OK, 0), (Level.MISSING, 0), (Level.WARNING, 0), (Level.BROKEN, 1)])
def test_only_what_is_broken_fails(level: Level, code: int) -> None:
    assert _one(level).exit_code == code
    assert ("cannot run here" in _one(level).text()) is bool(code)


def test_the_text_shows_the_command_that_mends_under_its_line() -> None:
    lines = _one(Level.WARNING, "unused: wrong wheel", "pip install x").text().splitlines()
    at = next(index for index, line in enumerate(lines) if "unused: wrong wheel" in line)
    assert lines[at].split()[0] == "warning"
    assert lines[at + 1].strip() == "→ pip install x"


def test_the_json_has_the_same_findings() -> None:
    content = json.loads(_one(Level.WARNING, "unused", "pip install x").json())
    assert content["can_run"] is True
    assert content["findings"] == [
        {"section": "gpu", "name": "use", "level": "warning", "found": "unused", "mend": "pip install x"}
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/ada/.cache/puppet", "~/.cache/puppet"),
        ("in /home/ada", "in ~"),
        ("/home/adalbert/x", "/home/adalbert/x"),
        ("/media/ada/stick", "/media/USER/stick"),
        ("ada is a name", "ada is a name"),
    ],
)
def test_neither_home_folder_nor_user_name_is_pasted(text: str, shown: str) -> None:
    assert anonymous(text, Path("/home/ada"), "ada") == shown


def test_the_json_is_as_anonymous_as_the_text() -> None:
    report = _one(Level.OK, str(Path.home() / "Videos"))
    assert json.loads(report.json())["findings"][0]["found"].startswith("~")
    assert str(Path.home()) not in report.text()


def test_a_program_that_hangs_is_left_in_time() -> None:
    answer = ask((sys.executable, "-c", "import time; time.sleep(60)"), 0.2)
    assert answer.code is None
    assert answer.err == "no answer in 0.2 s"


def test_a_program_that_is_missing_is_an_answer() -> None:
    assert ask(("no-such-program-anywhere",), 1.0).code is None


def test_the_command_prints_the_report_and_ends_with_its_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "examine", lambda: _one(Level.BROKEN, "a damaged pack"))
    assert command_line.main(["doctor"]) == 1
    assert "a damaged pack" in capsys.readouterr().out
    assert command_line.main(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["can_run"] is False
