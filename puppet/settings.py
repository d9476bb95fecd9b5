"""Settings: what the window remembers from one start to the next, kept as TOML in the user's configuration folder.

Any thread.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import platformdirs
import tomli_w

from puppet.config import DEFAULT_SIZE, LIVE_CONTROLS, check_controls, check_size
from puppet.domain import Controls, Overlay
from puppet.errors import ConfigError
from puppet.media.files import whole_file

THEMES = ("system", "light", "dark")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the window remembers from one start to the next.

    Attributes:
        portrait: the gallery's name of the portrait, or "".
        camera: the camera's name, or "" for the default.
        controls: the sliders and switches.
        size: (width, height) in pixels of virtual camera and recording.
        pack: the name or the folder of the model pack.
        engine: the engine asked for; precision and device as in EngineOptions.
        theme: "system", "light" or "dark".
        geometry: the window's place and size as text, or "".
    """

    portrait: str = ""
    camera: str = ""
    controls: Controls = LIVE_CONTROLS
    size: tuple[int, int] = DEFAULT_SIZE
    pack: str = "face"
    engine: str = "auto"
    precision: str = "auto"
    device: str = "auto"
    theme: str = "system"
    geometry: str = ""

    def __post_init__(self) -> None:
        """Raise ConfigError for what cannot be done."""
        check_controls(self.controls)
        check_size(self.size)
        if self.theme not in THEMES:
            raise ConfigError(f'theme "{self.theme}" is unknown; known: {", ".join(THEMES)}.')


Table = TypeVar("Table", Settings, Controls)


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings read from the file, and one line for the person when the file was damaged, else ""."""

    settings: Settings
    warning: str = ""


def settings_path() -> Path:
    """Where the window's settings are kept."""
    return platformdirs.user_config_path("puppet", appauthor=False) / "settings.toml"


def load_settings(path: Path | None = None, now: datetime | None = None) -> LoadedSettings:
    """Read the settings; a missing file means defaults, and so does a damaged one, which is kept aside.

    Never raises: a window must open whatever the file holds.
    """
    path = path or settings_path()
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        if "avatar" in table:  # the name of `portrait` before 0.2
            table.setdefault("portrait", table.pop("avatar"))
        return LoadedSettings(_filled(Settings(), table))
    except FileNotFoundError:
        return LoadedSettings(Settings())
    except (OSError, ValueError, ConfigError) as error:
        return LoadedSettings(Settings(), _set_aside(path, str(error), now or datetime.now()))


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Write the settings as a whole file or not at all. Raises ConfigError when the folder cannot be written."""
    path = path or settings_path()
    # A swap and an overlay belong to the pack at hand: the next start begins without.
    settings = replace(settings, controls=replace(settings.controls, swap=None, overlay=Overlay.NONE))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as part:
            part.write_text(tomli_w.dumps({name: _toml(item) for name, item in asdict(settings).items()}), "utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: the settings cannot be written ({error.strerror}).") from error


def _set_aside(path: Path, reason: str, now: datetime) -> str:
    """Rename a damaged settings file; return the line that says so."""
    aside = path.with_name(f"settings.damaged-{now:%Y%m%d-%H%M%S}.toml")
    reason = " ".join(reason.split())
    try:
        path.replace(aside)
    except OSError as error:
        return (
            f"{path}: the settings cannot be read ({reason}), and not be kept aside ({error.strerror}); using defaults."
        )
    return f"The settings were damaged ({reason}); using defaults, the old file is kept as {aside}."


def _toml(item: object) -> object:
    """A value of the settings as one of TOML's types."""
    if isinstance(item, dict):
        return {name: _toml(inner) for name, inner in item.items() if inner is not None}
    return item.value if isinstance(item, Enum) else item


def _filled(default: Table, found: dict[str, Any]) -> Table:
    """`default` with what `found` holds; unknown names are left alone: a newer version may have written them."""
    known = {field.name for field in fields(default)} & found.keys()
    return replace(default, **{name: _typed(name, found[name], getattr(default, name)) for name in known})


def _typed(name: str, found: Any, default: object) -> Any:
    """`found` as the type of `default`. Raises ConfigError or ValueError when it is of another."""
    if isinstance(default, Controls) and isinstance(found, dict):
        return _filled(default, found)
    if isinstance(default, Enum):
        return type(default)(found)
    if isinstance(default, tuple) and isinstance(found, list) and [type(item) for item in found] == [int, int]:
        return tuple(found)
    if isinstance(default, float) and type(found) is int:
        return float(found)
    if type(found) is not type(default):
        raise ConfigError(f"{name} is of the wrong type")
    return found
