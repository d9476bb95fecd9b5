"""A rendering machine ends on a signal without interrupting its connections, and says that its port is in use."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from pathlib import Path

import pytest

from puppet.concurrency.signals import interrupt_on_signals
from puppet.config import EngineOptions, ServeOptions
from puppet.errors import RemoteError
from puppet.remote import opening
from puppet.remote.opening import _signal, serve


def test_a_signal_ends_the_service_and_no_task_of_a_connection() -> None:
    ended = list[str]()

    async def task() -> None:
        signal.raise_signal(signal.SIGTERM)
        await asyncio.sleep(0)
        ended.append("by itself")

    async def run() -> int:
        connection = asyncio.ensure_future(task())
        number = await _signal()
        await connection
        return number

    with interrupt_on_signals() as received:
        assert asyncio.run(run()) == signal.SIGTERM
    assert ended == ["by itself"]
    assert not received


def test_a_port_in_use_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(opening, "open_studios", lambda *_given: [])
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = taken.getsockname()[1]
        expected = f"^Port {port} cannot be used \\(Address already in use\\); choose another with --port$"
        with pytest.raises(RemoteError, match=expected):
            serve("face", EngineOptions(), ServeOptions(port=port), lambda line: None)


@pytest.mark.parametrize("module", ["seat", "server", "pairing", "discovery"])
def test_missing_packages_are_told_with_the_command_that_installs_them(
    monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setitem(sys.modules, f"puppet.remote.{module}", None)  # its import fails
    with pytest.raises(RemoteError, match=r"install them with pip install .*remote"):
        serve("face", EngineOptions(), ServeOptions(), lambda line: None)
