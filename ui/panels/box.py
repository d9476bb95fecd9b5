"""Framing panel of packs that detect keypoints themselves: follow faces or anything, in a box or the whole picture."""

from __future__ import annotations

from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from puppet.domain import Framing
from ui.translation import tr
from ui.widgets.basic import ChoiceButtons, arrange, styled_label


class BoxPanel(QWidget):
    """Shows framing and box.

    Attributes:
        framing: faces, or anything; its keys are puppet.domain.Framing.
        draw: starts drawing a box.
        automatic: removes the box; visible while there is one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.framing = ChoiceButtons(
            tr("Follow"),
            [
                (Framing.AUTO, tr("Faces"), tr("Find and crop the face in the camera's picture and in the portrait")),
                (Framing.NONE, tr("Anything"), tr("Take the camera's picture and the portrait as they are")),
            ],
        )
        self.draw = QPushButton(tr("Draw a box…"))
        self.draw.setToolTip(tr("Follow whatever is in a box of the camera's picture (B)"))
        self.automatic = QPushButton(tr("Automatic"))
        self.automatic.setToolTip(tr("Remove the box"))
        row = arrange(QHBoxLayout(), self.draw, self.automatic, spacing=8)
        row.setStretchFactor(self.draw, 1)
        arrange(QVBoxLayout(self), styled_label(tr("Follow"), "heading"), self.framing, row, spacing=10)
        self.show_choice(Framing.AUTO, has_box=False)

    def show_choice(self, framing: Framing, *, has_box: bool) -> None:
        """Show the choice without emitting signals."""
        self.framing.set_choice(framing)
        self.automatic.setVisible(has_box)
