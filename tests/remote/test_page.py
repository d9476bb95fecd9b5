"""The page for browsers: its files, login and offers; a real headless browser with a fake camera, if there is one."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import av
import numpy as np
import pytest

from puppet.remote import web
from puppet.remote.web import tls
from tests.support.browser import CHROMIUM, Browser
from tests.support.fakes import make_puppeteer
from tests.support.rendering_machine import RenderingMachine


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[RenderingMachine]:
    machine = RenderingMachine(tmp_path, lambda: make_puppeteer(size=(256, 144)))
    yield machine
    machine.close()


async def _ask(machine: RenderingMachine, path: str, values: dict[str, str] | None = None) -> tuple[int, str, str]:
    trusting = ssl.create_default_context(cafile=machine.folder / "certificate.pem")
    url = f"https://localhost:{machine.page_port}{path}"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusting)) as http:
        request = http.get(url) if values is None else http.post(url, json=values)
        async with request as response:
            return response.status, response.content_type, await response.text()


def test_the_page_is_served_and_nothing_beside_it(machine: RenderingMachine) -> None:
    for path, kind in (("/", "text/html"), ("/page.js", "text/javascript"), ("/page.css", "text/css")):
        assert asyncio.run(_ask(machine, path))[:2] == (200, kind)
    for path in ("/clients.json", "/../clients.json", "/%2e%2e%2fclients.json", "/certificate.pem"):
        assert asyncio.run(_ask(machine, path))[0] == 404


def test_only_the_code_lets_a_browser_in(machine: RenderingMachine) -> None:
    assert asyncio.run(_ask(machine, "/offer", {"token": "", "sdp": "v=0"}))[0] == 403
    assert asyncio.run(_ask(machine, "/login", {"code": "WRONG"}))[0] == 403
    code = machine.server.code
    status, _, text = asyncio.run(_ask(machine, "/login", {"code": code.lower().replace("-", " ")}))
    assert status == 200
    assert "token" in text
    assert asyncio.run(_ask(machine, "/login", {"code": code}))[0] == 403  # it served once


def test_the_certificate_is_kept(tmp_path: Path) -> None:
    tls(tmp_path)
    first = (tmp_path / "certificate.pem").read_bytes()
    tls(tmp_path)
    assert (tmp_path / "certificate.pem").read_bytes() == first
    (tmp_path / "certificate.pem").write_bytes(b"damaged")
    tls(tmp_path)
    assert (tmp_path / "certificate.pem").read_bytes() != first


def test_an_expired_certificate_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(web, "_LIFE", -datetime.timedelta(hours=1))
        tls(tmp_path)
    expired = (tmp_path / "certificate.pem").read_bytes()
    tls(tmp_path)
    assert (tmp_path / "certificate.pem").read_bytes() != expired


def _write_camera(path: Path) -> None:
    with av.open(path, "w", format="mjpeg") as out:
        video = out.add_stream("mjpeg", 30)
        assert isinstance(video, av.VideoStream)
        video.width, video.height, video.pix_fmt = 320, 240, "yuvj420p"
        for grey in range(30):
            picture = np.full((240, 320, 3), 60 + 4 * grey, np.uint8)
            out.mux(video.encode(av.VideoFrame.from_ndarray(picture).reformat(format="yuvj420p")))
        out.mux(video.encode(None))


async def _drive(machine: RenderingMachine, folder: Path) -> None:
    _write_camera(folder / "camera.mjpeg")
    browser = await Browser.open(f"https://localhost:{machine.page_port}/", folder / "profile", folder / "camera.mjpeg")

    async def until(condition: str) -> None:
        for _ in range(400):
            if await browser.run(condition):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{condition}: {await browser.run('document.body.innerText')}")

    try:
        await until("document.readyState === 'complete' && !!document.getElementById('code')")
        await browser.run(f"document.getElementById('code').value = '{machine.server.code}'")
        await browser.run("document.querySelector('#login button').click()")
        await until("document.body.dataset.p50 > 0")
        await until("document.getElementById('portrait').length > 1")
        await browser.run("document.getElementById('hide').click()")
        await until("document.getElementById('state').textContent.startsWith('Hidden')")
        await browser.run("location.reload()")
        await until("document.body.dataset.p50 > 0")  # the token is kept, and the seat is taken over
        assert not machine.studios[0].is_free
    finally:
        await browser.close()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_a_real_browser_is_driven_and_measures_its_latency(machine: RenderingMachine, tmp_path: Path) -> None:
    asyncio.run(_drive(machine, tmp_path))
