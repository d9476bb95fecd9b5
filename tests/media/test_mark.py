"""The mark of AI-made media: in every file from its header on, read back here and by ExifTool where it is installed."""

from __future__ import annotations

import getpass
import json
import shutil
import socket
import struct
import subprocess
from pathlib import Path

import av
import pytest

import puppet
from puppet.config import MARK, RecordingOptions
from puppet.errors import MediaError
from puppet.media.mark import SOURCE_TYPE, XMP_UUID, place_xmp, xmp_packet
from puppet.media.mark_reader import FoundMark, read_mark
from puppet.media.pictures import write_picture
from puppet.media.video import VideoReader, VideoWriter
from tests.support.clips import even_times, moving_square, write_clip

COUNT, RATE = 60, 30
TOOL = f"Puppet {puppet.__version__}"
EXIFTOOL = shutil.which("exiftool")


def _record(path: Path, *, live: bool = False, marked: bool = True) -> Path:
    """Write a clip; return a copy of the file as it was before its end."""
    writer = VideoWriter(path, (64, 48), RATE, live=RecordingOptions() if live else None, mark=MARK if marked else None)
    for picture, time_s in zip(moving_square((64, 48), COUNT), even_times(RATE, COUNT), strict=True):
        writer.write(picture, time_s)
    [growing] = path.parent.iterdir()
    killed = path.with_name(f"killed{path.suffix}")
    shutil.copy(growing, killed)
    writer.close()
    return killed


def _boxes(content: bytes) -> list[tuple[bytes, bytes]]:
    """Return kind and content of the boxes at the top of an MP4 file."""
    at, found = 0, []
    while at < len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        found.append((kind, content[at + 8 : at + size]))
        at += size
    return found


def _exiftool(path: Path) -> dict[str, str]:
    assert EXIFTOOL
    told = subprocess.run([EXIFTOOL, "-j", "-a", str(path)], capture_output=True, text=True, check=True).stdout
    [tags] = json.loads(told)
    return dict(tags)


def _check(path: Path) -> None:
    found = read_mark(path)
    assert (found.source_type, found.tool, found.ai_made) == ("compositeWithTrainedAlgorithmicMedia", TOOL, True)
    if EXIFTOOL:
        tags = _exiftool(path)
        assert (tags["DigitalSourceType"], tags["CreatorTool"]) == (SOURCE_TYPE, TOOL)


@pytest.mark.parametrize("target", ["b.mp4", "b.mkv"])
def test_the_mark_is_read_after_another_program_copied_the_streams(tmp_path: Path, target: str) -> None:
    """FFmpeg drops the box with the XMP packet, and keeps the comment."""
    _record(tmp_path / "a.mp4")
    with av.open(str(tmp_path / "a.mp4")) as source, av.open(str(tmp_path / target), "w") as copied:
        copied.metadata.update(source.metadata)
        stream = copied.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                copied.mux(packet)
    found = read_mark(tmp_path / target)
    assert (found.ai_made, found.tool) == (True, TOOL)


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv"])
def test_a_video_is_marked_when_it_is_finished_and_when_it_was_killed(tmp_path: Path, name: str, live: bool) -> None:
    killed = _record(tmp_path / name, live=live)
    for path in (tmp_path / name, killed):
        _check(path)
        with VideoReader(path) as reader:
            assert next(reader.pictures()).time_s < 0.5


@pytest.mark.parametrize("live", [False, True])
def test_the_mark_changes_no_picture_and_no_time(tmp_path: Path, live: bool) -> None:
    # Three each: x264 itself encodes the same frames differently in a few of a thousand times.
    plain, marked_ones = (
        {_read(tmp_path / f"{marked}{index}", live=live, marked=marked) for index in range(3)}
        for marked in (False, True)
    )
    assert plain & marked_ones


def _read(folder: Path, *, live: bool, marked: bool) -> tuple[tuple[float, bytes], ...]:
    """Write a clip; return the times and pixels of its pictures."""
    folder.mkdir()
    _record(folder / "a.mp4", live=live, marked=marked)
    with VideoReader(folder / "a.mp4") as reader:
        return tuple((timed.time_s, timed.picture.tobytes()) for timed in reader.pictures())


def test_the_packet_of_an_mp4_is_a_box_of_its_own_behind_the_header(tmp_path: Path) -> None:
    killed = _record(tmp_path / "a.mp4", live=True)
    (first, _), (header, tags), (box, content), *_ = _boxes(killed.read_bytes())
    assert (first, header, box) == (b"ftyp", b"moov", b"uuid")
    assert content == XMP_UUID + xmp_packet().encode()
    assert b"xpacket" not in tags


def test_a_video_with_vp9_is_marked(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.webm", (64, 48), RATE, "vp9") as writer:
        for picture, time_s in zip(moving_square((64, 48), 5), even_times(RATE, 5), strict=True):
            writer.write(picture, time_s)
    _check(tmp_path / "a.webm")


def test_without_a_mark_there_is_none(tmp_path: Path) -> None:
    _record(tmp_path / "a.mp4", marked=False)
    assert not read_mark(tmp_path / "a.mp4").ai_made
    write_picture(tmp_path / "a.png", moving_square((64, 64), 1)[0])
    assert read_mark(tmp_path / "a.png") == FoundMark(unread=read_mark(tmp_path / "a.png").unread)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp"])
def test_a_picture_is_marked(tmp_path: Path, name: str) -> None:
    write_picture(tmp_path / name, moving_square((64, 64), 1)[0], mark=MARK)
    _check(tmp_path / name)


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.png", "a.jpg", "a.webp"])
def test_a_marked_file_names_no_person_path_or_computer(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if path.suffix in (".mp4", ".mov", ".mkv"):
        _record(path)
    else:
        write_picture(path, moving_square((64, 64), 1)[0], mark=MARK)
    content = path.read_bytes()
    for secret in (str(tmp_path), str(Path.home()), getpass.getuser(), socket.gethostname()):
        assert secret.encode() not in content or len(secret) < 4


def test_marks_of_other_tools_are_read(tmp_path: Path) -> None:
    attribute = SOURCE_TYPE.replace("compositeWith", "").replace("TrainedA", "trainedA")
    packet = f'<rdf:Description Iptc4xmpExt:DigitalSourceType="{attribute}" xmp:CreatorTool="A &amp; B"/>'
    from PIL import Image

    Image.new("RGB", (8, 8)).save(tmp_path / "a.webp", xmp=packet.encode())
    found = read_mark(tmp_path / "a.webp")
    assert (found.source_type, found.tool, found.ai_made) == ("trainedAlgorithmicMedia", "A & B", True)


def test_what_is_neither_video_nor_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Made with AI")
    with pytest.raises(MediaError, match="holds text"):
        read_mark(tmp_path / "a.txt")


@pytest.mark.parametrize("cut", [0, 7, 40, 500])
def test_a_header_that_is_not_complete_is_left_alone(tmp_path: Path, cut: int) -> None:
    clip = write_clip(tmp_path / "a.mp4", moving_square((64, 48), 5), even_times(25, 5))
    whole = clip.read_bytes()
    at = whole.index(b"moov") - 4
    damaged = tmp_path / "b.mp4"
    damaged.write_bytes(whole[at : at + cut])
    assert not place_xmp(damaged)
    assert damaged.read_bytes() == whole[at : at + cut]
    shown = clip.read_bytes()
    assert place_xmp(clip)
    assert clip.read_bytes() == shown  # another tool's file has nothing to move
