"""What the window says about the session, worked out without Qt so that every word can be tested."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from puppet.domain import Following, Overlay, SessionState, StageTimes, Status
from puppet.errors import CameraError, EngineError, MediaError, PackError, PuppetError, TrackingError
from puppet.packs import PackCard

PORTRAIT_KEYS = 9
MAX_OTHERS = 3
"""Portraits that give parts beside the one that is shown: each is blended in by another run of the network."""


class Severity(Enum):
    """How a notice or a hint is meant."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class PreviewMessage:
    """What the preview says: instead of a picture (`over_picture` False), or in a pill above it.

    Attributes:
        title: what is the matter.
        hint: what to do about it, or "".
        over_picture: the picture is worth seeing meanwhile.
        severity: how it is meant.
        can_retry: another attempt may help, so it is offered.
    """

    title: str
    hint: str = ""
    over_picture: bool = False
    severity: Severity = Severity.INFO
    can_retry: bool = False


@dataclass(frozen=True, slots=True)
class TimeRow:
    """A line of the timing sheet: a stage of a frame's journey, or all of it, and its times written out."""

    name: str
    p50: str
    p95: str
    p99: str


LOADING = PreviewMessage("Getting ready…", "Loading the model and opening the camera")

_FOLLOWING_WORDS = {
    Following.SEARCHING: "Looking for a face",
    Following.CALIBRATING: "Calibrating",
    Following.TRACKING: "Following",
    Following.HOLDING: "Face lost, holding",
    Following.EASING: "Face lost, resting",
}

_ERROR_TITLES: dict[type[PuppetError], str] = {
    CameraError: "The camera cannot be used",
    PackError: "The model pack cannot be used",
    EngineError: "The inference engine failed",
    TrackingError: "There is no face to follow",
    MediaError: "The portrait cannot be read",
}


def preview_message(status: Status | None, error: Exception | None, has_picture: bool) -> PreviewMessage | None:
    """What to write on the preview, or None when the picture says enough.

    Args:
        status: the session's newest, None while it is being opened.
        error: what ended the session, if anything did.
        has_picture: whether a rendered picture is on the screen.
    """
    if error is not None:
        return PreviewMessage(_error_title(error), str(error), severity=Severity.ERROR, can_retry=True)
    if status is None:
        return LOADING
    if status.state is SessionState.WAITING_FOR_CAMERA:
        # Once there is a picture it is the session's test card, which says why.
        hint = "Plug it in, or choose another one on the right" if has_picture else status.message
        return PreviewMessage("Waiting for the camera", hint, over_picture=has_picture, severity=Severity.WARNING)
    if not has_picture:
        if status.portrait or status.state is SessionState.STARTING:
            return LOADING
        return PreviewMessage("Choose a portrait", "Pick one below, or drop a picture with a face here")
    if status.state is SessionState.STARTING:  # the picture is of the session before
        return PreviewMessage(LOADING.title, over_picture=True)
    return _face_message(status.following)


def following_words(status: Status | None) -> str:
    """The status line's first words."""
    if status is None:
        return "Starting"
    if status.state in (SessionState.RUNNING, SessionState.STARTING):
        return _FOLLOWING_WORDS[status.following] if status.rendered else "Starting"
    return str(status.state.value).capitalize()


def latency_words(latency: StageTimes | None) -> str:
    """Median and 95th percentile in milliseconds, "38 / 51 ms"."""
    return "–" if latency is None else f"{latency.p50_ms:.0f} / {latency.p95_ms:.0f} ms"


def timing_rows(status: Status | None) -> list[TimeRow]:
    """Every stage in the order of a frame's journey, and last the whole way from camera to sinks."""
    if status is None:
        return []
    whole = {} if status.latency is None else {"camera to picture": status.latency}
    times = {**status.stages, **whole}
    return [TimeRow(name, *(f"{ms:.1f}" for ms in (t.p50_ms, t.p95_ms, t.p99_ms))) for name, t in times.items()]


def counts_words(status: Status | None) -> str:
    """What came in and what was lost on the way."""
    shown = status or Status()
    return (
        f"Camera {shown.camera_fps:.0f} fps, rendered {shown.fps:.0f} fps · {shown.dropped} camera frames passed over, "
        f"{shown.recorder_dropped} not recorded"
    )


def pack_words(card: PackCard) -> str:
    """A pack in a list: its name, and its architecture where the name is another."""
    return card.name if card.family == card.name else f"{card.name} ({card.family})"


def supported_overlays(overlay: Overlay, segments: int) -> Overlay:
    """The overlays that a pack with so many segments can show."""
    return overlay if segments else overlay & ~Overlay.SEGMENTS


def elapsed_words(seconds: float) -> str:
    """Minutes and seconds of a recording, "01:05", with hours from the first on."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def _face_message(following: Following) -> PreviewMessage | None:
    if following is Following.CALIBRATING:
        return PreviewMessage("Look straight at the camera, face relaxed", over_picture=True)
    if following in (Following.SEARCHING, Following.EASING):
        hint = "Move into the camera's view, with light on your face"
        return PreviewMessage("No face found", hint, over_picture=True, severity=Severity.WARNING)
    return None


def _error_title(error: Exception) -> str:
    return next((title for kind, title in _ERROR_TITLES.items() if isinstance(error, kind)), "Puppet had to stop")
