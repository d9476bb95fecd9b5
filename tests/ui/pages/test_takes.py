"""The page of the takes, on a fake session and real takes: options, rename, delete with undo, render again."""

from __future__ import annotations

from pathlib import Path

import pytest
from PyQt6.QtCore import Qt

from puppet.config import NAMED_SIZES, RenderOptions
from puppet.controls import BackgroundKind, Controls
from puppet.domain import Recorded
from puppet.media.folders import recordings_folder
from puppet.motion.motion_track import GRAPH, MotionTrack
from puppet.offline import render_queue
from puppet.offline.batch import Result, State
from puppet.offline.job_list import Job
from puppet.sinks.base import Finished
from puppet.takes.recorder import TakeRecorder
from puppet.takes.take import is_take, new_manifest
from tests.support.clips import moving_square
from tests.support.fakes import portrait
from tests.support.learned_window import press
from tests.support.studio import Studio
from ui.pages.takes import TakesPage
from ui.status_text import recording_text


def _record(name: str) -> Path:
    from puppet.domain import Keypoints  # a pose is all that is needed of it

    folder = recordings_folder() / name
    folder.mkdir(parents=True)
    facts = {"portrait": "Vera", "pack": "face", "engine": "x", "controls": Controls(), "size": (64, 64)}
    recorder = TakeRecorder(folder, new_manifest(**facts), MotionTrack(GRAPH, "face"))
    for index, picture in enumerate(moving_square((64, 64), 20)):
        recorder.write(Finished(picture, index / 25, Keypoints(portrait(4)[0, :3, :2].astype("float32"))))
    recorder.close()
    recorder.finished()
    return folder


def _page(studio: Studio) -> TakesPage:
    studio.start()
    studio.window.commands.run("takes")
    page = studio.window.pages.page("takes")
    assert isinstance(page, TakesPage)
    return page


def test_takes_are_shown_renamed_and_deleted_with_undo(studio: Studio, home: Path) -> None:
    folder = _record("one")
    page = _page(studio)
    studio.until(lambda: "one" in page.rows)
    page.rows["one"].name.setText("Greeting")
    page.rows["one"].name.editingFinished.emit()
    studio.until(lambda: "Greeting" in page.rows)
    renamed = folder.with_name("Greeting")
    assert is_take(renamed)
    studio.window.takes.delete(studio.window.takes.takes[0])
    studio.until(lambda: not page.rows)
    assert not renamed.exists()
    studio.until(lambda: "is deleted" in studio.notice())
    studio.window.notices.action.click()
    studio.until(lambda: "Greeting" in page.rows)
    studio.window.takes.delete(studio.window.takes.takes[0])
    studio.until(lambda: not page.rows)
    studio.window.close()
    assert list(recordings_folder().iterdir()) == []


def test_a_name_that_cannot_be_used_is_one_line(studio: Studio, home: Path) -> None:
    _record("one")
    page = _page(studio)
    studio.until(lambda: "one" in page.rows)
    studio.window.takes.rename(studio.window.takes.takes[0], "../x")
    studio.until(lambda: "cannot be used" in studio.notice())


def test_the_dialog_asks_for_portraits_and_options(studio: Studio, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Queue:
        paused = False

        def __init__(self) -> None:
            self.results: tuple[Result, ...] = ()

        def add(self, jobs: list[Job]) -> None:
            self.results = tuple(Result(job, State.DONE, 20, 20) for job in jobs)

        def close(self) -> None:
            pass

    monkeypatch.setattr(render_queue, "RenderQueue", Queue)
    folder = _record("one")
    page = _page(studio)
    studio.until(lambda: "one" in page.rows)
    dialog = page.rows["one"].ask()
    assert not dialog.start.isEnabled()
    first = dialog.portraits.item(0)
    assert first is not None
    first.setCheckState(Qt.CheckState.Checked)
    assert dialog.options() == RenderOptions(controls=Controls(), size=(64, 64))
    dialog.sizes.setCurrentIndex(dialog.sizes.findData("square"))
    dialog.background.chosen.emit(BackgroundKind.BLUR)
    dialog.gains["mouth"].slider.setValue(150)
    dialog.start.click()
    studio.until(lambda: len(studio.window.takes.renders) == 1)
    (result,) = studio.window.takes.renders
    assert result.job.out.parent == folder
    options = result.job.options
    assert options is not None
    assert (options.size, options.controls.mouth) == (NAMED_SIZES["square"], 1.5)
    assert options.controls.background.kind is BackgroundKind.BLUR
    studio.until(lambda: "is rendered" in studio.notice())


def test_options_are_passed_on_and_remembered(studio: Studio, home: Path) -> None:
    page = _page(studio)
    page.quality.chosen.emit("best")
    page.side_by_side.click()
    page.record_takes.click()
    assert (studio.session.recording_options.quality, studio.session.recording_options.side_by_side) == ("best", True)
    settings = studio.window.settings
    assert (settings.quality, settings.takes) == ("best", page.record_takes.isChecked())
    press(studio, Qt.Key.Key_R)
    studio.until(lambda: studio.session.recording is not None)
    assert studio.session.recording is not None
    assert studio.session.recording.suffix == ("" if page.record_takes.isChecked() else ".mp4")


def test_a_recording_begins_after_the_countdown_and_can_be_paused(
    studio: Studio, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.controllers.recording._SECOND_MS", 1)
    page = _page(studio)
    page.countdown.chosen.emit(3)
    press(studio, Qt.Key.Key_R)
    assert studio.session.recording is None
    studio.until(lambda: studio.session.recording is not None)
    studio.window.bridge.poll_status()
    studio.window.recording.toggle_pause()
    assert studio.session.current.recorded == Recorded(0.0, True, None)
    assert "❚❚" in studio.window.actions_bar.buttons["record"].text()


@pytest.mark.parametrize(
    ("recorded", "text"),
    [
        (Recorded(65.0, False, None), "01:05 · silent"),
        (Recorded(65.0, True, 310.0, sound=True), "❚❚ 01:05 · sound · room for 5 min"),
        (Recorded(0.0, False, 9e5), "00:00 · silent · room for 250 h"),
    ],
)
def test_the_preview_tells_length_sound_and_room_of_a_recording(recorded: Recorded, text: str) -> None:
    assert recording_text(recorded) == text


def test_a_countdown_is_stopped_by_the_same_key(studio: Studio, home: Path) -> None:
    page = _page(studio)
    page.countdown.chosen.emit(3)
    press(studio, Qt.Key.Key_R)
    press(studio, Qt.Key.Key_R)
    assert studio.session.recording is None
    press(studio, Qt.Key.Key_R)
    assert studio.session.recording is None  # it counts again
