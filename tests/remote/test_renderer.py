"""Poses are sent less often while pictures come late; pictures of both machines stay in order."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any, cast

import pytest

from puppet.domain import Frame
from puppet.pipeline.scenes import AnimateScene, ArrivedScene
from puppet.remote.connection import Connection, Received
from puppet.remote.messages import Painted
from puppet.remote.renderer import RemoteRenderer
from tests.support.fakes import STILL, FakeClock, make_puppeteer, portrait


class FakeConnection:
    host, pack, problem, sent = "studio", "fake", "", 0

    def offer(self, *_given: object) -> None:
        pass

    def is_ready(self, _key: str) -> bool:
        return True

    def show(self, _view: object) -> None:
        pass

    def send(self, _packet: bytes) -> None:
        self.sent += 1

    def want(self, _key: str) -> None:
        pass

    def start(self, _receive: object) -> None:
        pass


def test_late_pictures_slow_the_poses_down_and_are_told_and_one_in_time_ends_it() -> None:
    clock, connection, puppeteer = FakeClock(), FakeConnection(), make_puppeteer(size=(64, 64))
    renderer = RemoteRenderer(cast("Connection", connection), clock=clock)
    assert puppeteer.portrait is not None
    renderer.offer(puppeteer.portrait, portrait())

    def frames(count: int, age_s: float) -> int:
        """Take frames at 20 a second whose pictures come `age_s` late; return how many poses were sent."""
        before = connection.sent
        for _ in range(count):
            clock.now_s += 0.05
            scene = puppeteer.idle(Frame(portrait(), clock.now_s), STILL)
            assert isinstance(scene, AnimateScene)
            told = connection.sent
            renderer.take(scene, cast("Any", puppeteer.idle))
            if connection.sent > told:
                clock.now_s += age_s
                picture = portrait(64)
                renderer._receive(Received(connection.sent, picture, 1.0, None))
                clock.now_s -= age_s
        return connection.sent - before

    assert frames(40, 0.1) == 40
    assert frames(40, 1.6) <= 8
    assert frames(100, 1.6) <= 14
    assert "late" in renderer.problem
    assert frames(40, 0.1) >= 30
    assert renderer.problem == ""


def test_a_newer_scene_is_not_painted_here_before_an_older_picture_is_delivered() -> None:
    clock, connection, puppeteer = FakeClock(), FakeConnection(), make_puppeteer(size=(64, 64))
    renderer = RemoteRenderer(cast("Connection", connection), clock=clock)
    assert puppeteer.portrait is not None
    older, newer = (puppeteer.idle(Frame(portrait(), clock.now_s + delay_s), STILL) for delay_s in (0.0, 0.05))
    taken, order = threading.Event(), list[str]()

    def take() -> None:
        connection.is_ready = lambda _key: False  # type: ignore[method-assign]
        if renderer.take(newer, cast("Any", puppeteer.idle)) is newer:
            order.append("newer, painted here")
        taken.set()

    def deliver(_scene: ArrivedScene) -> None:
        threading.Thread(target=take).start()
        taken.wait(0.2)
        order.append("older, painted there")

    renderer.start(deliver)
    renderer.offer(puppeteer.portrait, portrait())
    for number in (1, 2):  # the first one shows that the other machine answers
        renderer.take(older, cast("Any", puppeteer.idle))
        renderer._receive(Received(number, portrait(64), 1.0, None))
    assert taken.wait(10)
    assert order == ["older, painted there", "newer, painted here"]


def test_no_frame_is_looked_at_before_the_other_machine_has_time_for_it() -> None:
    clock, connection, puppeteer, waits_s = FakeClock(), FakeConnection(), make_puppeteer(size=(64, 64)), list[float]()
    renderer = RemoteRenderer(cast("Connection", connection), clock=clock)
    renderer._closing.wait = waits_s.append  # type: ignore[method-assign, assignment]
    assert puppeteer.portrait is not None
    renderer.offer(puppeteer.portrait, portrait())
    for number in range(1, 40):
        clock.now_s += 0.05
        scene = replace(puppeteer.idle(Frame(portrait(), clock.now_s), STILL), stages_ms={"track": 20.0})
        renderer.take(scene, cast("Any", puppeteer.idle))
        renderer._receive(Received(number, portrait(64), 1.0, Painted(number, 0.0, 80.0, 5.0)))
    assert waits_s[0] == 0
    assert waits_s[-1] == pytest.approx(0.052, abs=0.001)  # 90 % of painting, less the time of looking


def test_frames_whose_pictures_are_lost_are_not_kept() -> None:
    clock, connection, puppeteer = FakeClock(), FakeConnection(), make_puppeteer(size=(64, 64))
    renderer = RemoteRenderer(cast("Connection", connection), clock=clock)
    assert puppeteer.portrait is not None
    renderer.offer(puppeteer.portrait, portrait())
    for _ in range(100):
        renderer.take(puppeteer.idle(Frame(portrait(), clock.now_s), STILL), cast("Any", puppeteer.idle))
    assert len(renderer._sent) < 30
    renderer._receive(Received(connection.sent, portrait(64), 1.0, None))
    assert not renderer._sent
