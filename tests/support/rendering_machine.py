"""A rendering machine for tests: the real server, on its own event loop's thread, at a free port.

As a program, `python -m tests.support.rendering_machine FOLDER`, it writes its port and code, and serves until killed.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from aiohttp import web

from puppet.pipeline.puppeteer import Puppeteer
from puppet.remote.opening import close_studios
from puppet.remote.pairing import KnownMachines
from puppet.remote.seat import Seats
from puppet.remote.server import Server
from puppet.remote.signalling import Invitation
from puppet.remote.studio import Portraits, Studio
from puppet.remote.turns import FairTurns
from puppet.remote.web import Site, tls
from tests.support.fakes import make_puppeteer

PACK = ("fake", "ab" * 32)


class RenderingMachine:
    """Serves until `close`; `client` is a machine that was paired with it, or not yet."""

    def __init__(
        self, folder: Path, make: Callable[[], Puppeteer] = make_puppeteer, sessions: int = 1, port: int = 0
    ) -> None:
        self.folder, self.lines = folder, list[str]()
        turns, portraits = FairTurns(), Portraits()
        self.studios = [Studio(make(), turns, portraits) for _ in range(sessions)]
        self._loop, ready = asyncio.new_event_loop(), threading.Event()
        self._ended = asyncio.Event()
        self.known, self.port = KnownMachines(folder / "clients.json"), port
        self._thread = threading.Thread(
            target=lambda: self._loop.run_until_complete(self._serve(ready)), name="machine"
        )
        self._thread.start()
        ready.wait()

    async def _serve(self, ready: threading.Event) -> None:
        seats = Seats(self.studios, self.lines.append)
        self.server = Server(seats, self.known, PACK, self.lines.append)
        self.server.show_code()
        runner = web.AppRunner(self.server.application(), access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self.port = runner.addresses[0][1]
        page = web.AppRunner(Site(self.server, seats).application(), access_log=None)
        await page.setup()
        await web.TCPSite(page, "127.0.0.1", 0, ssl_context=tls(self.folder)).start()
        self.page_port = page.addresses[0][1]
        ready.set()
        await self._ended.wait()
        await seats.close()
        await runner.cleanup()
        await page.cleanup()

    def client(self, name: str = "client", *, paired: bool = True) -> Invitation:
        """Return an invitation as another machine would have it."""
        return invitation(self.folder / f"{name}.json", self.port, self.server.code if paired else "")

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        self._loop.close()
        close_studios(self.studios)


def invitation(keys: Path, port: int, code: str = "") -> Invitation:
    """Return an invitation of a machine that keeps its keys in `keys`, paired by `code` where there is one."""
    client = Invitation(f"127.0.0.1:{port}", *PACK, KnownMachines(keys))
    if code:
        asyncio.run(client.pair(code))
    return client


if __name__ == "__main__":
    machine = RenderingMachine(Path(sys.argv[1]), partial(make_puppeteer, size=(256, 144)))
    sys.stdout.write(f"{machine.port} {machine.server.code}\n")
    sys.stdout.flush()
    threading.Event().wait()
