"""Graphs of packs that do not ship with Puppet run in another process first; a crash there is one line here."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from puppet.config import EngineOptions
from puppet.engines import factory, trial_run
from puppet.engines.trial_run import check_trial
from puppet.errors import EngineError
from puppet.packs import Pack, open_pack

CASES = Path(__file__).parents[3] / "shared" / "cases"
ORT = EngineOptions("onnxruntime", "fp32", "cpu")


@pytest.fixture
def copied(tmp_path: Path) -> Pack:
    """The pack `learned` as somebody else's."""
    shutil.copytree(open_pack("learned").folder, tmp_path / "learned")
    return open_pack(str(tmp_path / "learned"))


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The program that runs instead of the trial; those that ran."""
    wanted = ["pass"]
    started = subprocess.Popen

    def replaced(command: list[str], **options: object) -> subprocess.Popen[bytes]:
        ran.append(command[3])
        return started([sys.executable, "-c", wanted[0]], **options)  # type: ignore[call-overload, no-any-return]

    ran: list[str] = []
    monkeypatch.setattr(subprocess, "Popen", replaced)
    monkeypatch.setattr(trial_run, "MAX_S", 1.0)
    return wanted


def test_graphs_run_once_and_are_remembered(copied: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    check_trial(copied, ORT)
    monkeypatch.setattr(subprocess, "Popen", None)
    check_trial(copied, ORT)


def test_shipped_packs_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    check_trial(open_pack("learned"), ORT)


def test_crash_is_a_line_and_is_remembered(copied: Pack, commands: list[str]) -> None:
    commands[0] = "import os; os.abort()"
    with pytest.raises(EngineError, match=r"Pack learned: its graphs cannot be run .*\(a trial ended"):
        check_trial(copied, ORT)
    commands[0] = "pass"
    with pytest.raises(EngineError, match="it crashed before"):
        check_trial(copied, ORT)


def test_trial_that_was_killed_is_tried_again(copied: Pack, commands: list[str]) -> None:
    commands[0] = "import os; os.kill(os.getpid(), 9)"
    with pytest.raises(EngineError, match="ended by SIGKILL"):
        check_trial(copied, ORT)
    commands[0] = "pass"
    check_trial(copied, ORT)


def test_hang_and_hunger_are_lines(copied: Pack, commands: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    commands[0] = "import time; time.sleep(60)"
    started_s = time.monotonic()
    with pytest.raises(EngineError, match="more than 1 s"):
        check_trial(copied, ORT)
    assert time.monotonic() - started_s < 10
    monkeypatch.setattr(trial_run, "_MAX_BYTES", 1 << 20)
    monkeypatch.setattr(trial_run, "_BYTES_FOR_EACH", 0)
    with pytest.raises(EngineError, match="GiB of memory"):
        check_trial(copied, ORT)


def test_error_in_words_is_left_to_the_engine(copied: Pack, commands: list[str]) -> None:
    commands[0] = "raise SystemExit(2)"
    check_trial(copied, ORT)


@pytest.mark.skipif(not CASES.is_dir() or importlib.util.find_spec("openvino") is None, reason="needs the shared cases")
@pytest.mark.slow
def test_graph_that_crashes_openvino_when_it_reads_the_path_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pack = open_pack(str(CASES / "hostile" / "pack_segfault"))
    monkeypatch.setattr(factory, "check_trial", check_trial)
    with pytest.raises(EngineError, match=r"cannot be run|OpenVINO cannot open encode"):
        factory.open_without_fallback(pack, EngineOptions("openvino", "fp32", "cpu"))
