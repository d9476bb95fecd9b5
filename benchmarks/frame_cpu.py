"""CPU time of a frame of the live loop by thread: `python -m benchmarks.frame_cpu [--seconds 8]`.

The session of `puppet bench`, unpaced. Where other processes share the cores, this can be compared and frame rates
cannot. The threads of OpenVINO, x264 and the decoder have no names of their own: they are counted together.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from functools import partial
from typing import Annotated

import psutil
import pyvirtualcam
import typer

from benchmarks.command_line import exit_code
from puppet.cameras.file_cameras import VideoFile
from puppet.cameras.opening import BUNDLED_CLIP
from puppet.cli.console import log_to_stderr, result
from puppet.config import DEFAULT_SIZE, LIVE_CONTROLS, EngineOptions
from puppet.domain import Framing
from puppet.live.benchmark import BACKEND, DiscardingBackend
from puppet.live.session import Session
from puppet.media.files import temporary_folder
from puppet.media.portrait_file import read_portrait
from puppet.pipeline.layered_portraits import OwnPixels
from puppet.pipeline.opening import open_puppeteer, show_pictures
from puppet.userdata.gallery import Gallery

_WARM_UP_FRAMES = 20


def run(
    seconds: Annotated[float, typer.Option("--seconds", help="Duration after the warm-up.")] = 8.0,
    engine: Annotated[str, typer.Option("--engine", help="As for `puppet bench`.")] = "auto",
    precision: Annotated[str, typer.Option("--precision", help="As for `puppet bench`.")] = "auto",
) -> None:
    """Measure the CPU time of a frame."""
    log_to_stderr(False)
    pyvirtualcam.register_backend(BACKEND, DiscardingBackend)
    options = EngineOptions(engine, precision)
    puppeteer = open_puppeteer("face", options, Framing.AUTO, DEFAULT_SIZE, own_pixels=OwnPixels.AT_ONCE)
    portrait = Gallery().portraits()[0]
    show_pictures(puppeteer, [(read_portrait(portrait.path), portrait.name)])
    session = Session(puppeteer, partial(VideoFile, BUNDLED_CLIP, True, "unpaced"), LIVE_CONTROLS)
    with temporary_folder() as folder:
        try:
            session.start()
            session.start_recording(folder / "frames.mp4")
            session.start_virtual_camera()
            while session.running and session.status().rendered < _WARM_UP_FRAMES:
                session.join(0.05)
            _report(session, seconds)
        finally:
            session.stop()


def _report(session: Session, seconds: float) -> None:
    frames, before, began_s = session.status().rendered, _cpu_s(), time.monotonic()
    session.join(seconds)
    frames, spent = session.status().rendered - frames, _cpu_s()
    spent.subtract(before)
    rate, load = frames / (time.monotonic() - began_s), psutil.getloadavg()[0]
    result(f"{session.status().engine}; load {load:.0f}; {frames} frames, {rate:.1f} a second")
    for name, cpu_s in [("all", spent.total()), *spent.most_common()]:
        result(f"{name:<24} {1000 * cpu_s / max(frames, 1):7.1f} ms a frame")


def _cpu_s() -> Counter[str]:
    """Return the CPU seconds of the process so far, by the names of its threads."""
    names = {thread.native_id: thread.name for thread in threading.enumerate()}
    spent = Counter[str]()
    for thread in psutil.Process().threads():
        spent[names.get(thread.id, "libraries")] += thread.user_time + thread.system_time
    return spent


if __name__ == "__main__":
    sys.exit(exit_code(run))
