"""The running program never touches the network and never imports torch, which is installed where this is tested.

Python's own audit events see every connection and every name asked for; where the system allows it, the program also
runs in a network namespace with nothing in it, so that a library's native code could not get out either.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.clips import even_times, moving_face, write_clip
from tests.support.faces import PORTRAITS

ROOT = Path(__file__).parents[1]
AVATAR = PORTRAITS / "vera.jpg"

WATCHED = """
import sys

FORBIDDEN = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request")
attempts = []

def watch(event, arguments):
    if event in FORBIDDEN:
        attempts.append(f"{event} {arguments!r}")
        raise OSError("the network is out of bounds")

sys.addaudithook(watch)
import main
from puppet.engines.library_shutdown import end_program
code = main.main(sys.argv[1:])
assert not attempts, attempts
assert "torch" not in sys.modules, "torch was imported"
end_program(code)
"""


@functools.cache
def _isolation() -> tuple[str, ...]:
    """The command that runs another one without any network, or nothing where the system does not allow it."""
    command = ("unshare", "--map-root-user", "--net")
    if shutil.which(command[0]) is None:
        return ()
    return command if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0 else ()


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*_isolation(), sys.executable, "-c", WATCHED, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150, check=False)


def test_the_watch_itself_sees_a_connection() -> None:
    code = WATCHED.replace("import main", "import socket").replace(
        "code = main.main(sys.argv[1:])", "code = socket.create_connection(('192.0.2.1', 9))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "out of bounds" in done.stderr


@pytest.mark.slow
def test_animate_needs_no_network_and_no_torch(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", moving_face((320, 240), 8), even_times(10, 8), sound=True)
    done = _run("animate", str(AVATAR), str(clip), "-o", str(tmp_path / "o.mp4"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "o.mp4").stat().st_size > 0


@pytest.mark.slow
def test_live_needs_no_network_and_no_torch(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", moving_face((320, 240), 30), even_times(10, 30))
    out = tmp_path / "o.mp4"
    done = _run("live", "--camera", str(clip), "--avatar", "Vera", "--record", str(out), "--seconds", "2")
    assert done.returncode == 0, done.stderr
    assert out.stat().st_size > 0


@pytest.mark.slow
def test_the_window_needs_no_network_and_no_torch(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", moving_face((320, 240), 30), even_times(10, 30))
    picture = tmp_path / "w.png"
    done = _run("run", "--camera", str(clip), "--seconds", "4", "--screenshot", str(picture))
    assert done.returncode == 0, done.stderr
    assert picture.stat().st_size > 0
