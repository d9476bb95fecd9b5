"""Latency over links, without the painting: `python -m benchmarks.link_latency`.

Real signalling, data channels and video between two network namespaces joined by `benchmarks.link`; each pose is
answered by a picture of the bundled clip, so that a slow processor is not taken for a slow link. Times are from a pose
to its decoded picture. Linux, with unprivileged user namespaces.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import av
import numpy as np
from aiohttp import web
from av import VideoFrame

import puppet
from benchmarks.link import THERE
from puppet.config import REMOTE_PORT
from puppet.domain import Keypoints
from puppet.remote.connection import Connection, Received
from puppet.remote.messages import Offer, Painted, View
from puppet.remote.motion_packet import MotionPacket, Reference
from puppet.remote.numbered_picture import numbered_frame
from puppet.remote.pairing import KnownMachines
from puppet.remote.renderer import LATEST_S
from puppet.remote.seat import Seats
from puppet.remote.server import Server
from puppet.remote.signalling import Invitation
from puppet.remote.studio import Studio

_ASSETS = Path(puppet.__file__).parent / "assets"
_PACK, _SIZE, _PORTRAIT_BYTES = ("none", "0" * 64), 480, 400_000
_LINKS = {
    "good link": "",
    "50 ± 20 ms, 2 % lost": "--delay 50 --jitter 20 --loss 2",
    "20 ± 5 ms, nothing for 300 ms every 10 s": "--delay 20 --jitter 5 --stall 300",
}


class _ClipStudio:
    """Answers each pose with the next picture of the clip, at once; the rest of a Studio's interface does nothing."""

    def __init__(self) -> None:
        with av.open(str(_ASSETS / "clip.mp4")) as clip:
            self._pictures = [
                frame.reformat(_SIZE, _SIZE, "rgb24").to_ndarray()
                for frame, _ in zip(clip.decode(video=0), range(90), strict=False)
            ]
        self._deliver: Callable[[VideoFrame, Painted], None] | None = None
        self._has: set[str] = set()

    @property
    def is_free(self) -> bool:
        return self._deliver is None

    def begin(self, deliver: Callable[[VideoFrame, Painted], None], _fail: object) -> None:
        self._deliver = deliver

    def end(self) -> None:
        self._deliver = None

    def show(self, view: View) -> None:
        pass

    def has(self, key: str) -> bool:
        return key in self._has

    def add(self, key: str, _content: bytes) -> None:
        self._has.add(key)

    def paint(self, packet: MotionPacket) -> None:
        if self._deliver is not None:
            picture = np.asarray(self._pictures[packet.number % len(self._pictures)], np.uint8)
            painted = Painted(packet.number, 0.0, 0.0, 0.0)
            self._deliver(numbered_frame(picture, packet.number), painted)


async def _answer(folder: Path) -> None:
    """Be the rendering machine until the process is ended."""
    seats = Seats([cast("Studio", _ClipStudio())], lambda line: None)
    server = Server(seats, KnownMachines(folder / "clients.json"), _PACK, lambda line: None)
    runner = web.AppRunner(server.application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, port=REMOTE_PORT).start()
    (folder / "code").write_text("")
    server.show_code()
    (folder / "code").write_text(server.code)
    await asyncio.Event().wait()


def _ask(folder: Path, seconds: float, fps: float) -> dict[str, float]:
    """Be the light machine; return the figures."""
    while not (folder / "code").exists() or not (code := (folder / "code").read_text()):
        time.sleep(0.05)
    invitation = Invitation(THERE, *_PACK, KnownMachines(folder / "servers.json"))
    asyncio.run(invitation.pair(code))
    face = np.load(_ASSETS / "mean_face.npy").astype(np.float32)
    reference, content = Reference(_turned(face, 0)), np.random.default_rng(0).bytes(_PORTRAIT_BYTES)
    key, sent_s, late_s = hashlib.sha256(content).hexdigest(), dict[int, float](), list[float]()

    def receive(received: Received) -> None:
        late_s.append(time.monotonic() - sent_s[received.number])

    connection = Connection(invitation)
    connection.start(receive)
    connection.show(View(size=(_SIZE, _SIZE)))
    connection.offer(Offer(key, len(content), reference.text, depth=True), content)
    began_s, lost = time.monotonic(), 0
    while not connection.is_ready(key):
        time.sleep(0.01)
    ready_s = time.monotonic() - began_s
    while time.monotonic() - began_s < ready_s + seconds:
        number = len(sent_s) + 1
        sent_s[number] = now_s = time.monotonic()
        pose = MotionPacket(number, now_s, bytes.fromhex(key)[:8], _turned(face, number))
        connection.send(reference.write(pose))
        lost += bool(connection.problem)
        time.sleep(1 / fps)
    connection.close()
    times_ms = 1000 * np.array(late_s)
    shown = times_ms[times_ms <= LATEST_S * 1000]
    return {
        "ready_s": ready_s,
        "sent": len(sent_s),
        "came": len(times_ms),
        "shown": len(shown),
        "p50_ms": float(np.percentile(times_ms, 50)),
        "p95_ms": float(np.percentile(times_ms, 95)),
        "without_connection": lost,
    }


def _turned(face: np.ndarray[tuple[int, ...], np.dtype[np.float32]], number: int) -> Keypoints:
    """Return the mean face, turned and talking as time goes by."""
    swing, talk = np.float32(0.2 * np.sin(number / 9)), np.float32(0.06 * np.sin(number / 2))
    points = face[:, :2] + swing * face[:, 2:3] * np.array([1, 0], np.float32)
    points[:, 1] += talk * np.clip(points[:, 1], 0, None)
    return Keypoints(np.asarray(points, np.float32), face[:, 2])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--fps", type=float, default=20)
    parser.add_argument("--be", choices=("there", "here"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.be == "there":
        asyncio.run(_answer(options.folder))
    elif options.be == "here":
        found = _ask(options.folder, options.seconds, options.fps)
        (options.folder / "found.json").write_text(json.dumps(found))
    else:
        columns = "portrait there, s | poses | pictures | within 350 ms | p50, ms | p95 | up, Mbit/s | down | lost"
        sys.stdout.write(f"| link | {columns} |\n{'|---' * 10}|\n")
        for name, link in _LINKS.items():
            sys.stdout.write(_row(name, link, options.seconds, options.fps))
            sys.stdout.flush()
    return 0


def _row(name: str, link: str, seconds: float, fps: float) -> str:
    with tempfile.TemporaryDirectory() as folder:
        end = f"{sys.executable} -m benchmarks.link_latency --folder {folder} --seconds {seconds} --fps {fps} --be"
        command = ["unshare", "--map-root-user", "--net", sys.executable, "-m", "benchmarks.link", *link.split()]
        done = subprocess.run(
            [*command, "--there", f"exec {end} there", "--here", f"exec {end} here"],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        carried, found = json.loads(done.stdout.splitlines()[-1]), json.loads(Path(folder, "found.json").read_text())
    up, down = (8e-6 * carried[way] / seconds for way in ("up_bytes", "down_bytes"))
    up -= 8e-6 * _PORTRAIT_BYTES / seconds  # sent once
    return (
        f"| {name} | {found['ready_s']:.1f} | {found['sent']} | {found['came']} | {found['shown']} | "
        f"{found['p50_ms']:.0f} | {found['p95_ms']:.0f} | {up:.2f} | {down:.2f} | {found['without_connection']} |\n"
    )


if __name__ == "__main__":
    sys.exit(main())
