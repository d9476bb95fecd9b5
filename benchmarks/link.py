"""A link between two network namespaces that delays, reorders and drops packets, without the kernel's netem.

Two TUN devices, one in each namespace, are joined by this process. Linux, in a user namespace:

    unshare --map-root-user --net python -m benchmarks.link --delay 50 --jitter 20 --loss 2 --there CMD --here CMD

`CMD` are shell commands; HERE is 10.99.0.1 and THERE 10.99.0.2, with `--ipv6` fd99::1 and fd99::2. The bytes of both
directions are printed as JSON when HERE ends, and THERE is ended then.
"""

from __future__ import annotations

import argparse
import array
import fcntl
import heapq
import json
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

_SET_NAME, _TUN, _NO_PREFIX = 0x400454CA, 0x0001, 0x1000
_MTU = 1500
_STALLS_S = 10.0  # from one stall to the next
DEVICE = "link0"
HERE, THERE = "10.99.0.1", "10.99.0.2"
_IPV6 = "fd99::1", "fd99::2"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both commands; return HERE's exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay", type=float, default=0.0, help="milliseconds in each direction")
    parser.add_argument("--jitter", type=float, default=0.0, help="milliseconds more or less, evenly")
    parser.add_argument("--loss", type=float, default=0.0, help="percent")
    parser.add_argument("--stall", type=float, default=0.0, help="milliseconds without any packet, every ten seconds")
    parser.add_argument("--ipv6", action="store_true", help="with IPv6 addresses only")
    parser.add_argument("--there", required=True)
    parser.add_argument("--here", required=True)
    options = parser.parse_args(arguments)
    own, other = _IPV6 if options.ipv6 else (HERE, THERE)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    os.set_inheritable(theirs.fileno(), True)
    inside = [sys.executable, "-m", "benchmarks.link_end", str(theirs.fileno()), other, own, options.there]
    there = subprocess.Popen(["unshare", "--net", *inside], pass_fds=[theirs.fileno()], start_new_session=True)
    _, ancillary, *_ = ours.recvmsg(1, socket.CMSG_LEN(4))
    received = array.array("i")
    received.frombytes(ancillary[0][2][:4])
    here_tun = open_tun(own, other)
    here = subprocess.Popen(options.here, shell=True)
    try:
        carried = _carry(here_tun, received[0], _Link.of(options), here)
    finally:
        os.killpg(there.pid, signal.SIGTERM)
        there.wait(20)
    sys.stdout.write(json.dumps({"up_bytes": carried[0], "down_bytes": carried[1]}) + "\n")
    return here.returncode


def open_tun(own: str, other: str) -> int:
    """Return the descriptor of a new device in this namespace, which has the address `own` and leads to `other`."""
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, _SET_NAME, struct.pack("16sH22x", DEVICE.encode(), _TUN | _NO_PREFIX))
    for command in (
        "ip link set lo up",
        f"ip addr add {own} peer {other} dev {DEVICE}{' nodad' if ':' in own else ''}",
        f"ip link set {DEVICE} mtu {_MTU} txqueuelen 1000 up",
        f"ip route replace {other} dev {DEVICE}",
    ):
        subprocess.run(command.split(), check=True)
    return device


@dataclass(frozen=True, slots=True)
class _Link:
    delay_s: float
    jitter_s: float
    loss: float
    stall_s: float
    randomness: random.Random

    @staticmethod
    def of(options: argparse.Namespace) -> _Link:
        times_s = (milliseconds / 1000 for milliseconds in (options.delay, options.jitter, options.stall))
        delay_s, jitter_s, stall_s = times_s
        return _Link(delay_s, jitter_s, options.loss / 100, stall_s, random.Random(0))

    def due_s(self, now_s: float) -> float | None:
        """Return when a packet that is sent now arrives; None: never."""
        if self.randomness.random() < self.loss:
            return None
        stalled_s = max(0.0, self.stall_s - now_s % _STALLS_S)
        return now_s + stalled_s + self.delay_s + self.randomness.uniform(-self.jitter_s, self.jitter_s)


def _carry(here: int, there: int, link: _Link, process: subprocess.Popen[bytes]) -> tuple[int, int]:
    """Carry packets until `process` ends; return the bytes that left here, and those that left there."""
    waiting, number = list[tuple[float, int, int, bytes]](), 0
    carried = {here: 0, there: 0}
    while process.poll() is None:
        wait_s = max(0.0, waiting[0][0] - time.monotonic()) if waiting else 0.1
        readable, *_ = select.select([here, there], [], [], min(wait_s, 0.1))
        for source in readable:
            packet = os.read(source, 65536)
            carried[source] += len(packet)
            if (due_s := link.due_s(time.monotonic())) is not None:
                number += 1
                heapq.heappush(waiting, (due_s, number, there if source == here else here, packet))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, target, packet = heapq.heappop(waiting)
            os.write(target, packet)
    return carried[here], carried[there]


if __name__ == "__main__":
    sys.exit(main())
