"""The API's server: connections, limits, authentication, events. One thread of its own, `puppet-api`.

Loopback only. A browser sends the page's origin with every connection, and those are refused: a web page cannot
control Puppet, whatever it knows. Everything a client sends is bounded: its size, its rate, the connections together.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request as HttpRequest
from websockets.http11 import Response as HttpResponse
from websockets.typing import Origin

from puppet import __version__
from puppet.api.host import ApiHost, HostState
from puppet.api.messages import (
    ApiError,
    ErrorId,
    Plugin,
    Request,
    Subscription,
    decode,
    encode,
    encode_error,
)
from puppet.api.requests import HANDLERS, model_event, statistics, status_event, tracking_event
from puppet.errors import ConfigError, PuppetError
from puppet.schema import validate
from puppet.userdata.api_grants import ApiGrants, Grant

DEFAULT_PORT = 8001
"""VTube Studio's."""
_ORIGINS = (None, Origin("file://"))  # programs send none; plug-ins of Stream Deck are local pages
_MOST_CONNECTIONS = 8
_MOST_BYTES = 256 << 10  # a request for a token may carry an icon
_RATE_HZ, _BURST = 120.0, 240.0
_HOST_S = 5.0
_PERMISSION_S = 120.0
_SEND_S = 2.0
_STOP_S = 1.0
_TICK_S = 1 / 30
_UNREAD = 16

T = TypeVar("T")
_log = logging.getLogger(__name__)

_EVENTS: dict[str, Callable[[HostState], dict[str, Any]]] = {
    "ModelLoadedEvent": model_event,
    "TrackingStatusChangedEvent": tracking_event,
    "PuppetStatusEvent": status_event,
}
"""Events by name; but for the last, which comes at a rate, they are sent when their data have changed."""


@dataclass(eq=False)
class _Client:
    """One connection.

    Attributes:
        connection: of the client.
        allowance: requests it may send at once.
        refilled_s: when the allowance was computed.
        grant: the plug-in it authenticated as; None before.
        events: subscriptions by name.
        sent: the data of each event last sent, and when.
    """

    connection: ServerConnection
    allowance: float = _BURST
    refilled_s: float = field(default_factory=time.monotonic)
    grant: Grant | None = None
    events: dict[str, Subscription] = field(default_factory=dict)
    sent: dict[str, tuple[dict[str, Any], float]] = field(default_factory=dict)

    def may_ask(self) -> bool:
        """Count one request; return False if there were too many."""
        now_s = time.monotonic()
        self.allowance = min(self.allowance + _RATE_HZ * (now_s - self.refilled_s), _BURST) - 1
        self.refilled_s = now_s
        return self.allowance >= 0


class ApiServer:
    """Serves one host. `start` and `stop` on any thread."""

    def __init__(
        self,
        host: ApiHost,
        grants: ApiGrants,
        post: Callable[[Callable[[], None]], None],
        *,
        port: int = DEFAULT_PORT,
        granted: Callable[[], None] = lambda: None,
    ) -> None:
        """Nothing is opened before `start`.

        Args:
            host: is controlled.
            grants: the plug-ins that are allowed.
            post: runs a function on the host's thread, soon.
            port: on the loopback interface; 0: any free one.
            granted: called on the host's thread when a plug-in was allowed.
        """
        self._host, self._grants, self._post, self._granted = host, grants, post, granted
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="puppet-api", daemon=True)
        self._stopping = asyncio.Event()
        self._opened: Future[None] = Future()
        self._clients: set[_Client] = set()
        self._started_s = time.monotonic()
        self._asking = False

    def start(self) -> None:
        """Listen; blocks for milliseconds. Raises ConfigError if the port is taken."""
        self._thread.start()
        try:
            self._opened.result(_HOST_S)
        except OSError as error:
            raise ConfigError(
                f"Port {self.port} cannot be opened for the API: {error.strerror or error}; choose another port, or "
                "close the program that has it"
            ) from error

    def stop(self) -> None:
        """Close every connection and end the thread; blocks, at most a second."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(_STOP_S)

    @property
    def connected(self) -> int:
        """Number of connections."""
        return len(self._clients)

    def disconnect(self, grant: Grant) -> None:
        """Close the connections of a plug-in that is allowed no longer."""
        for client in list(self._clients):
            if client.grant == grant:
                asyncio.run_coroutine_threadsafe(client.connection.close(1008, "revoked"), self._loop)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        async with AsyncExitStack() as stack:
            try:
                sockets = _loopback(self.port)
            except OSError as error:
                self._opened.set_exception(error)
                return
            self.port = sockets[0].getsockname()[1]
            for each in sockets:
                await stack.enter_async_context(
                    serve(
                        self._handle,
                        sock=each,
                        origins=_ORIGINS,
                        process_request=self._admit,
                        compression=None,
                        close_timeout=_STOP_S / 2,
                        max_size=_MOST_BYTES,
                        max_queue=_UNREAD,
                        server_header=None,
                    )
                )
            events = asyncio.create_task(self._send_events())
            self._opened.set_result(None)
            await self._stopping.wait()
            events.cancel()

    def _admit(self, connection: ServerConnection, request: HttpRequest) -> HttpResponse | None:
        if len(self._clients) >= _MOST_CONNECTIONS:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections\n")
        return None

    async def _handle(self, connection: ServerConnection) -> None:
        """Answer one client, request by request, until it leaves."""
        client = _Client(connection)
        self._clients.add(client)
        try:
            async for message in connection:
                if not client.may_ask():
                    refusal = ApiError(ErrorId.TOO_MANY_REQUESTS, f"More than {_RATE_HZ:g} requests a second")
                    await self._send(client, encode_error(refusal))
                    await connection.close(1008, "too many requests")
                    return
                text = message if isinstance(message, str) else message.decode(errors="replace")
                await self._send(client, await self._answer(client, text))
        except ConnectionClosed:
            pass
        finally:
            self._clients.discard(client)

    async def _send(self, client: _Client, text: str) -> None:
        """Send; a client that does not read is dropped."""
        try:
            await asyncio.wait_for(client.connection.send(text), _SEND_S)
        except TimeoutError:
            client.connection.transport.abort()

    async def _answer(self, client: _Client, text: str) -> str:
        identity = ""
        try:
            request = decode(text)
            identity = request.requestID
            kind = request.messageType.removesuffix("Request")
            return encode(f"{kind}Response", await self._data(client, kind, request), identity)
        except ApiError as error:
            return encode_error(error, identity)
        except PuppetError as error:
            return encode_error(ApiError(ErrorId.VALUE_INVALID, str(error)), identity)
        except TimeoutError:
            return encode_error(ApiError(ErrorId.INTERNAL, "Puppet is busy; try again"), identity)
        except Exception:  # noqa: BLE001 - one request must not end the server
            _log.exception("A request of the API failed")
            return encode_error(ApiError(ErrorId.INTERNAL, "Puppet failed; see its log"), identity)

    async def _data(self, client: _Client, kind: str, request: Request) -> dict[str, Any]:
        """Return the data of an answer."""
        if kind == "APIState":
            version, known = f"Puppet {__version__}", client.grant is not None
            return {"active": True, "vTubeStudioVersion": version, "currentSessionAuthenticated": known}
        if kind == "AuthenticationToken":
            return {"authenticationToken": await self._grant(_data(Plugin, request, ErrorId.PLUGIN_NAME_INVALID))}
        if kind == "Authentication":
            return self._authenticate(client, _data(Plugin, request, ErrorId.PLUGIN_NAME_INVALID))
        known = kind in HANDLERS or kind in ("Statistics", "EventSubscription")
        if not known or not request.messageType.endswith("Request"):
            raise ApiError(ErrorId.TYPE_UNKNOWN, f"{request.messageType[:60]!r}: Puppet has no such request")
        if client.grant is None or client.grant not in self._grants.grants:
            raise ApiError(ErrorId.NEEDS_AUTHENTICATION, "Authenticate first, with a token granted in Puppet")
        if kind == "EventSubscription":
            return _subscribe(client, _data(Subscription, request))
        if kind == "Statistics":
            state = await self._on_host(self._host.state)
            uptime_ms = int(1000 * (time.monotonic() - self._started_s))
            allowed, connected = len(self._grants.grants), len(self._clients)
            return statistics(state, uptime_ms=uptime_ms, allowed=allowed, connected=connected)
        handler = HANDLERS[kind]
        data: object = _data(handler.data, request)
        return await self._on_host(lambda: handler.answer(self._host, data))

    def _authenticate(self, client: _Client, plugin: Plugin) -> dict[str, Any]:
        allowed = self._grants.allows(plugin.pluginName, plugin.pluginDeveloper, plugin.authenticationToken)
        names = plugin.pluginName, plugin.pluginDeveloper
        found = (each for each in self._grants.grants if (each.plugin, each.developer) == names)
        client.grant = next(found, None) if allowed else None
        reason = "Token valid" if allowed else "The token is unknown or was revoked; ask for another one"
        return {"authenticated": allowed, "reason": reason}

    async def _grant(self, plugin: Plugin) -> str:
        """Ask the person; return the new token."""
        if self._asking:
            raise ApiError(ErrorId.TOKEN_ASKED_ALREADY, "Another plug-in is waiting for an answer; try again")
        self._asking = True
        answered: Future[bool] = Future()

        def answer(allowed: bool) -> None:
            if not answered.done():
                answered.set_result(allowed)

        try:
            names = plugin.pluginName, plugin.pluginDeveloper
            await self._on_host(lambda: self._host.ask_permission(*names, answer))
            if not await asyncio.wait_for(asyncio.wrap_future(answered), _PERMISSION_S):
                raise ApiError(ErrorId.TOKEN_DENIED, "Access was denied in Puppet")
            return await self._on_host(lambda: self._keep_grant(*names))
        except TimeoutError as error:
            raise ApiError(ErrorId.TOKEN_DENIED, "Nobody answered in Puppet; ask again") from error
        finally:
            self._asking = False

    def _keep_grant(self, plugin: str, developer: str) -> str:
        token = self._grants.grant(plugin, developer)
        self._granted()
        return token

    async def _on_host(self, work: Callable[[], T]) -> T:
        """Run `work` on the host's thread and return its result. Raises TimeoutError."""
        done: Future[T] = Future()

        def run() -> None:
            if not done.set_running_or_notify_cancel():
                return
            try:
                done.set_result(work())
            except Exception as error:  # noqa: BLE001 - belongs to the request
                done.set_exception(error)

        self._post(run)
        return await asyncio.wait_for(asyncio.wrap_future(done), _HOST_S)

    async def _send_events(self) -> None:
        """Send each client the events it subscribed to."""
        while True:
            await asyncio.sleep(_TICK_S)
            listening = [client for client in self._clients if client.events and client.grant in self._grants.grants]
            if not listening:
                continue
            try:
                state = await self._on_host(self._host.state)
            except (TimeoutError, PuppetError):
                continue
            for client in listening:
                await self._send_due(client, state)

    async def _send_due(self, client: _Client, state: HostState) -> None:
        now_s = time.monotonic()
        for name, subscription in list(client.events.items()):
            data = _EVENTS[name](state)
            before, sent_s = client.sent.get(name, ({}, 0.0))
            due = now_s - sent_s >= 1 / subscription.config.rate if name == "PuppetStatusEvent" else data != before
            if due:
                client.sent[name] = data, now_s
                try:
                    await self._send(client, encode(name, data))
                except ConnectionClosed:
                    return


def _loopback(port: int) -> list[socket.socket]:
    """Return sockets bound to both loopback addresses, because "localhost" may mean either. Raises OSError."""
    sockets = [_bound(socket.AF_INET, "127.0.0.1", port)]
    with suppress(OSError):  # there may be no IPv6
        sockets.append(_bound(socket.AF_INET6, "::1", sockets[0].getsockname()[1]))
    return sockets


def _bound(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name != "nt":  # there it would share the port with another program
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((address, port))
    except OSError:
        bound.close()
        raise
    return bound


def _data(kind: type[T], request: Request, invalid: ErrorId = ErrorId.VALUE_INVALID) -> T:
    """Return the data of a request, checked; unknown keys are ignored."""
    given = {key: value for key, value in (request.data or {}).items() if value is not None}
    try:
        return validate(kind, given, "data", ConfigError, unknown="ignore")
    except ConfigError as error:
        raise ApiError(invalid, str(error)) from error


def _subscribe(client: _Client, subscription: Subscription) -> dict[str, Any]:
    name = subscription.eventName
    if name and name not in _EVENTS:
        raise ApiError(ErrorId.EVENT_UNKNOWN, f"There is no event {name!r}; known here: {', '.join(_EVENTS)}")
    for each in [name] if name else list(_EVENTS):
        client.sent.pop(each, None)
        if subscription.subscribe:
            client.events[each] = subscription
        else:
            client.events.pop(each, None)
    return {"subscribedEventCount": len(client.events), "subscribedEvents": list(client.events)}
