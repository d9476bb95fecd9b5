"""Commands of the window and their keys, in one table: ui.command_registry binds them, a dialog lists them."""

from __future__ import annotations

from dataclasses import dataclass

from ui.page_table import PAGES

PORTRAIT_KEYS = 9
"""The keys 1 to 9 choose a portrait."""
PRESET_KEYS = 9
"""Ctrl+1 to Ctrl+9 choose a preset."""


@dataclass(frozen=True, slots=True)
class Command:
    """An action of the window.

    Attributes:
        name: its name in the code.
        keys: in QKeySequence's notation; menus show the first.
        text: its line in the shortcuts dialog.
    """

    name: str
    keys: tuple[str, ...]
    text: str


GENERAL = (
    Command("hide", ("H",), "Hide me: the portrait rests; again: follow me"),
    Command("rest", ("0",), "The portrait rests, as with Hide me"),
    Command("calibrate", ("C",), "Calibrate: look straight at the camera"),
    Command("best moment", ("Shift+C",), "Calibrate at the moment that matches the portrait best"),
    Command("re-anchor", ("X",), "Re-anchor: your head's place of now is the neutral one"),
    Command("self view", ("I",), "See yourself beside the portrait, only in this window"),
    Command("record", ("R",), "Start or stop a recording"),
    Command("pause recording", ("Shift+R",), "Pause the recording, or go on"),
    Command("save replay", ("Ctrl+R",), "Save the last half minute, if instant replay is on"),
    Command("virtual camera", ("V",), "Virtual camera on or off"),
    Command("output window", ("O",), "Output window: the picture alone, for window capture"),
    Command("full screen output", ("Ctrl+F",), "Fill a screen with the output"),
    Command("snapshot", ("S",), "Save a snapshot"),
    Command("mirror", ("M",), "Mirror on or off"),
    Command("undo", ("Ctrl+Z",), "Undo: a removed portrait, a slider, a choice"),
    Command("full screen", ("F", "F11"), "Full screen"),
    Command("leave full screen", ("Esc",), "Leave full screen"),
    Command("add picture", ("Ctrl+O",), "Add a picture"),
    Command("previous portrait", ("A",), "Previous portrait"),
    Command("next portrait", ("D",), "Next portrait"),
    Command("previous portraits", ("PgUp",), "Number keys for the nine portraits before"),
    Command("next portraits", ("PgDown",), "Number keys for the next nine portraits"),
    Command("paste picture", ("Ctrl+V",), "Paste a picture as a portrait"),
    Command("try again", ("F5",), "Try again after an error"),
    Command("pages", ("Ctrl+P",), "Pages: cameras, portraits, output, doctor and more"),
    Command("shortcuts", ("?", "F1"), "This list"),
    Command("quit", ("Ctrl+Q",), "Quit"),
)

MODELS = (
    Command("view", ("Shift+V",), "Menu of overlays, timings and engine"),
    Command("keypoints", ("Shift+K",), "Overlay: keypoints"),
    Command("masks", ("Shift+M",), "Overlay: masks of motion"),
    Command("occlusion", ("Shift+O",), "Overlay: occlusion"),
    Command("flow", ("Shift+F",), "Overlay: flow"),
    Command("segments", ("Shift+S",), "Overlay: segments, if the pack has them"),
    Command("badge", ("Shift+A",), 'Label "Made with AI" on the picture'),
    Command("part swap", ("P",), "Part swap on or off, if the pack has segments"),
    Command("box", ("B",), "Draw a box to follow, if the pack detects keypoints"),
    Command("timings", ("T",), "Timings of every stage"),
    Command("engine", ("E",), "Engine, precision and device"),
)
"""Commands for people who study the models."""

PORTRAITS = tuple(
    Command(f"portrait {number}", (str(number),), f"Choose portrait {number}") for number in range(1, PORTRAIT_KEYS + 1)
)
PRESETS = tuple(
    Command(f"preset {number}", (f"Ctrl+{number}",), f"Choose preset {number}") for number in range(1, PRESET_KEYS + 1)
)
COMMANDS = GENERAL + MODELS + PORTRAITS + PRESETS + tuple(Command(page.name, page.keys, page.title) for page in PAGES)

IN_THE_WINDOW = {"leave full screen", "add picture", "try again", "shortcuts", "view", "engine", "box", "quit"} | {
    page.name for page in PAGES
}
"""Commands that make sense only in the window: neither for remote controls nor with a global key."""

OTHER_KEYS = (
    ("Delete", "Remove the focused portrait, if you added it"),
    ("Double-click", "Slider: restore its default · preview: full screen"),
)


def first_key(name: str) -> str:
    """Return the first key of a command."""
    return next(command.keys[0] for command in COMMANDS if command.name == name)
