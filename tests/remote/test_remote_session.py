"""A session whose frames are painted by another machine: the real server, WebRTC over loopback, fake engines."""

from __future__ import annotations

import hashlib
import math
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import puppet.remote.connection
import puppet.remote.renderer
from puppet.config import Fallback
from puppet.domain import Following, Frame, Keypoints, Overlay, SinkKind
from puppet.errors import TrackingError
from puppet.live.session import Session
from puppet.media.portrait_file import Shot
from puppet.pipeline.scenes import ArrivedScene
from puppet.remote.connection import Connection
from puppet.remote.messages import Offer
from puppet.remote.motion_packet import MotionPacket, Reference
from puppet.remote.renderer import RemoteRenderer, _portrait_file
from puppet.remote.signalling import Invitation
from tests.support.fakes import STILL, FakeCamera, FakeSink, make_puppeteer, portrait
from tests.support.rendering_machine import RenderingMachine, invitation
from tests.support.sessions import attach, session_threads
from tests.support.waiting import until


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[RenderingMachine]:
    machine = RenderingMachine(tmp_path, lambda: make_puppeteer(size=(256, 144)))
    yield machine
    machine.close()


def _session(
    machine: RenderingMachine | Invitation,
    fallback: Fallback = Fallback.LOCAL,
    name: str = "client",
    camera: FakeCamera | None = None,
) -> Session:
    puppeteer = make_puppeteer(size=(256, 144))
    invited = machine if isinstance(machine, Invitation) else machine.client(name)
    remote = RemoteRenderer(Connection(invited), fallback)
    assert puppeteer.portrait is not None
    remote.offer(puppeteer.portrait, portrait())
    return Session(puppeteer, lambda: camera or FakeCamera(), STILL, remote=remote)


def _is_painted_there(live: Session) -> bool:
    engine = live.status().engine
    return engine is not None and engine.library == "remote"


def test_pictures_come_from_the_other_machine(machine: RenderingMachine) -> None:
    live, sink = _session(machine), FakeSink()
    live.start()
    attach(live, sink, SinkKind.RECORDER)
    until(lambda: _is_painted_there(live))
    first = len(sink.times_s)
    until(lambda: len(sink.times_s) > first + 20)
    status = live.status()
    live.stop()
    assert status.message == ""
    assert {"network", "wait", "paint", "encode", "decode"} <= set(status.stages)
    assert sink.times_s == sorted(sink.times_s)
    assert not [name for name in session_threads() if name.startswith("puppet-remote")]


def test_another_portrait_and_size_follow(machine: RenderingMachine) -> None:
    live = _session(machine)
    live.start()
    until(lambda: _is_painted_there(live))
    red = np.zeros((96, 96, 3), np.uint8)
    red[..., 0] = 200
    live.show(live.prepare(red, "red"))
    live.choose_size((320, 192))

    def shows_red() -> bool:
        picture = (
            rendered.picture if (rendered := live.preview()) is not None and "paint" in rendered.stages_ms else None
        )
        return picture is not None and picture.shape == (192, 320, 3) and picture[96, 160].tolist()[0] > 150

    until(shows_red)
    live.stop()


def test_a_lost_machine_is_told_and_frames_go_on_here_until_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(puppet.remote.renderer, "LATEST_S", 10.0)  # a busy processor does not decide
    first = RenderingMachine(tmp_path, lambda: make_puppeteer(size=(256, 144)))
    live, sink = _session(first), FakeSink()
    live.start()
    attach(live, sink, SinkKind.RECORDER)
    until(lambda: _is_painted_there(live))
    first.close()
    until(lambda: live.status().message)
    written = len(sink.times_s)
    until(lambda: not _is_painted_there(live))
    until(lambda: len(sink.times_s) > written + 20)
    assert sink.times_s == sorted(sink.times_s)
    second = RenderingMachine(tmp_path, lambda: make_puppeteer(size=(256, 144)), port=first.port)
    until(lambda: _is_painted_there(live))
    until(lambda: not live.status().message)
    live.stop()
    second.close()


def test_a_killed_machine_is_told_and_the_recording_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(puppet.remote.connection, "_DEAD_PINGS", 3)
    command = [sys.executable, "-m", "tests.support.rendering_machine", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        port, code = killed.stdout.readline().split()
        live, sink = _session(invitation(tmp_path / "client.json", int(port), code)), FakeSink()
        live.start()
        attach(live, sink, SinkKind.RECORDER)
        until(lambda: _is_painted_there(live))
        killed.kill()
    until(lambda: not _is_painted_there(live))
    written = len(sink.times_s)
    until(lambda: len(sink.times_s) > written + 20)
    until(lambda: "is lost" in live.status().message or "cannot be reached" in live.status().message)
    live.stop()
    assert sink.times_s == sorted(sink.times_s)


@pytest.mark.parametrize("fallback", [Fallback.HOLD, Fallback.REST])
def test_a_machine_that_cannot_paint_the_performer_holds_or_rests(tmp_path: Path, fallback: Fallback) -> None:
    machine = RenderingMachine(tmp_path, lambda: make_puppeteer(size=(256, 144)))
    camera, sink = FakeCamera(), FakeSink()
    live = _session(machine, fallback, camera=camera)
    live.start()
    attach(live, sink, SinkKind.RECORDER)
    until(lambda: _is_painted_there(live))
    machine.close()
    until(lambda: live.status().message and not _is_painted_there(live))
    written = len(sink.times_s)
    if fallback is Fallback.REST:
        until(lambda: len(sink.times_s) > written + 3)
        until(lambda: (newest := live.preview()) is not None and newest.following is Following.IDLE)
    else:
        delivered = camera.delivered
        until(lambda: camera.delivered > delivered + 40)
        assert len(sink.times_s) == written
    live.stop()


def test_two_clients_share_an_engine_and_a_third_is_told_that_it_is_full(tmp_path: Path) -> None:
    machine = RenderingMachine(tmp_path, lambda: make_puppeteer(size=(256, 144)), sessions=2)
    lives = [_session(machine, name=name) for name in ("first", "second")]
    for live in lives:
        live.start()
    until(lambda: all(_is_painted_there(live) for live in lives))
    assert len(machine.studios[0]._portraits) == 1  # the same for both
    third = Connection(machine.client("third"))
    third.start(lambda received: None)
    until(lambda: "All 2 sessions are taken" in third.problem)
    third.close()
    for live in lives:
        live.stop()
    machine.close()


def test_overlays_are_painted_here(machine: RenderingMachine) -> None:
    live = _session(machine)
    live.start()
    until(lambda: _is_painted_there(live))
    live.set_controls(replace(STILL, overlay=Overlay.KEYPOINTS))
    until(lambda: not _is_painted_there(live))
    live.stop()


def test_a_portrait_that_cannot_be_used_there_is_told(machine: RenderingMachine) -> None:
    live = _session(machine)
    until(lambda: machine.studios[0].is_free)
    machine.studios[0].add = refuse  # type: ignore[method-assign]
    live.start()
    until(lambda: "the picture shows no face" in live.status().message)
    until(lambda: live.status().rendered > 5)
    live.stop()


def refuse(key: str, content: bytes) -> None:
    raise TrackingError("the picture shows no face; choose another")


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"\xff\xd8" + bytes(range(250)), "The portrait: is not a picture"), (b"", "has changed on its way")],
)
def test_a_portrait_that_is_none_is_refused_without_a_name_of_that_machine(
    machine: RenderingMachine, content: bytes, reason: str
) -> None:
    client, pose = Connection(machine.client()), Reference(Keypoints(np.zeros((10, 2), np.float32)))
    key = hashlib.sha256(content).hexdigest() if content else "b" * 64
    client.start(lambda received: None)
    client.offer(Offer(key, len(content) or 1, pose.text, False), content or b"x")
    until(lambda: reason in client.problem)
    assert "/" not in client.problem
    client.close()


def test_a_packet_that_is_not_finite_ends_its_connection(
    machine: RenderingMachine, caplog: pytest.LogCaptureFixture
) -> None:
    client, pose = Connection(machine.client()), Keypoints(np.zeros((10, 2), np.float32))
    written, content = Reference(pose), _portrait_file([Shot(portrait())])
    key = hashlib.sha256(content).hexdigest()
    client.start(lambda received: None)
    client.offer(Offer(key, len(content), written.text, False), content)
    until(lambda: client.is_ready(key))
    packet = bytearray(written.write(MotionPacket(1, 1.0, bytes.fromhex(key)[:8], pose)))
    packet[24:28] = np.float32(np.nan).tobytes()
    client.send(bytes(packet))
    until(lambda: "not finite" in caplog.text)
    client.close()


def test_with_all_seats_taken_the_second_is_told(machine: RenderingMachine) -> None:
    live, second = _session(machine), Connection(machine.client("second"))
    live.start()
    until(lambda: _is_painted_there(live))
    second.start(lambda received: None)
    until(lambda: "sessions are taken" in second.problem)
    second.close()
    live.stop()
    until(lambda: machine.studios[0].is_free)


@pytest.mark.parametrize(
    ("channel", "data"),
    [
        ("control", '{"kind": "offer", "key": "' + "a" * 64 + '", "bytes": 9, "pose": "????", "depth": true}'),
        ("motion", "text"),
        ("control", '{"kind": "view", "size": [99999, 2]}'),
        ("control", "[" * 3000),
        ("control", '{"kind": "offer", "key": "' + "a" * 64 + '", "bytes": 999999999999}'),
        ("control", b"a chunk that nobody wanted"),
        ("control", '{"kind": "painted", "number": 1, "wait_ms": 1, "paint_ms": 1, "encode_ms": 1}'),
    ],
)
def test_a_hostile_client_is_put_out_and_the_next_one_served(
    machine: RenderingMachine, channel: str, data: str | bytes
) -> None:
    hostile = Connection(machine.client())
    hostile.start(lambda received: None)
    until(lambda: not machine.studios[0].is_free and not hostile.problem)
    sending = hostile._motion if channel == "motion" else hostile._control
    assert sending is not None
    hostile._call(partial(sending.send, data))
    until(lambda: "127.0.0.1" in hostile.problem)
    hostile.close()
    live = _session(machine)
    live.start()
    until(lambda: _is_painted_there(live))
    live.stop()


def test_a_picture_that_has_become_too_old_is_not_shown() -> None:
    puppeteer = make_puppeteer(size=(64, 64))
    live = Session(puppeteer, FakeCamera, STILL)

    def arrived(value: int, expires_s: float) -> ArrivedScene:
        scene = puppeteer.idle(Frame(portrait(), 0.0), STILL)
        rendered = replace(puppeteer.paint(scene), picture=np.full((64, 64, 3), value, np.uint8))
        common = scene.frame, scene.controls, scene.portrait, scene.following, scene.driving, scene.size
        return ArrivedScene(*common, scene.allow_low_precision, {}, rendered, expires_s)

    for scene in (arrived(1, math.inf), arrived(2, time.monotonic() - 0.01)):
        live._hand_out(scene, scene.rendered)
    shown = live.preview()
    assert shown is not None
    assert shown.picture[0, 0, 0] == 1
    live.stop()
