"""A strong machine for `benchmarks.remote`: answers each pose with the next picture of the bundled clip.

So the other end is measured as beside a machine that paints in a few milliseconds, on its own cores.
"""

from __future__ import annotations

import itertools
import sys
import time

import av
import numpy as np

from puppet.cameras.opening import BUNDLED_CLIP
from puppet.config import EngineOptions, ServeOptions
from puppet.domain import Picture
from puppet.remote.motion_packet import MotionPacket
from puppet.remote.opening import serve
from puppet.remote.studio import Studio

_PICTURES = 90
_PAINT_S = 0.008


def main() -> None:
    """Serve pictures of a width and height at a port: the three arguments."""
    width, height, port = map(int, sys.argv[1:])
    with av.open(str(BUNDLED_CLIP)) as clip:
        frames = itertools.islice(clip.decode(video=0), _PICTURES)
        pictures = [np.asarray(frame.reformat(width, height, "rgb24").to_ndarray(), np.uint8) for frame in frames]

    def paint(_studio: Studio, packet: MotionPacket) -> Picture:
        time.sleep(_PAINT_S)
        return pictures[packet.number % _PICTURES]

    setattr(Studio, "_paint_pose", paint)  # noqa: B010 # everything else is the real thing
    serve("face", EngineOptions(), ServeOptions(port=port), lambda line: print(line, flush=True))  # noqa: T201


if __name__ == "__main__":
    main()
