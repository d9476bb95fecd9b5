"""Recognise the kind of a checkpoint file and check its contents before torch opens it."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from puppet.errors import CheckpointError
from puppet.models.pickle_check import LIST, PickleCheck
from puppet.regular_files import open_regular

_MAX_BYTES = 8 << 30
_MAX_PICKLE_BYTES = 16 << 20  # a large FOMM with its optimizers has 0.3 MiB
_MAX_RATIO = 4  # unpacked to packed; weights shrink by a tenth
_MAX_MEMBERS = 100_000
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_BAD_ARCHIVE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, LookupError, RuntimeError)

_SIGNATURES = (
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89HDF", "an HDF5 file of another library"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"%PDF", "a PDF document"),
)


def check_checkpoint(path: Path) -> None:
    """Check that a file is a PyTorch checkpoint of plain values and tensors, and holds every storage it names.

    Raises:
        CheckpointError: it is something else (the message says what), is damaged, or holds more than weights.
    """
    try:
        with open_regular(path, _MAX_BYTES) as file:
            size = os.fstat(file.fileno()).st_size
            start = file.read(1024)
            _check_start(path.name, start)
            file.seek(0)
            if start.startswith(b"PK\x03\x04"):
                _check_archive(path.name, file, size)
            else:
                _check_legacy(path.name, file, size)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror or 'damaged'}); choose a checkpoint") from error


def _check_start(name: str, start: bytes) -> None:
    """Name other kinds of files by their first bytes."""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise CheckpointError(f"{name} is empty (0 bytes), not a PyTorch checkpoint; download it again")
    if text[:200].lower().startswith((b"<!doctype html", b"<html", b"<head")):
        raise CheckpointError(f"{name} is a web page (HTML text), not a checkpoint; download the file itself")
    if text.startswith(b"version https://git-lfs"):
        raise CheckpointError(f"{name} is a Git LFS pointer (text), not a checkpoint; run git lfs pull")
    if not any((byte < 32 and byte not in b"\t\r\n\f") or byte == 127 for byte in start):
        raise CheckpointError(f"{name} is text, not a checkpoint; download the file itself")
    if start[257:262] == b"ustar":
        raise CheckpointError(f"{name} is a tar archive; unpack it, or save a checkpoint of 2016 again with torch 0.4")
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") < 1 << 27:
        raise CheckpointError(f"{name} is a safetensors file; choose the original checkpoint (.pth.tar)")
    for signature, kind in _SIGNATURES:
        if start.startswith(signature):
            raise CheckpointError(f"{name} is {kind}, not a PyTorch checkpoint; choose the checkpoint itself")


def _check_archive(name: str, file: BinaryIO, size: int) -> None:
    """Check a ZIP archive as torch writes since 1.6: NAME/data.pkl, and the storages as NAME/data/KEY."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            pickle = _find_pickle(name, members, size)
            folder = pickle.filename.partition("/")[0]
            content = archive.read(pickle)
    except _BAD_ARCHIVE as error:
        raise CheckpointError(f"{name} is damaged or not a PyTorch checkpoint; download it again") from error
    sizes = {member.filename: member.file_size for member in members}
    PickleCheck(name, lambda key: sizes.get(f"{folder}/data/{key}", -1)).run(io.BytesIO(content))


def _find_pickle(name: str, members: list[zipfile.ZipInfo], size: int) -> zipfile.ZipInfo:
    """Return data.pkl of an archive whose members are unique and together of a plausible size."""
    names = {member.filename.casefold() for member in members}
    if len(members) > _MAX_MEMBERS or len(names) < len(members):
        raise CheckpointError(f"{name} was refused: its archive holds a file twice; download it again")
    pickles = [member for member in members if member.filename.count("/") == 1 and member.filename[-9:] == "/data.pkl"]
    if len(pickles) != 1:
        raise CheckpointError(f"{name} is a ZIP archive, not a PyTorch checkpoint; unpack it when it holds one")
    if pickles[0].filename.replace("data.pkl", "constants.pkl") in names:
        raise CheckpointError(f"{name} is a TorchScript program, not a checkpoint; choose the weights")
    unpacked = sum(member.file_size for member in members)
    if unpacked > _MAX_RATIO * size + (1 << 20):
        raise CheckpointError(f"{name} unpacks to {unpacked >> 20} MiB from {size >> 20}, more than any weights do")
    if pickles[0].file_size > _MAX_PICKLE_BYTES:
        raise CheckpointError(f"{name} was refused: its data.pkl is larger than any checkpoint's")
    return pickles[0]


def _check_legacy(name: str, file: BinaryIO, size: int) -> None:
    """Check a file of torch before 1.6: pickles of a magic number, a version, facts, the content, keys; storages."""
    content = io.BytesIO(file.read(_MAX_PICKLE_BYTES))
    checks = [PickleCheck(name, lambda _: size) for _ in range(5)]
    for number, check in enumerate(checks):
        made = check.run(content)
        if number == 0 and made != _LEGACY_MAGIC:
            raise CheckpointError(f"{name} is a pickle, but not a PyTorch checkpoint; choose a checkpoint of weights")
    if made != LIST or not all(isinstance(key, str) and key in checks[3].storages for key in checks[4].listed):
        raise CheckpointError(f"{name} is damaged: it holds storages of no tensor; download it again")
    if sum(checks[3].storages.values()) > size - content.tell():
        raise CheckpointError(f"{name} is cut off: its tensors need more bytes than it has; download it again")
