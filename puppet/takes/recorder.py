"""Records a take: the recorder's video, and the performer's motion beside it. Belongs to the thread that writes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from typing_extensions import override

from puppet.config import MARK, RECORDING, Mark, RecordingOptions
from puppet.domain import Keypoints, Picture
from puppet.errors import MediaError, SinkError
from puppet.media.container import open_media, packets_of, reading, video_stream
from puppet.media.live_sound import LiveSound
from puppet.media.pictures import write_picture
from puppet.media.video_reader import VideoReader
from puppet.motion.motion_track import LANDMARKS, MotionTrack, write_motion_track
from puppet.sinks.base import Finished
from puppet.sinks.recorder import Recorder
from puppet.takes.motion_log import MotionLog, read_motion_log
from puppet.takes.take import (
    GROWING_MOTION,
    MANIFEST,
    MOTION,
    THUMBNAIL,
    VIDEO,
    Manifest,
    Take,
    read_take,
    write_manifest,
)

_THUMBNAIL_PX = 320
_CLOSE_S = 60.0  # for an encoder and a disk that are busy
_THUMBNAIL_AT = 15  # pictures: the first ones may still be blurred
_log = logging.getLogger(__name__)


class TakeRecorder(Recorder):
    """A sink that writes a take.

    Attributes:
        folder: of the take.
    """

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        track: MotionTrack,
        mark: Mark | None = MARK,
        sound: LiveSound | None = None,
        options: RecordingOptions = RECORDING,
    ) -> None:
        """Begin a take.

        Args:
            folder: exists, and is empty.
            manifest: unfinished.
            track: an empty one, for its detector, pack and rate.
            mark: as of Recorder.
            sound: as of Recorder.
            options: as of Recorder.

        Raises:
            SinkError: the folder cannot be written.
        """
        self.folder = folder
        super().__init__(folder / VIDEO, manifest.size, mark, sound, options)
        self._count = 0
        self._track = track
        self._neutral: Keypoints | None = None
        self._released = threading.Event()
        try:
            self._manifest = replace(manifest, sound=sound is not None)
            write_manifest(folder, self._manifest)
            self._motion: MotionLog | None = MotionLog(folder / GROWING_MOTION, track)
        except (MediaError, OSError) as error:
            super().close()
            (folder / MANIFEST).unlink(missing_ok=True)
            reason = getattr(error.__cause__ or error, "strerror", None) or error
            raise SinkError(f"{folder}: cannot be written ({reason}); choose another folder") from error

    @override
    def write(self, finished: Finished) -> None:
        super().write(finished)
        self._count += 1
        self._neutral = finished.neutral or self._neutral
        if self._count == _THUMBNAIL_AT:
            _write_thumbnail(self.folder, finished.picture)
        if self._motion is not None:
            try:
                self._motion.add(finished.driving, self.seconds, self._neutral)
            except OSError as error:  # the video goes on, and ends by itself when the disk is full
                _log.warning("%s: motion is no longer recorded (%s)", self.folder, error.strerror)
                self._close_motion()

    def fits(self, track: MotionTrack) -> bool:
        """True if the poses of another session are of the same kind as those of this take."""
        same_pack = track.pack == self._track.pack or track.detector == LANDMARKS
        return track.detector == self._track.detector and same_pack

    @override
    def finished(self) -> Path | None:
        """Make the motion track and finish the manifest; return the take's folder, None without a picture. Any thread.

        Takes about a second for each minute: longer than the thread that writes has for its end.
        """
        if not self._released.wait(_CLOSE_S):  # the encoder or the disk hangs; the next start finishes the take
            return self.folder
        super().finished()
        try:
            take = finish_take(self.folder)
        except (MediaError, OSError) as error:
            if not self.path.exists():  # it was deleted, and the thread that writes says so
                return None
            _log.warning("%s: the take is finished at the next start (%s)", self.folder, error)
            return self.folder
        return take.folder if take else None

    @override
    def close(self) -> None:
        try:
            self._close_motion()
            super().close()
            if not self._manifest.closed and self.path.exists():
                self._manifest = replace(self._manifest, closed=True)
                with suppress(MediaError):  # it is finished at the next start
                    write_manifest(self.folder, self._manifest)
        finally:
            self._released.set()

    @override
    def _bytes_written(self) -> int:
        return sum(path.stat().st_size for path in self.folder.iterdir())

    def _close_motion(self) -> None:
        motion, self._motion = self._motion, None
        if motion is not None:
            with suppress(OSError):
                motion.close(self._neutral)


def finish_take(folder: Path) -> Take | None:
    """Make the motion track of a recorded take, and finish its manifest; None when there is no picture: it is removed.

    Raises:
        MediaError: a file is damaged, or cannot be written; nothing is lost.
        OSError: the folder cannot be read or written.
    """
    log = folder / GROWING_MOTION
    if not (folder / VIDEO).exists() or (folder / VIDEO).stat().st_size == 0:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        return None
    take = read_take(folder)
    if take.manifest.finished and not log.exists():
        return take
    if log.exists():
        track = read_motion_log(log)
        if track is not None:
            write_motion_track(folder / MOTION, track)
    frames, seconds = _measured(take.video)
    if not take.thumbnail.exists():
        with VideoReader(take.video) as reader:
            _write_thumbnail(folder, next(iter(reader.pictures())).picture)
    manifest = replace(take.manifest, seconds=round(seconds, 3), frames=frames, finished=True)
    write_manifest(folder, manifest)
    log.unlink(missing_ok=True)
    return Take(folder, manifest)


def picture_delay_s(take: Take, times_s: Sequence[float]) -> float:
    """Return the seconds by which the pictures after the first one are later in the video than in the motion track.

    In MP4, the delay of the AAC encoder shifts them; sound that is copied needs the same shift.

    Args:
        take: a finished one.
        times_s: of the motion track.

    Raises:
        MediaError: the video cannot be read.
    """
    shown = [time_s for time_s, _ in islice(_pictures(take.video), 2)]
    return max(0.0, shown[1] - shown[0] - (times_s[1] - times_s[0])) if len(shown) == 2 and len(times_s) > 1 else 0.0


def _measured(path: Path) -> tuple[int, float]:
    """Return the number of pictures and the length in seconds of a video, without decoding it. Raises MediaError."""
    ends_s = [time_s + shown_s for time_s, shown_s in _pictures(path)]
    return len(ends_s), max(ends_s, default=0.0)


def _pictures(path: Path) -> Iterator[tuple[float, float]]:
    """Yield time and duration of each picture, in seconds; nothing is decoded. Raises MediaError."""
    with reading(path), open_media(path) as media:
        stream = video_stream(path, media)
        for packet in packets_of(media, stream):
            if packet.pts is not None and packet.time_base:
                yield float(packet.pts * packet.time_base), float((packet.duration or 0) * packet.time_base)


def _write_thumbnail(folder: Path, picture: Picture) -> None:
    scale = _THUMBNAIL_PX / max(picture.shape[:2])
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    with suppress(MediaError):
        write_picture(folder / THUMBNAIL, small, overwrite=True, mark=MARK)
