"""Rendering and composing on two threads: order, overlap, errors and the end."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from puppet.domain import EngineInfo
from puppet.errors import PuppetError
from puppet.live.painting import Painting
from puppet.pipeline.puppeteer import Puppeteer
from puppet.pipeline.scenes import Scene
from tests.support.waiting import until


@dataclass
class _Controls:
    idle: bool = False


@dataclass
class _Scene:
    number: int
    stages_ms: dict[str, float] = field(default_factory=lambda: {"look": 5.0})
    controls: _Controls = field(default_factory=_Controls)


@dataclass
class _Rendered:
    scene: _Scene
    stages_ms: dict[str, float] = field(default_factory=lambda: {"render": 7.0})


class _Engine:
    info = EngineInfo("fake", "CPU", "fp32")


class _Puppeteer:
    """Records what runs; composing waits at the gate."""

    engine = _Engine()

    def __init__(self) -> None:
        self.began: list[tuple[str, int]] = []
        self.gate = threading.Event()
        self.gate.set()

    def render(self, scene: _Scene) -> _Rendered:
        self.began.append(("render", scene.number))
        if scene.number < 0:
            raise PuppetError("cannot render")
        return _Rendered(scene)

    def compose(self, rendered: _Rendered) -> int:
        self.began.append(("compose", rendered.scene.number))
        assert self.gate.wait(10.0)
        return rendered.scene.number


class _Live:
    """A `Painting` with what it reported."""

    def __init__(self, puppeteer: _Puppeteer) -> None:
        self.delivered: list[int] = []
        self.observed: list[float] = []
        self.errors: list[PuppetError] = []
        self.ended = threading.Event()
        self.painting = Painting(
            cast("Puppeteer", puppeteer),
            lambda _, rendered: self.delivered.append(cast("int", rendered)),
            self.observed.append,
            self.errors.append,
            self.ended.set,
            lambda: 0.0,
        )
        for thread in self.painting.threads:
            thread.start()

    def put(self, *numbers: int) -> None:
        for number in numbers:
            self.painting.put(cast("Scene", _Scene(number)))


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[_Live, _Puppeteer]]:
    monkeypatch.setattr("puppet.live.painting.usable_cores", lambda: 2)
    puppeteer = _Puppeteer()
    made = _Live(puppeteer)
    yield made, puppeteer
    puppeteer.gate.set()
    made.painting.close()
    assert made.ended.wait(10.0)


def test_pictures_are_delivered_in_the_order_of_their_scenes(live: Any) -> None:
    made, _ = live
    made.put(*range(20))
    until(lambda: len(made.delivered) == 20)
    assert made.delivered == list(range(20))


def test_a_frame_is_rendered_while_the_one_before_is_composed(live: Any) -> None:
    made, puppeteer = live
    puppeteer.gate.clear()
    made.put(0, 1)
    until(lambda: ("render", 1) in puppeteer.began)
    assert ("compose", 1) not in puppeteer.began
    assert made.delivered == []


def test_the_longest_part_is_reported(live: Any) -> None:
    made, _ = live
    made.put(0)
    until(lambda: made.observed)
    assert made.observed == [7.0]


def test_scenes_handed_over_before_the_end_are_finished(live: Any) -> None:
    made, puppeteer = live
    puppeteer.gate.clear()
    made.put(0, 1)
    made.painting.close()
    puppeteer.gate.set()
    assert made.ended.wait(10.0)
    assert made.delivered == [0, 1]


def test_an_error_of_the_renderer_ends_both_threads_after_the_frame_before(live: Any) -> None:
    made, _ = live
    made.put(0, -1)
    assert made.ended.wait(10.0)
    assert [str(error) for error in made.errors] == ["cannot render"]
    assert made.delivered == [0]


def test_on_a_single_core_the_next_frame_waits_until_this_one_is_composed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("puppet.live.painting.usable_cores", lambda: 1)
    puppeteer = _Puppeteer()
    puppeteer.gate.clear()
    made = _Live(puppeteer)
    made.put(0)
    waited = threading.Event()

    def wait() -> None:
        made.painting.wait(0.01)
        waited.set()

    threading.Thread(target=wait, daemon=True).start()
    until(lambda: ("compose", 0) in puppeteer.began)
    assert not waited.wait(0.1)
    puppeteer.gate.set()
    assert waited.wait(10.0)
    assert made.delivered == [0]
    made.painting.close()
    assert made.ended.wait(10.0)


def test_what_is_called_is_freed_with_the_threads() -> None:
    """A session's networks take hundreds of megabytes, which must not wait for the collector of cycles."""

    class Owner:
        def __init__(self) -> None:
            self.ended = threading.Event()
            self.painting = Painting(
                cast("Puppeteer", _Puppeteer()), self.take, self.take, self.take, self.ended.set, lambda: 0.0
            )

        def take(self, *_given: object) -> None:
            """Accept everything."""

    owner = Owner()
    for thread in owner.painting.threads:
        thread.start()
    owner.painting.put(cast("Scene", _Scene(0)))
    owner.painting.close()
    for thread in owner.painting.threads:
        thread.join(10.0)
    freed = weakref.ref(owner)
    gc.disable()
    try:
        del owner
        assert freed() is None
    finally:
        gc.enable()
