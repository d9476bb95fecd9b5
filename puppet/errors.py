"""Errors that a user can act on.

    PuppetError
    ├── CameraError       a camera, or a file in its place, cannot be opened or stopped delivering frames
    ├── PackError         a model pack is missing, damaged, or made for another version
    ├── CheckpointError   a checkpoint of an original implementation cannot be read
    ├── EngineError       an inference engine is missing or failed
    │   └── GraphError    an open graph failed: the device is gone or out of memory; another engine may work
    ├── MicrophoneError   a microphone cannot be opened, or stopped delivering sound
    ├── TrackingError     the face tracker is missing, or a picture shows no face where one is needed
    ├── SinkError         a virtual camera or a recording cannot be opened or written
    ├── RemoteError       the machine that renders, or that asks for it, cannot be reached, trusted or understood
    ├── ConfigError       an option, a setting or a settings file is not usable
    └── MediaError        a picture or a video cannot be read or written

A message is one line without a full stop. It begins with a capital letter, or with the file or option it is about, and
says what failed, what was found and expected, and, after a semicolon, the next step:

    clip.mp4: no video stream; choose another file

The command line prints it and ends with exit code 2. A frame without a face is a normal result of tracking, no error.
"""


class PuppetError(Exception):
    """Root of the tree: catches every error that Puppet raises on purpose."""


class CameraError(PuppetError):
    """A camera cannot be opened, or stopped delivering frames."""


class PackError(PuppetError):
    """A model pack is missing, damaged, or made for another version."""


class CheckpointError(PuppetError):
    """A checkpoint of an original implementation cannot be read."""


class EngineError(PuppetError):
    """An inference engine is missing or failed."""


class GraphError(EngineError):
    """An open graph failed; another engine may work."""


class TrackingError(PuppetError):
    """The face tracker is missing, or a picture shows no face where one is needed."""


class MicrophoneError(PuppetError):
    """A microphone cannot be opened, or stopped delivering sound."""


class SinkError(PuppetError):
    """A virtual camera or a recording cannot be opened or written.

    Attributes:
        command: the shell command at the message's end that remedies it, or "".
    """

    def __init__(self, message: str, command: str = "") -> None:
        """`message` contains `command`."""
        super().__init__(message)
        self.command = command


class RemoteError(PuppetError):
    """The machine that renders, or that asks for it, cannot be reached, trusted or understood."""


class ConfigError(PuppetError):
    """An option, a setting or a settings file is not usable."""


class MediaError(PuppetError):
    """A picture or a video cannot be read or written."""
