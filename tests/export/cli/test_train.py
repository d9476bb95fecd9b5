"""`train` from the command line: a recipe becomes a pack, continues where it stopped, and bad input is one line."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

import main  # noqa: E402
from puppet.media.pictures import read_picture  # noqa: E402
from puppet.models.base import MotionModel  # noqa: E402
from puppet.packs import open_pack, verify_pack  # noqa: E402
from puppet.training.trainer import Trainer  # noqa: E402
from tests.support.clips import even_times, moving_square, write_clip  # noqa: E402
from tests.support.made_learned import recipe_text, write_strips  # noqa: E402


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recipe and its clips, in the current folder."""
    monkeypatch.chdir(tmp_path)
    write_strips(tmp_path / "strips", size=64)
    text = recipe_text("fomm", "colour = 10", data='folders = ["strips"]').replace("size = 32", "size = 64")
    (tmp_path / "fomm.toml").write_text(text.replace("steps = 6", "steps = 2").replace("[4]", "[]"))
    return tmp_path


def test_a_recipe_becomes_a_pack_that_can_be_scored(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["train", "fomm.toml", "--out", "out"]) == 0
    assert "after 2 of 2 steps; finished" in capsys.readouterr().out
    pack = open_pack("out/pack")
    verify_pack(pack)
    assert (pack.card.family, pack.size, pack.card.keypoints) == ("fomm", 64, 3)
    assert read_picture(Path("out/sheet.png")).shape == (3 * 64, 5 * 64, 3)
    assert list(Path("out/curves").iterdir())
    text = Path("fomm.toml").read_text()
    Path("fomm.toml").write_text(text.replace("steps = 2", "steps = 3"))
    assert main.main(["train", "fomm.toml", "--out", "out"]) == 0
    assert "after 3 of 3 steps" in capsys.readouterr().out
    assert "continuing after step 2" in Path("out/train.log").read_text()
    assert main.main(["train", "fomm.toml", "--out", "second", "--init", "out/pack", "--pack", "new"]) == 0
    assert "second" not in capsys.readouterr().out
    assert open_pack("new").card.family == "fomm"
    (folder / "clips").mkdir()
    write_clip(folder / "clips" / "square.mp4", moving_square((64, 64), 4), even_times(10, 4))
    (folder / "clips" / "broken.mp4").write_text("no video")
    assert main.main(["train", "--evaluate", "new", "clips", "--every", "1", "--json", "scores.json"]) == 0
    scores = json.loads(Path("scores.json").read_text())
    assert [row["name"] for row in scores["clips"]] == ["square.mp4", "mean"]
    assert scores["clips"][0]["pack"]["l1"] > 0
    assert scores["clips"][0]["pack"]["akd"] is None  # no face in it
    assert len(scores["skipped"]) == 1


def test_a_signal_stops_a_training_after_a_checkpoint(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    step = Trainer.step

    def interrupted(trainer: Trainer[MotionModel]) -> object:
        signal.raise_signal(signal.SIGTERM)
        return step(trainer)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "step", interrupted)
        assert main.main(["train", "fomm.toml", "--out", "out"]) == 128 + signal.SIGTERM
    assert "Stopped after 1 of 2 steps; the same command continues" in capsys.readouterr().err
    assert [path.name for path in Path("out/checkpoints").iterdir()] == ["00000001"]
    (folder / "out" / "checkpoints" / ".00000002.0123abcd.puppet-part").mkdir()  # as a kill leaves it
    assert main.main(["train", "fomm.toml", "--out", "out"]) == 0
    told = capsys.readouterr()
    assert "incomplete files were removed: 1" in told.err
    assert "after 2 of 2 steps; finished" in told.out
    assert [path.name for path in Path("out/checkpoints").iterdir()] == ["00000002"]


def test_a_pack_is_scored_on_the_bundled_clip_when_no_clips_are_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["train", "--evaluate", "face", "--every", "120", "--json", str(tmp_path / "scores.json")]) == 0
    told = capsys.readouterr()
    lines = [line.split("  ")[0].strip() for line in told.out.splitlines()]
    assert lines == [
        "1 clip",
        "copy: the source held still",
        "mesh: the classical landmark warp",
        "face",
        "face against copy",
        "face against mesh",
    ]
    assert "LPIPS is not measured; --lpips" in told.err
    row = json.loads((tmp_path / "scores.json").read_text())["clips"][0]
    assert row["name"] == "clip.mp4"
    assert row["pack"]["l1"] < row["mesh"]["l1"] < row["copy"]["l1"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fomm.toml"], "--out is missing"),
        (["--out", "out"], "RECIPE.toml is missing"),
        (["nowhere.toml", "--out", "out"], "nowhere.toml: cannot be read"),
        (["fomm.toml", "--out", "out", "--data", "nowhere"], "nowhere: no such folder of clips"),
        (["fomm.toml", "--out", "out", "--data", "empty"], "No clip to train on"),
        (["fomm.toml", "--out", "out", "--init", "fomm.toml"], "fomm.toml"),
        (["fomm.toml", "--out", "out", "--pack", "empty"], "empty exists already"),
        (["vgg.toml", "--out", "out"], "needs VGG's weights"),
        (["face.toml", "--out", "out"], "--data"),
        (["--evaluate", "face", "empty"], "holds no videos"),
        (["--evaluate", "face", "strips", "--pictures", "2"], "give a folder of clips, and --lpips FILE.npz"),
        (["--evaluate", "face", "strips", "--pictures", "0,2"], "expected numbers from 1 to 32, such as 2,8"),
        (["--evaluate", "nopack", "strips"], "nopack"),
    ],
)
def test_bad_input_is_one_line(
    folder: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "empty").mkdir()
    text = Path("fomm.toml").read_text()
    Path("vgg.toml").write_text(text.replace("colour = 10", "perceptual = [10]"))
    Path("face.toml").write_text('[[stages]]\nobjective = "motion"\nminutes = 5\nbatch = 4\n')
    if "nopack" in arguments:
        write_clip(folder / "strips" / "square.mp4", moving_square((64, 64), 4), even_times(10, 4))
    assert main.main(["train", *arguments]) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert message in told[-1]
    assert not Path("out/pack").exists()
