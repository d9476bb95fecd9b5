"""The light end of `benchmarks.remote`: runs a session without outputs, and prints figures of its pictures as JSON."""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.link import DEVICE
from puppet.cameras.opening import BUNDLED_CLIP
from puppet.cli.console import log_to_stderr
from puppet.config import LiveOptions
from puppet.live.opening import open_session
from puppet.live.session import Session
from puppet.live.statistics import resident_mb
from puppet.remote.renderer import LATEST_S

_WARM_UP_S = 8.0  # after the first picture of the right machine, which builds the portrait's layers meanwhile
_FIRST_S = 60.0
_POLL_S = 0.002
_VIDEO = ("puppet-remote", "puppet-remote-pictures", "video-decoder", "puppet-renderer", "puppet-painter")


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of a span of time; times in milliseconds.

    Attributes:
        fps: pictures a second of the right machine: the other one with `--remote`, else this one.
        here: pictures a second that this machine painted in place of the other.
        p50, p95, most: from capture to preview.
        gap: the longest time without a new picture.
        late: number of pictures that were older than `LATEST_S`.
        stages: medians.
        used: by this process and by its threads of connection and video, as the share of a core; sent and received over
            the device of `benchmarks.link`, in Mbit/s.
        memory: resident, in megabytes, at the end.
    """

    fps: float
    here: float
    p50: float
    p95: float
    most: float
    gap: float
    late: int
    stages: dict[str, float]
    used: list[float]
    memory: float


@dataclass(frozen=True, slots=True)
class _Shown:
    at_s: float
    age_ms: float
    stages_ms: dict[str, float]
    away: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure one session, a span after the other. Raises TimeoutError when the right machine paints nothing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--remote")
    parser.add_argument("--size", default="480x480")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--spans", type=int, default=1)
    options = parser.parse_args(arguments)
    log_to_stderr(False)
    width, height = map(int, options.size.split("x"))
    chosen = LiveOptions(str(BUNDLED_CLIP), size=(width, height), governor=False, remote=options.remote)
    session, away = open_session(chosen), options.remote is not None
    try:
        session.start()
        if not any(shown.away is away for shown in _pictures(session, _FIRST_S)):
            raise TimeoutError(f"No picture in {_FIRST_S:.0f} s: {session.status().message or session.error()}")
        list(_pictures(session, _WARM_UP_S))
        for _ in range(options.spans):
            sys.stdout.write(json.dumps(asdict(_measure(session, options.seconds, away=away))) + "\n")
            sys.stdout.flush()
    finally:
        session.stop()
    return 0


def _measure(session: Session, seconds: float, *, away: bool) -> Figures:
    before = _used()
    pictures = list(_pictures(session, seconds))
    used = ((_used() - before) / seconds).tolist()
    right = [shown for shown in pictures if shown.away is away]
    ages_ms = np.array([shown.age_ms for shown in right] or [np.nan])
    stages = {name for shown in right for name in shown.stages_ms}
    p50, p95, most = np.percentile(ages_ms, (50, 95, 100))
    return Figures(
        len(right) / seconds,
        (len(pictures) - len(right)) / seconds,
        *(float(p50), float(p95), float(most)),
        1000 * float(np.diff([shown.at_s for shown in pictures]).max(initial=0)),
        int((ages_ms > 1000 * LATEST_S).sum()),
        {name: float(np.median([shown.stages_ms.get(name, 0.0) for shown in right])) for name in sorted(stages)},
        used,
        resident_mb(),
    )


def _used() -> NDArray[np.float64]:
    """Return seconds of the process and of its threads of connection and video, and Mbit sent and received."""
    threads = (thread.ident or 0 for thread in threading.enumerate() if thread.name in _VIDEO)
    video_s = sum(time.clock_gettime(time.pthread_getcpuclockid(thread)) for thread in threads)
    link = psutil.net_io_counters(pernic=True).get(DEVICE)
    sent, received = (link.bytes_sent, link.bytes_recv) if link else (0, 0)
    return np.array([time.process_time(), video_s, 8e-6 * sent, 8e-6 * received])


def _pictures(session: Session, seconds: float) -> Iterator[_Shown]:
    """Yield each new picture in the preview."""
    until_s, last = time.monotonic() + seconds, session.preview()
    while (now_s := time.monotonic()) < until_s:
        if (rendered := session.preview()) is not None and rendered is not last:
            last, age_ms = rendered, 1000 * (now_s - rendered.frame.captured_s)
            yield _Shown(now_s, age_ms, rendered.stages_ms, "network" in rendered.stages_ms)
        time.sleep(_POLL_S)


if __name__ == "__main__":
    sys.exit(main())
