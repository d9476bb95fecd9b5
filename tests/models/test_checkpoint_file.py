"""Files that are no checkpoints are told by their content; pickles that would make more than weights are refused."""

from __future__ import annotations

import io
import os
import pickle
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from puppet.errors import CheckpointError  # noqa: E402
from puppet.models.checkpoint_file import check_checkpoint  # noqa: E402

CASES = Path(__file__).parents[3] / "shared" / "cases"
WEIGHTS = {"generator": {"weight": torch.arange(6.0).reshape(2, 3), "count": torch.tensor(3)}, "epoch": 3}


def refused(path: Path) -> str:
    started_s = time.monotonic()
    with pytest.raises(CheckpointError) as caught:
        check_checkpoint(path)
    assert time.monotonic() - started_s < 5
    assert "\n" not in str(caught.value)
    return str(caught.value)


def saved(path: Path, content: object, zipped: bool) -> Path:
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    return path


def with_pickle(path: Path, content: bytes, storages: dict[str, bytes] | None = None) -> Path:
    """A checkpoint whose data.pkl has these instructions."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/data.pkl", content)
        for key, data in (storages or {}).items():
            archive.writestr(f"a/data/{key}", data)
        archive.writestr("a/version", "3")
    return path


@pytest.mark.parametrize("zipped", [True, False])
def test_weights_and_optimizers_pass(tmp_path: Path, zipped: bool) -> None:
    model = torch.nn.BatchNorm2d(3)
    optimizer = torch.optim.Adam(model.parameters(), betas=(0.5, 0.999))
    model(torch.rand(1, 3, 4, 4)).sum().backward()
    optimizer.step()
    content = {**WEIGHTS, "kp": model.state_dict(), "optimizer": optimizer.state_dict(), "parameter": model.weight}
    content |= {"half": torch.ones(2).half(), "shared": model.weight.detach()[:2], "size": torch.Size([1, 2])}
    check_checkpoint(saved(tmp_path / "c.pth.tar", content, zipped))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html>", "is a web page (HTML text)"),
        (b"\xef\xbb\xbf\n <HTML lang=en>", "is a web page (HTML text)"),
        (b'{"error": "quota"}', "is text"),
        ("Zugriff verweigert: überlastet".encode(), "is text"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n", "is a Git LFS pointer"),
        (b"\x1f\x8b\x08" + bytes(20), "is a gzip archive"),
        (bytes(257) + b"ustar" + bytes(800), "is a tar archive"),
        ((2).to_bytes(8, "little") + b"{}", "is a safetensors file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(9), "is a picture"),
        (bytes(500), "is damaged or not a PyTorch checkpoint"),
        (b"\x80\x02", "is damaged or not a PyTorch checkpoint"),
        (b"\x80\x02K\x01.", "is a pickle, but not a PyTorch checkpoint"),
    ],
)
def test_other_files_are_named_for_what_they_are(tmp_path: Path, content: bytes, kind: str) -> None:
    path = tmp_path / "vox.pth.tar"
    path.write_bytes(content)
    assert f"vox.pth.tar {kind}" in refused(path)


def test_other_archives_are_named(tmp_path: Path) -> None:
    path = tmp_path / "vox.pth.tar"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("vox/model.pth.tar", b"")
    assert "is a ZIP archive, not a PyTorch checkpoint" in refused(path)


def test_program_is_not_taken_for_weights(tmp_path: Path) -> None:
    path = tmp_path / "vox.pth.tar"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/data.pkl", b"")
        archive.writestr("a/constants.pkl", b"")
    assert "is a TorchScript program" in refused(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "vox.pth.tar")
    assert "not a regular file" in refused(tmp_path / "vox.pth.tar")
    assert "not a regular file" in refused(Path("/dev/zero"))


class Calls:
    """Pickled, it calls a function."""

    def __init__(self, function: Callable[..., object], *values: object) -> None:
        self.call = (function, values)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize(
    "value",
    [
        Calls(bytearray, 10**12),
        Calls(torch.FloatTensor, 10**12),
        Calls(torch.Tensor, 10**12),
        Calls(os.getcwd),
        Calls(complex, 1, 2),
        {1, 2},
    ],
)
def test_constructors_are_refused_by_name(tmp_path: Path, value: object, zipped: bool) -> None:
    assert "was refused" in refused(saved(tmp_path / "c.pth.tar", {**WEIGHTS, "epoch": value}, zipped))


def nested_keys(depth: int) -> bytes:
    """{((0, 0), (0, 0)) ...: 1}: hashing takes 2 ** depth steps."""
    return b"\x80\x02}" + b"K\x00" + b"q\x00h\x00\x86" * depth + b"K\x01s."


PERSISTENT = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu"
TENSOR = b"ctorch._utils\n_rebuild_tensor_v2\n("


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (nested_keys(60), "a key is neither text nor a number"),
        (b"\x80\x02" + b"]" * 200_000 + b".", "more instructions than any checkpoint"),
        (b"\x80\x02" + b"K\x000" * 2_000_000 + b".", "instruction POP belongs to no checkpoint"),
        (b"\x80\x02" + b"Nq\x00" * 1_000_001 + b".", "more instructions"),
        (b"\x80\x02s.", "is damaged"),
        (b"\x80\x02h\x05.", "is damaged"),
        (b"\x80\x02}", "is damaged"),
        (b"\x80\x02" + PERSISTENT + b"J\x00\x00\x00\x7ftQ.", "storage 0 is missing or too short"),
        (b"\x80\x02" + TENSOR + PERSISTENT + b"K\x02tQK\x00K\x03\x85K\x01\x85\x89Nt" + b"R.", "is damaged"),
        (b"\x80\x02cnt\nsystem\nK\x01\x85R.", "more than weights (nt.system)"),
    ],
)
def test_hostile_instructions_are_one_line(tmp_path: Path, content: bytes, named: str) -> None:
    assert named in refused(with_pickle(tmp_path / "c.pth.tar", content, {"0": bytes(8)}))


def test_legacy_file_cannot_claim_more_than_it_holds(tmp_path: Path) -> None:
    whole = saved(tmp_path / "c.pth.tar", {"a": torch.rand(1000)}, zipped=False).read_bytes()
    (tmp_path / "c.pth.tar").write_bytes(whole[:-2000])
    assert "is cut off" in refused(tmp_path / "c.pth.tar")


def test_member_twice_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a/data.pkl", pickle.dumps({}, 2))
        archive.writestr("A/DATA.PKL", pickle.dumps({}, 2))
    (tmp_path / "c.pth.tar").write_bytes(stream.getvalue())
    assert "holds a file twice" in refused(tmp_path / "c.pth.tar")


@pytest.mark.skipif(not CASES.is_dir(), reason="needs the shared cases")
@pytest.mark.parametrize(
    ("name", "named"),
    [("web_page.pth.tar", "is a web page (HTML text)"), ("hostile/tuples.pth.tar", "a key is neither")],
)
def test_shared_cases_are_one_line(name: str, named: str) -> None:
    assert named in refused(CASES / name)
