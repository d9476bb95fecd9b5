"""The page of the other machine."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from puppet.config import Fallback
from puppet.domain import EngineInfo
from puppet.errors import RemoteError
from puppet.remote.discovery import FoundMachine
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


@pytest.mark.parametrize("count", [0, 1, 2])
def test_announced_machines_are_found_and_one_of_several_is_chosen(
    studio: Studio, page: OtherMachinePage, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    machines = [FoundMachine(f"studio{index}", f"10.0.0.{index}:8470") for index in range(count)]
    monkeypatch.setattr(other_machine, "find_machines", lambda: machines)
    page.search.click()
    assert not page.search.isEnabled()
    studio.until(page.search.isEnabled)
    if count == 0:
        assert "No machine answers" in page.line.text()
        return
    if count == 2:
        page.found.actions()[1].trigger()
        page.found.close()
    assert page.address.text() == machines[-1].address
    assert machines[-1].name in page.line.text()


def test_a_network_that_cannot_be_asked_is_said(
    studio: Studio, page: OtherMachinePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise RemoteError("The network cannot be asked for machines (no route); name one")

    monkeypatch.setattr(other_machine, "find_machines", refuse)
    page.search.click()
    studio.until(lambda: "cannot be asked" in page.line.text())
    assert page.search.isEnabled()


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
