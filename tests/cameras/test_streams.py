"""Cameras read by FFmpeg: addresses on the network, and the screen."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from puppet.cameras.base import Camera
from puppet.cameras.opening import open_camera
from puppet.cameras.streams import StreamCamera, is_stream, stream_source
from puppet.config import CameraOptions
from puppet.errors import CameraError


class _Phone(BaseHTTPRequestHandler):
    """Sends 30 pictures as a phone's camera app does, then ends."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        for number in range(30):
            content = io.BytesIO()
            left = Image.new("RGB", (160, 120), (200, 30, 30))
            left.paste((30, 30, 200), (80, 0, 160, 120))
            left.paste((number, number, number), (0, 0, 8, 8))
            left.save(content, "JPEG")
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {content.tell()}\r\n\r\n"
            try:
                self.wfile.write(head.encode() + content.getvalue() + b"\r\n")
            except OSError:
                return

    def log_message(self, *_given: object) -> None:
        """Write nothing."""


def _read_all(camera: Camera) -> None:
    for _ in range(40):
        camera.read(1.0)


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Phone) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/video"
        server.shutdown()
        thread.join()


def test_a_phones_address_is_a_camera(address: str) -> None:
    camera = open_camera(address)
    frame = camera.read(1.0)
    assert frame is not None
    assert (camera.size, frame.image.shape) == ((160, 120), (120, 160, 3))
    assert frame.image[60, 30, 0] > 150
    camera.close()
    assert camera.read(1.0) is None


def test_its_picture_is_turned_and_flipped(address: str) -> None:
    camera = open_camera(address, options=CameraOptions(turned_deg=90, flip=True))
    frame = camera.read(1.0)
    camera.close()
    assert frame is not None
    assert camera.size == (120, 160)
    assert frame.image[30, 60, 0] > 150  # red was left, is above
    assert frame.image[130, 60, 2] > 150


def test_the_end_of_a_stream_is_one_line_and_it_can_be_opened_again(address: str) -> None:
    camera = open_camera(address)
    with pytest.raises(CameraError, match="the pictures stopped"):
        _read_all(camera)
    again = camera.reopen()
    assert again.read(1.0) is not None
    again.close()


@pytest.mark.parametrize("which", ["http://", "screen:0,0", "screen:0,0,99999x2", "screen:a,b,cxd"])
def test_a_source_that_makes_no_sense_is_one_line_before_anything_is_opened(which: str) -> None:
    assert is_stream(which)
    with pytest.raises(CameraError, match="expected"):
        stream_source(which)


def test_an_address_where_nobody_answers_is_one_line() -> None:
    with pytest.raises(CameraError, match="check address and network"):
        StreamCamera(stream_source("http://127.0.0.1:1/video"))


def test_a_password_in_an_address_is_not_shown() -> None:
    assert "secret" not in stream_source("rtsp://me:secret@10.0.0.7/live").name


def test_a_playlist_cannot_make_the_stream_read_files() -> None:
    options = dict(stream_source("http://10.0.0.7/list.m3u8").options)
    assert "file" not in options["protocol_whitelist"]


def test_pictures_too_large_are_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr("puppet.cameras.streams._LARGEST_PX", 100)
    with pytest.raises(CameraError, match="160x120 pixels"):
        open_camera(address)


def test_frames_are_writable_copies_of_their_own(address: str) -> None:
    camera = open_camera(address)
    first, second = camera.read(1.0), camera.read(1.0)
    camera.close()
    assert first is not None
    assert second is not None
    assert not np.shares_memory(first.image, second.image)
