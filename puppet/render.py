"""A picture and a driving clip become a video: every driving frame goes through the same `Puppeteer.step` as live.

One thread, blocking; frames keep the clip's times, so constant and variable rates and the sound stay as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from puppet.assembly import open_puppeteer, show_picture
from puppet.config import RenderOptions
from puppet.domain import Frame, Framing, Motion, Picture
from puppet.engines import Engine
from puppet.errors import ConfigError
from puppet.neutral import Shape, best_frame, first_frame, landmark_shape, learned_shape, numbered_frame, source_shape
from puppet.outputs import VIDEO_EXTENSIONS, check_output
from puppet.pictures import read_picture
from puppet.puppeteer import Puppeteer
from puppet.tracking import MediaPipeTracker
from puppet.video import VideoReader, VideoWriter

Progress = Callable[[int, int | None], None]
EXTENSIONS = {"h264": VIDEO_EXTENSIONS, "ffv1": (".mkv",)}


def animate(
    source: Path,
    driving: Path,
    out: Path,
    options: RenderOptions,
    *,
    overwrite: bool = False,
    progress: Progress = lambda done, total: None,
) -> int:
    """Render `driving` with the face of `source` into `out`, which appears whole or not at all.

    Args:
        source: a picture.
        driving: a video.
        out: .mp4, .mkv or .mov; .mkv for ffv1.
        options: pack, motion, framing, neutral frame, codec, sound, engine.
        overwrite: replace `out` when it exists; it stays as it is until the new video is whole.
        progress: called with the frames done and in all, or None when nobody knows how many there are.

    Returns:
        The number of frames: as many as the clip has.

    Raises:
        MediaError: a file cannot be read or written.
        TrackingError: no face in the source, or in no frame of the clip.
        ConfigError: the input is the output, or DRIVING is a motion template.
        PackError, EngineError: see `open_puppeteer`.
    """
    _check(source, driving, out, options, overwrite)
    picture = read_picture(source)
    with ExitStack() as opened:
        reader = opened.enter_context(VideoReader(driving))  # a bad clip is refused before anything slow
        puppeteer = opened.enter_context(
            closing(open_puppeteer(options.pack, options.engine, options.framing, size=None))
        )
        show_picture(puppeteer, picture, source.name)
        if options.controls.motion is Motion.RELATIVE:
            puppeteer.set_neutral(_neutral(puppeteer.engine, picture, reader, options))
        return _render(puppeteer, reader, out, options, progress)


def _check(source: Path, driving: Path, out: Path, options: RenderOptions, overwrite: bool) -> None:
    """Refuse at once what could not be finished."""
    if out.resolve() in (source.resolve(), driving.resolve()):
        raise ConfigError(f"{out}: is the input itself; choose another name for the output.")
    check_output(out, EXTENSIONS[options.codec], overwrite=overwrite)
    if driving.suffix.lower() == ".npz":
        raise ConfigError(f"{driving}: motion templates cannot be played yet; give a video.")


def _neutral(engine: Engine, picture: Picture, reader: VideoReader, options: RenderOptions) -> Frame:
    """The driving frame that options name as the neutral pose."""
    if engine.detects and options.framing is Framing.NONE:
        return _chosen(learned_shape(engine), engine, picture, reader, options)
    with closing(MediaPipeTracker()) as tracker:
        return _chosen(landmark_shape(tracker), engine, picture, reader, options)


def _chosen(shape: Shape, engine: Engine, picture: Picture, reader: VideoReader, options: RenderOptions) -> Frame:
    if isinstance(options.neutral, int):
        return numbered_frame(_frames(reader), shape, reader.path, options.neutral)
    if options.neutral == "first":
        return first_frame(_frames(reader), shape, reader.path)
    return best_frame(_frames(reader), shape, reader.path, source_shape(picture, engine, options.framing))


def _frames(reader: VideoReader) -> Iterator[Frame]:
    for index, timed in enumerate(reader.pictures()):
        yield Frame(timed.picture, timed.time_s, index)


def _render(puppeteer: Puppeteer, reader: VideoReader, out: Path, options: RenderOptions, progress: Progress) -> int:
    """Every frame of the clip; the size of the video is that of the first finished picture."""
    sound_from = reader.path if options.sound and reader.has_sound else None
    done = 0
    with ExitStack() as opened:
        writer: VideoWriter | None = None
        for frame in _frames(reader):
            finished = puppeteer.step(frame, options.controls).picture
            if writer is None:
                height, width = finished.shape[:2]
                writer = opened.enter_context(
                    VideoWriter(out, (width, height), reader.rate, options.codec, sound_from=sound_from)
                )
            writer.write(finished, frame.captured_s)
            done += 1
            progress(done, max(done, reader.frame_count))
    return done
