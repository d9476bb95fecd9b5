"""The keyboard focus: its order, and where it goes when something changes."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import cast

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication, QWidget

from tests.support.learned_window import choose_pack, start
from tests.support.studio import Studio, save_picture
from ui.style.theme import ThemeSwitcher


def chain(studio: Studio) -> list[QWidget]:
    """The visible widgets that Tab reaches, in order, from the preview on."""
    order, widget = list[QWidget](), studio.window.preview.nextInFocusChain()
    while widget is not None and widget is not studio.window.preview:
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            order.append(widget)
        widget = widget.nextInFocusChain()
    return order


def test_tab_goes_from_the_actions_over_the_portraits_to_the_panel(studio: Studio, tmp_path: Path) -> None:
    start(studio)
    studio.gallery.add(save_picture(tmp_path / "Di.png"))
    studio.window.portraits.load("Ada")  # the tiles are made again
    order, window = chain(studio), studio.window
    wanted = [
        window.actions_bar.buttons["hide"],
        window.actions_bar.buttons["full screen"],
        *window.strip.tiles(),
        window.strip.add_tile,
        window.panel.camera,
        window.panel.mirror,
        window.panel.packs,
        *window.panel.theme.buttons.values(),
        window.status_bar.latency,
        window.status_bar.engine,
    ]
    assert [widget for widget in order if widget in wanted] == wanted


def test_the_list_of_packs_keeps_the_focus_while_another_opens(studio: Studio) -> None:
    start(studio)
    studio.window.panel.packs.setFocus()
    following = choose_pack(studio, "parts")
    assert studio.window.panel.packs.hasFocus()
    studio.until(lambda: studio.window.bridge.session is following)
    assert studio.window.panel.packs.hasFocus()


def test_a_removed_portrait_passes_the_focus_on_and_undo_gives_it_back(studio: Studio, tmp_path: Path) -> None:
    start(studio)
    studio.gallery.add(save_picture(tmp_path / "Di.png", (1, 2, 3)))
    studio.window.portraits.load("Ada")
    tile = studio.window.strip.tiles()[3]
    tile.setFocus()
    studio.qtbot.keyClick(tile, Qt.Key.Key_Delete)
    assert [tile.hasFocus() for tile in studio.window.strip.tiles()] == [False, False, True]
    studio.window.notices.action.setFocus()
    studio.window.notices.action.click()
    assert studio.window.strip.tiles()[3].hasFocus()


def test_buttons_of_the_action_bar_never_overlap(studio: Studio) -> None:
    app, bar = cast("QApplication", QApplication.instance()), studio.window.actions_bar
    _theme = ThemeSwitcher(app, "dark")  # the style changes the buttons' sizes after the bar was made
    studio.window.apply_theme()
    bar.show_sinks(True, "1:02:05", True)
    for width_px in range(760, 1400, 20):
        studio.window.resize(width_px, 600)
        studio.qtbot.wait(1)
        places = [button.geometry() for button in bar.buttons.values()]
        assert all(before.right() < after.left() for before, after in itertools.pairwise(places)), width_px
        assert places[-1].right() <= bar.width(), width_px
    app.setStyleSheet("")
