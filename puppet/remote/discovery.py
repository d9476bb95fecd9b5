"""Discovery of rendering machines in the local network, by multicast DNS (RFC 6763). Main thread; blocks.

What is found is a name and an address, of anybody who says so: only the pairing shows who answers there.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from zeroconf import Error, IPVersion, ServiceBrowser, ServiceInfo, ServiceListener, Zeroconf

from puppet.errors import RemoteError

_KIND = "_puppet._tcp.local."
_SETTLED_S = 0.5  # without a further answer

logging.getLogger("zeroconf").setLevel(logging.ERROR)  # it warns, with a traceback, whenever a network is down


@dataclass(frozen=True, slots=True)
class FoundMachine:
    """A machine that says that it renders.

    Attributes:
        name: as it calls itself.
        address: "ADDRESS:PORT", for `--remote`.
    """

    name: str
    address: str


@contextmanager
def announced(port: int, interfaces: list[str] | None = None) -> Iterator[None]:
    """Answer those who look for machines, until the block ends. `interfaces`: own addresses; None: all.

    Raises:
        RemoteError: the network does not allow it.
    """
    name = socket.gethostname().split(".")[0][:60]
    try:
        with _open(interfaces) as network:
            addresses = interfaces or sorted(_own_addresses())
            network.register_service(
                ServiceInfo(_KIND, f"{name}.{_KIND}", port, parsed_addresses=addresses), allow_name_change=True
            )
            yield
    except (OSError, Error) as error:
        raise RemoteError(f"This machine cannot be announced ({error}); start it without --announce") from error


def find_machines(wait_s: float = 3.0, interfaces: list[str] | None = None) -> list[FoundMachine]:
    """Return the machines that answer within `wait_s`. Raises RemoteError when the network does not allow to ask."""
    found: dict[str, FoundMachine] = {}
    heard = threading.Event()

    class Listener(ServiceListener):
        def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
            info = zc.get_service_info(type_, name, 2000)
            addresses = info.parsed_addresses(IPVersion.V4Only) or info.parsed_addresses() if info else []
            if info is not None and info.port and addresses:
                host = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
                found[name] = FoundMachine(name.removesuffix(f".{_KIND}"), f"{host}:{info.port}")
                heard.set()

        update_service = add_service

        def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
            found.pop(name, None)

    try:
        with _open(interfaces) as network:
            ServiceBrowser(network, _KIND, Listener())
            while heard.wait(wait_s):
                heard.clear()
                wait_s = _SETTLED_S
    except (OSError, Error) as error:
        raise RemoteError(f"The network cannot be asked for machines ({error}); name one") from error
    return sorted(found.values(), key=lambda machine: machine.name)


@contextmanager
def _open(interfaces: list[str] | None) -> Iterator[Zeroconf]:
    addresses = interfaces or sorted(_own_addresses())
    network = Zeroconf(addresses) if addresses else Zeroconf()
    try:
        yield network
    finally:
        network.close()


def _own_addresses() -> set[str]:
    """Return this machine's addresses that others can reach."""
    import ifaddr

    addresses = {
        ip.ip if isinstance(ip.ip, str) else ip.ip[0] for adapter in ifaddr.get_adapters() for ip in adapter.ips
    }
    return {address for address in addresses if not address.startswith(("127.", "::1", "fe80"))}
