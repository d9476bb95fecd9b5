"""Cut a portrait out in a process of its own, so that a live session keeps the processor: the twin of `cutout`.

A thread of low priority would not do: the loop would wait for it whenever it holds the interpreter's lock. The process
is `python -m puppet.compositing.cutout_process`: arrays on its standard input, the cut-out's on its standard output.
Any thread; the functions block, and the process ends within a moment when the work is no longer needed.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import cv2
import numpy as np
import psutil
from numpy.typing import NDArray

from puppet.compositing import cutout as here
from puppet.compositing.cutout import Cutout, Region
from puppet.domain import Floats, Picture
from puppet.errors import MediaError
from puppet.geometry.crop import CropBox

_POLL_S = 0.1
_CUT_OUT_NICE, _TEXTURE_NICE = 1, 5
"""Niceness: a cut-out is waited for, and takes a second; a better background takes many. At 10, two busy cores finished
neither in 20 s."""
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_ROOT = Path(__file__).parents[2]

_Arrays = dict[str, NDArray[Any]]


def cut_out(
    picture: Picture, crop: CropBox, face: Floats, stopped: Callable[[], bool] = lambda: False, *, whole: bool = False
) -> Cutout | None:
    """Return `cutout.cut_out` of the same arguments. Raises MediaError: the process failed."""
    if (kept := here.kept_cutout(picture, crop, whole=whole)) is not None:
        return kept
    square = np.array((crop.x, crop.y, crop.side))
    return _run({"picture": picture, "crop": square, "face": face, "whole": np.array(whole)}, stopped, _CUT_OUT_NICE)


def with_texture(cutout: Cutout, picture: Picture, stopped: Callable[[], bool] = lambda: False) -> Cutout | None:
    """Return `cutout.with_texture` of the same arguments. Raises MediaError: the process failed."""
    return _run({"picture": picture} | _arrays(cutout), stopped, _TEXTURE_NICE)


def _run(request: _Arrays, stopped: Callable[[], bool], nice: int) -> Cutout | None:
    """Run a process; None when it found nothing, or was stopped."""
    command = [sys.executable, "-m", "puppet.compositing.cutout_process"]
    with TemporaryFile() as given, TemporaryFile() as answer, TemporaryFile() as errors:
        np.savez(given, **request)  # type: ignore[arg-type]  # its stub knows no keyword arguments but allow_pickle
        given.seek(0)
        process = subprocess.Popen(
            command, stdin=given, stdout=answer, stderr=errors, cwd=_ROOT, env=os.environ | _ONE_THREAD
        )
        try:
            code = _wait(process, stopped, nice)
        finally:
            process.kill()
            process.wait()
        if code is None:
            return None
        for file in (answer, errors):
            file.seek(0)
        if code:
            last = errors.read().decode(errors="replace").strip().rpartition("\n")[2]
            raise MediaError(f"The process that cuts portraits out ended with code {code}; {last}")
        found = _read(answer.read())
    return _cutout(found) if found else None


def _wait(process: subprocess.Popen[bytes], stopped: Callable[[], bool], nice: int) -> int | None:
    """Return the exit code of a process; None when it was stopped."""
    with suppress(psutil.Error):  # it has ended already
        low = psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else nice
        psutil.Process(process.pid).nice(low)
    while True:
        try:
            return process.wait(_POLL_S)
        except subprocess.TimeoutExpired:
            if stopped():
                return None


def main() -> int:
    """Answer one request: body of the process."""
    cv2.setNumThreads(1)
    request = _read(sys.stdin.buffer.read())
    picture = request["picture"]
    if "matte" in request:
        found = here.with_texture(_cutout(request), picture)
    else:
        crop = CropBox(*request["crop"].tolist())
        found = here.cut_out(picture, crop, request["face"], whole=bool(request["whole"]))
    np.savez(sys.stdout.buffer, **(_arrays(found) if found is not None else {}))  # type: ignore[arg-type]  # see _run
    return 0


def _arrays(cutout: Cutout) -> _Arrays:
    region = np.array(list(asdict(cutout.region).values()))
    arrays = {"region": region, "matte": cutout.matte, "background": cutout.background}
    arrays |= {"name": np.array(cutout.name), "finished": np.array(cutout.finished)}
    return arrays if cutout.mixed_in is None else arrays | {"mixed_in": cutout.mixed_in}


def _cutout(arrays: _Arrays) -> Cutout:
    left, top, right, bottom, scale = arrays["region"].tolist()
    region = Region(int(left), int(top), int(right), int(bottom), scale)
    name, finished = str(arrays["name"]), bool(arrays["finished"])
    return Cutout(region, arrays["matte"], arrays["background"], arrays.get("mixed_in"), name, finished)


def _read(content: bytes) -> _Arrays:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return dict(arrays)


if __name__ == "__main__":
    sys.exit(main())
