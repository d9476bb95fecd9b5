"""Many rendering machines behind one address: an application of Ray Serve. Needs the extra `farm`.

    client ── greeting, pairing, offer ──► Gate, one replica, its own port
                                             │ one request for each session, as long as it lasts
                                             ▼
    client ◄═ poses up, video down ═════► Renderer, one replica for each machine or GPU

A request names the portrait as its multiplexed model, so Serve prefers a replica that has it. Sessions count as ongoing
requests: Serve places them where there are fewest, takes no more than `sessions` for each replica, and waits for them
before it ends one; what is left after that is told to connect again. Media never passes the gate.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from puppet.config import EngineOptions, ServeOptions
from puppet.errors import RemoteError
from puppet.packs import open_pack
from puppet.remote.opening import close_studios, open_studios, port_error

if TYPE_CHECKING:
    from puppet.remote.studio import Studio

NAME = "puppet"
_ANSWER_S = 8.0  # a replica that has a place answers in less
_METRICS_S = 1.0
_GAUGES = {
    "puppet_sessions": "Sessions of a replica.",
    "puppet_portraits": "Prepared portraits that a replica holds.",
    "puppet_fps": "Pictures that a replica paints in a second.",
    "puppet_paint_ms": "Mean time of the newest picture of each session, with the wait for its turn.",
    "puppet_dropped": "Poses that newer ones have replaced, since the start.",
}
_log = logging.getLogger(__name__)


class Renderer:
    """A replica: studios that share an engine, and the connections of their clients."""

    def __init__(
        self,
        pack: str,
        engine: EngineOptions,
        options: ServeOptions,
        make: Callable[[str, EngineOptions, int], list[Studio]] = open_studios,
    ) -> None:
        """Open the pack; arguments and errors as of `serve`. `make` opens the studios."""
        from ray.util.metrics import Gauge  # type: ignore[import-not-found, unused-ignore] # of the extra "farm"

        from puppet.remote.seat import Seats

        self._studios = make(pack, engine, options.sessions)
        self._seats = Seats(self._studios, _log.info, options.ice)
        self._gauges = {name: Gauge(name, text) for name, text in _GAUGES.items()}
        self._painted = 0
        self._counting: asyncio.Future[None] | None = None

    async def session(self, client: str, sdp: str) -> AsyncIterator[str]:
        """Yield the answer to a session description, then last as long as the session."""
        from ray import serve  # type: ignore[import-not-found, unused-ignore]

        self._counting = self._counting or asyncio.ensure_future(self._count())
        if portrait := serve.get_multiplexed_model_id():
            await self.warm(portrait)
        async for answer in self._seats.session(client, sdp):
            yield answer

    async def warm(self, portrait: str) -> str:
        """Tell Serve that this replica has a portrait, or is about to get it."""
        return portrait

    async def _count(self) -> None:
        while True:
            painted, busy = sum(studio.painted for studio in self._studios), [s for s in self._studios if not s.is_free]
            values = {
                "puppet_sessions": len(self._seats),
                "puppet_portraits": self._studios[0].portraits,
                "puppet_fps": (painted - self._painted) / _METRICS_S,
                "puppet_paint_ms": sum(studio.paint_ms for studio in busy) / max(1, len(busy)),
                "puppet_dropped": sum(studio.dropped for studio in self._studios),
            }
            for name, value in values.items():
                self._gauges[name].set(value)
            self._painted = painted
            await asyncio.sleep(_METRICS_S)

    async def __del__(self) -> None:  # Serve awaits it when it ends a replica
        await self._seats.close()
        close_studios(self._studios)


class Gate:
    """Answers clients at its own port, and asks a replica for each session."""

    def __init__(self, renderer: Any, pack: str, port: int) -> None:
        """Listen at `port` of every interface; `renderer`: handle of the other deployment."""
        from puppet.remote.pairing import known_clients
        from puppet.remote.server import Server

        found = open_pack(pack)
        self._renderer = renderer.options(stream=True)
        self._server = Server(self, known_clients(), (found.name, found.digest), _log.info)
        self._server.show_code()
        self._running: set[asyncio.Future[None]] = set()
        self._listening = asyncio.ensure_future(self._listen(port))

    async def code(self) -> str:
        """Return the pairing code. Raises RemoteError when the port is taken."""
        await self._listening
        return self._server.code

    async def answer(self, client: str, sdp: str, portrait: str) -> str:
        """Begin a session on a replica; see `server.Sessions`."""
        from puppet.remote.seat import FullError

        stream = self._renderer.options(multiplexed_model_id=portrait).session.remote(client, sdp)
        try:
            answer: str = await asyncio.wait_for(anext(stream), _ANSWER_S)
        except TimeoutError as error:
            stream.cancel()
            raise FullError("All sessions of all machines are taken; wait, or start more replicas") from error
        except Exception as error:
            raise RemoteError(" ".join(str(error).splitlines()[-1:]) or "The machine is lost; try again") from error
        task = asyncio.ensure_future(_drain(stream))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return answer

    async def _listen(self, port: int) -> None:
        from aiohttp import web

        runner = web.AppRunner(self._server.application(), access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, port=port).start()
        except OSError as error:
            raise port_error(port, error) from error


async def _drain(stream: Any) -> None:
    """Follow a session to its end, so that its request goes on."""
    with suppress(Exception):
        async for _ in stream:
            pass


def serve_on_cluster(
    pack: str, engine: EngineOptions, options: ServeOptions, replicas: int, tell: Callable[[str], None]
) -> None:
    """Run the application on the cluster that this process is connected to until KeyboardInterrupt; blocks.

    Arguments as of `deploy`; `tell` shows each pairing code.
    """
    from ray import serve  # type: ignore[import-not-found, unused-ignore]

    gate, code = deploy(pack, engine, options, replicas), ""
    try:
        while True:
            if (new := gate.code.remote().result()) != code:
                code = new
                tell(f"Pairing code: {code}")
            time.sleep(_METRICS_S)
    finally:
        serve.shutdown()


def deploy(
    pack: str,
    engine: EngineOptions,
    options: ServeOptions,
    replicas: int,
    *,
    drain_s: float = 60.0,
    renderer: type[Renderer] = Renderer,
) -> Any:
    """Run the application on the cluster that this process is connected to; return the gate's handle.

    Args:
        pack: name or folder.
        engine: runs it.
        options: port of the gate, sessions of each replica, STUN and TURN servers.
        replicas: number of renderers.
        drain_s: time for sessions to end before their replica does.
        renderer: body of a renderer.
    """
    from ray import serve  # type: ignore[import-not-found, unused-ignore]

    class Placed(renderer):  # type: ignore[misc, valid-type]
        """A renderer whose portraits Serve knows."""

        warm = serve.multiplexed(max_num_models_per_replica=8 * options.sessions)(renderer.warm)

    renderers = serve.deployment(
        name="renderer",
        num_replicas=replicas,
        max_ongoing_requests=options.sessions,
        graceful_shutdown_timeout_s=drain_s,
    )(Placed)
    gate = serve.deployment(name="gate", max_ongoing_requests=1000)(Gate)
    serve.start(proxy_location="Disabled")  # the gate has a port of its own
    return serve.run(gate.bind(renderers.bind(pack, engine, options), pack, options.port), name=NAME, route_prefix=None)
