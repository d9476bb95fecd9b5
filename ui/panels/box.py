"""Framing panel of packs that detect keypoints themselves: follow faces or anything, in a box or the whole picture."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from puppet.domain import Framing
from ui.widgets.basic import ChoiceButtons, styled_label


class BoxPanel(QWidget):
    """Shows framing and box, and emits what the person chooses.

    Attributes:
        framing: faces, or anything.
        draw: starts drawing a box.
        automatic: removes the box; visible while there is one.

    Signals:
        framing_chosen: a puppet.domain.Framing.
        draw_wanted: start drawing a box.
        automatic_wanted: remove the box.
    """

    framing_chosen = pyqtSignal(object)
    draw_wanted = pyqtSignal()
    automatic_wanted = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.framing = ChoiceButtons(
            "Follow",
            [
                (Framing.AUTO.value, "Faces", "Find and crop the face in the camera's picture and in the portrait"),
                (Framing.NONE.value, "Anything", "Take the camera's picture and the portrait as they are"),
            ],
        )
        self.framing.chosen.connect(lambda key: self.framing_chosen.emit(Framing(key)))
        self.draw = QPushButton("Draw a box…")
        self.draw.setToolTip("Follow whatever is in a box of the camera's picture (B)")
        self.draw.clicked.connect(self.draw_wanted)
        self.automatic = QPushButton("Automatic")
        self.automatic.setToolTip("Remove the box")
        self.automatic.clicked.connect(self.automatic_wanted)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.draw, 1)
        row.addWidget(self.automatic)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(styled_label("Follow", "heading"))
        layout.addWidget(self.framing)
        layout.addLayout(row)
        self.show_choice(Framing.AUTO, has_box=False)

    def show_choice(self, framing: Framing, *, has_box: bool) -> None:
        """Show the choice without emitting signals."""
        self.framing.set_choice(framing.value)
        self.automatic.setVisible(has_box)
