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


COMMANDS = (
    Command("calibrate", ("C",), "Calibrate: look straight at the camera"),
    Command("record", ("R",), "Start or stop a recording"),
    Command("virtual camera", ("V",), "Virtual camera on or off"),
    Command("snapshot", ("S",), "Save a snapshot"),
    Command("mirror", ("M",), "Mirror on or off"),
    Command("full screen", ("F", "F11"), "Full screen"),
    Command("leave full screen", ("Esc",), "Leave full screen"),
    Command("add picture", ("Ctrl+O",), "Add a picture"),
    Command("shortcuts", ("?", "F1"), "This list"),
    Command("quit", ("Ctrl+Q",), "Quit"),
)

OTHER_KEYS = (
    ("1 – 9", "Choose a portrait"),
    ("Delete", "Remove the added portrait that has the focus"),
    ("Double click", "Slider: back to its default · stage: full screen"),
)
