"""Groups of options: parsed values, and commands that get dataclasses."""

from __future__ import annotations

from dataclasses import MISSING, dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from puppet.cli.parameters import LiveSwapParameters, MotionParameters, SwapParameters
from puppet.cli.typer_adapter import given, option, takes_options
from puppet.config import parse_segments
from puppet.controls import Controls, MaskFrom, PartSwap


@dataclass(frozen=True, slots=True)
class _Meal:
    """Meal."""

    dish: str = option("--dish", "NAME", "To eat.", default=MISSING)
    guests: int | None = option("--guests", "N", "To feed.", within=(1, 9))
    seats: tuple[int, ...] | None = option("--seats", "N,N", "To take.", parser=parse_segments, shown=False)


@dataclass(frozen=True, slots=True)
class _Defaults:
    guests: int = 3


def _output(*arguments: str, unset: str = "", defaults: tuple[object, ...] = ()) -> str:
    app = typer.Typer(add_completion=False)

    @app.command()
    @takes_options(*defaults, unset=unset)
    def eat(*, meal: _Meal, place: Annotated[str, typer.Option("--place")] = "home") -> int:
        typer.echo(f"{meal} at {place}")
        return 0

    return CliRunner().invoke(app, arguments).output


def test_a_command_gets_its_groups_as_values() -> None:
    assert _output("--dish", "soup") == "_Meal(dish='soup', guests=None, seats=None) at home\n"
    more = _output("--dish", "soup", "--guests", "2", "--place", "inn")
    assert more == "_Meal(dish='soup', guests=2, seats=None) at inn\n"


def test_ranges_are_checked_and_values_parsed() -> None:
    assert "less than or equal to 9" in _output("--dish", "soup", "--guests", "10")
    assert "seats=(2, 4)" in _output("--dish", "soup", "--seats", "2,4")


def test_a_field_without_a_default_is_a_required_option() -> None:
    assert "--dish" in _output("--guests", "2")


def test_a_command_s_own_defaults_go_before_those_of_the_group() -> None:
    assert "guests=3" in _output("--dish", "soup", defaults=(_Defaults(),))
    assert "default: 3" in _output("--help", defaults=(_Defaults(),))


def test_the_help_names_the_panel_and_what_unset_means() -> None:
    shown = _output("--help", unset="last used")
    assert "Meal" in shown
    assert shown.count("last used") == 1


def test_given_replaces_only_what_was_given() -> None:
    base = Controls(mouth=0.5, eyes=0.5)
    assert given(base, MotionParameters(mouth=2)) == Controls(mouth=2, eyes=0.5)


@pytest.mark.parametrize(
    ("parameters", "swap"),
    [
        (SwapParameters(), None),
        (SwapParameters(["2,4"], hard=True), PartSwap((2, 4), hard=True)),
        (SwapParameters(["2", "4,1"], source_mask=True), PartSwap((2,), source_mask=True, others=((4, 1),))),
        (SwapParameters(mask=MaskFrom.LIPS), PartSwap(mask=MaskFrom.LIPS)),
        (LiveSwapParameters(["1"]), PartSwap((1,))),
    ],
)
def test_segments_are_read_for_each_source(parameters: SwapParameters, swap: PartSwap | None) -> None:
    assert parameters.part_swap() == swap
