"""Engine dialog: choose library, precision and device; shows which are in use."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from puppet.config import DEVICES, ENGINES, PRECISIONS, EngineOptions
from puppet.domain import Status
from ui.status_text import governor_text
from ui.translation import tr
from ui.widgets.basic import arrange, push_button, show_or_hide, styled_label
from ui.widgets.combo import ComboBox

_LISTS = {
    "engine": (tr("Engine"), tr("The library that runs the model"), ENGINES),
    "precision": (
        tr("Precision"),
        tr("The number format of the model: lower precision is faster on some CPUs"),
        PRECISIONS,
    ),
    "device": (tr("Device"), tr("Where the model runs"), DEVICES),
}
"""Field of EngineOptions -> name, tooltip and values of its list."""
_LABELS = {
    "auto": tr("Automatic"),
    "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO",
    "torch": "PyTorch",
    "cpu": "CPU",
    "cuda": "NVIDIA GPU (CUDA)",
}


class EngineDialog(QDialog):
    """Three lists and Apply; nothing changes before Apply.

    Attributes:
        lists: by the names of their fields in EngineOptions.
        apply: emits `chosen`.

    Signals:
        chosen: the puppet.config.EngineOptions to use.
    """

    chosen = pyqtSignal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Engine"))
        self._in_use = styled_label("", "text", wrap=True)
        self._governor = styled_label("", "warning", wrap=True)
        self.lists = {field: ComboBox(name, tip) for field, (name, tip, _) in _LISTS.items()}
        tip = tr("Open the model with these settings; the portrait keeps moving until it is ready")
        self.apply = push_button(tr("Apply"), lambda: self.chosen.emit(self.choice()), tip)
        self.apply.setDefault(True)
        self._build()
        self.show_choice(EngineOptions())

    def choice(self) -> EngineOptions:
        """Return the selected options."""
        return EngineOptions(**{field: str(combo.currentData()) for field, combo in self.lists.items()})

    def show_choice(self, choice: EngineOptions) -> None:
        """Select `choice` in the lists; a value that they do not offer is added."""
        for field, combo in self.lists.items():
            value, values = getattr(choice, field), _LISTS[field][2]
            offered = values if value in values else (*values, value)
            combo.refill([(_LABELS.get(each, each), each) for each in offered], value)

    def show_status(self, status: Status) -> None:
        """Show the engine in use, and what the governor reduces."""
        self._in_use.setText(str(status.engine or tr("Nothing yet")))
        show_or_hide(self._governor, governor_text(status.governor))

    def set_busy(self, busy: bool) -> None:
        """Disable Apply while an engine is being opened."""
        self.apply.setEnabled(not busy)
        self.apply.setText(tr("Opening…") if busy else tr("Apply"))

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        labelled = [(combo.accessibleName(), combo) for combo in self.lists.values()]
        for line, (name, widget) in enumerate([(tr("In use"), self._in_use), *labelled]):
            grid.addWidget(QLabel(name), line, 0)
            grid.addWidget(widget, line, 1)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(push_button(tr("Close"), self.reject))
        row.addWidget(self.apply)
        arrange(QVBoxLayout(self), grid, self._governor, row, spacing=16, margins=(24, 20, 24, 20))
        self.setMinimumWidth(400)
