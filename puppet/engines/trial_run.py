"""Open a pack's graphs in a short-lived process first: one that crashes its library must not end this process.

A graph is untrusted input to a C++ library. Packs that ship with Puppet need no trial. A result is remembered by the
files' checksums, the library's version and the options, so that the next start does not wait. Any thread; blocks.
"""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from puppet.config import EngineOptions
from puppet.engines.disk_cache import cache_folder, cache_key, library_versions, read_cached, write_cached
from puppet.engines.runtimes.onnxruntime import has_gpu_provider
from puppet.engines.runtimes.plugins import PLUGINS
from puppet.errors import EngineError
from puppet.packs import Pack

MAX_S = 120.0
MAX_GPU_S = 900.0
"""TensorRT builds its engines for minutes."""
_MAX_BYTES = 3 << 30
_BYTES_FOR_EACH = 8  # of the pack's files: a library unpacks, folds and reorders weights
_POLL_S = 0.05
_FROM_OUTSIDE = ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP")
"""Signals of the system or a person: they say nothing about a graph."""
_SUCCEEDED, _CRASHED = b"ok", b"crashed"
_ROOT = Path(__file__).parents[2]
_log = logging.getLogger(__name__)


def check_trial(pack: Pack, options: EngineOptions) -> None:
    """Run a pack's graphs once in another process, unless it ships with Puppet or that went well before.

    On a plug-in of ONNX Runtime the shipped ones are tried, too: its library and driver are not Puppet's choice.

    An error that the library reports is no reason to refuse: opening it here reports it again.

    Raises:
        EngineError: that process crashed, or exceeded the limits of time or memory.
    """
    if pack.is_bundled and options.device not in PLUGINS:
        return
    path = cache_folder("trials") / _key(pack, options)
    known = read_cached(path)
    if known == _SUCCEEDED:
        return
    reason = "it crashed before" if known == _CRASHED else _reason(pack, options, path)
    if reason:
        raise EngineError(
            f"Pack {pack.name}: its graphs cannot be run by {options} ({reason}); choose another --engine"
        )


def _reason(pack: Pack, options: EngineOptions, remembered: Path) -> str:
    """Run the process; return why the graphs must not be opened here, or ""."""
    command = [sys.executable, "-m", "puppet.engines.trial_process", str(pack.folder.resolve()), *_names(options)]
    time_s = MAX_S if options.device == "cpu" or not has_gpu_provider() else MAX_GPU_S
    size = sum(path.stat().st_size for name in pack.files if (path := pack.file(name)).exists())
    nothing = subprocess.DEVNULL
    process = subprocess.Popen([*command, str(time_s)], stdin=nothing, stdout=nothing, stderr=nothing, cwd=_ROOT)
    try:
        code = _wait(process, time_s, _MAX_BYTES + _BYTES_FOR_EACH * size)
    finally:
        process.kill()
        process.wait()
    if isinstance(code, str):
        return code
    _log.debug("trial of pack %s by %s ended with %d", pack.name, options, code)
    if code in (0, 2):  # 2: an error in words
        if code == 0:
            write_cached(remembered, _SUCCEEDED)
        return ""
    if code >= 0:  # Windows gives crashes numbers; 1 is an exception, which may not come again
        if code > 1:
            write_cached(remembered, _CRASHED)
        return f"a trial ended with code {code}"
    name = signal.Signals(-code).name
    if name not in _FROM_OUTSIDE:
        write_cached(remembered, _CRASHED)
    return f"a trial ended by {name}"


def _wait(process: subprocess.Popen[bytes], time_s: float, most_bytes: int) -> int | str:
    """Return the exit code, or the limit that was exceeded."""
    end_s = time.monotonic() + time_s
    while (code := process.poll()) is None:
        if time.monotonic() > end_s:
            return f"a trial took more than {time_s:g} s"
        try:
            used = psutil.Process(process.pid).memory_info().rss
        except psutil.Error:  # it has just ended
            used = 0
        if used > most_bytes:
            return f"a trial took more than {most_bytes >> 30} GiB of memory"
        time.sleep(_POLL_S)
    return code


def _key(pack: Pack, options: EngineOptions) -> str:
    files = [f"{name} {digest}" for name, digest in sorted(pack.files.items())]
    return cache_key(*_names(options), *library_versions(), *files)


def _names(options: EngineOptions) -> tuple[str, str, str]:
    return options.engine, options.precision, options.device
