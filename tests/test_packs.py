"""Packs: manifests are validated, files are compared with their checksums, writing is whole or not at all."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from puppet.errors import PackError
from puppet.packs import MANIFEST, PackCard, list_packs, open_pack, verify_pack, write_pack

CARD = PackCard(
    "tiny", "face", 256, "landmarks", 478, "CC0-1.0", "A pack of a test.", "trained on nothing", {"L1": 0.5}
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    graph = tmp_path / "graph.onnx"
    graph.write_bytes(b"not really a graph")
    return write_pack(tmp_path / "tiny", CARD, [graph]).folder


def rewrite(folder: Path, **changes: object) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | changes))


def test_written_pack_reads_back_the_same(folder: Path) -> None:
    pack = open_pack(str(folder))
    verify_pack(pack)
    assert pack.card == CARD
    assert pack.file("graph.onnx").read_bytes() == b"not really a graph"


def test_pack_of_before_learned_families_is_still_read(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    for key in ("segments", "architecture", "parity", "precisions"):
        del manifest[key]
    (folder / MANIFEST).write_text(json.dumps(manifest))
    card = open_pack(str(folder)).card
    assert (card.segments, card.architecture, card.parity, card.precisions) == (0, {}, {}, ("fp32",))


def test_what_a_learned_pack_adds_reads_back(tmp_path: Path) -> None:
    card = replace(
        CARD, segments=5, architecture={"a": {"b": [1, 0.5]}}, precisions=("fp32", "int8"), parity={"x": 1.0}
    )
    (tmp_path / "graph.onnx").write_bytes(b"")
    assert write_pack(tmp_path / "learned", card, [tmp_path / "graph.onnx"]).card == card


def test_unknown_keys_of_a_manifest_are_ignored(folder: Path) -> None:
    rewrite(folder, invented_later={"a": 1})
    assert open_pack(str(folder)).card == CARD


def test_a_card_with_a_name_that_is_no_file_name_cannot_be_made() -> None:
    with pytest.raises(PackError, match=r"name is '\.\./evil'"):
        replace(CARD, name="../evil")


def test_changed_file_is_found_by_its_checksum(folder: Path) -> None:
    (folder / "graph.onnx").write_bytes(b"not really a grapH")
    with pytest.raises(PackError, match=r"graph\.onnx is damaged"):
        verify_pack(open_pack(str(folder)))


def test_missing_file_is_named(folder: Path) -> None:
    (folder / "graph.onnx").unlink()
    with pytest.raises(PackError, match=r"cannot read graph\.onnx"):
        verify_pack(open_pack(str(folder)))


def test_newer_format_says_update(folder: Path) -> None:
    rewrite(folder, format=2)
    with pytest.raises(PackError, match=r"format 2 is newer .* update"):
        open_pack(str(folder))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", "1"),
        ("name", "../evil"),
        ("family", 3),
        ("size", 0),
        ("size", 10**9),
        ("size", True),
        ("detector", "magic"),
        ("keypoints", -1),
        ("licence", None),
        ("metrics", {"L1": "low"}),
        ("segments", -1),
        ("segments", "many"),
        ("architecture", ["num_kp"]),
        ("parity", {"psnr": None}),
        ("precisions", []),
        ("precisions", "fp32"),
        ("precisions", ["fp32", "int4"]),
        ("files", {}),
        ("files", {"../../etc/passwd": "0" * 64}),
        ("files", {"graph.onnx": "short"}),
        ("files", ["graph.onnx"]),
    ],
)
def test_unusable_value_names_its_key(folder: Path, key: str, value: object) -> None:
    rewrite(folder, **{key: value})
    with pytest.raises(PackError, match=key):
        open_pack(str(folder))


@pytest.mark.parametrize("text", ["", "{", "[1]", "[" * 100_000, "\x00"])
def test_manifest_that_is_no_object_is_refused(folder: Path, text: str) -> None:
    (folder / MANIFEST).write_text(text)
    with pytest.raises(PackError, match=r"pack\.json"):
        open_pack(str(folder))


def test_unknown_name_lists_the_known_ones(home: Path) -> None:
    with pytest.raises(PackError, match=r"No pack is named nothing.*known packs:.*face"):
        open_pack("nothing")


def test_shipped_pack_is_listed_small_and_sound() -> None:
    pack = next(pack for pack in list_packs() if pack.name == "face")
    verify_pack(pack)
    assert sum(pack.file(name).stat().st_size for name in pack.files) <= 30e6


def test_existing_folder_is_never_written_over(folder: Path) -> None:
    before = (folder / MANIFEST).read_bytes()
    with pytest.raises(PackError, match="exists already"):
        write_pack(folder, CARD, [])
    assert (folder / MANIFEST).read_bytes() == before


def test_failed_writing_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="Cannot write"):
        write_pack(tmp_path / "new", CARD, [tmp_path / "missing.onnx"])
    assert list(tmp_path.iterdir()) == []


# --- other files in the place of those that the manifest lists ---


def in_place_of(path: Path, kind: str) -> None:
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_only_regular_files_are_read(folder: Path, kind: str) -> None:
    in_place_of(folder / "graph.onnx", kind)
    pack = open_pack(str(folder))
    for read in (verify_pack, lambda pack: pack.read("graph.onnx")):
        with pytest.raises(PackError, match=r"cannot read graph\.onnx"):
            read(pack)
    in_place_of(folder / MANIFEST, kind)
    with pytest.raises(PackError, match="Cannot read"):
        open_pack(str(folder))


def test_bytes_that_were_verified_are_those_that_are_returned(folder: Path) -> None:
    pack = open_pack(str(folder))
    verify_pack(pack)
    (folder / "graph.onnx").write_bytes(b"replaced since then")
    with pytest.raises(PackError, match=r"graph\.onnx is damaged"):
        pack.read("graph.onnx")


def test_names_that_no_folder_can_have_are_unknown() -> None:
    for name in ("x" * 5000, "a\0b", "/" * 300 + "face" * 2000):
        with pytest.raises(PackError, match="No pack is named"):
            open_pack(name)


def test_control_characters_do_not_reach_the_terminal(folder: Path) -> None:
    rewrite(folder, description="a\x1b]0;owned\x07")
    with pytest.raises(PackError, match="description holds control characters"):
        open_pack(str(folder))


def test_of_writers_of_one_pack_one_writes_it_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "render.onnx").write_bytes(bytes(1_000_000))

    def write(_number: int) -> bool:
        try:
            write_pack(tmp_path / "tiny", CARD, [tmp_path / "render.onnx"])
        except PackError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(8))) == 1
    verify_pack(open_pack(str(tmp_path / "tiny")))
    assert {path.name for path in tmp_path.iterdir()} == {"tiny", "render.onnx"}
