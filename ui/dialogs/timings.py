"""Timings dialog: times of every stage of a frame's journey and of the whole way, and the numbers of lost frames."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDialog, QGridLayout, QLabel, QVBoxLayout, QWidget

from puppet.domain import Status
from ui.status_text import counts_text, governor_text, timing_rows
from ui.translation import tr
from ui.widgets.basic import arrange, push_button, show_or_hide, styled_label

_COLUMNS = ("p50", "p95", "p99")


class TimingsDialog(QDialog):
    """Kept up to date while it is open; Esc closes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Timings"))
        self._cells: dict[str, list[QLabel]] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(22)
        self._grid.setVerticalSpacing(7)
        note = styled_label(tr("Milliseconds; p95: 95 % of the frames took no longer."), "muted", wrap=True)
        self._counts = styled_label("", "muted", wrap=True)
        self._engine = styled_label("", "muted", wrap=True)
        self._governor = styled_label("", "warning", wrap=True)
        close = push_button(tr("Close"), self.accept)
        close.setDefault(True)
        items = (self._grid, note, self._counts, self._engine, self._governor, close)
        layout = arrange(QVBoxLayout(self), *items, spacing=12, margins=(24, 20, 24, 20))
        layout.setAlignment(close, Qt.AlignmentFlag.AlignRight)
        self.setMinimumWidth(420)
        for column, text in enumerate(_COLUMNS, start=1):
            self._grid.addWidget(styled_label(text, "heading"), 0, column, Qt.AlignmentFlag.AlignRight)
        self._grid.setColumnStretch(0, 1)

    def show_status(self, status: Status) -> None:
        """Show the times and numbers of a status."""
        rows = timing_rows(status)
        if list(rows) != list(self._cells):
            self._make_cells(list(rows))
        for name, texts in rows.items():
            for label, text in zip(self._cells[name], texts, strict=True):
                label.setText(text)
        self._counts.setText(counts_text(status))
        self._engine.setText(tr("Engine: {engine}").format(engine=status.engine) if status.engine is not None else "")
        show_or_hide(self._governor, governor_text(status.governor))

    def _make_cells(self, names: list[str]) -> None:
        for label in self.findChildren(QLabel, "cell"):
            label.deleteLater()
        self._cells = {name: [styled_label("", "cell") for _ in _COLUMNS] for name in names}
        for line, (name, cells) in enumerate(self._cells.items(), start=1):
            self._grid.addWidget(styled_label(name.capitalize(), "cell"), line, 0)
            for column, (cell, title) in enumerate(zip(cells, _COLUMNS, strict=True), start=1):
                cell.setAccessibleDescription(tr("{name}, {title}, milliseconds").format(name=name, title=title))
                self._grid.addWidget(cell, line, column, Qt.AlignmentFlag.AlignRight)
