"""Rendering on another machine against rendering here: `python -m benchmarks.remote [--seconds 20] [--rounds 1]`.

Both ends run on this computer. Each round measures sessions in turns: painted here; painted by a second process, over
the loopback device, so that both share the cores; and by a machine that needs no time of this one
(`benchmarks.remote_strong`), over links of `benchmarks.link` between two network namespaces (Linux, with unprivileged
user namespaces). `--minutes N` measures one session over the loopback device minute by minute instead, with the memory
of both ends.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from benchmarks.link import THERE
from benchmarks.remote_end import Figures
from puppet.config import REMOTE_PORT
from puppet.live.statistics import BYTES_PER_MB

_LINKS = {
    "no delay": "",
    "50 ± 20 ms, 2 % lost": "--delay 50 --jitter 20 --loss 2",
    "and nothing for 300 ms every 10 s": "--delay 50 --jitter 20 --loss 2 --stall 300",
}
_HERE = "here"
_AWAY = ("network", "wait", "paint", "encode", "decode")
_COLUMNS = (
    "| | fps | painted here instead | p50, ms | p95 | most | longest gap | over 350 ms | "
    f"{' | '.join(_AWAY)} | cores | for video | up, Mbit/s | down | MB here | MB there | load |"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--size", default="480x480")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--minutes", type=int, default=0)
    parser.add_argument("--only", default="", help="rows whose name contains this")
    options = parser.parse_args(arguments)
    _print(_COLUMNS, "|---" * (_COLUMNS.count("|") - 1) + "|")
    with tempfile.TemporaryDirectory() as name:
        session = _Sessions(Path(name), options.size)
        if options.minutes:
            for minute, (figures, there_mb) in enumerate(session.over_loopback(60, options.minutes), 1):
                _print(_row(f"minute {minute}", figures, there_mb))
            return 0
        for _ in range(options.rounds):
            for row, link in {_HERE: None, "there, loopback": None, **_LINKS}.items():
                if options.only in row:
                    try:
                        _print(session.row(row, link, options.seconds))
                    except (StopIteration, subprocess.CalledProcessError):  # the light end has said why
                        _print(f"| {row} | failed |")
    return 0


class _Sessions:
    """Runs both ends, with keys of their own in `folder`."""

    def __init__(self, folder: Path, size: str) -> None:
        self._folder, self._log, self._size = folder, folder / "log", size

    def row(self, name: str, link: str | None, seconds: float) -> str:
        """Measure a session and return its row; `link`: options of `benchmarks.link`; None: no link."""
        if link is not None:
            return _row(name, self._over_link(link, seconds))
        if name == _HERE:
            return _row(name, _figures(_output(self._light("", seconds))))
        return _row(name, *next(self.over_loopback(seconds, 1)))

    def over_loopback(self, seconds: float, spans: int) -> Iterator[tuple[Figures, float]]:
        """Yield the figures of each span, and the resident memory of the other end after it, in megabytes."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        address = f"127.0.0.1:{port}"
        there = subprocess.Popen(["sh", "-c", self._logged(f"puppet serve --port {port}")])
        light = subprocess.Popen(self._paired(address, seconds, spans), shell=True, stdout=subprocess.PIPE, text=True)
        assert light.stdout is not None
        try:
            for line in light.stdout:
                yield _figures(line), psutil.Process(there.pid).memory_info().rss / BYTES_PER_MB
        finally:
            light.wait(60)
            there.terminate()
            there.wait(20)

    def _over_link(self, link: str, seconds: float) -> Figures:
        command = ["unshare", "--map-root-user", "--net", sys.executable, "-m", "benchmarks.link", *link.split()]
        strong = f"benchmarks.remote_strong {self._size.replace('x', ' ')} {REMOTE_PORT}"
        command += ["--there", self._logged(strong), "--here", self._paired(THERE, seconds, 1)]
        return _figures(_output(shlex.join(command)).splitlines()[0])

    def _logged(self, strong: str) -> str:
        """Return the shell command of the machine that renders."""
        self._log.unlink(missing_ok=True)
        return f"exec {self._python('strong', strong)} > {self._log} 2>&1"

    def _paired(self, address: str, seconds: float, spans: int) -> str:
        """Return the shell command of the light end, which waits for the other's code and pairs first."""
        wait = f"until grep -qs 'Pairing code' {self._log}; do sleep 0.2; done"
        pair = self._python("light", f"puppet pair {address} --code $(grep -o 'code: .*' {self._log} | cut -c7-)")
        return f"{wait} && {pair} > /dev/null && {self._light(f'--remote {address}', seconds, spans)}"

    def _light(self, remote: str, seconds: float, spans: int = 1) -> str:
        options = f"--size {self._size} --seconds {seconds:g} --spans {spans} {remote}"
        return self._python("light", f"benchmarks.remote_end {options}")

    def _python(self, user: str, arguments: str) -> str:
        return f"env XDG_DATA_HOME={shlex.quote(str(self._folder / user))} {shlex.quote(sys.executable)} -m {arguments}"


def _output(command: str) -> str:
    return subprocess.run(command, shell=True, stdout=subprocess.PIPE, text=True, check=True).stdout


def _figures(line: str) -> Figures:
    return Figures(**json.loads(line))


def _row(name: str, found: Figures, there_mb: float | None = None) -> str:
    shown = [f"{found.fps:.1f}", f"{found.here:.1f}"]
    times = [f"{time_ms:.0f}" for time_ms in (found.p50, found.p95, found.most, found.gap)]
    stages = [f"{found.stages[stage]:.0f}" if stage in found.stages else "" for stage in _AWAY]
    used = [
        f"{found.used[0]:.2f}",
        *(f"{share:.2f}" if share and found.stages.get("network") else "" for share in found.used[1:]),
    ]
    memory = [f"{found.memory:.0f}", f"{there_mb:.0f}" if there_mb else "", f"{os.getloadavg()[0]:.1f}"]
    return f"| {' | '.join([name, *shown, *times, str(found.late), *stages, *used, *memory])} |"


def _print(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
