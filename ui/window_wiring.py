"""Connections between the parts of the main window, and what they make it remember."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from ui.controllers.portraits import has_margins

if TYPE_CHECKING:
    from ui.main_window import MainWindow


def connect_parts(window: MainWindow) -> None:
    """Connect session, portraits, preview, notices and bars; each controller has connected its own widgets."""
    _connect_session(window)
    _connect_portraits(window)
    _connect_bars(window)
    _connect_settings(window)


def _connect_session(window: MainWindow) -> None:
    bridge, display = window.bridge, window.display
    bridge.opened.connect(window.portraits.begin)
    bridge.failed.connect(lambda _error: window.strip.set_busy(None))
    bridge.controls.changed.connect(window.show_hidden)
    display.first_picture.connect(window.portraits.analyse_ahead)
    display.first_picture.connect(window.first_picture)
    window.camera.chosen.connect(lambda _choice: window.box.drop())
    window.camera.chosen.connect(lambda _choice: window.calibration.camera_chosen())


def _connect_portraits(window: MainWindow) -> None:
    portraits, strip, collection, thumbnails = (
        window.portraits,
        window.strip,
        window.collection,
        window.portraits.thumbnails,
    )
    collection.page_changed.connect(strip.set_page)
    portraits.items_changed.connect(strip.set_items)
    portraits.chosen_changed.connect(strip.set_chosen)
    portraits.busy_changed.connect(strip.set_busy)
    thumbnails.ready.connect(strip.set_thumbnail)
    collection.restored.connect(strip.focus)
    portraits.shown.connect(window.calibration.portrait_shown)
    portraits.shown.connect(lambda portrait: window.panel.show_margins(has_margins(portrait)))
    strip.chosen.connect(window.choose_portrait)
    strip.remove_wanted.connect(collection.remove)
    strip.add_tile.clicked.connect(window.adding.ask)
    strip.dropped.connect(window.adding.take)


def _connect_bars(window: MainWindow) -> None:
    preview, commands = window.preview, window.commands
    preview.dropped.connect(window.adding.take)
    preview.double_clicked.connect(window.toggle_full_screen)
    preview.retry.clicked.connect(window.try_again)
    window.notices.focus_left.connect(preview.setFocus)
    window.recording.changed.connect(window.show_sinks)
    window.panel.best_moment.clicked.connect(lambda: commands.run("best moment"))
    window.panel.reanchor.clicked.connect(lambda: commands.run("re-anchor"))
    for bar in (window.actions_bar, window.status_bar, window.inspection.menu):
        bar.wanted.connect(commands.run)
    window.panel.more_output.clicked.connect(lambda: commands.run("output"))


def _connect_settings(window: MainWindow) -> None:
    remember, model = window.remember, window.model
    window.bridge.controls.changed.connect(lambda controls: remember(controls=controls))
    window.commands.keys_changed.connect(lambda _name: remember(keys=window.commands.changed()))
    window.commands.keys_changed.connect(lambda _name: window.show_hidden())
    window.global_keys.chosen.connect(lambda keys: remember(global_keys=keys))
    window.portraits.added.connect(lambda item: remember(portrait=item.name))
    window.camera.delivers.connect(lambda choice: remember(camera=choice))
    window.camera.options_changed.connect(lambda cameras: remember(cameras=cameras))
    window.recording.chosen.connect(lambda fields: remember(**fields))
    window.microphone.chosen.connect(lambda fields: remember(**fields))
    model.pack_used.connect(lambda pack: remember(pack=pack))
    model.engine_used.connect(lambda used: remember(**asdict(used)))
    window.panel.box.framing.chosen.connect(model.choose_framing)
    window.picture_size.chosen.connect(lambda size: remember(size=size))
    clean = window.clean_output
    clean.changed.connect(lambda: remember(output_screen=clean.screen, output_on_top=clean.on_top))
    window.remote_control.chosen.connect(lambda on, port: remember(api=on, api_port=port))
    window.self_view.changed.connect(lambda wanted: remember(self_view=wanted))
    window.panel.language.chosen.connect(lambda language: remember(language=language))
    window.panel.language.chosen.connect(window.panel.language.set_choice)
    window.panel.theme.chosen.connect(lambda theme: remember(theme=theme))
