"""`packs import` and `packs export` on the command line: a pack, or one line, exit code 2 and nothing left behind."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import main as command_line  # noqa: E402
from puppet.packs import open_pack, verify_pack  # noqa: E402
from tests.models.test_checkpoints import Files, Malice, files  # noqa: E402
from tests.models.test_original_yaml import COSEG, FOMM, MONKEYNET  # noqa: E402
from tests.support.made_packs import pack_of, pictures  # noqa: E402

FRAMES = "dataset_params: {frame_shape: [64, 64, 3]}\n"
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.fixture
def fomm(tmp_path: Path) -> Files:
    return files(tmp_path, FOMM)


def imported(both: Files, out: Path, *more: str) -> list[str]:
    return ["packs", "import", str(both.checkpoint), "--config", str(both.config), "-o", str(out), *more]


def refused(capsys: pytest.CaptureFixture[str], arguments: list[str], out: Path) -> str:
    """Return the one line that the command ends with."""
    before = sorted(out.parent.iterdir())
    assert command_line.main(arguments) == command_line.FAILED
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1
    assert sorted(out.parent.iterdir()) == before
    return " ".join(said.err.split())


@pytest.mark.parametrize(
    ("text", "family", "licence"),
    [
        (FOMM, "fomm", "first-order-model"),
        (FRAMES + MONKEYNET, "monkeynet", "monkey-net"),
        (FRAMES + COSEG, "coseg", "non-commercial"),
    ],
)
def test_a_checkpoint_becomes_a_pack_that_knows_its_licence(
    text: str, family: str, licence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mine"
    assert command_line.main(imported(files(tmp_path, text), out)) == 0
    assert f"{family}, 64x64" in " ".join(capsys.readouterr().out.split())
    pack = open_pack(str(out))
    verify_pack(pack)
    assert (pack.name, pack.card.family, pack.card.detector) == ("mine", family, "graph")
    assert licence in pack.card.licence


def test_a_licence_that_is_known_better_is_recorded(fomm: Files, tmp_path: Path) -> None:
    assert command_line.main(imported(fomm, tmp_path / "mine", "--licence", "CC0-1.0")) == 0
    assert open_pack(str(tmp_path / "mine")).card.licence == "CC0-1.0"


def spoil(content: dict[str, Any]) -> None:
    content["generator"]["bottleneck.r0.conv1.weight"][0, 0] = float("nan")


def rename(content: dict[str, Any]) -> None:
    content["state_dict"] = content.pop("generator")


@pytest.mark.parametrize(
    ("change", "named"), [(spoil, "generator.bottleneck.r0.conv1.weight"), (rename, "kp_detector and generator, or")]
)
def test_bad_checkpoints_are_one_line(
    fomm: Files,
    change: Callable[[dict[str, Any]], None],
    named: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fomm.rewrite(change)
    assert named in refused(capsys, imported(fomm, tmp_path / "out"), tmp_path / "out")


def test_a_pickle_that_runs_code_runs_nothing(fomm: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace = tmp_path / "ran"
    torch.save({"generator": Malice(trace), "kp_detector": {}}, fomm.checkpoint)
    assert "refused" in refused(capsys, imported(fomm, tmp_path / "out"), tmp_path / "out")
    assert not trace.exists()


def test_half_a_checkpoint_is_one_line(fomm: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = fomm.checkpoint.read_bytes()
    fomm.checkpoint.write_bytes(content[: len(content) // 2])
    assert "checkpoint.pth.tar" in refused(capsys, imported(fomm, tmp_path / "out"), tmp_path / "out")


def test_configuration_without_a_size_has_the_default_of_its_repository(tmp_path: Path) -> None:
    assert command_line.main(imported(files(tmp_path, MONKEYNET), tmp_path / "out")) == 0
    assert open_pack(str(tmp_path / "out")).size == 64


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (FOMM.replace("num_kp: 4", "num_kp: 5"), "shape"),
        (FRAMES + MONKEYNET, "is a checkpoint of FOMM"),
        (FOMM.replace("[64, 64, 3]", "[64, 96, 3]"), "64x96; packs are squares"),
        (FOMM.replace("[64, 64, 3]", "[32, 32, 3]"), "32x32; packs are squares of 64 to 1024"),
        (FOMM.replace("[64, 64, 3]", "[70, 70, 3]"), "70x70 do not suit"),
        (FOMM.replace("[64, 64, 3]", "[64, .nan, 3]"), "frame_shape[1] is NaN; expected"),
        (FOMM.replace("anything", "!!python/object/apply:os.getcwd []"), "not YAML of plain values"),
        (LAUGHS + FOMM, "values"),
        ("", "expected a mapping with model_params"),
    ],
)
def test_bad_configurations_are_one_line(
    fomm: Files, text: str, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fomm.config.write_text(text, encoding="utf-8")
    assert named in refused(capsys, imported(fomm, tmp_path / "out"), tmp_path / "out")


def test_an_existing_folder_is_not_written_over(
    fomm: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").mkdir()
    assert "exists already" in refused(capsys, imported(fomm, tmp_path / "out"), tmp_path / "out")


def test_a_folder_that_cannot_name_a_pack_is_refused(
    fomm: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "my pack"
    assert "named after its folder" in refused(capsys, imported(fomm, out), out)


def test_packs_and_checkpoints_are_exported(fomm: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    command = ["packs", "export", str(fomm.checkpoint), "--config", str(fomm.config), "-o", str(first)]
    assert command_line.main([*command, "--precision", "fp32,fp16"]) == 0
    assert "onnx.fp16.psnr_db" in capsys.readouterr().out
    assert "render.fp16.onnx" in open_pack(str(first)).files
    assert command_line.main(["packs", "export", str(first), "-o", str(second), "--formats", "onnx,torchscript"]) == 0
    assert "render.pt" in open_pack(str(second)).files


def test_export_takes_int8_ranges_from_a_folder(tmp_path: Path) -> None:
    from puppet.media.pictures import write_picture

    pack, crops = pack_of("fomm", tmp_path), tmp_path / "crops"
    crops.mkdir()
    for number, picture in enumerate(pictures(3)):
        write_picture(crops / f"{number}.png", picture)
    command = ["packs", "export", str(pack.folder), "-o", str(tmp_path / "low"), "--precision", "int8"]
    assert command_line.main([*command, "--calibration", str(crops)]) == 0
    low = open_pack(str(tmp_path / "low"))
    assert low.card.precisions == ("fp32", "int8")
    assert "onnx.int8.psnr_db" in low.card.parity


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--formats", "tflite"), "known: onnx, torchscript"),
        (("--precision", "int4"), "known: fp32, fp16, int8"),
        (("--precision", "int8"), "--calibration"),
    ],
)
def test_what_cannot_be_exported_is_one_line(
    options: tuple[str, ...], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert named in refused(capsys, ["packs", "export", "face", "-o", str(out), *options], out)


def test_a_checkpoint_without_its_yaml_is_one_line(
    fomm: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert "--config" in refused(capsys, ["packs", "export", str(fomm.checkpoint), "-o", str(out)], out)


def test_a_full_disk_leaves_no_half_pack(
    fomm: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    out = tmp_path / "out"
    assert "No space left" in refused(capsys, imported(fomm, out), out)
