"""Actions of the commands of `ui.commands` in the main window."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ui.commands import PORTRAIT_KEYS, PRESET_KEYS
from ui.page_table import PAGES

if TYPE_CHECKING:
    from ui.main_window import MainWindow


def window_commands(window: MainWindow) -> dict[str, Callable[[], object]]:
    """Return the actions by the names of their commands."""
    return {
        "hide": window.on_air.toggle_idle,
        "rest": window.on_air.toggle_idle,
        "calibrate": window.calibration.calibrate,
        "best moment": window.calibration.take_best_moment,
        "re-anchor": window.calibration.reanchor,
        "self view": window.panel.self_view.click,
        "record": window.on_air.toggle_recording,
        "save replay": window.recording.save_replay,
        "pause recording": window.recording.toggle_pause,
        "virtual camera": window.on_air.toggle_virtual_camera,
        "output window": window.on_air.toggle_clean_output,
        "full screen output": window.on_air.toggle_full_screen_output,
        "snapshot": window.snapshot,
        "mirror": window.panel.mirror.click,
        "undo": window.bridge.controls.undo,
        "full screen": window.toggle_full_screen,
        "leave full screen": window.escape,
        "add picture": window.adding.ask,
        "next portrait": partial(window.choose_neighbour, 1),
        "previous portrait": partial(window.choose_neighbour, -1),
        "next portraits": partial(window.collection.turn, 1),
        "previous portraits": partial(window.collection.turn, -1),
        "paste picture": window.adding.paste,
        "try again": window.try_again,
        "view": partial(window.inspection.show_menu, window.actions_bar.buttons["view"]),
        "engine": window.model.show_engine,
        "box": window.box.draw,
        "pages": window.pages.toggle_last,
        "shortcuts": window.shortcuts_dialog.toggle,
        "quit": window.close,
        **window.inspection.commands(),
        **{f"portrait {number}": partial(window.choose_number, number) for number in range(1, PORTRAIT_KEYS + 1)},
        **{f"preset {number}": partial(window.presets.use, number - 1) for number in range(1, PRESET_KEYS + 1)},
        **{page.name: partial(window.pages.toggle, page.name) for page in PAGES},
    }
