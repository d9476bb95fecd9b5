"""Threads whose exceptions are reported: one that ended silently would freeze the picture."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial

from puppet.errors import PuppetError

_log = logging.getLogger(__name__)


def guarded_thread(
    name: str, body: Callable[[], None], failed: Callable[[PuppetError], None], at_end: Callable[[], None]
) -> threading.Thread:
    """Return a thread that is not started yet.

    It is a daemon: a thread that hangs in a driver must not keep the program from ending.

    Args:
        name: without "puppet-".
        body: runs on the thread.
        failed: called with an exception of `body`, as an error of one line.
        at_end: called last.
    """
    return threading.Thread(target=partial(_run, name, body, failed, at_end), name=f"puppet-{name}", daemon=True)


def _run(
    name: str, body: Callable[[], None], failed: Callable[[PuppetError], None], at_end: Callable[[], None]
) -> None:
    try:
        body()
    except Exception as error:  # noqa: BLE001 - reported
        if not isinstance(error, PuppetError):
            _log.exception("%s failed", name)
            error = PuppetError(f"The {name} thread failed ({type(error).__name__}: {error}); report this error")
        failed(error)
    finally:
        at_end()
