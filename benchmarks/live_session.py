"""A live session over time: its first seconds while layers are built, switching portraits, memory over minutes.

    python -m benchmarks.live_session [--seconds 20] [--switches 6] [--minutes 10] [--engine openvino --precision int8]

The bundled clip plays in place of a camera, at 1280×720 with the portrait's own pixels, without sinks and without a
governor. The first portrait is one that no cache knows. *Longest gap*: between two finished frames, around the switches
and elsewhere.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import cycle, islice
from typing import Annotated

import numpy as np
import psutil
import typer

from benchmarks.command_line import exit_code
from puppet.cameras.file_cameras import VideoFile
from puppet.cameras.opening import BUNDLED_CLIP
from puppet.cli.console import log_to_stderr, result
from puppet.config import DEFAULT_SIZE, LIVE_CONTROLS, EngineOptions
from puppet.domain import Framing, Picture
from puppet.live.session import Session
from puppet.live.statistics import resident_mb
from puppet.media.pictures import read_picture
from puppet.pipeline.layered_portraits import OwnPixels
from puppet.pipeline.opening import open_puppeteer
from puppet.pipeline.puppeteer import Puppeteer
from puppet.pipeline.scenes import Portrait
from puppet.userdata.gallery import Gallery

_POLL_S = 0.003
_PER_S = 5.0  # frames are counted over so many seconds
_SWITCH_S = 3.0
_AROUND_S = 0.5  # after a switch
_MEMORY_S = 15.0


def run(
    seconds: Annotated[float, typer.Option("--seconds", help="Duration of the first part.")] = 20.0,
    switches: Annotated[int, typer.Option("--switches", help="Number of switches; 0: none.")] = 6,
    minutes: Annotated[float, typer.Option("--minutes", help="Duration of the last part; 0: none.")] = 0.0,
    engine: Annotated[str, typer.Option("--engine", help="As for `puppet bench`.")] = "auto",
    precision: Annotated[str, typer.Option("--precision", help="As for `puppet bench`.")] = "auto",
) -> None:
    """Measure frame rate, gaps and memory of a live session."""
    log_to_stderr(False)
    with _session(EngineOptions(engine, precision)) as (session, puppeteer):
        items = Gallery().portraits()
        portrait = session.prepare(_unknown(read_picture(items[0].path)), items[0].name)
        session.show(portrait)
        session.start()
        _report_start(session, puppeteer, portrait, seconds)
        if switches:
            portraits = [session.prepare(read_picture(item.path), item.name) for item in items[:3]]
            _report_switches(session, list(islice(cycle(portraits), switches)))
        if minutes:
            _report_memory(session, 60 * minutes)


@contextmanager
def _session(options: EngineOptions) -> Iterator[tuple[Session, Puppeteer]]:
    puppeteer = open_puppeteer("face", options, Framing.AUTO, DEFAULT_SIZE, own_pixels=OwnPixels.LATER)
    session = Session(puppeteer, partial(VideoFile, BUNDLED_CLIP), LIVE_CONTROLS)
    try:
        yield session, puppeteer
    finally:
        session.stop()


def _unknown(picture: Picture) -> Picture:
    """Return a picture whose background was never painted: with noise of one grey level in its first row."""
    changed = picture.copy()
    changed[0] ^= np.random.default_rng().integers(0, 2, changed[0].shape, np.uint8)
    return changed


def _report_start(session: Session, puppeteer: Puppeteer, portrait: Portrait, seconds: float) -> None:
    began_s, finished, ready = time.monotonic(), list[float](), dict[str, float]()
    first = None
    for finished_s in _frames(session, began_s + seconds):
        finished.append(finished_s)
        found = puppeteer.layers.find(portrait, LIVE_CONTROLS.output, DEFAULT_SIZE)
        first = first or found
        for name, done in (("layers", found is not None), ("painted background", found is not first)):
            if done:
                ready.setdefault(name, finished_s - began_s)
    counts, _ = np.histogram(np.array(finished) - began_s, np.arange(0, seconds + _PER_S / 2, _PER_S))
    rates = ", ".join(f"{count / _PER_S:.1f}" for count in counts)
    result(f"load {_load()}; frames per second, {_PER_S:g} s each: {rates}")
    result("; ".join(f"{name} after {after_s:.1f} s" for name, after_s in ready.items()) or "no layers")
    result(f"longest gap {_longest_ms(finished):.0f} ms")


def _report_switches(session: Session, portraits: Sequence[Portrait]) -> None:
    """Show the portraits twice: the first time layers are built after the switch, the second time some are known."""
    for when in ("first", "second"):
        around, elsewhere = list[float](), list[float]()
        for portrait in portraits:
            elsewhere.append(_longest_ms(list(_frames(session, time.monotonic() + _SWITCH_S))))
            session.show(portrait)
            around.append(_longest_ms(list(_frames(session, time.monotonic() + _AROUND_S))))
        gaps = " / ".join(f"{np.median(each):.0f} and {max(each):.0f} ms" for each in (around, elsewhere))
        result(f"load {_load()}; {len(portraits)} switches, the {when} time; longest gap around / elsewhere: {gaps}")


def _report_memory(session: Session, seconds: float) -> None:
    began_s = time.monotonic()
    memory = [resident_mb()]
    while time.monotonic() < began_s + seconds:
        session.join(_MEMORY_S)
        memory.append(resident_mb())
    rendered = session.status().rendered
    result(f"load {_load()}; memory each {_MEMORY_S:g} s, MB: {', '.join(f'{each:.0f}' for each in memory)}")
    result(f"{rendered} frames; growth in the second half {memory[-1] - memory[len(memory) // 2]:.0f} MB")


def _frames(session: Session, until_s: float) -> Iterator[float]:
    """Yield the times at which frames were finished."""
    newest = session.preview()
    while session.running and time.monotonic() < until_s:
        latest = session.preview()
        if latest is not None and latest is not newest:
            newest = latest
            yield latest.finished_s
        time.sleep(_POLL_S)


def _longest_ms(finished: Sequence[float]) -> float:
    return 1000 * float(np.diff(finished).max(initial=0.0))


def _load() -> str:
    return f"{psutil.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    sys.exit(exit_code(run))
