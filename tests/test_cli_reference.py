"""docs/cli.md is what the commands say, with examples that a command understands."""

from __future__ import annotations

import shlex

import pytest

from tools.cli_reference import EXAMPLES, PATH, commands, reference


def test_the_reference_is_up_to_date() -> None:
    assert PATH.read_text("utf-8") == reference(), "run PYTHONPATH=. python tools/cli_reference.py"


def test_every_command_has_an_example() -> None:
    assert commands().keys() == EXAMPLES.keys()


@pytest.mark.parametrize(
    ("name", "example"), [(name, line) for name, lines in EXAMPLES.items() for line in filter(None, lines)]
)
def test_examples_use_options_that_exist(name: str, example: str) -> None:
    words = shlex.split(example)
    known = {option for parameter in commands()[name].params for option in parameter.opts + parameter.secondary_opts}
    assert words[: len(name.split())] == name.split()
    assert {word for word in words if word.startswith("-")} <= known


def test_every_option_says_what_it_does() -> None:
    silent = [f"{name} {each.name}" for name, command in commands().items() for each in command.params if not each.help]
    assert silent == []
