"""Calibration in the window: on demand, kept per camera and portrait, and taken along to another model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject

from puppet.domain import SavedNeutral
from puppet.live.session_protocol import LiveSession
from puppet.userdata.calibrations import Calibrations
from ui.session_bridge import SessionBridge
from ui.translation import message_text, tr
from ui.widgets.notice_bar import Notice, NoticeBar

if TYPE_CHECKING:
    from puppet.pipeline.scenes import Portrait

_TOPIC = "calibration"


class CalibrationController(QObject):
    """Asks the session to calibrate, keeps what comes of it, and restores it.

    A calibration that the person asked for is written to the file. The newest of any kind goes along to another model.

    Args:
        bridge: gives the session.
        notices: shows errors, and how good the best moment was.
        camera: returns the chosen camera's name; "" for the automatic choice.
    """

    def __init__(self, bridge: SessionBridge, notices: NoticeBar, camera: Callable[[], str]) -> None:
        super().__init__()
        self._bridge = bridge
        self._notices = notices
        self._camera = camera
        self._calibrations: Calibrations | None = None  # until they are read
        self._asked = False
        self._portrait = ""
        self._newest: tuple[str, SavedNeutral] | None = None  # with its camera
        bridge.io_worker.submit(Calibrations, self._calibrations_read, notices.post_error)
        bridge.opened.connect(self._session_opened)
        bridge.status_changed.connect(lambda _status: self._look_for_new())

    def calibrate(self) -> None:
        """Take the neutral pose from the next good frames."""
        self._ask(lambda session: session.calibrate())

    def take_best_moment(self) -> None:
        """Take it from the moment of the next seconds that agrees best with the portrait."""
        self._ask(lambda session: session.take_best_moment())

    def reanchor(self) -> None:
        """Take the head's place and turn from now."""
        self._ask(lambda session: session.reanchor())

    def camera_chosen(self) -> None:
        """Restore the calibration of another camera."""
        self._newest = None
        self._restore(self._kept())

    def portrait_shown(self, portrait: Portrait) -> None:
        """Restore the calibration of another portrait; without one, the present one stays."""
        another, self._portrait = portrait.name != self._portrait, portrait.name
        if another and self._calibrations is not None:
            self._restore(self._calibrations.find(self._camera(), portrait.name, exact=True))

    def _calibrations_read(self, calibrations: Calibrations) -> None:
        self._calibrations = calibrations
        if calibrations.warning:
            self._notices.post_warning(message_text(calibrations.warning), _TOPIC)
        if self._newest is None:
            self._restore(self._kept())

    def _ask(self, calibrate: Callable[[LiveSession], None]) -> None:
        if self._bridge.session is not None:
            self._asked = True
            calibrate(self._bridge.session)

    def _session_opened(self) -> None:
        """Restore the calibration of the session before, if it had this camera; else the one that was kept."""
        if self._newest is not None and self._newest[0] == self._camera():
            self._restore(self._newest[1])
        else:
            self._restore(self._kept())

    def _kept(self) -> SavedNeutral | None:
        session = self._bridge.session
        portrait = session.portrait.name if session is not None and session.portrait is not None else ""
        return None if self._calibrations is None else self._calibrations.find(self._camera(), portrait)

    def _restore(self, saved: SavedNeutral | None) -> None:
        if saved is not None and self._bridge.session is not None:
            self._asked, self._newest = False, (self._camera(), saved)
            self._bridge.session.restore_neutral(saved)

    def _look_for_new(self) -> None:
        session = self._bridge.session
        saved = session.saved_neutral() if session is not None else None
        if session is None or saved is None or (self._newest is not None and self._newest[1] is saved):
            return
        self._newest = self._camera(), saved
        if not self._asked:
            return
        self._asked = False
        if saved.match is not None:
            text = tr("Calibrated at a match of {match} %")
            self._notices.post(Notice(text.format(match=round(100 * saved.match)), topic=_TOPIC))
        if session.portrait is not None and self._calibrations is not None:
            keep = partial(self._calibrations.keep, self._camera(), session.portrait.name, saved)
            failed = partial(self._notices.post_error, topic=_TOPIC)
            self._bridge.io_worker.submit(keep, lambda _none: None, failed)
