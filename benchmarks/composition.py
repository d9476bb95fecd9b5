"""Composition from the portrait's own pixels, by the size of the picture; alone: `python -m benchmarks.composition`."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial

from benchmarks.inputs import clip_frames
from benchmarks.results import Scale
from benchmarks.stopwatch import spent_cpu_ms, spent_ms
from benchmarks.timed_engines import interleaved, typical
from puppet.cli.console import result
from puppet.compositing.compositor import Compositor
from puppet.compositing.layered_compositor import Composition, Subject
from puppet.concurrency.shared_work import use_one_opencv_thread
from puppet.config import OFFLINE_CONTROLS
from puppet.domain import Frame, Inspection, Keypoints, Output, Picture
from puppet.engines.base import Engine
from puppet.engines.factory import open_engine
from puppet.media.pictures import read_picture
from puppet.packs import DEFAULT_PACK, open_pack
from puppet.pipeline.layered_portraits import OwnPixels
from puppet.pipeline.puppeteer import Puppeteer
from puppet.pipeline.scenes import AnimateScene
from puppet.tracking.tracker import MediaPipeTracker
from puppet.userdata.gallery import Gallery

SIDES_PX = (360, 540, 720, 1080)
_FRAME_S = 1 / 30


def open_own_pixels(engine: Engine) -> Puppeteer:
    """Return a puppeteer that composes the gallery's first portrait from its own pixels; takes seconds."""
    puppeteer = Puppeteer(engine, MediaPipeTracker(), own_pixels=OwnPixels.AT_ONCE)
    item = Gallery().portraits()[0]
    puppeteer.show(puppeteer.prepare(read_picture(item.path), item.name))
    return puppeteer


def measure(puppeteer: Puppeteer, frames: Sequence[Picture], count: int) -> list[Scale]:
    """Measure a frame's composition, and that of the model's square, in turn; and building the layers.

    Args:
        puppeteer: from `open_own_pixels`.
        frames: of the performer.
        count: rounds.
    """
    subject, poses = _inputs(puppeteer, frames)
    return [scale for side in SIDES_PX for scale in _of_side(subject, side, poses, count)]


def memory_mb(subject: Subject, side: int) -> float:
    """Return the megabytes of the layers and buffers of a square."""
    tracemalloc.start()
    kept = Composition(subject, (side, side), Output.CROP)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return used / 1e6


def _inputs(puppeteer: Puppeteer, frames: Sequence[Picture]) -> tuple[Subject, list[tuple[Inspection, Keypoints]]]:
    """Return the portrait, cut out, and its rendered squares for the frames."""
    engine, portrait = puppeteer.engine, puppeteer.portrait
    assert portrait is not None
    subject = puppeteer.layers.cut_out(portrait)
    assert subject is not None
    poses = []
    for index, frame in enumerate(frames):
        scene = puppeteer.look(Frame(frame, index * _FRAME_S, index), OFFLINE_CONTROLS)
        assert isinstance(scene, AnimateScene)
        poses.append((engine.inspect(portrait.code, portrait.keypoints, scene.driven), scene.driven))
    return subject, poses


def _of_side(subject: Subject, side: int, poses: Sequence[tuple[Inspection, Keypoints]], count: int) -> list[Scale]:
    size, what = (side, side), "composed square, px"
    began_s = time.perf_counter()
    own, square = Composition(subject, size, Output.CROP), Compositor(size)
    built_ms = (time.perf_counter() - began_s) * 1000

    def layers_ms(index: int) -> float:
        return spent_ms(partial(own.place, *poses[index % len(poses)]))

    def layers_cpu_ms(index: int) -> float:
        return spent_cpu_ms(partial(own.place, *poses[index % len(poses)]))

    def square_ms(index: int) -> float:
        picture = poses[index % len(poses)][0].picture
        return spent_ms(lambda: square.place(picture, subject.picture, subject.crop, Output.CROP))

    works: dict[str, Callable[[int], float]] = {
        "own pixels": layers_ms,
        "own pixels, CPU time of both threads": layers_cpu_ms,
        "the model's square, enlarged": square_ms,
    }
    times = interleaved(works, max(count, 2), len(poses))
    return [
        *(Scale(what, str(side), name, typical(spent)[0]) for name, spent in times.items()),
        Scale(what, str(side), "building the layers, on their thread", built_ms),
    ]


if __name__ == "__main__":
    use_one_opencv_thread()  # as a live session does
    opened, pictures = open_own_pixels(open_engine(open_pack(DEFAULT_PACK))), clip_frames(6)
    for scale in measure(opened, pictures, 12):
        result(f"{scale.value:>5} px  {scale.measured:<40} {scale.ms:8.2f} ms")
    person, _ = _inputs(opened, pictures[:1])
    for side in SIDES_PX:
        result(f"{side:>5} px  {'layers and buffers':<40} {memory_mb(person, side):8.1f} MB")
