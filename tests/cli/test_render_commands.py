"""The command lines of animate and swap: what is asked for arrives, what cannot be ends in one line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

import main as command_line
from puppet.config import MARK, RenderOptions
from puppet.domain import Badge, Corner, MaskFrom, Output, Overlay, PartSwap
from puppet.offline import render
from puppet.offline.writing import Progress


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], RenderOptions]]:
    """Arguments of the renderer: the names of its inputs and the options."""
    found: list[tuple[list[str], RenderOptions]] = []

    def animate(
        source: Path, driving: Path, out: Path, options: RenderOptions, *, overwrite: bool, progress: Progress
    ) -> int:
        found.append(([source.name, driving.name, out.name], options))
        return 3

    def swap(
        sources: Sequence[Path], target: Path, out: Path, options: RenderOptions, *, overwrite: bool, progress: Progress
    ) -> int:
        found.append(([*(path.name for path in sources), target.name, out.name], options))
        return 1

    monkeypatch.setattr(render, "animate", animate)
    monkeypatch.setattr(render, "swap", swap)
    return found


def test_animate_passes_boxes_overlays_and_tracks_on(asked: list[tuple[list[str], RenderOptions]]) -> None:
    line = "animate a.png d.mp4 -o o.mp4 --box 1,2,30 --overlay flow,masks --motion-track t.npz"
    assert command_line.main(line.split()) == 0
    names, options = asked[0]
    assert names == ["a.png", "d.mp4", "o.mp4"]
    assert (options.box, options.motion_track) == ((1, 2, 30), Path("t.npz"))
    assert options.controls.overlay == Overlay.FLOW | Overlay.MASKS
    assert options.controls.swap is None


def test_files_are_marked_unless_that_is_switched_off(
    asked: list[tuple[list[str], RenderOptions]], capsys: pytest.CaptureFixture[str]
) -> None:
    command_line.main(["animate", "a.png", "d.mp4", "-o", "o.mp4"])
    assert "--no-mark" not in capsys.readouterr().err
    command_line.main(["swap", "a.png", "t.mp4", "-o", "o.mp4", "--segments", "1", "--no-mark"])
    assert [options.mark for _, options in asked] == [MARK, None]
    assert "do not say that they are AI-made" in capsys.readouterr().err


def test_a_badge_is_shown_when_it_or_one_of_its_options_is_asked_for(
    asked: list[tuple[list[str], RenderOptions]],
) -> None:
    for options in ("", "--badge", "--badge-corner top-left", "--no-badge --badge-text KI"):
        command_line.main(f"animate a.png d.mp4 -o o.mp4 {options}".split())
    badges = [options.controls.badge for _, options in asked]
    assert badges == [None, Badge(), Badge(corner=Corner.TOP_LEFT), None]


def test_swap_takes_its_last_picture_as_the_target(
    asked: list[tuple[list[str], RenderOptions]], capsys: pytest.CaptureFixture[str]
) -> None:
    line = "swap a.png b.png t.mp4 -o o.mp4 --pack P --segments 2,4 --segments 1 --hard --source-mask --output full"
    assert command_line.main(line.split()) == 0
    names, options = asked[0]
    assert names == ["a.png", "b.png", "t.mp4", "o.mp4"]
    assert options.pack == "P"
    assert options.controls.swap == PartSwap((2, 4), hard=True, source_mask=True, others=((1,),))
    assert options.controls.output is Output.FULL
    assert "1 frame\n" in capsys.readouterr().err


def test_swap_by_a_faces_outline_needs_no_segments(asked: list[tuple[list[str], RenderOptions]]) -> None:
    assert command_line.main(["swap", "a.png", "t.png", "-o", "o.png", "--mask", "hair"]) == 0
    assert asked[0][1].controls.swap == PartSwap(mask=MaskFrom.HAIR)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("swap a.png -o o.mp4 --segments 1", "at least one SOURCE"),
        ("swap a.png t.mp4 -o o.mp4 --segments nose", "numbers, like 2,4"),
        ("swap a.png t.mp4 -o o.mp4 --segments 1 --mask nose", "lips"),
        ("animate a.png d.mp4 -o o.mp4 --box 1,2", "X,Y,SIDE"),
        ("animate a.png d.mp4 -o o.mp4 --overlay ghosts", "known: keypoints, masks, occlusion, flow, segments"),
        ("swap a.png t.mp4 -o o.mp4", "no such file"),
        ("animate a.png d.mp4 -o o.mp4 --certificate c.pem", "belong together"),
        ("animate a.png d.mp4 -o o.mp4 --badge-text générée", "letters without accents"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    line: str, words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command_line.main(line.split()) == command_line.FAILED
    told = capsys.readouterr().err.strip()
    assert words in " ".join(told.split())
    assert not list(tmp_path.iterdir())
