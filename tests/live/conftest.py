"""Sessions with a fake camera and engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from puppet.cameras import capture_thread
from puppet.cameras.base import Camera
from puppet.live.session import Session
from tests.support.fakes import STILL, FakeCamera, FakeEngine, make_puppeteer
from tests.support.sessions import session_threads
from tests.support.waiting import until

SIZE = (128, 72)
OPEN = Callable[[], Camera]


@pytest.fixture
def open_session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Session]]:
    """Makes started sessions, and stops every one at the end; no thread may be left then."""
    monkeypatch.setattr(capture_thread, "PAUSES_S", (0.01,))
    opened: list[Session] = []

    def opener(
        open_camera: OPEN = FakeCamera, engine: FakeEngine | None = None, shown: bool = True, start: bool = True
    ) -> Session:
        live = Session(make_puppeteer(engine, SIZE, shown), open_camera, STILL)
        opened.append(live)
        if start:
            live.start()
        return live

    yield opener
    for live in opened:
        live.stop()
    until(lambda: not session_threads(), "the end of every thread")
