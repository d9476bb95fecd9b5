"""The live loop without a window: it ends on time, on a signal, when the session does, and always stops the session."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from puppet.concurrency.signals import stop_on_signals
from puppet.config import LiveOptions
from puppet.domain import SinkKind, Status
from puppet.errors import CameraError, PuppetError, SinkError
from puppet.live import headless
from puppet.live.headless import Ended, run_live
from tests.support.fake_session import FakeSession


class EndingSession(FakeSession):
    """Ends after `ends_after` calls of `status`, with `failure` if a test sets one."""

    def __init__(self, ends_after: int = 1_000_000, failure: PuppetError | None = None) -> None:
        super().__init__()
        self.failure = failure
        self.looks = 0
        self.open_sinks: tuple[SinkKind, ...] = ()
        self.failing: dict[SinkKind, str] = {}  # from the fourth status on
        self._ends_after = ends_after

    @property
    def running(self) -> bool:
        return super().running and self.looks < self._ends_after

    def status(self) -> Status:
        self.looks += 1
        failed = {kind: line for kind, line in self.failing.items() if self.looks > 3}
        return Status(
            rendered=self.looks,
            sinks={kind: kind.value for kind in self.open_sinks if kind not in failed},
            failed_sinks=failed,
            message=next(iter(failed.values()), ""),
        )


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headless, "POLL_S", 0.001)


def _ticking(step_s: float) -> Callable[[], float]:
    now_s = 0.0

    def clock() -> float:
        nonlocal now_s
        now_s += step_s
        return now_s

    return clock


def _run(
    session: EndingSession,
    options: LiveOptions | None = None,
    seconds: float | None = None,
    show: Callable[[Status], None] = lambda status: None,
) -> Ended:
    return run_live(session, options or LiveOptions(), seconds, show, _ticking(0.1))


def test_it_ends_after_the_seconds_given() -> None:
    session = EndingSession()
    ended = _run(session, seconds=1.0)
    assert ended.exit_code == 0
    assert ended.seconds == pytest.approx(1.0, abs=0.3)
    assert session.calls == ["start", "stop"]


def test_it_ends_when_the_session_does() -> None:
    assert _run(EndingSession(ends_after=3)).status.rendered == 4


def test_an_error_of_the_session_is_handed_on_after_the_stop() -> None:
    error = CameraError("gone")
    session = EndingSession(ends_after=2, failure=error)
    assert _run(session).error is error
    assert session.calls[-1] == "stop"


def test_the_status_is_shown() -> None:
    shown: list[int] = []
    _run(EndingSession(ends_after=3), show=lambda status: shown.append(status.rendered))
    assert shown == [1, 2, 3]


def test_a_recording_is_finished_before_the_stop() -> None:
    session = EndingSession(ends_after=2)
    ended = _run(session, LiveOptions(record=Path("o.mp4"), virtual_camera=True))
    assert session.calls == ["start", "record o.mp4", "open virtual camera", "finish recording", "stop"]
    assert ended.recording == Path("o.mp4")


def test_a_sink_that_cannot_be_opened_stops_everything() -> None:
    session = EndingSession()
    session.sink_failure = SinkError("no virtual camera")
    with pytest.raises(SinkError):
        _run(session, LiveOptions(virtual_camera=True))
    assert session.calls == ["start", "open virtual camera", "stop"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_with_the_recording_finished(number: signal.Signals, code: int) -> None:
    session = EndingSession()
    ended = _run(session, LiveOptions(record=Path("o.mp4")), show=lambda status: signal.raise_signal(number))
    assert ended.exit_code == code
    assert session.calls[-2:] == ["finish recording", "stop"]


def test_the_signal_handlers_are_given_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with stop_on_signals():
        assert signal.getsignal(signal.SIGINT) is not before[0]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_it_ends_with_the_error_of_its_last_sink() -> None:
    session = EndingSession()
    session.open_sinks, session.failing = (SinkKind.RECORDER,), {SinkKind.RECORDER: "The disk is full"}
    shown: list[str] = []
    ended = _run(session, LiveOptions(record=Path("o.mp4")), show=lambda status: shown.append(status.message))
    assert str(ended.error) == "The disk is full"
    assert ended.exit_code == 2
    assert set(shown) == {""}  # said once: by the error
    assert session.calls[-2:] == ["finish recording", "stop"]


def test_it_goes_on_while_another_sink_is_open_and_ends_with_2(caplog: pytest.LogCaptureFixture) -> None:
    session = EndingSession(ends_after=8)
    session.open_sinks = (SinkKind.RECORDER, SinkKind.VIRTUAL_CAMERA)
    session.failing = {SinkKind.RECORDER: "The disk is full"}
    shown: list[str] = []
    ended = _run(session, show=lambda status: shown.append(status.message))
    assert (ended.error, ended.exit_code, ended.status.rendered) == (None, 2, 9)
    assert [record.getMessage() for record in caplog.records] == [
        "The disk is full; the session goes on with virtual-camera"
    ]
    assert set(shown) == {""}  # said once: in the log
