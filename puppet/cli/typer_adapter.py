"""Adapter between typer and commands that take groups of options as frozen dataclasses.

typer reads one parameter per option from a command's signature. `takes_options` makes that signature from the fields of
the dataclasses, which `option` declares; the command itself gets the dataclasses.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import MISSING, field, fields, is_dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_type_hints

import typer

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Values = TypeVar("Values", bound=DataclassInstance)

Command = Callable[..., int]


def option(
    flag: str,
    metavar: str | None,
    text: str,
    *,
    default: Any = None,
    within: tuple[float | None, float | None] = (None, None),
    parser: Callable[[str], Any] | None = None,
    shown: str | bool = True,
) -> Any:
    """Return the field of a group that is one option of the command line.

    Args:
        flag: name, "--size"; "--mirror/--no-mirror" for a switch.
        metavar: placeholder of the value in the help; None for a switch and for the choices of an enum.
        text: help.
        default: default value; None: not given. `dataclasses.MISSING`: the option is required.
        within: smallest and largest number allowed.
        parser: turns the text into the value; raises a PuppetError for a wrong one.
        shown: the default as the help shows it, where that is not `default`; False: no default is shown.
    """
    low, high = within
    info = typer.Option(flag, metavar=metavar, help=text, min=low, max=high, parser=parser, show_default=shown)
    return field(default=default, metadata={"option": info})


def takes_options(*defaults: object, unset: str = "") -> Callable[[Command], Command]:
    """Return a decorator for a command with groups of options: parameters whose type is a dataclass.

    The group's docstring is the title of the options' panel in the help.

    Args:
        defaults: values whose attributes are the command's own defaults of the options of the same name, except those
            with a parser.
        unset: the default that the help names for options that are None by default.
    """

    def decorate(command: Command) -> Command:
        kinds = get_type_hints(command, include_extras=True)
        groups = {name: kind for name, kind in kinds.items() if isinstance(kind, type) and is_dataclass(kind)}

        @wraps(command)
        def call_with_groups(**values: Any) -> int:
            for name, kind in groups.items():
                values[name] = kind(**{each.name: values.pop(each.name) for each in fields(kind)})
            return command(**values)

        parameters: list[inspect.Parameter] = []
        for parameter in inspect.signature(command).parameters.values():
            if kind := groups.get(parameter.name):
                parameters += _options(kind, defaults, unset)
            else:
                parameters.append(parameter.replace(annotation=kinds[parameter.name]))
        call_with_groups.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # typer reads it
        return call_with_groups

    return decorate


def given(values: Values, *groups: DataclassInstance) -> Values:
    """Return `values` with the options of `groups` that were given and that it has fields for; None: not given."""
    names = {each.name for each in fields(values)}
    options = {each.name: getattr(group, each.name) for group in groups for each in fields(group)}
    return replace(values, **{name: found for name, found in options.items() if name in names and found is not None})


def _options(group: type[DataclassInstance], defaults: tuple[object, ...], unset: str) -> Iterator[inspect.Parameter]:
    """Yield typer's parameter for each option of a group."""
    kinds = get_type_hints(group)
    for each in fields(group):
        info = copy(each.metadata["option"])
        info.rich_help_panel = (group.__doc__ or "").rstrip(".")
        default = inspect.Parameter.empty if each.default is MISSING else each.default
        if not info.parser:  # a parser reads text
            default = next((getattr(values, each.name) for values in defaults if hasattr(values, each.name)), default)
        if default is None and info.show_default and unset:
            info.show_default = unset
        # typer would read a tuple as several values, before the parser sees them.
        kind: Any = str | None if info.parser else kinds[each.name]
        annotation = Annotated[kind, info]
        yield inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
