"""TOML tables as frozen dataclasses: every mistake is named by its key."""

from __future__ import annotations

import math
import tomllib
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from puppet.errors import ConfigError

T = TypeVar("T")

_PLAIN = (bool, int, float, str)


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file's table. Raises ConfigError."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise ConfigError(f"{path}: is not valid TOML ({error}).") from error


def filled(kind: type[T], table: Any, where: str) -> T:
    """A table as a value of `kind`; `where` is the table's own name with a dot behind, or "".

    Raises:
        ConfigError: a key is unknown, missing or of a wrong type.
    """
    if not isinstance(table, dict):
        raise ConfigError(f"key {where.rstrip('.')}: expected a table, found {table!r}.")
    known = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(table.keys() - known.keys()):
        names = ", ".join(where + name for name in unknown)
        raise ConfigError(f"unknown key {names}; known here: {', '.join(known)}.")
    for name, item in known.items():
        if item.default is MISSING and item.default_factory is MISSING and name not in table:
            raise ConfigError(f"key {where}{name} is missing.")
    hints = get_type_hints(kind)
    return kind(**{name: _typed(where + name, value, hints[name]) for name, value in table.items()})


def require(holds: bool, name: str, found: object, expected: str) -> None:
    """Raise ConfigError unless it holds."""
    if not holds:
        raise ConfigError(f"{name}: found {found!r}, expected {expected}.")


def flat(prefix: str, value: Any) -> list[tuple[str, Any]]:
    """Every plain value within nested ones, with its dotted name."""
    if isinstance(value, dict):
        return [pair for name, inner in value.items() for pair in flat(f"{prefix}.{name}".lstrip("."), inner)]
    if isinstance(value, list | tuple):
        return [pair for index, inner in enumerate(value) for pair in flat(f"{prefix}[{index}]", inner)]
    return [(prefix, value)]


def _typed(name: str, value: Any, kind: Any) -> Any:
    if get_origin(kind) is tuple and isinstance(value, list | tuple):
        return tuple(_typed(f"{name}[{index}]", item, get_args(kind)[0]) for index, item in enumerate(value))
    if get_origin(kind) is tuple:
        raise ConfigError(f"key {name}: expected a list, found {value!r}.")
    if kind is float and type(value) is int:
        value = float(value)
    if kind in _PLAIN and type(value) is not kind:
        raise ConfigError(f"key {name}: expected {kind.__name__}, found {value!r}.")
    if kind is float and not math.isfinite(value):
        raise ConfigError(f"key {name}: found {value}, which is not a number to work with.")
    return value
