"""A process that reads cases under limits, and the caller's side of it.

`python -m tests.fuzz.worker READER` reads from its standard input, for each case, eight bytes with its length and then
the case. It writes a line of JSON: the outcome, and the peak memory. When a case ends the process or takes too long,
the caller starts another process.
"""

from __future__ import annotations

import json
import math
import os
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import psutil

from tests.fuzz.readers import MISBEHAVING, READERS, ROOT, Reader

MAX_S = 10.0
"""Processor time for a case; the clock says more where other programs run."""
MAX_CLOCK_S = 60.0
MAX_BYTES = 1_000_000_000
"""Address space beyond that of the started process."""
_START_S = 120.0
_MAX_MESSAGE = 1500


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a reader on one case.

    Attributes:
        failure: "" when it read the case or refused it in one line; else one line: what happened, and where.
        refused: it raised one of the project's errors.
        peak_mb: memory of the process at its highest so far, beyond that when it started.
    """

    failure: str
    refused: bool = False
    peak_mb: float = 0.0


class Worker:
    """The caller's side of a process for one reader; a context manager."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def run(self, case: bytes) -> Outcome:
        """Let the process read a case; wait for ten seconds of its time at most, or a minute."""
        process = self.start()
        assert process.stdin is not None
        try:
            process.stdin.write(len(case).to_bytes(8, "little") + case)
            process.stdin.flush()
            answer = self._answer(process, MAX_CLOCK_S, MAX_S)
        except BrokenPipeError:
            answer = b""
        if answer is None:
            self.close()
            return Outcome(f"hang: no answer in {MAX_S:g} s of processor time, or {MAX_CLOCK_S:g} s")
        if not answer:
            code = process.wait()
            self.close()
            return Outcome(f"crash: {signal.Signals(-code).name if code < 0 else f'exit code {code}'}")
        return Outcome(**json.loads(answer))

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process when none runs, and wait until it has read the valid files."""
        if self._process is not None:
            return self._process
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
        command = [sys.executable, "-m", "tests.fuzz.worker", self._reader.name]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=environment
        )
        if self._answer(self._process, _START_S) != b"ready\n":
            raise RuntimeError(f"the worker of {self._reader.name} did not start")
        return self._process

    @staticmethod
    def _answer(process: subprocess.Popen[bytes], clock_s: float, processor_s: float = math.inf) -> bytes | None:
        """Return the next line; b"" at the process's end; None when it takes longer than one of the limits."""
        assert process.stdout is not None
        started_s, used_s = time.monotonic(), _processor_s(process.pid)
        while not select.select([process.stdout], [], [], 0.5)[0]:
            if time.monotonic() - started_s > clock_s or _processor_s(process.pid) - used_s > processor_s:
                return None
        return process.stdout.readline()


def _processor_s(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:  # it has ended
        return 0.0
    return float(times.user + times.system)


def main(name: str) -> None:
    """Read cases until the standard input ends."""
    reader = MISBEHAVING if name == MISBEHAVING.name else READERS[name]
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (1, 2):  # libraries write there what they think of a case
        os.dup2(silence, descriptor)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        home = Path(folder)
        os.environ.update(HOME=folder, XDG_CONFIG_HOME=folder, XDG_CACHE_HOME=folder, XDG_DATA_HOME=folder)
        for seed in reader.seeds():  # imports and thread pools come before the limits
            _read(reader, home, seed)
        started_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        _limit()
        answers.write(b"ready\n")
        while (case := _next(sys.stdin.buffer)) is not None:
            failure, refused = _read(reader, home, case)
            peak_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - started_kb) / 1000
            answer = {"failure": failure, "refused": refused, "peak_mb": round(peak_mb, 1)}
            answers.write(json.dumps(answer).encode() + b"\n")


def _read(reader: Reader, home: Path, case: bytes) -> tuple[str, bool]:
    """Return what went wrong, "" for nothing, and whether the case was refused."""
    from puppet.errors import PuppetError

    for left in home.iterdir():
        if left.is_file() and left.name.startswith((reader.file.partition(".")[0], "settings.damaged")):
            left.unlink()
    path = home / reader.file
    path.write_bytes(case)
    try:
        reader.read(path)
    except PuppetError as error:
        message = str(error)
        if "\n" in message or not message.isprintable() or len(message) > _MAX_MESSAGE:
            return f"message of {len(message)} characters: {ascii(message)[:200]}", True
        return "", True
    except BaseException as error:  # noqa: BLE001 # what the fuzzer looks for
        last = traceback.extract_tb(error.__traceback__)
        own = next((frame for frame in reversed(last) if "/puppet/" in frame.filename), last[-1])
        where = f"{Path(own.filename).name}:{own.lineno}"
        return f"{type(error).__name__} at {where}: {' '.join(str(error).split())[:200]}", False
    return "", False


def _limit() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MAX_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _next(stream: BinaryIO) -> bytes | None:
    length = stream.read(8)
    return stream.read(int.from_bytes(length, "little")) if length else None


if __name__ == "__main__":
    main(sys.argv[1])
