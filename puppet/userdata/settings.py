"""Settings: state of the window that is kept between two starts, as TOML in the user's configuration folder.

Any thread.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
import tomli_w
from annotated_types import Interval

from puppet.config import (
    DEFAULT_SIZE,
    LIVE_CONTROLS,
    MICROPHONE_DELAY_RANGE_MS,
    MICROPHONE_GAIN_RANGE_DB,
    CameraOptions,
    Fallback,
    IceServer,
    Quality,
    check_size,
)
from puppet.controls import Controls, Overlay
from puppet.errors import ConfigError
from puppet.media.files import keep_as, whole_file
from puppet.regular_files import read_toml
from puppet.schema import validate

_MAX_BYTES = 64 << 10

Theme = Literal["system", "light", "dark"]


@dataclass(frozen=True, slots=True)
class Settings:
    """State of the window that its next start begins with.

    Attributes:
        portrait: name of the portrait in the gallery, or "".
        camera: name of the camera, or "" for the default.
        cameras: mode, turn and exposure of each camera that has its own, by name.
        microphone: name of the microphone that is recorded, or "" for none.
        microphone_gain_db: its gain.
        microphone_delay_ms: its delay; see MicrophoneOptions.
        controls: sliders and switches.
        size: (width, height) in pixels of the virtual camera and the recording.
        pack: name or folder of the model pack.
        engine: the engine chosen; precision and device as in EngineOptions.
        theme: colours of the window; "system" follows the desktop.
        language: of the window; "system" follows the system's.
        self_view: show the performer's own picture in a corner of the window.
        keys: keys of commands that are not the command's own, in QKeySequence's notation.
        global_keys: keys of commands that work while another program has the focus.
        takes: record takes, not plain files.
        quality: of recordings; see RecordingOptions.
        countdown_s: seconds from the command to the beginning of a recording.
        replay: keep the last half minute in memory.
        virtual_camera: open the virtual camera when the window starts.
        geometry: position and size of the window as text, or "".
        output_screen: name of the screen that the output window opens on, or "" for the window's own.
        output_on_top: the output window stays above all others.
        api: plug-ins may connect.
        api_port: port they connect to.
        fallback: pictures while the machine that renders does not answer.
        ice: STUN and TURN servers through which it is reached.
    """

    portrait: str = ""
    camera: str = ""
    cameras: dict[str, CameraOptions] = field(default_factory=dict)
    microphone: str = ""
    microphone_gain_db: Annotated[float, Interval(ge=MICROPHONE_GAIN_RANGE_DB[0], le=MICROPHONE_GAIN_RANGE_DB[1])] = 0.0
    microphone_delay_ms: Annotated[
        float, Interval(ge=MICROPHONE_DELAY_RANGE_MS[0], le=MICROPHONE_DELAY_RANGE_MS[1])
    ] = 0.0
    controls: Controls = LIVE_CONTROLS
    size: tuple[int, int] = DEFAULT_SIZE
    pack: str = "face"
    engine: str = "auto"
    precision: str = "auto"
    device: str = "auto"
    theme: Theme = "system"
    language: Literal["system", "en", "de"] = "system"
    self_view: bool = False
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    global_keys: dict[str, str] = field(default_factory=dict)
    takes: bool = True
    quality: Quality = "good"
    countdown_s: Annotated[int, Interval(ge=0, le=30)] = 0
    replay: bool = False
    virtual_camera: bool = False
    geometry: str = ""
    output_screen: str = ""
    output_on_top: bool = True
    api: bool = False
    api_port: Annotated[int, Interval(ge=1024, le=65535)] = 8001
    fallback: Fallback = Fallback.LOCAL
    ice: tuple[IceServer, ...] = ()

    def __post_init__(self) -> None:
        """Raise ConfigError when the size cannot be recorded."""
        check_size(self.size)


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings read from the file, and one line for the user when the file was damaged, else ""."""

    settings: Settings
    warning: str = ""


def settings_path() -> Path:
    """Return the path of the settings file."""
    return platformdirs.user_config_path("puppet", appauthor=False) / "settings.toml"


def load_settings(path: Path | None = None, now: datetime | None = None) -> LoadedSettings:
    """Read the settings; a missing file gives defaults, and so does a damaged one, which is renamed and kept.

    Unknown keys are ignored: a newer version may have written them. Never raises: the window opens with any file.
    """
    path = path or settings_path()
    try:
        table = read_toml(path, _MAX_BYTES)
        if "avatar" in table:  # the name of `portrait` before 0.2
            table.setdefault("portrait", table.pop("avatar"))
        return LoadedSettings(validate(Settings, table, path.name, ConfigError, unknown="ignore"))
    except (FileNotFoundError, NotADirectoryError):
        return LoadedSettings(Settings())
    except (OSError, ValueError, ConfigError) as error:
        return LoadedSettings(Settings(), set_aside(path, "settings", str(error), now or datetime.now()))


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Write the settings as a whole file or not at all. Raises ConfigError when the folder cannot be written."""
    path = path or settings_path()
    # A swap and an overlay depend on the pack, and the idle loop ends with the window.
    controls = replace(settings.controls, swap=None, overlay=Overlay.NONE, idle=False)
    settings = replace(settings, controls=controls)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as part:
            part.write_text(tomli_w.dumps(asdict(settings, dict_factory=toml_table)), "utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: the settings cannot be written: {error.strerror}") from error


def set_aside(path: Path, what: str, reason: str, now: datetime) -> str:
    """Rename a damaged file of settings or presets; return the line that says so."""
    damage = " ".join(reason.split())
    problem = f"The {what} were damaged ({damage}); defaults are used"
    try:
        aside = keep_as(path, path.with_name(f"{path.stem}.damaged-{now:%Y%m%d-%H%M%S}{path.suffix}"))
        problem = f"The {what} were damaged ({damage}); defaults are used, and the old file is kept as {aside}"
    except FileNotFoundError:  # another start was faster
        pass
    except OSError as error:
        problem = f"The {what} were damaged ({damage}); defaults are used; {path} cannot be renamed: {error.strerror}"
    return problem


def toml_table(items: list[tuple[str, object]]) -> dict[str, object]:
    """Return the fields of a dataclass as TOML's types; TOML has no None."""
    return {name: item.value if isinstance(item, Enum) else item for name, item in items if item is not None}
