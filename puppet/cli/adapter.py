"""Adapter between typer and commands that take their options as frozen dataclasses.

typer reads one parameter per option from a command's signature. `takes_options` makes that signature from the fields of
the dataclasses; the command itself gets the dataclasses.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import MISSING, fields, is_dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_type_hints

from typer.models import ParameterInfo

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Values = TypeVar("Values", bound=DataclassInstance)

Command = Callable[..., int]


def takes_options(*defaults: object, unset: str = "") -> Callable[[Command], Command]:
    """Return a decorator for a command with groups of options: parameters whose type is a dataclass.

    Each field of a group is `Annotated[type, typer.Option(...)]`; the group's class attribute `panel` is the options'
    panel in the help.

    Args:
        defaults: values whose attributes are the command's own defaults of the options of the same name.
        unset: the default that the help names for options that are None by default.
    """

    def decorate(command: Command) -> Command:
        kinds = get_type_hints(command, include_extras=True)
        groups = {name: kind for name, kind in kinds.items() if is_dataclass(kind) and isinstance(kind, type)}

        @wraps(command)
        def call_with_groups(**values: Any) -> int:
            for name, kind in groups.items():
                values[name] = kind(**{field.name: values.pop(field.name) for field in fields(kind)})
            return command(**values)

        options: list[inspect.Parameter] = []
        for parameter in inspect.signature(command).parameters.values():
            if kind := groups.get(parameter.name):
                options += _options(kind, defaults, unset)
            else:
                options.append(_option(parameter.name, kinds[parameter.name], parameter.default, unset))
        call_with_groups.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined] # typer reads it
        return call_with_groups

    return decorate


def given(values: Values, *groups: DataclassInstance) -> Values:
    """Return `values` with the options of `groups` that were given and that it has fields for; None: not given."""
    names = {field.name for field in fields(values)}
    options = {field.name: getattr(group, field.name) for group in groups for field in fields(group)}
    return replace(values, **{name: found for name, found in options.items() if name in names and found is not None})


def _options(group: type[DataclassInstance], defaults: tuple[object, ...], unset: str) -> Iterator[inspect.Parameter]:
    kinds = get_type_hints(group, include_extras=True)
    for field in fields(group):
        own = inspect.Parameter.empty if field.default is MISSING else field.default
        default = next((getattr(each, field.name) for each in defaults if hasattr(each, field.name)), own)
        yield _option(field.name, kinds[field.name], default, unset, getattr(group, "panel", None))


def _option(name: str, kind: Any, default: object, unset: str, panel: str | None = None) -> inspect.Parameter:
    """Return typer's parameter of one option."""
    value, info = get_args(kind)
    assert isinstance(info, ParameterInfo)
    info = copy(info)
    info.rich_help_panel = info.rich_help_panel or panel
    if default is None and info.show_default and unset:
        info.show_default = unset
    if info.parser:
        value = str | None  # typer would read a tuple type as several values, before the parser sees them
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[value, info])
