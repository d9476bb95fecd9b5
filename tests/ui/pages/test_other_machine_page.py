"""The page of the other machine."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from puppet.config import Fallback
from puppet.domain import EngineInfo
from puppet.errors import RemoteError
from tests.support.studio import Studio
from ui.pages import other_machine
from ui.pages.other_machine import OtherMachinePage


@pytest.fixture
def page(studio: Studio) -> OtherMachinePage:
    studio.start()
    studio.window.commands.run("another machine")
    return cast("OtherMachinePage", studio.window.pages.page("another machine"))


def test_a_typed_code_pairs_and_then_the_session_opens_there(
    studio: Studio, page: OtherMachinePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    paired: list[tuple[str, ...]] = []
    monkeypatch.setattr(other_machine, "pair", lambda *given: paired.append(given))
    page.address.setText("studio:9000")
    page.code.setText("K7M2-P9XQ")
    page.fallback.setCurrentIndex(2)
    page.there.click()
    studio.until(lambda: studio.session.opened_with[-1].remote == "studio:9000")
    assert studio.session.opened_with[-1].fallback is Fallback.HOLD
    assert studio.window.settings.fallback is Fallback.HOLD
    studio.until(lambda: page.here.isEnabled())
    assert paired[0][:2] == ("studio:9000", "K7M2-P9XQ")
    assert page.code.text() == ""
    page.here.click()
    studio.until(lambda: studio.session.opened_with[-1].remote is None)


def test_a_wrong_address_or_code_is_said_in_place(
    studio: Studio, page: OtherMachinePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: str) -> None:
        raise RemoteError("studio: the code is not the one it shows; type it again")

    opened = len(studio.session.opened_with)
    page.address.setText("a b")
    page.there.click()
    assert "HOST:PORT" in page.line.text()
    monkeypatch.setattr(other_machine, "pair", refuse)
    page.address.setText("studio")
    page.code.setText("WRONG")
    page.there.click()
    studio.until(lambda: "type it again" in page.line.text())
    assert page.there.isEnabled()
    assert len(studio.session.opened_with) == opened


def test_the_page_says_where_the_portrait_is_painted(studio: Studio, page: OtherMachinePage) -> None:
    page.address.setText("studio")
    page.there.click()
    studio.until(lambda: page.here.isEnabled())
    studio.session.current = replace(studio.session.current, engine=EngineInfo("remote", "studio", "face"))
    studio.until(lambda: page.line.text() == "The portrait is painted there")
