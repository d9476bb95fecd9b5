"""The log of the window: a rotating file in the platform's place. Any thread."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

import platformdirs

_MAX_BYTES = 1 << 20
_KEPT = 3
_SHOWN_BYTES = 64 << 10


def log_path() -> Path:
    """Return the path of the log."""
    return platformdirs.user_log_path("puppet", appauthor=False) / "puppet.log"


def start_log() -> logging.Handler | None:
    """Write warnings and what Puppet tells to the log from now on; None if the folder cannot be written."""
    try:
        log_path().parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(log_path(), maxBytes=_MAX_BYTES, backupCount=_KEPT, encoding="utf-8", delay=True)
    except OSError:
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.setLevel(logging.WARNING)
    logging.getLogger().addHandler(handler)
    return handler


def stop_log(handler: logging.Handler | None) -> None:
    """Close the log."""
    if handler is not None:
        logging.getLogger().removeHandler(handler)
        handler.close()


def read_log() -> str:
    """Return the end of the log, or "" without one."""
    try:
        with log_path().open("rb") as file:
            file.seek(max(0, log_path().stat().st_size - _SHOWN_BYTES))
            return file.read(_SHOWN_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
