"""Microphones of Windows (DirectShow) and macOS (AVFoundation), through FFmpeg's input devices in PyAV."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import av
import numpy as np
from av.audio.resampler import AudioResampler

from puppet.domain import Floats
from puppet.errors import MicrophoneError
from puppet.microphones.base import RATE

_READ_ERRORS = (av.FFmpegError, OSError, ValueError)
_FORMATS = {"win32": "dshow", "darwin": "avfoundation"}


def list_names() -> list[str]:
    """Return the names of the microphones; none on other systems."""
    if (name := _FORMATS.get(sys.platform)) is None:
        return []
    try:
        devices = av.enumerate_input_devices(name)
    except _READ_ERRORS:
        return []
    return [device.description for device in devices if "audio" in device.media_types]


class FFmpegMicrophone:
    """Captures from an input device of FFmpeg."""

    def __init__(self, name: str, format_: str = "", url: str = "") -> None:
        """Open a device. Raises MicrophoneError.

        Args:
            name: as `list_names` returns it.
            format_: FFmpeg's input device; "": the system's.
            url: the device as FFmpeg wants it; "": made of `name`.
        """
        self._name = name
        format_ = format_ or _FORMATS[sys.platform]
        url = url or (f"audio={name}" if format_ == "dshow" else f":{name}")
        options = {"audio_buffer_size": "20"} if format_ == "dshow" else {}
        try:
            self._container = av.open(url, format=format_, options=options)
            self._blocks = self._captured()
        except _READ_ERRORS as error:
            raise MicrophoneError(
                f"{name}: cannot be opened ({error}); allow the microphone in the settings"
            ) from error

    @property
    def name(self) -> str:
        """Name of the device."""
        return self._name

    def read(self) -> tuple[Floats, float]:
        """See `Microphone.read`; FFmpeg tells no latency."""
        try:
            return next(self._blocks), 0.0
        except (*_READ_ERRORS, StopIteration) as error:
            raise MicrophoneError(f"{self._name}: stopped ({error or 'no more sound'}); plug it in again") from error

    def close(self) -> None:
        """Release the device."""
        self._container.close()

    def _captured(self) -> Iterator[Floats]:
        resampler = AudioResampler("flt", "mono", RATE)
        for frame in self._container.decode(audio=0):
            for part in resampler.resample(frame):
                yield np.asarray(part.to_ndarray().reshape(-1), np.float32)
