"""Two replicas behind one gate: sessions are placed, a third is told that it is full, and a free place is taken."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import urllib.request
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from puppet.config import EngineOptions, ServeOptions
from puppet.packs import open_pack
from puppet.remote.connection import Connection
from puppet.remote.pairing import KnownMachines
from puppet.remote.ray_serve import Renderer, deploy
from puppet.remote.signalling import Invitation
from puppet.remote.studio import Portraits, Studio
from puppet.remote.turns import FairTurns
from tests.support.fakes import make_puppeteer
from tests.support.waiting import until

_ROOT = Path(__file__).parents[2]
_DRIVER = "import sys; from tests.remote.test_ray_serve import drive; drive(sys.argv[1])"


class StandIn(Renderer):
    """A renderer without networks."""

    def __init__(self, pack: str, engine: EngineOptions, options: ServeOptions) -> None:
        super().__init__(pack, engine, options, _studios)


def _studios(pack: str, engine: EngineOptions, sessions: int) -> list[Studio]:
    turns, portraits = FairTurns(), Portraits()
    return [Studio(make_puppeteer(size=(256, 144)), turns, portraits) for _ in range(sessions)]


def drive(folder: str) -> None:
    """In a process of its own: run the application, connect clients, and print what they saw as JSON."""
    import asyncio

    import ray  # type: ignore[import-not-found, unused-ignore]
    from ray import serve  # type: ignore[import-not-found, unused-ignore]

    ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False, _metrics_export_port=8497)
    gate = deploy("face", EngineOptions(), ServeOptions(port=8490), 2, drain_s=2, renderer=StandIn)
    found = open_pack("face")
    clients, seen = [], dict[str, Any]()
    for name in ("first", "second", "third"):
        invitation = Invitation("127.0.0.1:8490", found.name, found.digest, KnownMachines(Path(folder, f"{name}.json")))
        asyncio.run(invitation.pair(gate.code.remote().result()))
        clients.append(client := Connection(invitation))
        client.start(lambda received: None)
        until(partial(_is_placed, client))
    seen["problems"] = [client.problem for client in clients]
    until(lambda: "puppet_sessions" in _metrics())
    seen["metrics"] = sorted({line.split("{")[0] for line in _metrics().splitlines() if "puppet_" in line})
    clients[0].close()
    until(lambda: not clients[2].problem)
    seen["then"] = clients[2].problem
    serve.shutdown()
    until(lambda: clients[2].problem)
    seen["shut down"] = clients[2].problem
    for client in clients[1:]:
        client.close()
    sys.stdout.write("\n" + json.dumps(seen) + "\n")


def _is_placed(client: Connection) -> bool:
    return not client.problem or "taken" in client.problem


def _metrics() -> str:
    with urllib.request.urlopen("http://127.0.0.1:8497/metrics", timeout=10) as answer:
        return str(answer.read(), "utf-8")


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")
def test_two_replicas_take_two_sessions_and_the_third_waits(tmp_path: Path) -> None:
    paths = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": paths, "RAY_USAGE_STATS_ENABLED": "0", "XDG_DATA_HOME": str(tmp_path)}
    command = [sys.executable, "-c", _DRIVER, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["problems"][:2] == ["", ""]
    assert "sessions of all machines are taken" in seen["problems"][2]
    assert seen["then"] == ""
    assert "ends its service" in seen["shut down"] or "lost" in seen["shut down"]
    assert any("puppet_sessions" in name for name in seen["metrics"])
