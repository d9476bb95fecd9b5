"""The capture thread's work: frames, vanishing cameras, pauses, another camera, an end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from puppet.cameras import capture_thread
from puppet.cameras.base import Camera
from puppet.cameras.capture_thread import CameraFeed
from puppet.errors import CameraError
from tests.support.fakes import FakeCamera
from tests.support.waiting import until


@contextmanager
def _running(open_camera: Callable[[], Camera]) -> Iterator[CameraFeed]:
    running = CameraFeed(open_camera)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        yield running
    finally:
        running.stop()
        thread.join(10.0)
        assert not thread.is_alive()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow one another at once."""
    monkeypatch.setattr(capture_thread, "PAUSES_S", (0.0,))


def test_the_newest_frame_is_there_to_be_taken() -> None:
    with _running(FakeCamera) as running:
        frame = running.frames.take(10.0)
        assert frame is not None
        until(lambda: running.fps > 0)
        assert running.problem == ""
        assert running.description.startswith("fake camera · 64×48 · ")


def test_frames_nobody_takes_are_replaced_and_counted() -> None:
    with _running(FakeCamera) as running:
        until(lambda: running.frames.dropped > 3)


def test_a_camera_without_a_pace_of_its_own_loses_no_frame() -> None:
    with _running(lambda: FakeCamera(frames=50, paced=False)) as running:
        taken = [running.frames.take(10.0) for _ in range(50)]
        assert [frame.index for frame in taken if frame] == list(range(50))
        assert running.frames.dropped == 0


def test_a_stream_that_ends_ends_the_feed_and_closes_the_camera() -> None:
    camera = FakeCamera(frames=2)
    running = CameraFeed(lambda: camera)
    running.run()
    assert running.ended
    assert camera.closed.is_set()


@pytest.mark.usefixtures("impatient")
def test_a_camera_that_vanishes_is_closed_opened_again_and_goes_on() -> None:
    camera = FakeCamera(vanish_after=3, returns=2)
    choices = iter([camera])
    with _running(lambda: next(choices)) as running:
        until(lambda: camera.reopened == 3)
        until(lambda: running.problem == "")
        assert camera.closed.is_set()
        assert next(choices, None) is None  # asked once: by now the choice may mean another camera


def test_pauses_between_attempts_grow_and_a_success_begins_anew() -> None:
    pauses: list[float] = []
    tries = iter([True] * 6 + [False])

    def open_camera() -> Camera:
        if next(tries, True):
            raise CameraError("the camera is in use")
        return FakeCamera(vanish_after=1, returns=99)

    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        if len(pauses) == 8:
            running.stop()
        return False

    running = CameraFeed(open_camera, wait=wait)
    running.run()
    assert pauses == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0, 0.5, 1.0]


def test_why_there_is_no_camera_is_told() -> None:
    def open_camera() -> Camera:
        raise CameraError("Laptop Cam is in use by another program.")

    with _running(open_camera) as running:
        until(lambda: running.problem)
        assert running.description == running.problem == "Laptop Cam is in use by another program."


def test_another_camera_takes_over_from_one_that_delivers() -> None:
    first = FakeCamera("first")
    with _running(lambda: first) as running:
        until(lambda: running.frames.peek())
        running.choose(lambda: FakeCamera("second"))
        until(lambda: running.description.startswith("second"))
        assert first.closed.is_set()
        assert not running.ended


def test_another_camera_takes_over_at_once_from_one_that_hangs_or_is_away() -> None:
    def away() -> Camera:
        raise CameraError("gone")

    hanging = FakeCamera("hanging", blocks="until closed")
    with _running(lambda: hanging) as running:
        until(lambda: running.description.startswith("hanging"))
        running.choose(away)
        until(lambda: running.problem == "gone")
        running.choose(lambda: FakeCamera("third"))
        until(lambda: running.description.startswith("third"))


@pytest.mark.parametrize("blocks", ["", "until closed"])
def test_stop_ends_it_whatever_the_camera_does(blocks: str) -> None:
    camera = FakeCamera(blocks=blocks)
    with _running(lambda: camera) as running:
        until(lambda: running.description)
    assert camera.closed.is_set()
    assert running.frames.closed


def test_stop_ends_a_pause() -> None:
    def away() -> Camera:
        raise CameraError("gone")

    with _running(away) as running:
        until(lambda: running.problem)


def test_another_camera_reports_its_first_frame_once_and_clears_the_problem() -> None:
    reports = list[str]()

    def missing() -> Camera:
        raise CameraError("no such camera")

    with _running(missing) as running:
        until(lambda: running.problem == "no such camera")
        running.choose(missing, lambda: reports.append("never"))
        running.choose(lambda: FakeCamera(vanish_after=2), lambda: reports.append("first"))
        assert running.problem == ""
        until(lambda: running.frames.dropped > 3)  # it came back after it had vanished
    assert reports == ["first"]
