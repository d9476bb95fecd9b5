"""Checks of the engines: each opens the shipped pack and renders once, in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from puppet.config import ENGINES
from puppet.doctor.external_commands import NETWORKS, OPENVINO, Answer, Ask, ask, install, install_lock, probe
from puppet.doctor.packages import ONNXRUNTIME, Installed, installed, lock_of
from puppet.doctor.report import Finding, Level
from puppet.domain import EngineInfo
from puppet.installation import FORM, Form

TIMEOUT_S = 90.0
"""Seconds for the first start of a library on a cold disk, and a trial of which engine is fastest."""
_WHEELS = {"onnxruntime": ONNXRUNTIME}
_REPAIRS = {
    "onnxruntime": install_lock("requirements/cpu.txt"),
    "openvino": OPENVINO,
    "torch": install_lock("requirements/torch.txt") + (f" && {install('torch')}" if FORM is Form.SOURCE else ""),
}


def engines(ask: Ask = ask, installed: Installed = installed) -> Iterator[Finding]:
    """Check the engines, `auto` first: the default."""
    found = installed()
    chosen = findings_of(ask(probe("engine", "auto"), TIMEOUT_S))
    if info := engine_of(chosen):
        yield Finding("engines", "auto", Level.OK, str(info))
    else:
        yield Finding("engines", "auto", Level.BROKEN, chosen["error"], install_lock(lock_of(found)))
    for name in ENGINES:
        if name != "auto":
            yield _engine(name, found, ask)


def _engine(name: str, found: Mapping[str, str], ask: Ask) -> Finding:
    wheels = [wheel for wheel in _WHEELS.get(name, (name,)) if wheel in found]
    if not wheels:
        return Finding("engines", name, Level.MISSING, "not installed; optional", _REPAIRS.get(name, install(name)))
    version = f"{wheels[0]} {found[wheels[0]]}"
    answer = findings_of(ask(probe("engine", name), TIMEOUT_S))
    if info := engine_of(answer):
        return Finding("engines", name, Level.OK, f"{version}: {info}")
    return Finding("engines", name, Level.WARNING, f"{version}: {answer['error']}")


def tracking(ask: Ask = ask) -> Iterator[Finding]:
    """Start the face tracker, find the face in a bundled portrait, and name the library that runs each network."""
    answer = findings_of(ask(probe("tracking"), TIMEOUT_S))
    if "faces" in answer:
        yield Finding("tracking", "face tracker", Level.OK, "finds the face in a bundled portrait")
        for name, info in answer.get("networks", {}).items():
            yield Finding("tracking", f"network {name}", Level.OK, str(EngineInfo(**info)))
    else:
        yield Finding("tracking", "face tracker", Level.BROKEN, answer["error"], NETWORKS)


def engine_of(answer: Mapping[str, Any]) -> EngineInfo | None:
    """Return the engine that a probe opened; None when it opened none."""
    return EngineInfo(**answer["engine"]) if "engine" in answer else None


def findings_of(answer: Answer) -> dict[str, Any]:
    """Return a probe's findings; `error` alone when it failed, crashed or hung."""
    lines = answer.out.strip().splitlines()
    if answer.code == 0 and lines:
        found = json.loads(lines[-1])
        assert isinstance(found, dict)
        return found
    if answer.code is None:
        return {"error": answer.err}
    return {"error": f"the process ended with {answer.code}: {last_line(answer.err)}"}


def last_line(text: str) -> str:
    """Return the last line with text, or "no message"."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no message")
