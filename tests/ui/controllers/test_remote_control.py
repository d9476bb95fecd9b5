"""A plug-in controls the window through the local API; the person allows it first."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from PyQt6.QtWidgets import QPushButton
from websockets.sync.client import connect

from tests.api.test_server import NAMES, Client
from tests.support.studio import Studio
from ui.dialogs.questions import Question
from ui.pages.remote_control import RemoteControlPage


class Plugin:
    """A client on a thread of its own, because the window answers on this one."""

    def __init__(self, studio: Studio, client: Client) -> None:
        self._studio, self._client = studio, client

    def ask(self, kind: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        answers: list[dict[str, Any]] = []
        thread = threading.Thread(target=lambda: answers.append(self._client.ask(kind, data)))
        thread.start()
        self._studio.until(lambda: not thread.is_alive())
        return answers[0]


@contextmanager
def plugin(studio: Studio) -> Iterator[Plugin]:
    server = studio.window.remote_control._server
    assert server is not None
    with connect(f"ws://localhost:{server.port}", proxy=None) as connection:
        yield Plugin(studio, Client(connection))


@pytest.fixture
def page(studio: Studio) -> RemoteControlPage:
    studio.start()
    page = studio.window.pages.page("remote control")
    assert isinstance(page, RemoteControlPage)
    studio.window.remote_control.switch(True, 0)
    return page


def question(studio: Studio) -> Question | None:
    return next((each for each in studio.window.findChildren(Question) if each.isVisible()), None)


def answer(studio: Studio, label: str) -> None:
    studio.until(lambda: question(studio) is not None)
    asked = question(studio)
    assert asked is not None
    assert "Deck of keys" in asked.text()
    next(button for button in asked.findChildren(QPushButton) if label in button.text()).click()


def test_a_plug_in_that_is_allowed_switches_portraits_and_presses_keys(studio: Studio, page: RemoteControlPage) -> None:
    with plugin(studio) as deck:
        token = _token(studio, deck, "Allow")
        assert deck.ask("AuthenticationRequest", NAMES | {"authenticationToken": token})["authenticated"]
        assert deck.ask("ModelLoadRequest", {"modelID": "Bo"}) == {"modelID": "Bo"}
        studio.until(lambda: studio.session.shown[-1] == "Bo")
        names = [key["hotkeyID"] for key in deck.ask("HotkeysInCurrentModelRequest")["availableHotkeys"]]
        assert {"hide", "record", "preset 9"} < set(names)
        assert "quit" not in names
        deck.ask("HotkeyTriggerRequest", {"hotkeyID": "calibrate"})
        assert "calibrate" in studio.session.calls
        deck.ask("PuppetHideRequest", {"on": True})
        assert studio.session.controls.idle
        (revoke,) = page.findChildren(QPushButton, "revoke")
        revoke.click()
        assert studio.window.remote_control.grants.grants == ()


def _token(studio: Studio, deck: Plugin, label: str) -> str:
    data: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: data.append(deck._client.ask("AuthenticationTokenRequest", NAMES)))
    thread.start()
    answer(studio, label)
    studio.until(lambda: not thread.is_alive())
    return str(data[0].get("authenticationToken", data[0].get("errorID")))


def test_the_safe_answer_is_no(studio: Studio, page: RemoteControlPage) -> None:
    with plugin(studio) as deck:
        assert _token(studio, deck, "Do not allow") == "50"
    assert page._none.isVisibleTo(page)


def test_a_port_that_is_taken_is_said_in_place(studio: Studio, page: RemoteControlPage) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        studio.window.remote_control.switch(True, other.getsockname()[1])
        assert "cannot be opened" in studio.window.remote_control.problem
        assert page._line.isVisibleTo(page)
