"""Headless Chromium with a fake camera, driven by its DevTools protocol; for tests that have one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Browser:
    """One page. Created by `open`; everything runs on one event loop."""

    def __init__(self, process: subprocess.Popen[str], http: aiohttp.ClientSession, socket: Any) -> None:
        self._process, self._http, self._socket, self._ids = process, http, socket, count(1)

    @classmethod
    async def open(cls, url: str, profile: Path, camera: Path) -> Browser:
        """Open `url`; `camera`: a .y4m or .mjpeg file that the fake camera plays."""
        assert CHROMIUM is not None
        options = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors",
            "--remote-debugging-port=0",
            "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--mute-audio",
            f"--use-file-for-fake-video-capture={camera}", f"--user-data-dir={profile}", "--window-size=540,900",
        ]  # fmt: skip
        process = subprocess.Popen([CHROMIUM, *options, url], stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        port = next(found[1] for line in process.stderr if (found := re.search(r"ws://127\.0\.0\.1:(\d+)/", line)))
        http = aiohttp.ClientSession()
        async with http.get(f"http://127.0.0.1:{port}/json") as response:
            pages = [page for page in json.loads(await response.text()) if page["type"] == "page"]
        return cls(process, http, await http.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0))

    async def call(self, method: str, **values: object) -> dict[str, Any]:
        number = next(self._ids)
        await self._socket.send_str(json.dumps({"id": number, "method": method, "params": values}))
        while (answer := json.loads(await self._socket.receive_str())).get("id") != number:
            pass
        result: dict[str, Any] = answer["result"]
        return result

    async def run(self, script: str) -> Any:
        """Return the value of a script; promises are awaited."""
        result = await self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return result["result"].get("value")

    async def close(self) -> None:
        await self._socket.close()
        await self._http.close()
        self._process.terminate()
        self._process.communicate()
