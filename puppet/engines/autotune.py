"""Choose the fastest installed engine for a pack, measured once and then remembered.

The choice is kept in the user's cache folder for this machine, this pack and these library versions. Any thread; blocks
during the trial.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence

import numpy as np

from puppet.config import EngineOptions
from puppet.domain import EngineInfo
from puppet.engines.base import Engine
from puppet.engines.disk_cache import cache_folder, cache_key, library_versions, read_cached, write_cached
from puppet.errors import EngineError
from puppet.geometry.landmarks import rest_pose
from puppet.hardware import this_machine
from puppet.packs import Pack

MAX_TRIAL_S = 3.0
_RENDERS, _RENDERS_S = 5, 0.3
_MAX_RATIO = 0.9  # a lower precision must take less than this share of fp32's time: smaller gains are noise
_log = logging.getLogger(__name__)


def fastest(
    pack: Pack,
    candidates: Sequence[EngineOptions],
    open_engine: Callable[[EngineOptions], Engine],
    clock: Callable[[], float] = time.perf_counter,
) -> EngineOptions:
    """Return the fastest of `candidates`, from the cache or by a trial of about `MAX_TRIAL_S`.

    Args:
        pack: the pack to render.
        candidates: at least one, the likely fastest first; of about equally fast ones one at fp32 is taken.
        open_engine: opens an engine; a candidate for which it raises EngineError is left out.
        clock: seconds.

    Raises:
        EngineError: no candidate could be opened; the message has every reason.
    """
    if len(candidates) == 1:
        return candidates[0]
    path = cache_folder("choices") / trial_key(pack, candidates)
    if (remembered := _remembered(read_cached(path), candidates)) is not None:
        chosen, explanation = remembered
        _log.info("engine: %s", explanation)
        return chosen
    times_ms, reasons = _measure(candidates, open_engine, clock)
    if not times_ms:
        raise EngineError("; ".join(dict.fromkeys(reasons.values())))
    chosen = _best(times_ms)
    explanation = explain(chosen, times_ms, reasons)
    _log.info("engine: %s", explanation)
    write_cached(path, json.dumps([chosen.engine, chosen.precision, chosen.device, explanation]).encode())
    return chosen


def trial_key(pack: Pack, candidates: Sequence[EngineOptions]) -> str:
    """Return the key of what is measured with these candidates: of this machine, the libraries and the pack's files."""
    machine = this_machine()
    files = [f"{name} {digest}" for name, digest in sorted(pack.files.items())]
    return cache_key(machine.processor, str(machine.cores), *library_versions(), *map(str, candidates), *files)


def explain(chosen: EngineOptions, times_ms: dict[EngineOptions, float], reasons: dict[EngineOptions, str]) -> str:
    """Return one line about a trial: the choice, the times, and why candidates were left out."""
    tried = ", ".join(f"{choice} {spent_ms:.1f} ms" for choice, spent_ms in times_ms.items())
    grouped: dict[str, list[str]] = {}
    for choice, reason in reasons.items():
        grouped.setdefault(reason, []).append(str(choice))
    left_out = "".join(f"; {', '.join(choices)} left out: {reason}" for reason, choices in grouped.items())
    return f"{chosen} chosen ({tried}{left_out})"


def _best(times_ms: dict[EngineOptions, float]) -> EngineOptions:
    quickest = min(times_ms, key=lambda choice: times_ms[choice])
    near = [choice for choice in times_ms if _MAX_RATIO * times_ms[choice] <= times_ms[quickest]]
    return next((choice for choice in near if choice.precision == "fp32"), quickest)


def _measure(
    candidates: Sequence[EngineOptions],
    open_engine: Callable[[EngineOptions], Engine],
    clock: Callable[[], float],
) -> tuple[dict[EngineOptions, float], dict[EngineOptions, str]]:
    """Return the milliseconds of each candidate measured, and why the others were left out."""
    times_ms: dict[EngineOptions, float] = {}
    reasons: dict[EngineOptions, str] = {}
    started_s = clock()
    longest_s = 0.0
    seen: set[EngineInfo] = set()
    for choice in candidates:
        now_s = clock()
        if times_ms and now_s - started_s + longest_s > MAX_TRIAL_S:
            reasons[choice] = "no time to try it"
            continue
        try:
            engine = open_engine(choice)
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
    """Detect and render some frames, and close the engine; return the quickest one's time, without the first."""
    try:
        picture = np.random.default_rng(0).integers(0, 256, (engine.size, engine.size, 3), np.uint8)
        landmarks = None if engine.detects else rest_pose()
        source = engine.detect(picture, landmarks)
        code = engine.encode(picture, source)
        times_s: list[float] = []
        while len(times_s) < 2 or (len(times_s) <= _RENDERS and sum(times_s) < _RENDERS_S):
            started_s = clock()
            engine.render(code, source, engine.detect(picture, landmarks))
            times_s.append(clock() - started_s)
        return 1000 * min(times_s[1:])
    finally:
        engine.close()


def _remembered(cached: bytes | None, candidates: Sequence[EngineOptions]) -> tuple[EngineOptions, str] | None:
    """Return the cached choice and its explanation when it is one of the candidates."""
    try:
        engine, precision, device, explanation = json.loads(cached) if cached else ("", "", "", "")
    except (ValueError, TypeError, RecursionError):
        return None
    choice = EngineOptions(str(engine), str(precision), str(device))
    return (choice, str(explanation)) if choice in candidates else None
