"""Asking other programs, which may be missing, fail or hang; and the commands that a report advises."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PIP = "python -m pip"
OPENVINO = f"{_PIP} install --no-deps openvino"
_FOLDER = Path(__file__).parents[2]  # where `-m puppet...` is found, whatever the working folder is
_LAST_WORDS_S = 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a program said.

    Attributes:
        code: its exit code; None when it could not be started or did not end in time.
        out: its stdout.
        err: its stderr, or why there was no answer.
    """

    code: int | None
    out: str
    err: str


Ask = Callable[[Sequence[str], float], Answer]


def ask(command: Sequence[str], timeout_s: float) -> Answer:
    """Run a program and wait for its answer, at most `timeout_s`; it is ended then. Never raises."""
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, cwd=_FOLDER, encoding="utf-8", errors="replace"
        )
    except (OSError, ValueError) as error:
        return Answer(None, "", str(error))
    try:
        out, err = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        with suppress(subprocess.TimeoutExpired):  # who hangs inside a driver cannot be killed, and is left behind
            process.communicate(timeout=_LAST_WORDS_S)
        return Answer(None, "", f"no answer in {timeout_s:g} s")
    return Answer(process.returncode, out, err)


def probe(which: str, argument: str = "") -> tuple[str, ...]:
    """The command line of one of the probes (puppet/doctor/probe.py)."""
    return (sys.executable, "-m", "puppet.doctor.probe", which, argument)


def install(*packages: str) -> str:
    """The command that installs packages by name."""
    return f"{_PIP} install {' '.join(packages)}"


def install_lock(lock: str) -> str:
    """The command that installs everything a lock file names."""
    return f"{_PIP} install --no-deps --require-hashes -r {lock}"


def reinstall(remove: Sequence[str], lock: str) -> str:
    """The command that exchanges packages for those of a lock file."""
    return f"{_PIP} uninstall -y {' '.join(remove)} && {install_lock(lock)}"
