"""Latency, rates and load of rendering on another machine, against rendering here: `python -m benchmarks.remote`.

Both ends run on this computer, in two network namespaces joined by `benchmarks.link`, so that the camera, the networks
and the video share its cores: once over a good link, once with 50 ± 20 ms and 2 % loss in each direction. The same
session without another machine is measured before and after. Linux, with unprivileged user namespaces.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

import puppet
from benchmarks.link import THERE
from puppet.config import REMOTE_PORT

_CLIP = Path(puppet.__file__).parent / "assets" / "clip.mp4"
_LINKS = {"good link": (0, 0, 0), "50 ± 20 ms, 2 % lost": (50, 20, 2)}


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of one session; times in milliseconds, rates in Mbit/s, `cores` as the share of one."""

    fps: float
    latency: dict[str, float]
    stages: dict[str, Any]
    up: float = 0.0
    down: float = 0.0
    cores: float = 0.0

    def row(self, name: str) -> str:
        """Return the figures as a row of a table."""
        away = ("network", "wait", "paint", "encode", "decode")
        parts = " | ".join(f"{self.stages[stage]['p50']:.0f}" if stage in self.stages else "" for stage in away)
        rates = f"{self.up:.2f} | {self.down:.2f}" if self.up else " | "
        latency = f"{self.latency['p50']:.0f} | {self.latency['p95']:.0f}"
        return f"| {name} | {self.fps:.1f} | {latency} | {parts} | {rates} | {self.cores:.2f} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--size", default="480x480")
    options = parser.parse_args(arguments)
    columns = "fps | latency p50, ms | p95 | network | wait | paint | encode | decode | up, Mbit/s | down | cores"
    lines = [f"| | {columns} |", "|---" * 12 + "|"]
    with tempfile.TemporaryDirectory() as folder:
        session = f"live --camera {_CLIP} --size {options.size} --seconds {options.seconds:g} --no-governor"
        lines.append(_measure_here(Path(folder), session).row("here"))
        for name, (delay, jitter, loss) in _LINKS.items():
            lines.append(_measure_there(Path(folder), session, delay, jitter, loss).row(name))
        lines.append(_measure_here(Path(folder), session).row("here, again"))
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _puppet(folder: Path, arguments: str) -> str:
    """Return the shell command of Puppet with keys of its own."""
    return f"XDG_DATA_HOME={shlex.quote(str(folder))} {shlex.quote(sys.executable)} -m puppet {arguments}"


def _measure_here(folder: Path, session: str) -> Figures:
    stats = folder / "here.json"
    process = subprocess.Popen(_puppet(folder / "client", f"{session} --stats {stats}"), shell=True)
    return _figures(stats, _cores(process))


def _measure_there(folder: Path, session: str, delay: float, jitter: float, loss: float) -> Figures:
    stats, log = folder / "there.json", folder / "log"
    log.unlink(missing_ok=True)
    serve = _puppet(folder / "server", f"serve --port {REMOTE_PORT} > {log} 2>&1")
    wait = f"until grep -q 'Pairing code' {log}; do sleep 0.2; done"
    pair = _puppet(folder / "client", f"pair {THERE} --code $(grep -o 'code: .*' {log} | cut -c7-)")
    live = _puppet(folder / "client", f"{session} --remote {THERE} --stats {stats}")
    link = [
        *("unshare", "--map-root-user", "--net", sys.executable, "-m", "benchmarks.link"),
        *("--delay", str(delay), "--jitter", str(jitter), "--loss", str(loss)),
        *("--there", serve, "--here", f"{wait} && {pair} && {live}"),
    ]
    process = subprocess.Popen(link, stdout=subprocess.PIPE, text=True)
    cores = _cores(process, "--remote")
    assert process.stdout is not None
    carried = json.loads(process.stdout.read().splitlines()[-1])
    return _figures(stats, cores, carried)


def _cores(process: subprocess.Popen[Any], named: str = "live") -> float:
    """Wait for a process; return the share of a core that its descendant with `named` in the command has used."""
    began_s, used_s, lasted_s = 0.0, 0.0, 1.0
    while process.poll() is None:
        for child in psutil.Process(process.pid).children(recursive=True):
            try:
                if named in child.cmdline() and "-m" in child.cmdline():
                    began_s = began_s or time.monotonic()
                    times = child.cpu_times()
                    used_s, lasted_s = times.user + times.system, time.monotonic() - began_s
            except psutil.Error:
                continue
        time.sleep(0.25)
    return used_s / lasted_s


def _figures(stats: Path, cores: float, carried: dict[str, int] | None = None) -> Figures:
    found = json.loads(stats.read_text())
    rate = 8e-6 / found["seconds"]
    up, down = (rate * carried[name] for name in ("up_bytes", "down_bytes")) if carried else (0.0, 0.0)
    return Figures(found["fps"], found["latency_ms"], found["stages_ms"], up, down, cores)


if __name__ == "__main__":
    sys.exit(main())
