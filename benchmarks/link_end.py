"""The far end of `benchmarks.link`: opens its device, passes it to the near end, and runs a command."""

from __future__ import annotations

import array
import os
import socket
import sys

from benchmarks.link import open_tun

if __name__ == "__main__":
    descriptor, own, other, command = sys.argv[1:]
    device = open_tun(own, other)
    with socket.socket(fileno=int(descriptor)) as near:
        near.sendmsg([b"\0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [device]))])
    os.execvp("sh", ["sh", "-c", command])
