"""The process of a trial: `python -m puppet.engines.trial_process FOLDER ENGINE PRECISION DEVICE SECONDS`.

Ends with 0 when the graphs ran, with 2 and a line when the library reported an error; anything else is a crash.
"""

from __future__ import annotations

import faulthandler
import sys
from contextlib import closing, suppress

import numpy as np

from puppet.config import EngineOptions
from puppet.engines.base import Engine, SwapPart
from puppet.engines.factory import open_here
from puppet.errors import PuppetError
from puppet.packs import open_pack


def main(folder: str, engine: str, precision: str, device: str, seconds: str) -> int:
    """Open the pack and run each of its graphs once."""
    faulthandler.dump_traceback_later(float(seconds), exit=True)  # when the process that waits for it is gone
    _leave_no_core()
    try:
        with closing(open_here(open_pack(folder), EngineOptions(engine, precision, device))) as opened:
            opened.warm_up()
            if opened.segments:
                _swap(opened)
    except PuppetError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _swap(engine: Engine) -> None:
    grey = np.full((engine.size, engine.size, 3), 127, np.uint8)
    keypoints = engine.detect(grey)
    part = SwapPart(engine.encode(grey, keypoints), keypoints, np.ones((16, 16), np.float32))
    engine.swap([part], grey, keypoints)


def _leave_no_core() -> None:
    with suppress(ImportError):  # Windows writes none
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
