"""Fakes and the session have what their protocols declare, with the same parameters. mypy checks the types here."""

from __future__ import annotations

import inspect

import pytest

from puppet.cameras.base import Camera
from puppet.engines.base import Engine
from puppet.live.session import Session
from puppet.live.session_protocol import LiveSession
from puppet.sinks.base import Sink
from puppet.tracking.tracker import FaceTracker
from tests.support.fake_session import FakeSession
from tests.support.fakes import FakeCamera, FakeEngine, FakeSink, FakeTracker, make_puppeteer

CAMERA: Camera = FakeCamera()
ENGINE: Engine = FakeEngine()
SINK: Sink = FakeSink()
TRACKER: FaceTracker = FakeTracker()
FAKE_SESSION: LiveSession = FakeSession()
SESSION: LiveSession = Session(make_puppeteer(), FakeCamera)


def _members(protocol: type) -> list[str]:
    return sorted(name for name in {*vars(protocol), *protocol.__annotations__} if not name.startswith("_"))


@pytest.mark.parametrize(
    ("protocol", "implementation"),
    [
        (Camera, CAMERA),
        (Engine, ENGINE),
        (Sink, SINK),
        (FaceTracker, TRACKER),
        (LiveSession, FAKE_SESSION),
        (LiveSession, SESSION),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else type(value).__name__,
)
def test_every_member_is_there_as_declared(protocol: type, implementation: object) -> None:
    for name in _members(protocol):
        declared, implemented = getattr(protocol, name, None), getattr(implementation, name)
        if inspect.isfunction(declared):
            parameters = list(inspect.signature(declared).parameters.values())[1:]  # without self
            own = list(inspect.signature(implemented).parameters.values())
            assert [(each.name, each.default) for each in own] == [(each.name, each.default) for each in parameters]
        else:
            assert not callable(implemented), name


def test_the_session_has_no_public_member_besides_the_declared_ones() -> None:
    assert sorted(name for name in vars(Session) if not name.startswith("_")) == _members(LiveSession)
