"""Lists microphones, and opens one by its name. Any thread."""

from __future__ import annotations

from collections.abc import Sequence

from puppet.errors import MicrophoneError
from puppet.microphones.base import Microphone
from puppet.microphones.ffmpeg_input import FFmpegMicrophone, list_names
from puppet.microphones.pulse import PulseMicrophone, list_sources

DEFAULT = "default"
"""Stands for the system's default microphone."""


def list_microphones() -> list[str]:
    """Return the names of the microphones, the system's default first; those that capture an output come last."""
    sources = list_sources()
    if sources is None:
        return list_names()
    return [source.name for source in sorted(sources, key=lambda source: source.monitor)]


def open_microphone(which: str = DEFAULT) -> Microphone:
    """Open the microphone with this name, or with this part of its name.

    Raises:
        MicrophoneError: no such microphone (the message lists the known ones), or it cannot be opened.
    """
    sources = list_sources()
    if sources is None:
        return FFmpegMicrophone(list_names()[_index(which, list_names())])
    exact = [index for index, source in enumerate(sources) if which == source.key]
    index = exact[0] if exact else _index(which, [source.name for source in sources])
    return PulseMicrophone(sources[index])


def _index(which: str, names: Sequence[str]) -> int:
    wanted = which.casefold()
    found = [index for index, name in enumerate(names) if wanted == name.casefold()]
    found = found or [index for index, name in enumerate(names) if wanted in name.casefold()]
    if not found and wanted == DEFAULT and names:
        return 0
    if not found:
        known = ", ".join(f'"{name}"' for name in names) or "none is plugged in"
        raise MicrophoneError(f'Microphone "{which}": no such device; known microphones: {known}')
    return found[0]
