"""The commands `serve` and `pair`. Registered in main.py; heavy imports happen inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from puppet.cli.parameters import EngineParameters, PackOption, ice_option
from puppet.cli.typer_adapter import given, option, takes_options
from puppet.config import REMOTE_PORT, EngineOptions, IceServer, ServeOptions


@dataclass(frozen=True, slots=True)
class ServeParameters:
    """Service."""

    port: int = option(
        "--port",
        "P",
        "TCP port; video and motion use UDP ports of the system's choice.",
        default=REMOTE_PORT,
        within=(1, 65535),
    )
    web: bool = option(
        "--web", None, "Serve a page for browsers, too, at the next port: a phone as camera and screen.", default=False
    )
    sessions: int = option(
        "--sessions", "N", "Clients at the same time; they share the engine fairly.", default=1, within=(1, 64)
    )
    ice: tuple[IceServer, ...] | None = ice_option()
    on: str = option(
        "--on", "local|auto|ray://HOST:PORT", "Render here, or on replicas in a Ray cluster.", default="local"
    )
    replicas: int = option(
        "--replicas", "N", "Replicas in the cluster, each with --sessions.", default=1, within=(1, 10_000)
    )
    announce: bool = option(
        "--announce", None, "Let other machines in the local network find this one (multicast DNS).", default=False
    )


@takes_options(EngineOptions())
def serve(*, pack: PackOption = "face", engine: EngineParameters, service: ServeParameters) -> int:
    """Render for another machine, which keeps its camera and sends motion only; shows the code that pairs them."""
    from puppet.cli.console import tell
    from puppet.remote.opening import serve as answer

    options, chosen = given(ServeOptions(), service), given(EngineOptions(), engine)
    if service.on == "local":
        answer(pack, chosen, options, tell)
    else:
        from puppet.offline.farm import connected
        from puppet.remote.ray_serve import serve_on_cluster

        connected(service.on)
        serve_on_cluster(pack, chosen, options, service.replicas, tell)
    return 0


def pair(
    host: Annotated[
        str | None,
        typer.Argument(
            metavar="HOST[:PORT]",
            help="The machine where `puppet serve` runs; without one, an announced one is looked for.",
        ),
    ] = None,
    code: Annotated[str, typer.Option(help="The code that it shows.", show_default="asked for")] = "",
    pack: PackOption = "face",
) -> int:
    """Pair this machine with one that renders; needed once."""
    from puppet.cli.console import tell
    from puppet.remote.opening import find_machine
    from puppet.remote.opening import pair as make_key

    host = host or find_machine(tell)
    make_key(host, code or typer.prompt("Pairing code"), pack)
    tell(f"Paired; render there with --remote {host}")
    return 0
