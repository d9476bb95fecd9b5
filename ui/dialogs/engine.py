"""Which engine computes, how exactly and where; and what is really in use."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from puppet.config import EngineOptions
from puppet.domain import Status
from ui.widgets.combo import ComboBox

AUTO = "auto"
_WORDS = {
    AUTO: "Automatic",
    "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO",
    "torch": "PyTorch",
    "cpu": "Processor",
    "cuda": "NVIDIA GPU (CUDA)",
}


@dataclass(frozen=True, slots=True)
class EngineNames:
    """What can be asked for, as the command line calls it."""

    engines: tuple[str, ...] = (AUTO,)
    precisions: tuple[str, ...] = (AUTO,)
    devices: tuple[str, ...] = (AUTO,)


class EngineDialog(QDialog):
    """A small dialog, made when it is first wanted. Nothing changes before Apply.

    Signals:
        chosen: the puppet.config.EngineOptions to use from now on.
    """

    chosen = pyqtSignal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Engine")
        self._names = EngineNames()
        self._in_use = QLabel()
        self._in_use.setWordWrap(True)
        self._governor = QLabel()
        self._governor.setObjectName("warning")
        self._governor.setWordWrap(True)
        self.engine = ComboBox("Engine", "The library that runs the model")
        self.precision = ComboBox("Precision", "How exactly numbers are computed: less is faster on some machines")
        self.device = ComboBox("Device", "Where the model runs")
        self.apply = QPushButton("Apply")
        self.apply.setDefault(True)
        self.apply.setToolTip("Open the model anew with these; the old one goes on until the new one is ready")
        self.apply.clicked.connect(lambda: self.chosen.emit(self.choice()))
        close = QPushButton("Close")
        close.clicked.connect(self.reject)
        self._build(close)
        self.show_choice(EngineOptions())

    def choice(self) -> EngineOptions:
        """What the boxes show."""
        boxes = (self.engine, self.precision, self.device)
        return EngineOptions(*(str(box.currentData()) for box in boxes))

    def set_names(self, names: EngineNames) -> None:
        """Offer these."""
        self._names = names
        self.show_choice(self.choice())

    def show_choice(self, choice: EngineOptions) -> None:
        """Show what was asked for."""
        names = self._names
        _offer(self.engine, names.engines, choice.engine)
        _offer(self.precision, names.precisions, choice.precision)
        _offer(self.device, names.devices, choice.device)

    def show_status(self, status: Status | None) -> None:
        """Show what is really in use."""
        self._in_use.setText(str((status and status.engine) or "nothing yet"))
        governor = "" if status is None else status.governor
        self._governor.setText(governor)
        self._governor.setVisible(bool(governor))

    def set_busy(self, busy: bool) -> None:
        """Whether an engine is being opened."""
        self.apply.setEnabled(not busy)
        self.apply.setText("Opening…" if busy else "Apply")

    def _build(self, close: QPushButton) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        rows = (("In use", self._in_use), ("Engine", self.engine), ("Precision", self.precision))
        for line, (name, widget) in enumerate((*rows, ("Device", self.device))):
            grid.addWidget(QLabel(name), line, 0)
            grid.addWidget(widget, line, 1)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(close)
        row.addWidget(self.apply)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(16)
        layout.addLayout(grid)
        layout.addWidget(self._governor)
        layout.addLayout(row)
        self.setMinimumWidth(400)


def _offer(box: ComboBox, names: tuple[str, ...], choice: str) -> None:
    """The known names, and the one that was asked for even if it is not among them."""
    offered = names if choice in names else (*names, choice)
    box.refill([(_WORDS.get(name, name), name) for name in offered], choice)
