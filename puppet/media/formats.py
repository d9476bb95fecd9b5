"""The formats of pictures and containers that are opened, and what a file holds, told by its content. Any thread.

Everything that reads, keeps or offers files goes by these lists: gallery, commands, cameras, dialogs, drag and drop.
"""

from __future__ import annotations

import re
from pathlib import Path

from puppet.errors import MediaError

PICTURE_FORMATS = {
    "JPEG": rb"\xff\xd8\xff",
    "PNG": rb"\x89PNG\r\n\x1a\n",
    "WEBP": rb"RIFF....WEBP",
    "GIF": rb"GIF8[79]a",
    "AVIF": rb"....ftyp(avi[fs]|(mif1|msf1)....(....)*?avi[fs])",
    "HEIF": rb"....ftyp(hei[cxms]|hev[cx]|mif1|msf1)",
    "TIFF": rb"II[*+]\0|MM\0[*+]",
    "BMP": rb"BM.{4}\0\0",
    "JPEG2000": rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  \r\n\x87\n",
    "PPM": rb"P[1-7fF]\s",
    "QOI": rb"qoif",
}
"""Pillow's names (HEIF is read with FFmpeg) and what a file begins with. No other picture is opened: some formats start
programs (EPS), most are never meant. TGA, which begins with anything, is added by its footer or its name."""
PICTURE_SUFFIXES = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".avif", ".heic", ".heif", ".bmp", ".tif", ".tiff",
    ".gif", ".jp2", ".j2k", ".tga", ".ppm", ".pgm", ".qoi",
)  # fmt: skip
"""Endings that file dialogs offer; what a file is, its content tells."""
ANIMATED_FORMATS = ("GIF", "PNG", "WEBP", "AVIF")
DEMUXERS = (
    "mov", "matroska", "webm", "avi", "asf", "asf_o", "flv", "mpeg", "mpegts", "mpegvideo", "mxf", "ogg", "rm", "dv",
    "ivf", "nut", "wtv", "m4v", "h264", "hevc", "mjpeg", "yuv4mpegpipe", "mp3", "flac", "wav", "aac",
)  # fmt: skip
"""FFmpeg's names. No playlist or script is among them, so that a file never opens another."""
VIDEO_SUFFIXES = (
    ".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".wmv", ".flv", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".3gp",
    ".mxf", ".ogv", ".vob", ".dv",
)  # fmt: skip
"""Endings that file dialogs offer."""
_SEGMENT_WITHIN = 1 << 22  # bytes in which a JPEG 2000 states its size
_TGA_SUFFIXES = (".tga", ".icb", ".vda", ".vst")
_TGA_HEADER = rb".[\0\1][\1-\3\x09-\x0b].{9}.[\0-\x7f].[\0-\x7f][\1\x08\x0f\x10\x18\x20]"
_TGA_FOOTER = b"TRUEVISION-XFILE.\x00"


def picture_format(path: Path) -> str | None:
    """Return the name of the picture format that a file begins like; None when it is another kind of file.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(64)
        for name, pattern in PICTURE_FORMATS.items():
            if re.match(pattern, head, re.DOTALL):
                return name
        if not re.match(_TGA_HEADER, head, re.DOTALL):
            return None
        file.seek(max(0, file.seek(0, 2) - len(_TGA_FOOTER)))
        return "TGA" if path.suffix.lower() in _TGA_SUFFIXES or file.read() == _TGA_FOOTER else None


def known_picture_format(path: Path) -> str:
    """Return the name of a file's picture format. Raises MediaError when it is another kind of file, and OSError."""
    name = picture_format(path)
    if name is None:
        found = "holds text, not a picture" if holds_text(path) else "is not a picture of a known format"
        raise MediaError(f"{path}: {found}; give a JPEG, PNG, WebP, AVIF, HEIC, BMP, GIF or TIFF")
    return name


def holds_text(path: Path) -> bool:
    """True when a file begins with readable text. Raises OSError when it cannot be read."""
    with path.open("rb") as file:
        head = file.read(512)
    return b"\0" not in head and all(byte >= 32 or byte in b"\t\n\r\f" for byte in head)


def webp_size(content: bytes) -> tuple[int, int]:
    """Return (width, height) of a WebP file. Raises ValueError for another file."""
    kind = content[12:16]
    if kind == b"VP8X":
        return int.from_bytes(content[24:27], "little") + 1, int.from_bytes(content[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return int.from_bytes(content[26:28], "little") & 0x3FFF, int.from_bytes(content[28:30], "little") & 0x3FFF
    raise ValueError(f"unknown chunk {kind!r}")


def is_deep_jpeg2000(path: Path) -> bool:
    """True for a JPEG 2000 with several channels, one of more than 8 bits: Pillow shows their white as black.

    Pillow rounds to 8 bits without a limit, so that 255.5 and more become 0. Raises OSError.
    """
    with path.open("rb") as file:
        head = file.read(_SEGMENT_WITHIN)
    at = head.find(b"\xff\x4f\xff\x51")  # the SIZ segment: ISO/IEC 15444-1, A.5.1
    channels = int.from_bytes(head[at + 40 : at + 42], "big") if at >= 0 else 0
    depths = head[at + 42 : at + 42 + 3 * channels : 3]
    return channels > 1 and any((depth & 0x7F) + 1 > 8 for depth in depths)
