"""Status bar: state of the portrait, frame rate, latency, camera, governor and engine."""

from __future__ import annotations

from functools import partial

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel

from puppet.domain import Following, SessionState, Status
from ui.status_text import following_text, governor_text, latency_text, slow_text
from ui.style.theme import colours
from ui.translation import message_text, tr
from ui.widgets.basic import Dot, ElidedLabel, FlatButton, arrange, styled_label

_REMEDY = tr("Close other programs, or choose another engine or model")


class StatusBar(QFrame):
    """Shows a Status; numbers have a fixed width, so that nothing moves when they change.

    Signals:
        wanted: the name of a command, as in ui.commands.
    """

    wanted = pyqtSignal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("status")
        self._dot = Dot()
        self._following = styled_label("", "following")
        self._fps = QLabel()
        self._fps.setToolTip(tr("Frames rendered per second"))
        self.latency = FlatButton(
            tr(
                "Latency from camera to finished picture: half of the frames take less than the first number, "
                "95 % less than the second.\nPress for the timings of every stage (T)."
            )
        )
        self.latency.clicked.connect(partial(self.wanted.emit, "timings"))
        self._slow = ElidedLabel()
        self._slow.setObjectName("warning")
        self._camera = ElidedLabel()
        self.engine = FlatButton(tr("Engine, precision and device (E)"))
        self.engine.clicked.connect(partial(self.wanted.emit, "engine"))
        self._engine = ""
        self._is_opening = False
        layout = arrange(QHBoxLayout(self), self._dot, spacing=8, margins=(14, 6, 14, 6))
        for widget in (self._following, self._fps, self.latency):
            layout.addWidget(widget)
            layout.addSpacing(14)
        layout.addWidget(self._camera, 3)
        layout.addWidget(self._slow, 2)
        layout.addWidget(self.engine)
        self.show_status(None)
        self._fps.setMinimumWidth(self.fontMetrics().horizontalAdvance("000 fps") + 4)
        self.latency.setMinimumWidth(self.fontMetrics().horizontalAdvance(tr("Latency 000 / 000 ms")) + 14)

    def show_status(self, status: Status | None) -> None:
        """Show a status, None before the first."""
        self._following.setText(following_text(status))
        self._dot.set_colour(self._dot_colour(status))
        shown = status or Status()
        self._fps.setText(f"{shown.fps:.0f} fps")
        text = latency_text(shown.latency)
        self.latency.set_full_text(
            tr("Latency {text}").format(text=text), tr("Latency, median and 95th percentile: {text}").format(text=text)
        )
        self._camera.set_full_text(message_text(shown.camera))
        slow, pace = slow_text(shown), governor_text(shown.governor)
        self._slow.set_full_text(slow)
        self._slow.setToolTip("\n".join(filter(None, (slow, pace, _REMEDY))))
        self._slow.setVisible(bool(slow))
        self._fps.setToolTip("\n".join(filter(None, (tr("Frames rendered per second"), pace))))
        self._engine = str(shown.engine or tr("Engine"))
        self.set_opening(self._is_opening)

    def set_opening(self, is_opening: bool) -> None:
        """Show that another model or engine is being opened, or no longer."""
        self._is_opening = is_opening
        self.engine.set_full_text(tr("Opening…") if is_opening else tr("Advanced"), self._engine)
        self.engine.setToolTip(tr("{engine}\nEngine, precision and device (E)").format(engine=self._engine))

    def show_ended(self) -> None:
        """Show that the session ended."""
        self._following.setText(tr("Stopped"))
        self._dot.set_colour(QColor(colours().danger))

    def _dot_colour(self, status: Status | None) -> QColor:
        """Green while the performer is followed, amber where the person can act, else grey."""
        if status is None or status.state is SessionState.STARTING:
            return QColor(colours().muted)
        if status.state is not SessionState.RUNNING or status.following in (Following.SEARCHING, Following.EASING):
            return QColor(colours().warning)
        return QColor(colours().good if status.following is Following.TRACKING else colours().muted)
