"""A rendering machine ends on a signal without interrupting the tasks of its connections."""

from __future__ import annotations

import asyncio
import signal

from puppet.concurrency.signals import interrupt_on_signals
from puppet.remote.opening import _signal


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
