"""Takes in the window: listed, renamed, deleted with undo, and rendered again in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer, QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices

from puppet.config import RenderOptions
from puppet.takes.take import (
    Take,
    delete_take,
    empty_trash,
    list_takes,
    recover_takes,
    rename_take,
    restore_take,
)
from ui.controllers.recording import RecordingController, show_folder
from ui.session_bridge import SessionBridge
from ui.translation import message_text, tr
from ui.widgets.notice_bar import Notice, NoticeBar

if TYPE_CHECKING:
    from puppet.offline.batch import Result
    from puppet.offline.job_list import Job
    from puppet.offline.render_queue import RenderQueue

_POLL_MS = 500


class TakesController(QObject):
    """Knows the takes of the folder of recordings. Files are read and written on the io worker.

    Args:
        bridge: gives the worker.
        notices: shows results and errors.
        recording: records the takes.

    Attributes:
        takes: finished ones, the newest first.

    Signals:
        changed: the list of takes.
        renders_changed: a tuple of puppet.offline.batch.Result.
    """

    changed = pyqtSignal(object)
    renders_changed = pyqtSignal(object)

    def __init__(self, bridge: SessionBridge, notices: NoticeBar, recording: RecordingController) -> None:
        super().__init__()
        self._bridge, self._notices = bridge, notices
        self.takes: list[Take] = []
        self._problems: set[str] = set()
        self._queue: RenderQueue | None = None
        self._told = 0  # jobs whose end was shown
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._poll_renders)
        recording.saved.connect(self.refresh)

    def refresh(self, *_path: object) -> None:
        """Read the folder again."""
        self._bridge.io_worker.submit(_list, self._show, self._notices.post_error)

    def play(self, video: Path) -> None:
        """Play a video in the desktop's player."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(video)))

    def show_folder(self, take: Take) -> None:
        """Show a take in the file manager."""
        show_folder(take.folder)

    def rename(self, take: Take, name: str) -> None:
        """Give a take another name."""
        if name.strip() != take.name:
            self._change(partial(rename_take, take, name))

    def delete(self, take: Take) -> None:
        """Delete a take; a notice takes it back. It is gone for good when the window closes."""

        def deleted(folder: Path) -> None:
            self.refresh()
            restored = list[Path]()

            def put_back() -> bool:
                if restored:
                    return False
                restored.append(folder)
                self._change(partial(restore_take, folder, take))
                return True

            def undo() -> None:
                put_back()

            self._bridge.controls.add_step(put_back)
            text = tr("{} is deleted").format(take.name)
            self._notices.post(Notice(text, action=tr("Undo"), act=undo))

        self._bridge.io_worker.submit(partial(delete_take, take), deleted, self._notices.post_error)

    def recorded_options(self, take: Take) -> RenderOptions:
        """Return the options that render a take as it was recorded."""
        from puppet.offline.again import recorded_options  # the window starts without libraries for media

        return recorded_options(take)

    def render(self, take: Take, portraits: Sequence[Path], options: RenderOptions) -> None:
        """Render a take again, once for each portrait, after the renderings that wait already."""
        from puppet.offline.again import jobs_again
        from puppet.offline.render_queue import RenderQueue

        if self._queue is None:
            self._queue = RenderQueue()
        jobs = partial(jobs_again, take, portraits, options, numbered=True)
        self._bridge.io_worker.submit(jobs, self._add_jobs, self._notices.post_error)

    @property
    def renders(self) -> tuple[Result, ...]:
        """The renderings, in the order they were asked for."""
        return self._queue.results if self._queue else ()

    @property
    def paused(self) -> bool:
        """True while renderings are paused."""
        return self._queue is not None and self._queue.paused

    def pause(self, paused: bool) -> None:
        """Pause the renderings, or go on."""
        if self._queue is not None:
            self._queue.pause(paused)
            self._poll_renders()

    def cancel(self, index: int) -> None:
        """Cancel a rendering by its place in `renders`."""
        if self._queue is not None:
            self._queue.cancel(index)
            self._poll_renders()

    def close(self) -> None:
        """Stop the renderings and remove deleted takes for good."""
        self._timer.stop()
        if self._queue is not None:
            self._queue.close()
        empty_trash()

    def _add_jobs(self, jobs: Sequence[Job]) -> None:
        if self._queue is not None:
            self._queue.add(jobs)
            self._timer.start(_POLL_MS)
            self._poll_renders()

    def _change(self, work: Callable[[], object]) -> None:
        self._bridge.io_worker.submit(work, self.refresh, self._notices.post_error)

    def _show(self, found: tuple[list[Take], list[str]]) -> None:
        self.takes, problems = found
        for line in problems:
            if line not in self._problems:
                self._notices.post_warning(message_text(line))
        self._problems |= set(problems)
        self.changed.emit(self.takes)

    def _poll_renders(self) -> None:
        from puppet.offline.batch import State

        results = self.renders
        for result in results[self._told :]:
            if result.state in (State.WAITING, State.RUNNING):
                break
            self._told += 1
            if result.state is State.DONE:
                text = tr("{} is rendered").format(result.job.out.name)
                act = partial(self.play, result.job.out)
                self._notices.post(Notice(text, action=tr("Play"), act=act))
                self.changed.emit(self.takes)
            elif result.state is State.FAILED:
                self._notices.post_warning(f"{result.job.out.name}: {result.error}")
        if self._told == len(results):
            self._timer.stop()
        self.renders_changed.emit(results)


def _list() -> tuple[list[Take], list[str]]:
    recover_takes()
    return list_takes()
