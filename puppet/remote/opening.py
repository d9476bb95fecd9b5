"""Opens both ends of remote rendering by name. Heavy imports happen inside: most sessions render here.

Any thread, but `serve`, which belongs to the main one.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

from puppet.concurrency.signals import on_signals
from puppet.config import EngineOptions, LiveOptions, ServeOptions
from puppet.controls import Framing
from puppet.errors import RemoteError
from puppet.installation import install_command
from puppet.packs import open_pack

if TYPE_CHECKING:
    from puppet.remote.discovery import FoundMachine
    from puppet.remote.renderer import RemoteRenderer
    from puppet.remote.seat import Seats
    from puppet.remote.server import Server
    from puppet.remote.signalling import Invitation
    from puppet.remote.studio import Studio

_MISSING = f"Rendering on another machine needs more packages; install them with {install_command('remote')}"


@contextmanager
def _packages() -> Iterator[None]:
    """Raise RemoteError for packages of the extra `remote` that an import in the block does not find."""
    try:
        yield
    except ImportError as error:
        raise RemoteError(_MISSING) from error


def check_address(address: str) -> None:
    """Raise ConfigError if `address` is none, RemoteError if packages are missing."""
    with _packages():
        from puppet.remote.signalling import parse_address
    parse_address(address)


def open_remote(options: LiveOptions) -> RemoteRenderer:
    """Return the renderer on the machine `options.remote`; it connects when it is started.

    Raises:
        ConfigError: the address is none, or the keys of paired machines cannot be read.
        RemoteError: packages are missing.
    """
    invitation = _invitation(options.remote or "", options.pack)
    with _packages():
        from puppet.remote.connection import Connection
        from puppet.remote.renderer import RemoteRenderer
    return RemoteRenderer(Connection(invitation, options.ice), options.fallback)


def pair(address: str, code: str, pack: str) -> None:
    """Pair this machine with one that renders.

    Raises:
        ConfigError: the address is none, or the key cannot be kept.
        RemoteError: it cannot be reached, or the code is wrong.
    """
    asyncio.run(_invitation(address, pack).pair(code))


def find_machine(tell: Callable[[str], None]) -> str:
    """Return the address of the only machine that is announced in the local network.

    Raises:
        RemoteError: there is none, there are several, or see `find_machines`.
    """
    found = find_machines()
    names = ", ".join(f"{machine.name} ({machine.address})" for machine in found)
    if len(found) != 1:
        raise RemoteError(f"Found {names or 'no announced machine'}; name one, or start one with serve --announce")
    tell(f"Found {names}")
    return found[0].address


def find_machines() -> list[FoundMachine]:
    """Return the machines that are announced in the local network; blocks for some seconds.

    Raises:
        RemoteError: the network does not allow to ask, or packages are missing.
    """
    with _packages():
        from puppet.remote import discovery
    return discovery.find_machines()


def _invitation(address: str, pack: str) -> Invitation:
    with _packages():
        from puppet.remote.pairing import known_servers
        from puppet.remote.signalling import Invitation
    found = open_pack(pack)
    return Invitation(address, found.name, found.digest, known_servers())


def open_studios(pack: str, engine: EngineOptions, sessions: int) -> list[Studio]:
    """Return one studio for each session; they share an engine, in fair turns, and the portraits.

    Raises:
        PackError, EngineError, TrackingError: the pack cannot run.
        RemoteError: packages are missing.
    """
    with _packages():
        from puppet.remote.studio import Portraits, Studio
        from puppet.remote.turns import FairTurns
    from puppet.pipeline.layered_portraits import OwnPixels
    from puppet.pipeline.opening import OpenedPack

    opened = OpenedPack(pack, engine, Framing.AUTO, None, OwnPixels.LATER)
    turns, portraits = FairTurns(), Portraits(8 * sessions)
    return [Studio(puppeteer, turns, portraits) for puppeteer in opened.puppeteers(sessions)]


def close_studios(studios: Sequence[Studio]) -> None:
    """End all studios and the engine that they share."""
    for studio in studios:
        studio.stop()
    for studio in studios:
        studio.close()


def serve(pack: str, engine: EngineOptions, options: ServeOptions, tell: Callable[[str], None]) -> None:
    """Render for other machines until KeyboardInterrupt; blocks.

    Args:
        pack: name or folder.
        engine: runs it.
        options: ports, sessions, and how clients reach this machine.
        tell: shows a line to the user.

    Raises:
        PackError, EngineError, TrackingError: the pack cannot run.
        RemoteError: the port is taken, or packages are missing.
        ConfigError: the keys of paired machines cannot be read.
    """
    with _packages():
        from puppet.remote.discovery import announced
        from puppet.remote.pairing import known_clients
        from puppet.remote.seat import Seats
        from puppet.remote.server import Server
    studios = open_studios(pack, engine, options.sessions)
    try:
        found = open_pack(pack)
        seats = Seats(studios, tell, options.ice)
        server = Server(seats, known_clients(), (found.name, found.digest), tell)
        with announced(options.port) if options.announce else nullcontext():
            number = asyncio.run(_serve(server, seats, options, tell))
    finally:
        close_studios(studios)
    signal.raise_signal(number)  # to the handler of the program


async def _serve(server: Server, seats: Seats, options: ServeOptions, tell: Callable[[str], None]) -> int:
    """Answer at the port, and the next for browsers, on every interface; return the signal that ends it.

    Raises:
        RemoteError: a port is taken.
    """
    from aiohttp import web

    from puppet.remote.web import Site, tls

    port, runners = options.port, [web.AppRunner(server.application(), access_log=None)]
    if options.web:
        runners.append(web.AppRunner(Site(server, seats).application(), access_log=None))
    try:
        for runner, context in zip(runners, (None, tls() if options.web else None), strict=False):
            await runner.setup()
            await web.TCPSite(runner, port=port, ssl_context=context).start()
            port += 1
        address = _own_address()
        tell(f"Rendering for other machines at {address}:{options.port}; Ctrl-C ends it")
        if options.web:
            tell(f"For browsers: https://{address}:{options.port + 1}/")
        server.show_code()
        return await _signal()
    except OSError as error:
        raise port_error(port, error) from error
    finally:
        await seats.close()
        for runner in runners:
            await runner.cleanup()


def _own_address() -> str:
    """Return the address by which other machines reach this one, as in a URL; its name when it has none.

    The system chooses it for addresses that are reserved for documentation (RFC 5737, RFC 3849); nothing is sent.
    """
    for family, example in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as unused:
            unused.connect((example, 9))
            address = unused.getsockname()[0]
            return f"[{address}]" if family is socket.AF_INET6 else str(address)
    return socket.gethostname()


def port_error(port: int, error: OSError) -> RemoteError:
    """Return the error about a port at which this machine cannot answer; asyncio's own text repeats the address."""
    reason = os.strerror(error.errno) if error.errno else error
    return RemoteError(f"Port {port} cannot be used ({reason}); choose another with --port")


async def _signal() -> int:
    """Wait for a signal that ends the program, and return its number.

    An exception of its handler would be raised inside the task that runs, and those of WebRTC would never end then.
    """
    loop = asyncio.get_running_loop()
    received: asyncio.Future[int] = loop.create_future()

    def end(number: int) -> None:
        loop.call_soon_threadsafe(received.set_result, number)

    with on_signals(end):
        return await received
