"""Presets: named choices of motion and output, kept in one file, and each as a file to pass on. Any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path

import platformdirs
import tomli_w

from puppet.controls import Controls
from puppet.errors import ConfigError
from puppet.media.files import whole_file
from puppet.regular_files import read_toml
from puppet.schema import validate
from puppet.userdata.settings import set_aside, toml_table

_MAX_BYTES = 256 << 10
_MOST = 200
_LONGEST_NAME = 60
_OTHERS = {"idle", "swap", "overlay", "badge", "background"}
FIELDS = tuple(field.name for field in fields(Controls) if field.name not in _OTHERS)
"""Fields of Controls that a preset holds: neither what decides who is visible on air, nor paths of this computer."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A named choice of the controls in `FIELDS`; other controls have their defaults.

    Raises:
        ConfigError: the name is empty, too long or not one line.
    """

    name: str
    controls: Controls

    def __post_init__(self) -> None:
        """Check the name."""
        if not (self.name.strip() and self.name.isprintable() and len(self.name) <= _LONGEST_NAME):
            raise ConfigError(f"Preset {self.name!r}: expected a name of one line, 1 to {_LONGEST_NAME} characters")


@dataclass(frozen=True, slots=True)
class _File:
    preset: tuple[Preset, ...] = ()


def presets_path() -> Path:
    """Return the path of the user's presets."""
    return platformdirs.user_config_path("puppet", appauthor=False) / "presets.toml"


def load_presets(now: datetime | None = None) -> tuple[list[Preset], str]:
    """Return the user's presets, and one line if their file was damaged, else ""; it is renamed and kept then."""
    path = presets_path()
    try:
        return (read_presets(path, least=0) if path.exists() else []), ""
    except ConfigError as error:
        return [], set_aside(path, "presets", str(error), now or datetime.now())


def save_presets(presets: Sequence[Preset], path: Path | None = None) -> None:
    """Write presets as a whole file or not at all; default: the user's. Raises ConfigError."""
    path = path or presets_path()
    tables = [{"name": preset.name, "controls": _table(preset.controls)} for preset in presets]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as part:
            part.write_text(tomli_w.dumps({"preset": tables}), "utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: the presets cannot be written: {error.strerror}; choose another file") from error


def read_presets(path: Path, *, least: int = 1) -> list[Preset]:
    """Return the presets of a file, at least so many. Unknown keys are ignored: a newer version may have written them.

    Raises:
        ConfigError: the file is missing, damaged or holds no presets.
    """
    try:
        found = validate(_File, read_toml(path, _MAX_BYTES), path.name, ConfigError, unknown="ignore").preset
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path.name}: no presets can be read ({reason}); choose another file") from error
    if not least <= len(found) <= _MOST:
        raise ConfigError(f"{path.name}: {len(found)} presets; expected {least} to {_MOST}; choose another file")
    return list(found)


def _table(controls: Controls) -> dict[str, object]:
    plain = asdict(controls, dict_factory=toml_table)
    return {name: plain[name] for name in FIELDS}
