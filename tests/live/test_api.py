"""The session and its fake have the methods that `LiveSession` declares, with the same parameters."""

from __future__ import annotations

import inspect

import pytest

from puppet.live.api import LiveSession
from puppet.live.session import Session
from tests.support.fake_session import FakeSession

PUBLIC = sorted(name for name in vars(LiveSession) if not name.startswith("_"))


@pytest.mark.parametrize("implementation", [Session, FakeSession])
@pytest.mark.parametrize("name", PUBLIC)
def test_every_member_is_implemented_as_declared(implementation: type[LiveSession], name: str) -> None:
    assert name in vars(implementation)
    declared, implemented = vars(LiveSession)[name], vars(implementation)[name]
    assert isinstance(implemented, property) is isinstance(declared, property)
    if not isinstance(declared, property):
        assert inspect.signature(implemented) == inspect.signature(declared)


def test_the_session_has_no_public_member_beside_the_declared_ones() -> None:
    assert sorted(name for name in vars(Session) if not name.startswith("_")) == PUBLIC
