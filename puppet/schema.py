"""Schema validation: plain mappings from TOML, JSON or YAML as frozen dataclasses.

The dataclass declares types and ranges: `Annotated[float, Interval(gt=0)]`, `Literal`, enums. Validation is strict: 1
is a valid float, but "1", true and NaN are not numbers. Every mistake is one line that names the file, the key and the
allowed values. Any thread.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from puppet.errors import PuppetError

T = TypeVar("T")

_SHOWN = 80  # characters of a wrong key or value
_REASON = 200
_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")
_MISSING = ("missing", "missing_argument")


def validate(
    kind: type[T],
    values: Mapping[str, object],
    where: str,
    error: type[PuppetError],
    *,
    unknown: Literal["forbid", "ignore"] = "forbid",
) -> T:
    """Return `values` as `kind`, a dataclass; nested mappings become nested dataclasses, lists tuples.

    Args:
        kind: a dataclass; its `__post_init__` may raise ValueError or a PuppetError about keys that do not go together.
        values: as `tomllib`, `json` or a safe YAML loader give them.
        where: the file, and the table in it, as an error names them.
        error: raised for a mistake.
        unknown: what happens to keys that `kind` does not have, nested ones included.

    Raises:
        PuppetError: as `error`; "recipe.toml: stages[0].batch is 1; expected greater than or equal to 2".
    """
    from pydantic import ValidationError  # takes 60 ms, which --help does not need

    try:
        adapter = _adapter(kind)  # type: ignore[arg-type] # a class is hashable
        found: T = adapter.validate_json(json.dumps(values, default=str), strict=True, extra=unknown)
    except ValidationError as invalid:
        raise error(f"{where}: {_line(kind, invalid.errors(include_url=False))}") from invalid
    except PuppetError as invalid:
        raise error(f"{where}: {invalid}") from invalid
    except (TypeError, ValueError, RecursionError) as invalid:  # keys that are not text, endless nesting
        raise error(f"{where}: {' '.join(str(invalid).split())[:_REASON]}") from invalid
    return found


@cache
def _adapter(kind: type[T]) -> Any:
    from pydantic import ConfigDict, TypeAdapter, with_config

    return TypeAdapter(with_config(ConfigDict(allow_inf_nan=False))(kind))


def _line(kind: type, errors: Sequence[Any]) -> str:
    """Return one of pydantic's errors as a line; the errors of a union's members are one."""
    invalid = next((error for error in errors if error["type"] in _UNKNOWN), errors[0])  # before the key it misspells
    path, found = invalid["loc"], invalid["input"]
    if invalid["type"] in _UNKNOWN:
        return f"unknown key {_dotted(path)}; known here: {', '.join(_known(kind, path[:-1]))}"
    if invalid["type"] in _MISSING:
        return f"key {_dotted(path)} is missing"
    keys, _ = _walk(kind, path)
    name = _dotted(keys)
    if invalid["type"] == "value_error":  # from __post_init__
        return f"{name}: {invalid['ctx']['error']}" if name else str(invalid["ctx"]["error"])
    messages = [
        other["msg"].removeprefix("Input should be ") for other in errors if _walk(kind, other["loc"])[0] == keys
    ]
    expected = " or ".join(dict.fromkeys(messages))
    return f"{name} is {_shown(found)}; expected {expected[:1].lower()}{expected[1:]}"


def _dotted(path: Sequence[str | int]) -> str:
    """Return the path of a key as text: stages[0].batch."""
    return _plain("".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip("."))


def _plain(text: str) -> str:
    """Shorten a file's text for a message and escape what is not printable, as a terminal's control sequences."""
    text = text if text.isprintable() else ascii(text)[1:-1]
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _walk(kind: object, path: Sequence[str | int]) -> tuple[Sequence[str | int], object]:
    """Return the keys of a path, without the union member's name that pydantic appends, and the type at its end."""
    for depth, part in enumerate(path):
        kind = _required(kind)
        if isinstance(kind, type) and is_dataclass(kind) and part in (hints := get_type_hints(kind)):
            kind = hints[part]
        elif get_origin(kind) in (tuple, list, dict):
            kind = get_args(kind)[get_origin(kind) is dict]
        else:
            return path[:depth], kind
    return path, _required(kind)


def _required(kind: object) -> object:
    """Return X for `X | None`, and any other type unchanged."""
    members = [member for member in get_args(kind) if member is not NoneType]
    return members[0] if get_origin(kind) in (Union, UnionType) and len(members) == 1 else kind


def _known(kind: object, path: Sequence[str | int]) -> list[str]:
    """Return the keys of the dataclass at `path` within `kind`."""
    _, kind = _walk(kind, path)
    return [item.name for item in fields(kind)] if isinstance(kind, type) and is_dataclass(kind) else []


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return _plain(json.dumps(value, default=str, ensure_ascii=False))
