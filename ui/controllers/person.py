"""Portraits of several pictures: made from files or from the camera's guided minute, in the background.

Everything here runs on the GUI thread except the jobs it submits to the bridge's person worker.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QWidget

from puppet.errors import PuppetError
from puppet.media.formats import VIDEO_SUFFIXES
from puppet.media.portrait_file import EXTENSION, Shot, write_portrait
from puppet.userdata.gallery import Gallery, GalleryItem
from ui.controllers.portraits import PortraitsController
from ui.dialogs.questions import Question
from ui.session_bridge import SessionBridge
from ui.translation import tr
from ui.widgets.notice_bar import Notice, NoticeBar

if TYPE_CHECKING:
    from puppet.domain import Picture
    from puppet.pipeline.scenes import Rendered
    from puppet.portraits.guided import GuidedMinute, GuidedPose, Progress

_TOPIC = "person"


class _CancelledError(PuppetError):
    """The person stopped the making of a portrait."""


class PersonController(QObject):
    """Makes portraits of several pictures, one at a time.

    Args:
        parent: of the questions.
        bridge: gives the camera's pictures and the worker.
        gallery: takes the portraits.
        portraits: shows them.
        notices: shows errors, and what was left out.

    Signals:
        working: a line about the work that goes on, and its share in [0, 1] or −1; "" when it has ended.
        progressed: the Progress of the guided minute, or None when it has ended.
    """

    working = pyqtSignal(str, float)
    progressed = pyqtSignal(object)

    def __init__(
        self,
        parent: QWidget,
        bridge: SessionBridge,
        gallery: Gallery,
        portraits: PortraitsController,
        notices: NoticeBar,
    ) -> None:
        super().__init__(parent)
        self._parent, self._bridge, self._gallery = parent, bridge, gallery
        self._portraits, self._notices = portraits, notices
        self._cancelled = threading.Event()
        self._minute: GuidedMinute | None = None
        self._looking = False
        self.question: Question | None = None
        self.is_working = False
        bridge.picture_changed.connect(self._look)

    # Files ------------------------------------------------------------------------------------------------------------

    def take(self, paths: Sequence[Path]) -> None:
        """Add files: one picture as it is; of several, or a clip, ask whether they show one person."""
        clips = [path for path in paths if path.suffix.lower() in VIDEO_SUFFIXES]
        if not clips and len(paths) < 2:
            self._portraits.add(list(paths))
            return
        text = tr("Make one portrait of these {} files?").format(len(paths))
        if len(paths) == 1:
            text = tr("Make a portrait of the person in “{}”?").format(paths[0].name)
        details = tr("Pictures of one person together show real teeth, closed eyes and a turned head.")
        self.question = question = Question(self._parent, text, details)
        question.add_answer(tr("One person"), lambda: self.make(paths, paths[0].stem))
        if len(clips) < len(paths) and len(paths) > 1:
            pictures = [path for path in paths if path not in clips]
            question.add_answer(tr("Add each picture"), lambda: self._portraits.add(pictures))
        question.add_answer(tr("Cancel"), safe=True)
        question.open()

    def make(self, paths: Sequence[Path], name: str, *, any_people: bool = False) -> None:
        """Make a portrait of pictures and clips of one person, put it into the gallery and show it."""
        work = partial(_made_of_files, self._gallery, list(paths), name, any_people, self._report)
        self._run(work, partial(self._failed, lambda: self.make(paths, name, any_people=True)))

    def cancel(self) -> None:
        """Stop the making of a portrait."""
        self._cancelled.set()

    # The camera -------------------------------------------------------------------------------------------------------

    def start_minute(self) -> None:
        """Begin the guided minute."""
        from puppet.portraits.guided import GuidedMinute

        self._bridge.person_worker.submit(GuidedMinute, self._minute_started, self._notices.post_error)

    def skip(self, pose: GuidedPose) -> None:
        """Do not ask for a pose of the guided minute."""
        if (minute := self._minute) is not None:
            self._bridge.person_worker.submit(lambda: minute.skip(pose), self._show, self._notices.post_error)

    def stop_minute(self) -> None:
        """End the guided minute without a portrait; nothing is kept."""
        if (minute := self._minute) is not None:
            self._minute = None
            self._bridge.person_worker.submit(minute.close, lambda _: None, self._notices.post_error)
        self.progressed.emit(None)

    def finish_minute(self, name: str) -> None:
        """Make a portrait of the poses that are done."""
        minute = self._minute
        if minute is None:
            return
        if self._run(lambda: (_put(self._gallery, minute.shots(), name), []), partial(self._failed, None)):
            self.stop_minute()

    def _minute_started(self, minute: GuidedMinute) -> None:
        self._minute, self._looking = minute, False
        self._show(minute.progress())

    def _look(self, rendered: Rendered) -> None:
        """Pass the newest camera picture to the minute, unless one is being looked at."""
        if (minute := self._minute) is None or self._looking:
            return
        self._looking = True
        picture: Picture = rendered.frame.image
        self._bridge.person_worker.submit(lambda: minute.look(picture), self._show, self._look_failed)

    def _show(self, progress: Progress) -> None:
        self._looking = False
        if self._minute is not None:
            self.progressed.emit(progress)

    def _look_failed(self, error: Exception) -> None:
        self.stop_minute()
        self._notices.post_error(error, _TOPIC)

    # Making -----------------------------------------------------------------------------------------------------------

    def _run(self, work: Callable[[], tuple[GalleryItem, Sequence[str]]], failed: Callable[[Exception], None]) -> bool:
        """Begin to make a portrait; return False if one is being made."""
        if self.is_working:
            self._notices.post_warning(tr("A portrait is being made; wait until it is ready, or cancel it"), _TOPIC)
            return False
        self._notices.resolve(_TOPIC)
        self._cancelled.clear()
        self.is_working = True
        self.working.emit(tr("Choosing the best pictures"), -1.0)
        self._bridge.person_worker.submit(work, self._finished, failed)
        return True

    def _report(self, name: str, done: int, total: int | None) -> None:
        """Show how far a file is; on the worker. Raises _CancelledError."""
        if self._cancelled.is_set():
            raise _CancelledError("The portrait was not made; it was cancelled")
        share = done / total if total else -1.0
        self._bridge.person_worker.post(lambda: self.working.emit(tr("Looking at “{}”").format(name), share))

    def _finished(self, made: tuple[GalleryItem, Sequence[str]]) -> None:
        item, left_out = made
        self._ended()
        self._notices.resolve(_TOPIC)
        self._portraits.show_added(item)
        for line in left_out:
            self._notices.post(Notice(line, topic=_TOPIC))

    def _failed(self, again: Callable[[], None] | None, error: Exception) -> None:
        from puppet.portraits.making import OtherPeopleError

        self._ended()
        if isinstance(error, _CancelledError):
            return
        if isinstance(error, OtherPeopleError) and again is not None:
            text = tr("{} seems to show another person; nothing was added").format(error.files)
            self._notices.post(Notice(text, action=tr("Use all the same"), act=again, topic=_TOPIC))
        else:
            self._notices.post_error(error, _TOPIC)

    def _ended(self) -> None:
        self.is_working = False
        self.working.emit("", -1.0)


def _made_of_files(
    gallery: Gallery,
    paths: Sequence[Path],
    name: str,
    any_people: bool,
    progress: Callable[[str, int, int | None], None],
) -> tuple[GalleryItem, Sequence[str]]:
    """Choose pictures of files and put the portrait into the gallery; on the worker."""
    from puppet.portraits.making import make_portrait

    made = make_portrait(paths, any_people=any_people, progress=progress)
    return _put(gallery, made.shots, name), made.left_out


def _put(gallery: Gallery, shots: Sequence[Shot], name: str) -> GalleryItem:
    """Write a portrait's pictures to a file of the gallery; on the worker."""
    from puppet.media.files import temporary_folder

    if not shots:
        raise PuppetError("The portrait was not made: no picture looks straight at the camera; start again")
    with temporary_folder() as folder:
        path = folder / f"{_file_name(name)}{EXTENSION}"
        write_portrait(path, shots)
        return gallery.add(path)


def _file_name(name: str) -> str:
    kept = "".join(letter if letter.isalnum() or letter in " -_" else "_" for letter in name).strip()[:60]
    return kept or "person"
