"""Preview: pictures are not copied, and letterboxed on the screen."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtGui import QColor
from pytestqt.qtbot import QtBot

from ui.status_text import PreviewMessage
from ui.widgets.preview import Preview
from ui.widgets.qt_images import as_image


@pytest.fixture
def preview(qtbot: QtBot) -> Preview:
    made = Preview()
    qtbot.addWidget(made)
    made.resize(400, 400)
    made.set_message(None)
    return made


def test_an_image_is_a_view_of_the_array() -> None:
    picture = np.zeros((4, 6, 3), np.uint8)
    image = as_image(picture)
    picture[2, 5] = (1, 2, 3)
    assert image.pixelColor(5, 2).getRgb()[:3] == (1, 2, 3)


@pytest.mark.parametrize("width", [6, 7])
def test_rows_of_any_width_are_read_where_they_begin(width: int) -> None:
    picture = np.zeros((3, width, 3), np.uint8)
    picture[1:] = 200
    assert as_image(picture).pixelColor(0, 1) == QColor(200, 200, 200)


def test_a_wide_picture_is_letterboxed(preview: Preview) -> None:
    preview.set_picture(np.full((90, 160, 3), (10, 200, 30), np.uint8))
    shown = preview.grab().toImage()
    ratio = shown.devicePixelRatio()
    assert shown.pixelColor(round(200 * ratio), round(200 * ratio)) == QColor(10, 200, 30)
    assert shown.pixelColor(round(200 * ratio), round(20 * ratio)) != QColor(10, 200, 30)
    assert preview.picture_rect().height() == pytest.approx(225)


def test_a_message_in_place_of_the_picture_covers_it(preview: Preview) -> None:
    preview.set_picture(np.full((90, 160, 3), (10, 200, 30), np.uint8))
    preview.set_message(PreviewMessage("Stopped", "because"))
    shown = preview.grab().toImage()
    assert shown.pixelColor(200, 130) != QColor(10, 200, 30)
    assert preview.accessibleDescription() == "Stopped. because"
