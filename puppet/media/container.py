"""Opening media files with PyAV, choosing their picture, and turning failures into one-line errors. Any thread."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar, cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.stream import VideoStream

from puppet.errors import MediaError
from puppet.media.files import check_input
from puppet.media.formats import DEMUXERS, holds_text

S = TypeVar("S", VideoStream, AudioStream)

MOST_PIXELS = 36_000_000
"""Of a frame: 8K."""
READ_ERRORS = (av.FFmpegError, OSError, ValueError)
_COVER = Disposition.attached_pic | Disposition.timed_thumbnails
_OWN_DURATION = ("mov", "avi")  # demuxers that state the length of each stream
_ESTIMATED = ("mpeg", "h264", "hevc", "m4v", "dv")  # those of files that state none


def open_media(path: Path, *, xmp: bool = False) -> InputContainer:
    """Open a file of a listed container for reading. Raises MediaError and READ_ERRORS; use it inside `reading`.

    Args:
        path: the file.
        xmp: read the XMP packet of MP4 and MOV into the metadata, as "xmp".
    """
    check_input(path, "video")
    try:
        return av.open(
            f"file:{path}",  # without it, "12:30.mp4" would be an unknown protocol
            options={"max_pixels": str(MOST_PIXELS)},
            container_options={
                "protocol_whitelist": "file",
                "format_whitelist": ",".join(DEMUXERS),
                "export_xmp": str(int(xmp)),
            },
            metadata_errors="replace",
        )
    except READ_ERRORS as error:
        if holds_text(path):
            raise MediaError(f"{path}: holds text, not a video; choose another file") from error
        raise


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn errors of FFmpeg and the system while reading `path` into MediaError."""
    try:
        yield
    except READ_ERRORS as error:
        raise MediaError(
            f"{path}: is not a video, damaged or cut off ({reason_of(error)}); choose another file"
        ) from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn errors of FFmpeg and the system while writing `path` into MediaError."""
    try:
        yield
    except (av.FFmpegError, OSError) as error:
        raise MediaError(f"{path}: cannot be written ({reason_of(error)}); choose another folder") from error


def video_stream(path: Path, container: InputContainer) -> VideoStream:
    """Return the video, ready to be decoded: the default one, else the first; cover pictures are none.

    Raises:
        MediaError: there is none, no decoder for it, or its frames are too large.
    """
    videos = pictures_of(container)
    if not videos:
        found = "only sound" if container.streams.audio else "no pictures"
        raise MediaError(f"{path}: holds no video, {found}; choose another file")
    stream = videos[0]
    context = stream.codec_context
    if context is None:
        raise MediaError(f"{path}: no decoder for its video; convert it to H.264")
    if context.width * context.height > MOST_PIXELS:
        size = f"{context.width}x{context.height}"
        raise MediaError(
            f"{path}: has frames of {size}, above {MOST_PIXELS // 1_000_000} million pixels; make it smaller"
        )
    context.options = {"max_pixels": str(MOST_PIXELS)}
    stream.thread_type = "AUTO"
    return stream


def pictures_of(container: InputContainer) -> list[VideoStream]:
    """Return the videos, the default one first; cover pictures are none."""
    videos = [stream for stream in container.streams.video if not stream.disposition & _COVER]
    return sorted(videos, key=lambda stream: not stream.disposition & Disposition.default)


def packets_of(container: InputContainer, *streams: S) -> Iterator[Packet[S]]:
    """Yield the packets of streams, each one's last empty. Raises READ_ERRORS."""
    try:
        yield from cast("Iterator[Packet[S]]", container.demux(*streams))
    except IndexError:  # PyAV's, at the end of a file where streams appeared on the way
        return


def own_duration_s(container: InputContainer, stream: VideoStream) -> float:
    """Return the stream's own duration in seconds; 0.0 when the file does not state it."""
    name = container.format.name
    if any(known in name for known in _OWN_DURATION) and stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if "matroska" in name and (tag := stream.metadata.get("DURATION")):
        return max(0.0, _seconds(tag) - _start_s(container))
    if any(known in name for known in _ESTIMATED):
        return 0.0
    return duration_s(container) if len(container.streams) == 1 else 0.0


def duration_s(container: InputContainer) -> float:
    """Return the file's duration in seconds; 0.0 when it does not state one."""
    start_s = _start_s(container) if "matroska" in container.format.name else 0.0  # it states when the file ends
    return max(0.0, (container.duration or 0) / av.time_base - start_s)


def missing_end(path: Path, stream: VideoStream) -> str:
    """Return what a file without its end lacks, whose index points past its end; "" of a whole file."""
    entries = stream.index_entries
    size = path.stat().st_size
    last = len(entries) and max(entry.pos + entry.size for entry in entries)
    return f"cut off at {size:,} of at least {last:,} bytes" if last > size else ""


def reason_of(error: Exception) -> str:
    """Return the system's or FFmpeg's phrase for an error, as one line."""
    return " ".join(str(getattr(error, "strerror", None) or error).split())


def _start_s(container: InputContainer) -> float:
    return max(0, container.start_time or 0) / av.time_base


def _seconds(clock: str) -> float:
    """Read "00:01:02.5" as seconds; 0.0 when it is nothing of the kind."""
    try:
        hours, minutes, seconds = (float(part) for part in clock.split(":"))
    except ValueError:
        return 0.0
    total = hours * 3600 + minutes * 60 + seconds
    return total if math.isfinite(total) else 0.0
