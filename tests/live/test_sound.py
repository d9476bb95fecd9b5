"""Sound of recordings against a real sound server: clicks that are played while the performer moves."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from puppet.config import MicrophoneOptions
from puppet.errors import MicrophoneError
from puppet.microphones import pulse
from puppet.microphones.opening import list_microphones, open_microphone
from tests.support.sound_offsets import JumpingCamera, jumps_and_clicks, offsets, record, session
from tests.support.sound_server import MICROPHONE, SoundServer, sound_server
from tests.support.waiting import until

TOLERANCE_S = 0.02


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundServer]:
    with sound_server(tmp_path_factory.mktemp("pulse")) as running:
        yield running


@pytest.mark.slow
@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "aac"), ("a.mkv", "opus")])
def test_clicks_are_heard_when_the_performer_moves(server: SoundServer, tmp_path: Path, name: str, codec: str) -> None:
    record(server, tmp_path / name, 4.5)
    jumps, clicks, found_codec = jumps_and_clicks(tmp_path / name)
    assert found_codec == codec
    assert len(jumps) >= 3
    assert len(clicks) >= 3
    assert abs(float(np.median(offsets(tmp_path / name)))) <= TOLERANCE_S


@pytest.mark.slow
def test_the_time_that_the_camera_takes_is_corrected_by_hand(server: SoundServer, tmp_path: Path) -> None:
    record(server, tmp_path / "a.mov", 4.5, delivery_s=0.15)
    assert abs(float(np.median(offsets(tmp_path / "a.mov")))) <= TOLERANCE_S


def test_microphones_are_listed_and_opened_by_name(server: SoundServer) -> None:
    assert list_microphones() == [MICROPHONE]
    for which in (MICROPHONE, "testmicro", "mic.monitor", "default"):
        microphone = open_microphone(which)
        assert microphone.name == MICROPHONE
        assert microphone.read()[0].shape == (480,)
        microphone.close()
        microphone.close()
    with pytest.raises(MicrophoneError, match=f'known microphones: "{MICROPHONE}"'):
        open_microphone("headset")


def test_a_server_that_refuses_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    try:
        pulse._library()
    except MicrophoneError as error:
        pytest.skip(str(error))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/none")
    assert list_microphones() == []
    monkeypatch.setattr(pulse, "_connect", lambda key, error: setattr(error, "value", 1))
    with pytest.raises(MicrophoneError, match=r"does not let Puppet record \(access denied\); allow"):
        open_microphone("default")


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (44_100, 6)])
def test_a_device_of_another_rate_or_with_more_channels_is_converted(
    server: SoundServer, rate: int, channels: int
) -> None:
    server.add_source(rate, channels)
    microphone = open_microphone("odd")
    samples, _ = microphone.read()
    microphone.close()
    assert samples.shape == (480,)


def test_an_unplugged_microphone_is_silence_and_is_used_again(
    server: SoundServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    live = session(JumpingCamera(time.monotonic(), []))
    live.choose_microphone(MicrophoneOptions(MICROPHONE))
    try:
        live.start()
        until(lambda: live.status().microphone == MICROPHONE)
        live.start_recording(tmp_path / "a.mp4")
        server.unplug()
        until(lambda: "TestMicrophone" in live.status().message)
        server.plug_in()
        until(lambda: not live.status().message)
        assert live.stop_recording() == tmp_path / "a.mp4"
    finally:
        live.stop()
    [told] = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert "until then there is silence" in told
    with av.open(str(tmp_path / "a.mp4")) as container:
        sound_s = sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))
    with av.open(str(tmp_path / "a.mp4")) as container:
        *_, last = container.decode(video=0)
    assert sound_s == pytest.approx(last.time, abs=0.2)
