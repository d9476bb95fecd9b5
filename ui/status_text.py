"""Texts of the window about the session, computed without Qt so that tests can check each one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from puppet.domain import Aim, Following, Pace, Recorded, SessionState, StageTimes, Status
from puppet.errors import CameraError, EngineError, MediaError, PackError, PuppetError, TrackingError
from puppet.media.formats import PICTURE_SUFFIXES, VIDEO_SUFFIXES
from puppet.packs import DEFAULT_PACK
from ui.translation import message_text, tr


class Severity(Enum):
    """Severity of a notice or a preview message."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class PreviewMessage:
    """Text on the preview.

    Attributes:
        title: the state or the problem.
        hint: the next step, or "".
        over_picture: show it in a pill above the picture; False: in place of the picture.
        severity: selects the colour.
        can_retry: offer a button that opens the session again.
    """

    title: str
    hint: str = ""
    over_picture: bool = False
    severity: Severity = Severity.INFO
    can_retry: bool = False


MAX_FPS = 30.0
_STEADY_FRAMES, _SLOW = 60, 0.85
LOADING = PreviewMessage(tr("Getting ready…"), tr("Loading the model and opening the camera"))

_FOLLOWING_TEXTS = {
    Following.SEARCHING: tr("Looking for a face"),
    Following.TOO_SMALL: tr("Face too small"),
    Following.CALIBRATING: tr("Calibrating"),
    Following.MATCHING: tr("Best moment"),
    Following.TRACKING: tr("Following"),
    Following.HOLDING: tr("Face lost, holding"),
    Following.EASING: tr("Face lost, resting"),
    Following.IDLE: tr("At rest"),
}

_STATE_TEXTS = {
    SessionState.WAITING_FOR_CAMERA: tr("Waiting for camera"),
    SessionState.STOPPED: tr("Stopped"),
    SessionState.FAILED: tr("Failed"),
}

_AIM_TEXTS = {
    Aim.AIMING: tr("aiming at {fps:.0f} fps"),
    Aim.HOLDING: tr("holding {fps:.0f} fps"),
    Aim.MISSING: tr("not reaching {fps:.0f} fps"),
}

_STAGE_TEXTS = {
    "track": tr("track"),
    "detect": tr("detect"),
    "transfer": tr("transfer"),
    "render": tr("render"),
    "composite": tr("composite"),
    "camera to picture": tr("camera to picture"),
}

_ERROR_TITLES: dict[type[PuppetError], str] = {
    CameraError: tr("The camera cannot be used"),
    PackError: tr("The model pack cannot be used"),
    EngineError: tr("The inference engine failed"),
    TrackingError: tr("No face to follow"),
    MediaError: tr("The portrait cannot be read"),
}


HIDDEN = PreviewMessage(tr("You are hidden"), tr("The portrait rests until you press Hide me again"), over_picture=True)


def preview_message(
    status: Status | None, error: Exception | None, has_picture: bool, *, camera: str = "", hidden: bool = False
) -> PreviewMessage | None:
    """Return the text for the preview, or None while the portrait follows a face.

    Args:
        status: the newest status, None while the first session is being opened.
        error: the error that ended the session, or None.
        has_picture: a rendered picture is on the screen.
        camera: the chosen camera's name, a file's path, or "".
        hidden: the person chose the idle loop.
    """
    if error is not None:
        return PreviewMessage(_error_title(error), message_text(str(error)), severity=Severity.ERROR, can_retry=True)
    if status is None:
        return LOADING
    if status.state is SessionState.WAITING_FOR_CAMERA:
        title = tr("The video cannot be played") if is_file_choice(camera) else tr("No camera picture")
        return PreviewMessage(title, message_text(status.message), over_picture=has_picture, severity=Severity.WARNING)
    if not has_picture:
        if status.portrait or status.state is SessionState.STARTING:
            return LOADING
        return PreviewMessage(tr("Choose a portrait"), tr("Pick one below, or drop a picture with a face here"))
    if status.state is SessionState.STARTING:  # the picture comes from the session before
        return PreviewMessage(LOADING.title, over_picture=True)
    return HIDDEN if hidden else _face_message(status.following)


def is_file_choice(camera: str) -> bool:
    """Return True if the choice of a camera is a file's path and not a camera's name."""
    return Path(camera).suffix.lower() in (*VIDEO_SUFFIXES, *PICTURE_SUFFIXES)


def following_text(status: Status | None) -> str:
    """Return the first words of the status bar."""
    if status is None:
        return tr("Starting")
    if status.state in (SessionState.RUNNING, SessionState.STARTING):
        return _FOLLOWING_TEXTS[status.following] if status.rendered else tr("Starting")
    return _STATE_TEXTS[status.state]


def latency_text(latency: StageTimes | None) -> str:
    """Return median and 95th percentile in milliseconds, "38 / 51 ms"."""
    return "–" if latency is None else f"{latency.p50_ms:.0f} / {latency.p95_ms:.0f} ms"


def timing_rows(status: Status) -> dict[str, tuple[str, str, str]]:
    """Return p50, p95 and p99 in ms of each stage in the order of a frame's journey, then from camera to picture."""
    times = dict(status.stages)
    if status.latency is not None:
        times["camera to picture"] = status.latency
    return {
        _STAGE_TEXTS.get(name, name): (f"{t.p50_ms:.1f}", f"{t.p95_ms:.1f}", f"{t.p99_ms:.1f}")
        for name, t in times.items()
    }


def stage_text(name: str) -> str:
    """Return a stage's name as a heading."""
    shown = _STAGE_TEXTS.get(name, name)
    return f"{shown[:1].upper()}{shown[1:]}"


def governor_text(pace: Pace | None) -> str:
    """Return the frame rate that the governor holds and what it reduces, or ""."""
    if pace is None:
        return ""
    step = pace.step
    reductions = (
        tr("preview every {number} frames").format(number=step.preview_every) if step.preview_every > 1 else "",
        tr("lower precision") if step.allow_low_precision else "",
        tr("composed at {side} px").format(side=step.side_px) if step.side_px else "",
        tr("tracking every {number} frames").format(number=step.track_every) if step.track_every > 1 else "",
    )
    return ": ".join(filter(None, (_AIM_TEXTS[pace.aim].format(fps=pace.fps), ", ".join(filter(None, reductions)))))


def counts_text(status: Status) -> str:
    """Return frame rates and the numbers of lost frames."""
    text = tr(
        "Camera {camera:.0f} fps, rendered {rendered:.0f} fps · {dropped} camera frames dropped, {missing} not recorded"
    )
    camera_fps, fps, dropped, missing = status.camera_fps, status.fps, status.dropped, status.recorder_dropped
    return text.format(camera=camera_fps, rendered=fps, dropped=dropped, missing=missing)


def pack_text(name: str) -> str:
    """Return a pack's name for the list; the pack that most people want is recommended."""
    shown = name[:1].upper() + name[1:]
    return tr("{shown} (recommended)").format(shown=shown) if name == DEFAULT_PACK else shown


def slow_text(status: Status) -> str:
    """Return "Slow: 16 of 30 fps" while clearly fewer frames are rendered than the camera delivers; else ""."""
    wanted_fps = min(status.camera_fps, MAX_FPS)
    is_slow = status.rendered > _STEADY_FRAMES and 0 < status.fps < _SLOW * wanted_fps
    is_followed = status.state is SessionState.RUNNING and status.following is not Following.IDLE
    return (
        tr("Slow: {fps:.0f} of {wanted:.0f} fps").format(fps=status.fps, wanted=wanted_fps)
        if is_slow and is_followed
        else ""
    )


def elapsed_text(seconds: float) -> str:
    """Return minutes and seconds, "01:05", or hours, minutes and seconds, "1:02:05"."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def recording_text(recorded: Recorded) -> str:
    """Return the line about a recording on the preview: its length, its sound, and the room on the disk."""
    parts = [elapsed_text(recorded.seconds), tr("sound") if recorded.sound else tr("silent")]
    if recorded.left_s is not None:
        minutes = int(recorded.left_s // 60)
        parts.append(tr("room for {}").format(f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"))
    return ("❚❚ " if recorded.paused else "") + " · ".join(parts)


def _face_message(following: Following) -> PreviewMessage | None:
    if following is Following.CALIBRATING:
        return PreviewMessage(tr("Look straight at the camera, face relaxed"), over_picture=True)
    if following is Following.MATCHING:
        return PreviewMessage(tr("Look as the portrait does"), tr("The best moment is taken"), over_picture=True)
    if following is Following.TOO_SMALL:
        return PreviewMessage(
            tr("Your face is too small"), tr("Come closer"), over_picture=True, severity=Severity.WARNING
        )
    if following in (Following.SEARCHING, Following.EASING):
        hint = tr("Move into the camera's view, with light on your face")
        return PreviewMessage(tr("No face found"), hint, over_picture=True, severity=Severity.WARNING)
    return None


def _error_title(error: Exception) -> str:
    return next((title for kind, title in _ERROR_TITLES.items() if isinstance(error, kind)), tr("Puppet had to stop"))
