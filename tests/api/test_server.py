"""The API's server with real clients: what Stream Deck and Companion ask for, limits, and who is refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from puppet.api.host import ApiCommand, HostState
from puppet.api.messages import API_NAME
from puppet.api.server import ApiServer
from puppet.domain import Controls, Following, SessionState, SinkKind, Status
from puppet.errors import ConfigError, SinkError
from puppet.geometry.landmarks import rest_pose
from puppet.userdata.api_grants import ApiGrants

NAMES = {"pluginName": "Deck of keys", "pluginDeveloper": "Somebody"}


class FakeHost:
    """Does what it is asked to at once; a test sets the answer to a plug-in."""

    def __init__(self) -> None:
        status = Status(SessionState.RUNNING, Following.TRACKING, portrait="Vera", fps=29.96)
        commands = (ApiCommand("hide", "Hide me"), ApiCommand("record", "Start or stop a recording"))
        self.now = HostState(status, Controls(), ("Vera", "Bo"), ("Calm",), "", commands, rest_pose(), rest_pose())
        self.calls: list[str] = []
        self.allows: bool | None = True
        self.answer: Callable[[bool], None] = lambda _allowed: None

    def state(self) -> HostState:
        return self.now

    def run_command(self, identity: str) -> None:
        self.calls.append(identity)

    def show_portrait(self, name: str) -> None:
        self.now = replace(self.now, status=replace(self.now.status, portrait=name))

    def use_preset(self, name: str) -> None:
        self.now = replace(self.now, preset=name)

    def set_controls(self, **values: Any) -> None:
        self.now = replace(self.now, controls=replace(self.now.controls, **values))

    def calibrate(self) -> None:
        self.calls.append("calibrate")

    def take_best_moment(self) -> None:
        self.calls.append("best moment")

    def reanchor(self) -> None:
        self.calls.append("re-anchor")

    def toggle_hidden(self) -> None:
        self.set_controls(idle=not self.now.controls.idle)

    def toggle_recording(self) -> None:
        if "full disk" in self.calls:
            raise SinkError("No space is left; free some")
        sinks = {} if self.now.status.sinks else {SinkKind.RECORDER: "recording"}
        self.now = replace(self.now, status=replace(self.now.status, sinks=sinks))

    def toggle_virtual_camera(self) -> None:
        self.calls.append("virtual camera")

    def ask_permission(self, plugin: str, developer: str, answer: Callable[[bool], None]) -> None:
        self.calls.append(f"ask {plugin} by {developer}")
        self.answer = answer
        if self.allows is not None:
            answer(self.allows)


class Client:
    """A remote control."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def send(self, kind: str, data: dict[str, Any] | None = None, **envelope: Any) -> None:
        message = {"apiName": API_NAME, "apiVersion": "1.0", "requestID": "7", "messageType": kind, "data": data}
        self.connection.send(json.dumps(message | envelope))

    def receive(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.connection.recv(10))
        return answer

    def ask(self, kind: str, data: dict[str, Any] | None = None, **envelope: Any) -> dict[str, Any]:
        """Send a request; return the data of its answer, or {"errorID": ...}."""
        self.send(kind, data, **envelope)
        answer = self.receive()
        expected = ("APIError", kind.replace("Request", "Response"))
        assert answer["messageType"] in expected
        return dict(answer["data"])

    def authenticate(self) -> None:
        token = self.ask("AuthenticationTokenRequest", NAMES)["authenticationToken"]
        assert self.ask("AuthenticationRequest", NAMES | {"authenticationToken": token})["authenticated"]


class Running:
    """A server with its host."""

    def __init__(self, folder: Path) -> None:
        self.host, self.grants = FakeHost(), ApiGrants(folder / "plugins.toml")
        self.server = ApiServer(self.host, self.grants, lambda run: run(), port=0)
        self.server.start()

    @contextmanager
    def client(self, **options: Any) -> Iterator[Client]:
        with connect(f"ws://localhost:{self.server.port}", proxy=None, **options) as connection:
            yield Client(connection)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path)
    yield running
    running.server.stop()
    assert not any(thread.name == "puppet-api" for thread in threading.enumerate())


@pytest.fixture
def client(running: Running) -> Iterator[Client]:
    with running.client() as client:
        client.authenticate()
        yield client


def test_a_token_is_granted_once_and_is_valid_in_later_sessions(running: Running, tmp_path: Path) -> None:
    with running.client() as client:
        assert not client.ask("APIStateRequest")["currentSessionAuthenticated"]
        assert client.ask("HotkeysInCurrentModelRequest")["errorID"] == 8
        token = client.ask("AuthenticationTokenRequest", NAMES | {"pluginIcon": "iVBOR" * 10_000})[
            "authenticationToken"
        ]
    assert running.host.calls == ["ask Deck of keys by Somebody"]
    assert token not in (tmp_path / "plugins.toml").read_text()
    again = Running(tmp_path)
    with again.client() as client:
        assert not client.ask("AuthenticationRequest", NAMES | {"authenticationToken": token[:-1]})["authenticated"]
        other = {"pluginName": "Another", "pluginDeveloper": "Somebody", "authenticationToken": token}
        assert not client.ask("AuthenticationRequest", other)["authenticated"]
        assert client.ask("AuthenticationRequest", NAMES | {"authenticationToken": token})["authenticated"]
        assert client.ask("APIStateRequest")["currentSessionAuthenticated"]
        again.grants.revoke(again.grants.grants[0])
        assert client.ask("CurrentModelRequest")["errorID"] == 8
    again.server.stop()


def test_a_refused_plug_in_gets_an_error_and_only_one_is_asked_about(running: Running) -> None:
    running.host.allows = False
    with running.client() as client, running.client() as other:
        assert client.ask("AuthenticationTokenRequest", NAMES)["errorID"] == 50
        assert client.ask("AuthenticationTokenRequest", {"pluginName": "X"})["errorID"] == 52
        running.host.allows = None  # nobody has answered yet
        client.send("AuthenticationTokenRequest", NAMES)
        assert other.ask("APIStateRequest")["active"]
        while running.host.calls != 2 * ["ask Deck of keys by Somebody"]:
            other.ask("APIStateRequest")
        assert other.ask("AuthenticationTokenRequest", NAMES)["errorID"] == 51
        running.host.answer(True)
        assert client.receive()["messageType"] == "AuthenticationTokenResponse"


def test_portraits_are_models_and_commands_are_hot_keys(running: Running, client: Client) -> None:
    models = client.ask("AvailableModelsRequest")
    assert [model["modelName"] for model in models["availableModels"]] == ["Vera", "Bo"]
    assert client.ask("ModelLoadRequest", {"modelID": "Bo"}) == {"modelID": "Bo"}
    assert client.ask("CurrentModelRequest")["modelName"] == "Bo"
    assert client.ask("ModelLoadRequest", {"modelID": "../x"})["errorID"] == 152
    hotkeys = client.ask("HotkeysInCurrentModelRequest")["availableHotkeys"]
    assert [key["hotkeyID"] for key in hotkeys] == ["hide", "record"]
    assert client.ask("HotkeyTriggerRequest", {"hotkeyID": "hide me"}) == {"hotkeyID": "hide"}
    assert running.host.calls[-1] == "hide"
    assert client.ask("HotkeyTriggerRequest", {"hotkeyID": "quit"})["errorID"] == 202
    assert client.ask("StatisticsRequest")["framerate"] == 30


def test_presets_are_expressions(running: Running, client: Client) -> None:
    file = client.ask("ExpressionStateRequest", {"details": True})["expressions"][0]["file"]
    assert client.ask("ExpressionActivationRequest", {"expressionFile": file, "active": True}) == {}
    assert running.host.now.preset == "Calm"
    assert client.ask("PuppetPresetListRequest") == {"presets": ["Calm"], "preset": "Calm"}
    assert client.ask("PuppetPresetRequest", {"name": "Wild"})["errorID"] == 351


def test_parameters_go_out_and_sliders_come_in(running: Running, client: Client) -> None:
    face = {each["name"]: each["value"] for each in client.ask("InputParameterListRequest")["defaultParameters"]}
    assert face["FaceAngleX"] == pytest.approx(0, abs=0.5)
    assert face["EyeOpenLeft"] > 0.5
    assert client.ask("ParameterValueRequest", {"name": "PuppetLeftLid"})["value"] == 1
    injection = {"parameterValues": [{"id": "PuppetMouth", "value": 0.4}, {"id": "PuppetGaze", "value": 9}]}
    assert client.ask("InjectParameterDataRequest", injection) == {}
    assert running.host.now.controls == Controls(mouth=0.4, gaze=2)
    added = {"mode": "add", "parameterValues": [{"id": "PuppetMouth", "value": 0.4, "weight": 0.5}]}
    assert client.ask("InjectParameterDataRequest", added) == {}
    assert running.host.now.controls.mouth == pytest.approx(0.6)
    unknown = {"parameterValues": [{"id": "FaceAngleX", "value": 3}]}
    assert client.ask("InjectParameterDataRequest", unknown)["errorID"] == 453
    assert client.ask("InjectParameterDataRequest", {"parameterValues": []})["errorID"] == 451


def test_own_verbs(running: Running, client: Client) -> None:
    for how in ("now", "best moment", "re-anchor"):
        assert client.ask("PuppetCalibrateRequest", {"how": how}) == {}
    assert running.host.calls[-3:] == ["calibrate", "best moment", "re-anchor"]
    assert client.ask("PuppetHideRequest", {"on": True}) == {"on": True}
    assert client.ask("PuppetHideRequest", {"on": True}) == {"on": True}
    assert running.host.now.controls.idle
    assert client.ask("PuppetRecordRequest") == {"on": True}
    assert client.ask("PuppetStatusRequest")["recording"]
    running.host.calls.append("full disk")
    assert client.ask("PuppetRecordRequest")["message"] == "No space is left; free some"
    assert client.ask("PuppetPortraitRequest", {"name": "Bo"}) == {"name": "Bo"}


def test_events_come_when_something_changed_and_the_status_at_its_rate(running: Running, client: Client) -> None:
    assert client.ask("EventSubscriptionRequest", {"eventName": "Nonsense", "subscribe": True})["errorID"] == 950
    client.ask("EventSubscriptionRequest", {"eventName": "ModelLoadedEvent", "subscribe": True})
    assert client.receive()["data"]["modelName"] == "Vera"
    running.host.show_portrait("Bo")
    assert client.receive()["data"]["modelName"] == "Bo"
    client.ask("EventSubscriptionRequest", {"eventName": "ModelLoadedEvent", "subscribe": False})
    client.send(
        "EventSubscriptionRequest", {"eventName": "PuppetStatusEvent", "subscribe": True, "config": {"rate": 20}}
    )
    kinds = {client.receive()["messageType"] for _ in range(4)}
    assert kinds == {"EventSubscriptionResponse", "PuppetStatusEvent"}


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("", 2),
        ("{", 2),
        ("[1, 2]", 2),
        ("null", 2),
        ("[" * 100_000, 2),
        ('{"apiName": 3}', 2),
        ('{"data": [1]}', 2),
        ("{}", 3),
        (json.dumps({"apiName": API_NAME, "apiVersion": "9.0"}), 4),
        (json.dumps({"apiName": API_NAME, "apiVersion": "1.0"}), 6),
        (json.dumps({"apiName": API_NAME, "apiVersion": "1.0", "messageType": "WhatRequest"}), 7),
        (json.dumps({"apiName": API_NAME, "apiVersion": "1.0", "messageType": "CurrentModel"}), 7),
        (json.dumps({"apiName": API_NAME, "requestID": "x" * 65}), 5),
    ],
)
def test_nonsense_is_answered_with_an_error_and_the_connection_stays(client: Client, message: str, number: int) -> None:
    client.connection.send(message)
    answer = client.receive()
    assert (answer["messageType"], answer["data"]["errorID"]) == ("APIError", number)
    client.connection.send(b"\xff\xfe")
    assert client.receive()["data"]["errorID"] == 2
    assert client.ask("APIStateRequest")["active"]


@pytest.mark.parametrize("origin", ["http://localhost", "https://evil.example", "null"])
def test_web_pages_are_refused(running: Running, origin: str) -> None:
    with pytest.raises(InvalidStatus, match="403"), running.client(origin=origin):
        pass


def test_local_pages_of_stream_deck_are_not(running: Running) -> None:
    with running.client(origin="file://") as client:
        assert client.ask("APIStateRequest")["active"]


def test_a_flood_is_dropped_and_others_are_served(running: Running, client: Client) -> None:
    def flood(flooding: Client) -> None:
        while True:
            flooding.send("APIStateRequest")

    with running.client() as flooding:
        with pytest.raises(ConnectionClosed):
            flood(flooding)
        assert client.ask("APIStateRequest")["active"]


def test_a_message_that_is_too_large_closes_its_connection(running: Running, client: Client) -> None:
    with running.client() as large:
        large.connection.send("x" * (300 << 10))
        with pytest.raises(ConnectionClosed):
            large.receive()
    assert client.ask("APIStateRequest")["active"]


def test_connections_are_few(running: Running) -> None:
    with ExitStack() as opened:
        for _ in range(8):
            opened.enter_context(running.client())
        with pytest.raises(InvalidStatus, match="503"), running.client():
            pass


def test_a_port_that_is_taken_is_one_line(running: Running, tmp_path: Path) -> None:
    second = ApiServer(FakeHost(), ApiGrants(tmp_path / "x"), lambda run: run(), port=running.server.port)
    with pytest.raises(ConfigError, match=r"Port \d+ cannot be opened for the API: .*; choose another port"):
        second.start()
    second.stop()
