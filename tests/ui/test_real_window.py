"""The real window on a real display: calibrated, a portrait added, another chosen; then all outputs through faults."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path

import pytest

from puppet.media.video import VideoReader
from tests.support.own_process import run_module

pytestmark = pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="Xvfb is not installed")


@pytest.mark.timeout(420)
def test_outputs_go_on_while_the_performer_hides_the_camera_vanishes_and_the_model_changes(tmp_path: Path) -> None:
    display = ["xvfb-run", "-a", "-s", "-screen 0 1400x900x24"]
    run_module("tests.support.real_window", str(tmp_path), under=display, platform="xcb", timeout_s=400)
    seen = json.loads((tmp_path / "seen.json").read_text())
    for spread in (seen["hidden_spread"], seen["lost_spread"]):
        assert max(spread) < 6  # the portrait at rest, in grey levels; a line of text on a card is far from it
        assert max(spread) > 0  # and it lives
    assert (seen["pack"], seen["same_driver"], seen["went_on"]) == ("learned", True, True)
    with VideoReader(Path(seen["recording"])) as reader:
        times_s = [timed.time_s for timed in reader.pictures()]
    assert len(times_s) > 20
    assert all(after > before for before, after in itertools.pairwise(times_s))
    assert times_s[0] == 0
