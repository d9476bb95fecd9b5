"""The live session's public interface, in a module that imports nothing heavy: the window imports it at start-up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from puppet.config import MicrophoneOptions, RecordingOptions
from puppet.domain import Controls, Picture, SavedNeutral, Status
from puppet.errors import PuppetError

if TYPE_CHECKING:
    from puppet.cameras.base import Camera
    from puppet.geometry.crop import CropBox
    from puppet.media.portrait_file import Shot
    from puppet.motion.motion_track import MotionTrack
    from puppet.pipeline.scenes import Portrait, Rendered


class LiveSession(Protocol):
    """One performer, one portrait, one camera, and the sinks. Implemented by `puppet.live.session.Session`.

    Every method may be called on any thread and returns at once, unless it says that it blocks.
    """

    @property
    def controls(self) -> Controls:
        """The newest controls."""

    @property
    def portrait(self) -> Portrait | None:
        """The portrait shown; None before the first `show`."""

    @property
    def running(self) -> bool:
        """True from `start` until the session is stopped, fails or reaches the end of its camera's stream."""

    def start(self) -> None:
        """Start capturing and rendering; call once."""

    def take_sinks(self, other: LiveSession) -> None:
        """Take over the open sinks of a session, with the size of their pictures; call before `start`.

        The other session continues without them. Until the first frame, they get the idle loop.
        """

    def join(self, timeout_s: float | None = None) -> None:
        """Block until the session ends by itself or `timeout_s` is over."""

    def stop(self, timeout_s: float = 2.0) -> None:
        """End every thread and release everything; blocks, at most `timeout_s`. Safe to call twice.

        A thread that hangs in a driver ends when its call returns; what it uses stays open until then.
        """

    def preview(self) -> Rendered | None:
        """Return the newest picture; None before the first."""

    def status(self) -> Status:
        """Return the current status; takes about a millisecond, so poll it a few times a second."""

    def error(self) -> PuppetError | None:
        """Return the error that ended the session, or None."""

    def set_controls(self, controls: Controls) -> None:
        """Use `controls` from the next frame on."""

    def calibrate(self) -> None:
        """Take the performer's neutral pose from the next good frames."""

    def take_best_moment(self) -> None:
        """Take the neutral pose from the moment, within some seconds, that agrees best with the portrait's pose."""

    def reanchor(self) -> None:
        """Take the head's neutral pose from the newest frame; the expression stays."""

    def restore_neutral(self, saved: SavedNeutral) -> None:
        """Use a neutral pose of an earlier session; nothing happens if it does not fit pack and camera."""

    def saved_neutral(self) -> SavedNeutral | None:
        """Return the newest neutral pose, another object after each calibration; None if none can be kept."""

    def prepare(self, picture: Picture | Sequence[Shot], name: str) -> Portrait:
        """Analyse a portrait's picture, or pictures; blocks for a fraction of a second, one call at a time.

        Raises:
            TrackingError: the picture has no face.
        """

    def show(self, portrait: Portrait, others: Sequence[Portrait] = ()) -> None:
        """Animate `portrait` from the next frame on; `others` are further sources of a part swap."""

    def choose_size(self, size: tuple[int, int]) -> None:
        """Make pictures of this size, (width, height): between two frames, or once no sink is open.

        A recording and a virtual camera keep the size they were opened with.

        Raises:
            ConfigError: out of range, or odd.
        """

    def choose_box(self, box: CropBox | None) -> None:
        """Detect keypoints in this square of the camera's picture, and calibrate again.

        Nothing happens with a pack that does not detect keypoints itself.

        Args:
            box: in pixels of the unmirrored picture; None: the square around the face, or the whole picture.
        """

    def choose_camera(self, open_camera: Callable[[], Camera], delivered: Callable[[], None] | None = None) -> None:
        """Switch to another camera, forget a chosen box and calibrate again.

        Args:
            open_camera: called on the capture thread, again and again while it raises CameraError.
            delivered: called on the capture thread with the camera's first frame.
        """

    def keep_motion(self) -> None:
        """Start a motion track of the performer's poses; `motion` returns it."""

    def motion(self) -> MotionTrack | None:
        """Return the motion track since `keep_motion`, or None; call it after `stop`."""

    def choose_microphone(self, options: MicrophoneOptions | None) -> None:
        """Capture from this microphone, for the recordings that begin from now on; None: from none. Never blocks.

        A device that is missing or unplugged is silence, with a message in the status, until it is back.
        """

    def start_recording(self, path: Path) -> None:
        """Record to a new file, or a take into an empty folder; blocks for milliseconds. Raises SinkError."""

    def save_replay(self, path: Path) -> Path:
        """Write the last half minute to a new file and return it; blocks. Raises SinkError, also without a replay."""

    def pause_recording(self, paused: bool) -> None:
        """Pause the recording, or go on: what happens during the pause is not in the file."""

    def choose_recording(self, options: RecordingOptions) -> None:
        """Use these options for the recordings that begin from now on, and for the replay from now on."""

    def stop_recording(self) -> Path | None:
        """Finish the recording; blocks until it is written. Return its file or folder, also if it failed."""

    def start_virtual_camera(self, device: str | None = None) -> None:
        """Open the virtual camera; blocks for milliseconds. Raises SinkError with the reason and the remedy."""

    def stop_virtual_camera(self) -> None:
        """Close the virtual camera; blocks until it is closed."""
