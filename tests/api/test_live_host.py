"""The API of a session without a window."""

from __future__ import annotations

from pathlib import Path

import pytest
from websockets.sync.client import connect

from puppet.api.live_host import LiveHost, served
from puppet.api.server import ApiServer
from puppet.controls import Controls
from puppet.domain import SinkKind
from puppet.userdata.api_grants import ApiGrants
from puppet.userdata.presets import Preset, save_presets
from tests.api.test_server import NAMES, Client
from tests.support.fake_session import FakeSession


def test_it_switches_what_a_session_has() -> None:
    save_presets([Preset("Calm", Controls(mouth=0.5))])
    session = FakeSession()
    host = LiveHost(session)
    for name in ("hide", "calibrate", "best moment", "re-anchor", "record", "virtual camera", "mirror"):
        host.run_command(name)
    assert session.controls.idle
    assert not session.controls.mirror
    assert set(host.state().status.sinks) == {SinkKind.RECORDER, SinkKind.VIRTUAL_CAMERA}
    host.run_command("record")
    assert set(host.state().status.sinks) == {SinkKind.VIRTUAL_CAMERA}
    host.use_preset("Calm")
    assert session.controls.mouth == 0.5
    assert session.controls.idle  # a preset never shows the performer
    host.show_portrait(host.state().portraits[1])
    assert session.shown == [host.state().portraits[1]]


def test_plug_ins_that_the_window_allowed_may_connect_and_others_not(monkeypatch: pytest.MonkeyPatch) -> None:
    token = ApiGrants().grant(*NAMES.values())
    ports: list[int] = []
    start = ApiServer.start

    def remember(server: ApiServer) -> None:
        start(server)
        ports.append(server.port)

    monkeypatch.setattr(ApiServer, "start", remember)
    with served(FakeSession(), 0), connect(f"ws://localhost:{ports[0]}", proxy=None) as connection:
        client = Client(connection)
        other = {"pluginName": "Another", "pluginDeveloper": "Somebody"}
        assert client.ask("AuthenticationTokenRequest", other)["errorID"] == 50
        assert client.ask("AuthenticationRequest", NAMES | {"authenticationToken": token})["authenticated"]
        assert client.ask("CurrentModelRequest")["modelName"] == "Vera"


def test_without_a_port_nothing_listens(home: Path) -> None:
    with served(FakeSession(), None):
        assert not (home / ".config" / "puppet").exists()
