"""What a pack with its own detector looks at: faces or anything, in all of the picture or in a square drawn by hand."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from puppet.domain import Framing
from ui.widgets.basic import Segments


class BoxPanel(QWidget):
    """Shown only for such packs.

    Attributes:
        framing: faces, or anything.
        draw: begins to draw a square.
        automatic: gives the square up again; shown while there is one.

    Signals:
        framing_chosen: the puppet.domain.Framing wanted.
        draw_wanted: the person wants to draw a square.
        automatic_wanted: the person wants no square of their own.
    """

    framing_chosen = pyqtSignal(object)
    draw_wanted = pyqtSignal()
    automatic_wanted = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.framing = Segments(
            "Follow",
            [
                (Framing.AUTO.value, "Faces", "Find the face in the camera's picture and in the portrait"),
                (Framing.NONE.value, "Anything", "Take the camera's picture and the portrait as they are"),
            ],
        )
        self.framing.chosen.connect(lambda key: self.framing_chosen.emit(Framing(key)))
        self.draw = QPushButton("Draw a square…")
        self.draw.setToolTip("Follow what is in a square of the camera's picture (B)")
        self.draw.clicked.connect(self.draw_wanted)
        self.automatic = QPushButton("Automatic")
        self.automatic.setToolTip("Give the drawn square up")
        self.automatic.clicked.connect(self.automatic_wanted)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.draw, 1)
        row.addWidget(self.automatic)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        heading = QLabel("Follow")
        heading.setObjectName("heading")
        layout.addWidget(heading)
        layout.addWidget(self.framing)
        layout.addLayout(row)
        self.show_choice(Framing.AUTO, has_box=False)

    def show_choice(self, framing: Framing, *, has_box: bool) -> None:
        """Show what is looked at without telling anybody."""
        self.framing.set_choice(framing.value)
        self.automatic.setVisible(has_box)
