"""Commands of the window and their keys, in one table: ui.command_registry binds them, a dialog lists them."""

from __future__ import annotations

from dataclasses import dataclass

from ui.page_table import PAGES
from ui.translation import tr

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
    Command("hide", ("H",), tr("Hide me: the portrait rests; again: follow me")),
    Command("rest", ("0",), tr("The portrait rests, as with Hide me")),
    Command("calibrate", ("C",), tr("Calibrate: look straight at the camera")),
    Command("best moment", ("Shift+C",), tr("Calibrate at the moment that matches the portrait best")),
    Command("re-anchor", ("X",), tr("Re-anchor: your head's place of now is the neutral one")),
    Command("self view", ("I",), tr("See yourself beside the portrait, only in this window")),
    Command("record", ("R",), tr("Start or stop a recording")),
    Command("pause recording", ("Shift+R",), tr("Pause the recording, or go on")),
    Command("save replay", ("Ctrl+R",), tr("Save the last half minute, if instant replay is on")),
    Command("virtual camera", ("V",), tr("Virtual camera on or off")),
    Command("output window", ("O",), tr("Output window: the picture alone, for window capture")),
    Command("full screen output", ("Ctrl+F",), tr("Fill a screen with the output")),
    Command("snapshot", ("S",), tr("Save a snapshot")),
    Command("mirror", ("M",), tr("Mirror on or off")),
    Command("undo", ("Ctrl+Z",), tr("Undo: a removed portrait, a slider, a choice")),
    Command("full screen", ("F", "F11"), tr("Full screen")),
    Command("leave full screen", ("Esc",), tr("Leave full screen")),
    Command("add picture", ("Ctrl+O",), tr("Add a picture")),
    Command("previous portrait", ("A",), tr("Previous portrait")),
    Command("next portrait", ("D",), tr("Next portrait")),
    Command("previous portraits", ("PgUp",), tr("Number keys for the nine portraits before")),
    Command("next portraits", ("PgDown",), tr("Number keys for the next nine portraits")),
    Command("paste picture", ("Ctrl+V",), tr("Paste a picture as a portrait")),
    Command("try again", ("F5",), tr("Try again after an error")),
    Command("pages", ("Ctrl+P",), tr("Pages: cameras, portraits, output, doctor and more")),
    Command("shortcuts", ("?", "F1"), tr("This list")),
    Command("quit", ("Ctrl+Q",), tr("Quit")),
)

MODELS = (
    Command("view", ("Shift+V",), tr("Menu of overlays, timings and engine")),
    Command("keypoints", ("Shift+K",), tr("Overlay: keypoints")),
    Command("masks", ("Shift+M",), tr("Overlay: masks of motion")),
    Command("occlusion", ("Shift+O",), tr("Overlay: occlusion")),
    Command("flow", ("Shift+F",), tr("Overlay: flow")),
    Command("segments", ("Shift+S",), tr("Overlay: segments, if the pack has them")),
    Command("badge", ("Shift+A",), tr('Label "Made with AI" on the picture')),
    Command("part swap", ("P",), tr("Part swap on or off, if the pack has segments")),
    Command("box", ("B",), tr("Draw a box to follow, if the pack detects keypoints")),
    Command("timings", ("T",), tr("Timings of every stage")),
    Command("engine", ("E",), tr("Engine, precision and device")),
)
"""Commands for people who study the models."""

PORTRAITS = tuple(
    Command(f"portrait {number}", (str(number),), tr("Choose portrait {number}").format(number=number))
    for number in range(1, PORTRAIT_KEYS + 1)
)
PRESETS = tuple(
    Command(f"preset {number}", (f"Ctrl+{number}",), tr("Choose preset {number}").format(number=number))
    for number in range(1, PRESET_KEYS + 1)
)
COMMANDS = GENERAL + MODELS + PORTRAITS + PRESETS + tuple(Command(page.name, page.keys, page.title) for page in PAGES)

IN_THE_WINDOW = {"leave full screen", "add picture", "try again", "shortcuts", "view", "engine", "box", "quit"} | {
    page.name for page in PAGES
}
"""Commands that make sense only in the window: neither for remote controls nor with a global key."""

OTHER_KEYS = (
    (tr("Delete"), tr("Remove the focused portrait, if you added it")),
    (tr("Double-click"), tr("Slider: restore its default · preview: full screen")),
)


def first_key(name: str) -> str:
    """Return the first key of a command."""
    return next(command.keys[0] for command in COMMANDS if command.name == name)
