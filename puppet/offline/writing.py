"""Writes the rendered frames of a clip: a video or a folder of pictures, and the motion track. One thread, blocking."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from puppet.config import RenderOptions
from puppet.errors import PuppetError, TrackingError
from puppet.media.picture_folder import FolderWriter
from puppet.media.video import VideoWriter
from puppet.motion.motion_track import write_motion_track
from puppet.pipeline.puppeteer import Puppeteer
from puppet.pipeline.scenes import Rendered

Progress = Callable[[int, int | None], None]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clip:
    """Frames to write.

    Attributes:
        rendered: the frames, each rendered when it is asked for.
        rate: frames per second.
        frame_count: number of frames; 0 when unknown.
        sound_from: clip whose sound is copied, or None.
        delay_s: seconds by which the pictures after the first one are shown later, to agree with that sound.
    """

    rendered: Iterable[Rendered]
    rate: Fraction
    frame_count: int
    sound_from: Path | None = None
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class VideoOutput:
    """The video to write.

    Attributes:
        path: the file.
        overwrite: replace an existing one.
        progress: called with the number of frames done and in all; None: unknown.
    """

    path: Path
    overwrite: bool
    progress: Progress


def write_clip(clip: Clip, puppeteer: Puppeteer, output: VideoOutput, options: RenderOptions) -> int:
    """Write every frame and the motion track; return the number of frames.

    The first rendered picture sets the size of the video. When an error or Ctrl-C ends it early, the error has a note
    that names the file with the pictures rendered until then.
    """
    track = puppeteer.new_motion_track(float(clip.rate))
    notices = set[str]()
    done, seen = 0, False
    with ExitStack() as opened:
        writer: VideoWriter | FolderWriter | None = None
        for rendered in clip.rendered:
            if writer is None:
                writer = opened.enter_context(_open_writer(rendered, clip, output, options))
            writer.write(rendered.written, rendered.frame.captured_s + (clip.delay_s if done else 0.0))
            if options.motion_track is not None:
                track.add(rendered.driving, rendered.frame.captured_s)
            notices.add(rendered.notice)
            done, seen = done + 1, seen or rendered.driving is not None
            output.progress(done, max(done, clip.frame_count))
        if writer is not None and options.controls.swap is not None and not seen:
            writer.discard()
            raise TrackingError(
                f"{output.path}: not written: no frame of the target shows a face; choose another target"
            )
    for notice in filter(None, notices):
        _log.warning("%s", notice)
    if options.motion_track is not None:
        track = replace(track, neutral=puppeteer.neutral)
        write_motion_track(options.motion_track, track, overwrite=output.overwrite)
    return done


@contextmanager
def _open_writer(
    first: Rendered, clip: Clip, output: VideoOutput, options: RenderOptions
) -> Iterator[VideoWriter | FolderWriter]:
    """Yield the writer of a video with the size of its first picture; add a note to an error that leaves pictures."""
    height, width = first.picture.shape[:2]
    writer: VideoWriter | FolderWriter
    if options.codec == "png":
        writer = FolderWriter(output.path, overwrite=output.overwrite, mark=options.mark)
    else:
        writer = VideoWriter(
            output.path,
            (width, height),
            clip.rate,
            options.codec,
            overwrite=output.overwrite,
            sound_from=clip.sound_from,
            mark=options.mark,
            alpha=first.cutout is not None,
        )
    try:
        with writer:
            yield writer
    except (PuppetError, KeyboardInterrupt) as error:
        if writer.saved:
            error.add_note(f"what was rendered until then is kept as {writer.saved}")
        raise
