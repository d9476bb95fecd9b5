"""Timings dialog: times of every stage of a frame's journey and of the whole way, and the numbers of lost frames."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeySequence, QShortcut
from PyQt6.QtWidgets import QDialog, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from puppet.domain import Status
from ui.commands import first_key
from ui.status_text import TimeRow, counts_text, timing_rows
from ui.widgets.basic import styled_label

_COLUMNS = ("p50", "p95", "p99")


class TimingsDialog(QDialog):
    """Kept up to date while it is open; Esc or its key closes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Timings")
        self._cells: dict[str, list[QLabel]] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(22)
        self._grid.setVerticalSpacing(7)
        note = styled_label("Milliseconds; p95: 95 % of the frames took no longer.", "muted", wrap=True)
        self._counts = styled_label("", "muted", wrap=True)
        self._engine = styled_label("", "muted", wrap=True)
        self._governor = styled_label("", "warning", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(12)
        layout.addLayout(self._grid)
        for label in (note, self._counts, self._engine, self._governor):
            layout.addWidget(label)
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        layout.addWidget(close, alignment=Qt.AlignmentFlag.AlignRight)
        self.setMinimumWidth(420)
        for column, text in enumerate(_COLUMNS, start=1):
            self._grid.addWidget(styled_label(text, "heading"), 0, column, Qt.AlignmentFlag.AlignRight)
        self._grid.setColumnStretch(0, 1)
        QShortcut(QKeySequence(first_key("timings")), self, self.accept)

    def show_status(self, status: Status | None) -> None:
        """Show a status, None before the first."""
        rows = timing_rows(status)
        if [row.name for row in rows] != list(self._cells):
            self._make_cells(rows)
        for row in rows:
            for label, text in zip(self._cells[row.name], (row.p50, row.p95, row.p99), strict=True):
                label.setText(text)
        self._counts.setText(counts_text(status))
        self._engine.setText(f"Engine: {status.engine}" if status is not None and status.engine is not None else "")
        governor = "" if status is None else status.governor
        self._governor.setText(governor)
        self._governor.setVisible(bool(governor))

    def _make_cells(self, rows: list[TimeRow]) -> None:
        for label in self.findChildren(QLabel, "cell"):
            label.deleteLater()
        self._cells = {}
        for line, row in enumerate(rows, start=1):
            self._grid.addWidget(styled_label(row.name.capitalize(), "cell"), line, 0)
            cells = [styled_label("", "cell") for _ in _COLUMNS]
            for column, (cell, title) in enumerate(zip(cells, _COLUMNS, strict=True), start=1):
                cell.setAccessibleDescription(f"{row.name}, {title}, milliseconds")
                self._grid.addWidget(cell, line, column, Qt.AlignmentFlag.AlignRight)
            self._cells[row.name] = cells
