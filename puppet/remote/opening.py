"""Opens both ends of remote rendering by name. Heavy imports happen inside: most sessions render here.

Any thread, but `serve`, which belongs to the main one.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from puppet.config import EngineOptions
from puppet.errors import RemoteError
from puppet.packs import open_pack

if TYPE_CHECKING:
    from puppet.remote.renderer import RemoteRenderer
    from puppet.remote.server import Server
    from puppet.remote.signalling import Invitation

_MISSING = "Rendering on another machine needs more packages; run: pip install 'puppet[remote]'"


def check_address(address: str) -> None:
    """Raise ConfigError if `address` is none, RemoteError if packages are missing."""
    try:
        from puppet.remote.signalling import parse_address
    except ImportError as error:
        raise RemoteError(_MISSING) from error
    parse_address(address)


def open_remote(address: str, pack: str) -> RemoteRenderer:
    """Return the renderer on another machine; it connects when it is started.

    Raises:
        ConfigError: the address is none, or the keys of paired machines cannot be read.
        RemoteError: packages are missing.
    """
    invitation = _invitation(address, pack)
    from puppet.remote.connection import Connection
    from puppet.remote.renderer import RemoteRenderer

    return RemoteRenderer(Connection(invitation))


def pair(address: str, code: str, pack: str) -> None:
    """Pair this machine with one that renders.

    Raises:
        ConfigError: the address is none, or the key cannot be kept.
        RemoteError: it cannot be reached, or the code is wrong.
    """
    asyncio.run(_invitation(address, pack).pair(code))


def _invitation(address: str, pack: str) -> Invitation:
    try:
        from puppet.remote.pairing import known_servers
        from puppet.remote.signalling import Invitation
    except ImportError as error:
        raise RemoteError(_MISSING) from error
    found = open_pack(pack)
    return Invitation(address, found.name, found.digest, known_servers())


def serve(
    pack: str, engine: EngineOptions, port: int, sessions: int, tell: Callable[[str], None], *, page: bool = False
) -> None:
    """Render for other machines until KeyboardInterrupt; blocks.

    Args:
        pack: name or folder.
        engine: runs it.
        port: TCP port of the signalling.
        sessions: clients at the same time.
        tell: shows a line to the user.
        page: serve the page for browsers, too, over HTTPS at the next port.

    Raises:
        PackError, EngineError, TrackingError: the pack cannot run.
        RemoteError: the port is taken, or packages are missing.
        ConfigError: the keys of paired machines cannot be read.
    """
    try:
        from puppet.remote.pairing import known_clients
        from puppet.remote.server import Server
        from puppet.remote.studio import Studio
    except ImportError as error:
        raise RemoteError(_MISSING) from error
    from puppet.pipeline.layered_portraits import OwnPixels
    from puppet.pipeline.opening import open_puppeteer

    found, known = open_pack(pack), known_clients()
    studios: list[Studio] = []
    try:
        for _ in range(sessions):
            studios.append(Studio(open_puppeteer(pack, engine, own_pixels=OwnPixels.LATER)))
        server = Server(studios, known, (found.name, found.digest), tell)
        asyncio.run(_serve(server, port, tell, page=page))
    finally:
        for studio in studios:
            studio.close()


async def _serve(server: Server, port: int, tell: Callable[[str], None], *, page: bool) -> None:
    """Answer at `port`, and `port` + 1 for browsers, on every interface until it is cancelled. Raises RemoteError."""
    from aiohttp import web

    from puppet.remote.web import Site, tls

    runners = [web.AppRunner(server.application(), access_log=None)]
    if page:
        runners.append(web.AppRunner(Site(server).application(), access_log=None))
    try:
        for number, runner in enumerate(runners):
            await runner.setup()
            await web.TCPSite(runner, port=port + number, ssl_context=tls() if number else None).start()
        tell(f"Rendering for other machines at port {port}; Ctrl-C ends it")
        if page:
            tell(f"For browsers: https://{socket.gethostname()}:{port + 1}/")
        server.show_code()
        await asyncio.Event().wait()
    except OSError as error:
        raise RemoteError(f"Port {port} cannot be used ({error.strerror}); choose another with --port") from error
    finally:
        for runner in runners:
            await runner.cleanup()
