"""No sink can carry a transparent picture: such a background is refused while one is open, and the other way round."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from puppet.domain import BackgroundKind, Controls, SinkKind
from puppet.errors import SinkError

_NO_ALPHA = "Recording and virtual camera cannot be transparent; choose another background, or save a snapshot"


def carried(controls: Controls, before: Controls, sinks: Collection[SinkKind]) -> tuple[Controls, str]:
    """Return controls that the open sinks can carry, and why the background stays as it was before, or ""."""
    if controls.background.kind is BackgroundKind.NONE and sinks:
        return replace(controls, background=before.background), _NO_ALPHA
    return controls, ""


def check_background(controls: Controls) -> None:
    """Raise SinkError when the picture is transparent."""
    if controls.background.kind is BackgroundKind.NONE:
        raise SinkError(_NO_ALPHA)
