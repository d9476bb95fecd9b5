"""`auto`: which of the installed engines renders a pack the fastest here. Measured once, then remembered.

What was found is kept in the user's cache folder for this machine, this pack and these versions. Any thread; blocks
for the time of the trial.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata

import numpy as np

from puppet.domain import EngineInfo, Keypoints
from puppet.engines.base import Engine
from puppet.engines.cache import cache_folder, cache_key, keep, read_kept
from puppet.errors import EngineError
from puppet.geometry.landmarks import mean_face
from puppet.hardware import this_machine
from puppet.packs import Pack

LONGEST_S = 3.0
_RENDERS, _RENDERS_S = 5, 0.3
_GAIN = 0.9  # of the time at fp32: what a lower precision must stay below, for noise is no reason to take it
_WHEELS = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "openvino", "torch", "puppet")
_REST = 0.3  # size of the mean face in the square
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine, under the names of the command line."""

    engine: str
    precision: str
    device: str

    def __str__(self) -> str:
        return f"{self.engine} {self.precision}" + ("" if self.device == "auto" else f" {self.device}")


def fastest(
    pack: Pack,
    candidates: Sequence[Choice],
    open_choice: Callable[[Choice], Engine],
    clock: Callable[[], float] = time.perf_counter,
) -> Choice:
    """The fastest of `candidates`, from memory or by a trial of at most `LONGEST_S` or so.

    Args:
        pack: what shall be rendered.
        candidates: at least one, the likely fastest first; among about equally fast ones one at fp32 is taken.
        open_choice: opens an engine; EngineError: it is left out.
        clock: seconds.

    Raises:
        EngineError: none could be opened; the message has every reason.
    """
    if len(candidates) == 1:
        return candidates[0]
    path = cache_folder("choices") / _key(pack, candidates)
    if (remembered := _remembered(read_kept(path), candidates)) is not None:
        chosen, why = remembered
        _log.info("engine: %s", why)
        return chosen
    times_ms, reasons = _measure(candidates, open_choice, clock)
    if not times_ms:
        raise EngineError("; ".join(dict.fromkeys(reasons.values())))
    chosen = _best(times_ms)
    why = explain(chosen, times_ms, reasons)
    _log.info("engine: %s", why)
    keep(path, json.dumps([chosen.engine, chosen.precision, chosen.device, why]).encode())
    return chosen


def explain(chosen: Choice, times_ms: dict[Choice, float], reasons: dict[Choice, str]) -> str:
    """One line about a trial."""
    tried = ", ".join(f"{choice} {spent_ms:.1f} ms" for choice, spent_ms in times_ms.items())
    grouped: dict[str, list[str]] = {}
    for choice, why in reasons.items():
        grouped.setdefault(why, []).append(str(choice))
    left_out = "".join(f"; {', '.join(choices)} left out: {why}" for why, choices in grouped.items())
    return f"{chosen} chosen ({tried}{left_out})"


def _best(times_ms: dict[Choice, float]) -> Choice:
    quickest = min(times_ms, key=lambda choice: times_ms[choice])
    near = [choice for choice in times_ms if _GAIN * times_ms[choice] <= times_ms[quickest]]
    return next((choice for choice in near if choice.precision == "fp32"), quickest)


def _measure(
    candidates: Sequence[Choice], open_choice: Callable[[Choice], Engine], clock: Callable[[], float]
) -> tuple[dict[Choice, float], dict[Choice, str]]:
    times_ms: dict[Choice, float] = {}
    reasons: dict[Choice, str] = {}
    started_s = clock()
    longest_s = 0.0
    seen: set[EngineInfo] = set()
    for choice in candidates:
        now_s = clock()
        if times_ms and now_s - started_s + longest_s > LONGEST_S:
            reasons[choice] = "no time to try it"
            continue
        try:
            engine = open_choice(choice)
            if engine.info in seen:
                engine.close()
                continue
            seen.add(engine.info)
            times_ms[choice] = _render_ms(engine, clock)
        except EngineError as error:
            reasons[choice] = str(error)
        longest_s = max(longest_s, clock() - now_s)
    return times_ms, reasons


def _render_ms(engine: Engine, clock: Callable[[], float]) -> float:
    """The quickest of some frames: detection, where the pack has it, and rendering; the first one is not counted."""
    try:
        picture = np.random.default_rng(0).integers(0, 256, (engine.size, engine.size, 3), np.uint8)
        mean = (_REST * mean_face()).astype(np.float32)
        landmarks = None if engine.detects else Keypoints(mean[:, :2], mean[:, 2])
        rest = engine.detect(picture, landmarks)
        code = engine.encode(picture, rest)
        times_s: list[float] = []
        while len(times_s) < 2 or (len(times_s) <= _RENDERS and sum(times_s) < _RENDERS_S):
            started_s = clock()
            engine.render(code, rest, engine.detect(picture, landmarks))
            times_s.append(clock() - started_s)
        return 1000 * min(times_s[1:])
    finally:
        engine.close()


def _remembered(kept: bytes | None, candidates: Sequence[Choice]) -> tuple[Choice, str] | None:
    """What was kept and why, when it is one of the candidates."""
    try:
        engine, precision, device, why = json.loads(kept) if kept else ("", "", "", "")
    except (ValueError, TypeError):
        return None
    choice = Choice(str(engine), str(precision), str(device))
    return (choice, str(why)) if choice in candidates else None


def _key(pack: Pack, candidates: Sequence[Choice]) -> str:
    machine = this_machine()
    files = [f"{name} {digest}" for name, digest in sorted(pack.files.items())]
    return cache_key(machine.processor, str(machine.cores), *_versions(), *map(str, candidates), *files)


def _versions() -> list[str]:
    found = []
    for wheel in _WHEELS:
        try:
            found.append(f"{wheel} {metadata.version(wheel)}")
        except metadata.PackageNotFoundError:
            continue
    return found
