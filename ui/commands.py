"""The window's commands and their keys: one table, for the shortcuts themselves and for the sheet that lists them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """Something a key does.

    Attributes:
        name: what the code calls it.
        keys: as QKeySequence writes them; the first is shown.
        text: what it does, for the sheet.
    """

    name: str
    keys: tuple[str, ...]
    text: str


EVERYDAY = (
    Command("calibrate", ("C",), "Calibrate: look straight at the camera"),
    Command("record", ("R",), "Start or stop a recording"),
    Command("virtual camera", ("V",), "Virtual camera on or off"),
    Command("snapshot", ("S",), "Save a snapshot"),
    Command("mirror", ("M",), "Mirror on or off"),
    Command("full screen", ("F", "F11"), "Full screen"),
    Command("leave full screen", ("Esc",), "Leave full screen"),
    Command("add picture", ("Ctrl+O",), "Add a picture"),
    Command("try again", ("F5",), "Try again after an error"),
    Command("shortcuts", ("?", "F1"), "This list"),
    Command("quit", ("Ctrl+Q",), "Quit"),
)

MODELS = (
    Command("view", ("Shift+V",), "Menu of what is drawn over the picture"),
    Command("keypoints", ("Shift+K",), "Keypoints"),
    Command("masks", ("Shift+M",), "Masks of motion"),
    Command("occlusion", ("Shift+O",), "Occlusion"),
    Command("flow", ("Shift+F",), "Flow"),
    Command("segments", ("Shift+S",), "Segments, if the pack has them"),
    Command("part swap", ("P",), "Part swap on or off, if the pack has segments"),
    Command("square", ("B",), "Draw the square to follow, if the pack can"),
    Command("timing", ("T",), "Timing of every stage"),
    Command("engine", ("E",), "Engine, precision and device"),
)
"""For people who study the models."""

COMMANDS = EVERYDAY + MODELS

OTHER_KEYS = (
    ("1 – 9", "Choose a portrait"),
    ("Delete", "Remove the added portrait that has the focus"),
    ("Double click", "Slider: back to its default · stage: full screen"),
)


def keys_of(name: str) -> str:
    """The first key of a command."""
    return next(command.keys[0] for command in COMMANDS if command.name == name)
