"""Self view: the performer's own picture in a corner of the preview, to calibrate by sight. Never in an output."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal

from puppet.domain import SessionState, Status
from ui.session_bridge import SessionBridge
from ui.widgets.basic import Switch
from ui.widgets.performer_inset import PerformerInset

if TYPE_CHECKING:
    from puppet.pipeline.scenes import Rendered

_PERIOD_S = 0.066


class SelfViewController(QObject):
    """Shows and hides the inset. It is off while an output is open, unless it was switched on since.

    Args:
        bridge: gives pictures, status and controls.
        inset: shows the performer.
        switch: switches it.
        wanted: at the start.
        clock: seconds, monotonic.

    Signals:
        changed: True: the inset is wanted; remember it.
    """

    changed = pyqtSignal(bool)

    def __init__(
        self, bridge: SessionBridge, inset: PerformerInset, switch: Switch, *, wanted: bool, clock: Callable[[], float]
    ) -> None:
        super().__init__()
        self._bridge = bridge
        self._inset = inset
        self._switch = switch
        self._clock = clock
        self._wanted = wanted
        self._on_air = False
        self._shown_s = 0.0
        switch.setChecked(wanted)
        switch.clicked.connect(self._switched)
        bridge.status_changed.connect(self._show_status)
        bridge.picture_changed.connect(self._show_picture)

    def _switched(self, on: bool) -> None:
        if not self._on_air:
            self._wanted = on
            self.changed.emit(on)
        self._inset.setVisible(on and self._inset.isVisible())

    def _show_status(self, status: Status) -> None:
        if bool(status.sinks) is not self._on_air:
            self._on_air = bool(status.sinks)
            self._switch.setChecked(self._wanted and not self._on_air)
        if not self._switch.isChecked() or status.state is not SessionState.RUNNING:
            self._inset.hide()

    def _show_picture(self, rendered: Rendered) -> None:
        box, session, now_s = self._bridge.status.performer_box, self._bridge.session, self._clock()
        if not self._switch.isChecked() or session is None or now_s - self._shown_s < _PERIOD_S:
            return
        if box is None or rendered.frame.index < 0:
            self._inset.hide()
            return
        from puppet.motion.pose_match import pose_match  # imports OpenCV, which the session has imported before

        self._shown_s, portrait, driving, match = now_s, session.portrait, rendered.driving, None
        if portrait is not None and driving is not None:
            match = pose_match(portrait.keypoints, driving)
        outlines, share = (match.portrait, match.share) if match else ((), None)
        mirrored = self._bridge.controls.current.mirror
        self._inset.show_performer(rendered.frame.image, box, mirrored, outlines, share)
        self._inset.show()
