"""Commands by name: what buttons, keys and everything else that starts an action use."""

from __future__ import annotations

from PyQt6.QtCore import Qt

from tests.support.learned_window import press
from tests.support.studio import Studio
from ui.commands import COMMANDS


def test_every_command_of_the_table_does_something_and_no_key_has_two_meanings(studio: Studio) -> None:
    assert set(studio.window.commands.names()) == {command.name for command in COMMANDS}
    keys = [key for command in COMMANDS for key in command.keys]
    assert len(set(keys)) == len(keys)


def test_a_command_is_run_by_name(studio: Studio) -> None:
    studio.start()
    studio.window.commands.run("calibrate")
    assert studio.session.calls[-1] == "calibrate"


def test_other_keys_replace_those_of_a_command(studio: Studio) -> None:
    studio.start()
    commands = studio.window.commands
    commands.set_keys("mirror", ("F6", "Y"))
    press(studio, Qt.Key.Key_M)
    assert studio.window.panel.mirror.isChecked()
    press(studio, Qt.Key.Key_Y)
    assert not studio.window.panel.mirror.isChecked()
    assert commands.command_of("F6") == "mirror"
    assert commands.command_of("M") == ""


def test_a_and_d_choose_the_previous_and_the_next_portrait(studio: Studio) -> None:
    studio.start()
    press(studio, Qt.Key.Key_D)
    assert studio.window.settings.portrait == "Bo"
    press(studio, Qt.Key.Key_A)
    press(studio, Qt.Key.Key_A)
    assert studio.window.settings.portrait == "Cy"
