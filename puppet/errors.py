"""Everything that may go wrong in a way a person can act on.

    PuppetError
    ├── CameraError       a camera, or a file used as one, cannot be opened or stopped delivering
    ├── PackError         a model pack is missing, damaged, or of another version
    ├── CheckpointError   an original implementation's checkpoint cannot be read
    ├── EngineError       an inference engine is missing or failed
    │   └── GraphError    a graph that ran before stopped running: a device vanished, or is out of memory
    ├── TrackingError     the face tracker is missing, or a picture has no face where one is needed
    ├── SinkError         a virtual camera or a recording cannot be opened or written
    ├── ConfigError       an option, a setting or a settings file is not usable
    └── MediaError        a picture or a video cannot be read or written

A message is one line: what failed, what was found and expected, and the next step. The command line prints it and
ends with exit code 2. "No face in this frame" is a normal result of tracking, not an error.
"""


class PuppetError(Exception):
    """The root: catch this to catch everything Puppet raises on purpose."""


class CameraError(PuppetError):
    """A camera cannot be opened, or stopped delivering frames."""


class PackError(PuppetError):
    """A model pack is missing, damaged, or made for another version."""


class CheckpointError(PuppetError):
    """A checkpoint of an original implementation cannot be read."""


class EngineError(PuppetError):
    """An inference engine is missing or failed."""


class GraphError(EngineError):
    """An opened graph could not be run: another engine may still be able to."""


class TrackingError(PuppetError):
    """The face tracker is missing, or a picture has no face where one is needed."""


class SinkError(PuppetError):
    """A virtual camera or a recording cannot be opened or written."""


class ConfigError(PuppetError):
    """An option, a setting or a settings file is not usable."""


class MediaError(PuppetError):
    """A picture or a video cannot be read or written."""
