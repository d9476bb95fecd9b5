"""Host of the API: the window, or a session without one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from puppet.domain import Controls, Keypoints, Status


@dataclass(frozen=True, slots=True)
class ApiCommand:
    """A command that a remote control can run: a hot-key, in VTube Studio's words.

    Attributes:
        identity: stable.
        name: for people.
    """

    identity: str
    name: str


@dataclass(frozen=True, slots=True)
class HostState:
    """State of Puppet at one moment, as the API tells it.

    Attributes:
        status: of the session.
        controls: the newest.
        portraits: names in the gallery.
        presets: names.
        preset: the one that the controls agree with, or "".
        commands: that can be run.
        pose: the performer's newest pose; None without a face.
        neutral: their neutral pose; None before calibration.
        size: (width, height) of the window in pixels.
        full_screen: the window covers the screen.
    """

    status: Status
    controls: Controls
    portraits: tuple[str, ...] = ()
    presets: tuple[str, ...] = ()
    preset: str = ""
    commands: tuple[ApiCommand, ...] = ()
    pose: Keypoints | None = field(default=None, compare=False)
    neutral: Keypoints | None = field(default=None, compare=False)
    size: tuple[int, int] = (0, 0)
    full_screen: bool = False


class ApiHost(Protocol):
    """Every method is called on the host's own thread, returns at once, and may raise PuppetError."""

    def state(self) -> HostState:
        """Return the present state."""

    def run_command(self, identity: str) -> None:
        """Run one of the commands of the state."""

    def show_portrait(self, name: str) -> None:
        """Show a portrait of the state."""

    def use_preset(self, name: str) -> None:
        """Use a preset of the state."""

    def set_controls(self, **values: object) -> None:
        """Replace fields of the controls."""

    def calibrate(self) -> None:
        """Take the neutral pose from the next good frames."""

    def take_best_moment(self) -> None:
        """Take it from the moment that agrees best with the portrait."""

    def reanchor(self) -> None:
        """Take the head's place from now."""

    def toggle_hidden(self) -> None:
        """Hide the performer, or show them again."""

    def toggle_recording(self) -> None:
        """Start or finish a recording."""

    def toggle_virtual_camera(self) -> None:
        """Open or close the virtual camera."""

    def ask_permission(self, plugin: str, developer: str, answer: Callable[[bool], None]) -> None:
        """Ask the person whether a plug-in may control Puppet; `answer` is called once, on the host's thread."""
