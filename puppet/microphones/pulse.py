"""Microphones of PulseAudio, or of PipeWire, which speaks its protocol.

libpulse-simple is bound here: four functions, present wherever the server is, and it tells its latency. PortAudio lists
such a server as one nameless device. pulsectl lists the names, and tells when a device is gone: the server would
silently go on with another one.
"""

from __future__ import annotations

import ctypes
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from puppet.domain import Floats
from puppet.errors import MicrophoneError
from puppet.microphones.base import RATE

_BLOCK = RATE // 100
_RECORD, _FLOAT32_LE = 2, 5
_UNSET = 0xFFFFFFFF
_CHECK_S = 0.5
_ACCESS_DENIED = 1  # PA_ERR_ACCESS


class _SampleSpec(ctypes.Structure):
    _fields_ = (("format", ctypes.c_int), ("rate", ctypes.c_uint32), ("channels", ctypes.c_uint8))


class _BufferAttributes(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("maxlength", "tlength", "prebuf", "minreq", "fragsize"))


@dataclass(frozen=True, slots=True)
class Source:
    """A microphone of the server.

    Attributes:
        name: for people: "Webcam C920 Analog Stereo".
        key: the server's own name.
        monitor: it captures what an output plays.
    """

    name: str
    key: str
    monitor: bool


def list_sources() -> list[Source] | None:
    """Return the server's microphones, its default first; None when there is no server.

    Raises:
        MicrophoneError: the server does not let this program record.
    """
    try:
        import pulsectl
    except (ImportError, OSError):  # no libpulse
        return None
    try:
        with pulsectl.Pulse("puppet") as server:
            default = server.server_info().default_source_name
            found = sorted(server.source_list(), key=lambda source: source.name != default)
    except pulsectl.PulseError as error:
        if _is_denied():
            reason = "The sound server does not let Puppet record (access denied)"
            raise MicrophoneError(f"{reason}; allow microphones in the system's settings") from error
        return None
    return [Source(each.description, each.name, each.monitor_of_sink_name is not None) for each in found]


class PulseMicrophone:
    """Captures from a source of the sound server."""

    def __init__(self, source: Source) -> None:
        """Open `source`. Raises MicrophoneError."""
        self._source, self._error = source, ctypes.c_int()
        self._checked_s = time.monotonic()
        self._stream = _connect(source.key.encode(), self._error)
        if not self._stream:
            raise MicrophoneError(f"{source.name}: cannot be opened ({_words(self._error)}); check its permissions")

    @property
    def name(self) -> str:
        """Name for people."""
        return self._source.name

    def read(self) -> tuple[Floats, float]:
        """See `Microphone.read`."""
        if time.monotonic() - self._checked_s > _CHECK_S:
            self._check_present()
        samples = np.empty(_BLOCK, np.float32)
        size = ctypes.c_size_t(samples.nbytes)
        library = _library()
        if library.pa_simple_read(self._stream, samples.ctypes.data, size, ctypes.byref(self._error)) < 0:
            raise MicrophoneError(f"{self.name}: stopped ({_words(self._error)}); plug it in again")
        latency_us = int(library.pa_simple_get_latency(self._stream, ctypes.byref(self._error)))
        return samples, latency_us / 1e6

    def close(self) -> None:
        """Release the stream."""
        stream, self._stream = self._stream, None
        if stream:
            _library().pa_simple_free(stream)

    def _check_present(self) -> None:
        self._checked_s = time.monotonic()
        if self._source.key not in [source.key for source in list_sources() or []]:
            raise MicrophoneError(f"{self.name}: was unplugged; plug it in again")


def _connect(key: bytes | None, error: ctypes.c_int) -> Any:
    """Return a stream from a source, or from the default one; None, and `error` set, when that fails."""
    return _library().pa_simple_new(
        None,
        b"Puppet",
        _RECORD,
        key,
        b"microphone",
        ctypes.byref(_SampleSpec(_FLOAT32_LE, RATE, 1)),
        None,
        ctypes.byref(_BufferAttributes(_UNSET, _UNSET, _UNSET, _UNSET, _BLOCK * 4)),
        ctypes.byref(error),
    )


def _is_denied() -> bool:
    """True if there is a server that refuses this program."""
    error = ctypes.c_int()
    with suppress(MicrophoneError):
        if stream := _connect(None, error):
            _library().pa_simple_free(stream)
    return error.value == _ACCESS_DENIED


@cache
def _library() -> Any:
    """Return libpulse-simple. Raises MicrophoneError when it is not installed."""
    try:
        library = ctypes.CDLL("libpulse-simple.so.0")
    except OSError as error:
        raise MicrophoneError("The library libpulse-simple is missing; install libpulse0") from error
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int)
    library.pa_simple_new.restype = pointer
    library.pa_simple_new.argtypes = [text, text, ctypes.c_int, text, text, pointer, pointer, pointer, number]
    library.pa_simple_read.argtypes = [pointer, pointer, ctypes.c_size_t, number]
    library.pa_simple_get_latency.restype = ctypes.c_uint64
    library.pa_simple_get_latency.argtypes = [pointer, number]
    library.pa_simple_free.restype = None
    library.pa_simple_free.argtypes = [pointer]
    return library


def _words(error: ctypes.c_int) -> str:
    with suppress(OSError):
        words = ctypes.CDLL("libpulse.so.0").pa_strerror
        words.restype = ctypes.c_char_p
        return str(words(error).decode())
    return f"error {error.value}"
