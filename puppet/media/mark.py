"""The mark of AI-made media: IPTC's digital source type, tool and version, in the header of every file that is made.

Pictures, MP4 and MOV carry an XMP packet (ISO 16684-1), Matroska and WebM carry tags. The mark holds no name, path,
device or time. docs/marking.md says why it is there. Any thread.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from PIL.PngImagePlugin import PngInfo

import puppet

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SOURCE_TYPE = f"{SOURCE_TYPES}compositeWithTrainedAlgorithmicMedia"
"""IPTC's term for media that a trained model changed in part: an animated portrait, swapped parts."""
TOOL = "Puppet"
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""Names the box of an MP4 file that holds an XMP packet (XMP specification, part 3)."""
SOURCE_TYPE_TAG, TOOL_TAG = "DIGITAL_SOURCE_TYPE", "CREATOR_TOOL"
"""Tags of Matroska and WebM, which have no place for XMP."""
_PACKET_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
_LARGEST_HEADER_BYTES = 1 << 28
_HELD_AS = b"ldes"  # FFmpeg's "synopsis": the last of the tags that it writes


def container_tags(suffix: str) -> dict[str, str]:
    """Return the mark as metadata for FFmpeg's writer of a container; `place_xmp` completes an MP4."""
    tags = {"comment": f"{note()} ({SOURCE_TYPE})"}  # what other programs keep that copy the streams to another file
    if suffix == ".mp4":
        return tags | {"synopsis": xmp_packet()}
    if suffix == ".mov":
        return tags | {"xmp": xmp_packet()}
    return tags | {SOURCE_TYPE_TAG: SOURCE_TYPE, TOOL_TAG: tool()}


def tool() -> str:
    """Return name and version of this program."""
    return f"{TOOL} {puppet.__version__}"


def note() -> str:
    """Return the mark as a sentence."""
    return f"Made with AI: a portrait animated by {tool()}"


def xmp_packet() -> str:
    """Return the XMP packet: IPTC Photo Metadata 2025.1, with the same properties in videos."""
    return f"""{_PACKET_BEGIN}
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<Iptc4xmpExt:DigitalSourceType>{SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>
<Iptc4xmpExt:AISystemUsed>{TOOL}</Iptc4xmpExt:AISystemUsed>
<Iptc4xmpExt:AISystemVersionUsed>{puppet.__version__}</Iptc4xmpExt:AISystemVersionUsed>
<xmp:CreatorTool>{tool()}</xmp:CreatorTool>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{note()}</rdf:li></rdf:Alt></dc:description>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def picture_options(suffix: str) -> dict[str, Any]:
    """Return Pillow's options for saving a picture with the mark, by the file's extension."""
    if suffix != ".png":
        return {"xmp": xmp_packet().encode()}
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", xmp_packet())
    return {"pnginfo": info}


def place_xmp(path: Path) -> bool:
    """Move the XMP packet in each movie header of an MP4 file to the box behind the header where readers look for it.

    FFmpeg writes the packet as the last tag of the header. That tag becomes the box: bytes before and behind it keep
    their places, so the file may still be growing.

    Returns:
        True when the file has a header.

    Raises:
        OSError: the file cannot be read or written.
    """
    found = False
    with path.open("r+b", buffering=0) as file:
        for at, size, kind in _boxes(file):
            if kind == b"moov" and size <= _LARGEST_HEADER_BYTES:
                file.seek(at)
                header = bytearray(file.read(size))
                if _split(header):
                    file.seek(at)
                    file.write(header)
                found = True
    return found


def _boxes(file: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    """Yield place, size and kind of the boxes of a file; ends before one that is not complete."""
    at, end = 0, file.seek(0, 2)
    while at + 8 <= end:
        file.seek(at)
        head = file.read(16)
        size, kind = struct.unpack(">I4s", head[:8])
        if size == 1 and len(head) == 16:
            (size,) = struct.unpack(">Q", head[8:])
        if size < 8 or at + size > end:
            return
        yield at, size, kind
        at += size


def _split(header: bytearray) -> bool:
    """Shorten a movie header by its last tag, if that is the packet, and make a box of the tag; see `place_xmp`."""
    parents, at = [0], 0
    for kind, own in ((b"udta", 8), (b"meta", 8), (b"ilst", 12), (_HELD_AS, 8)):
        at = _last(header, at + own, kind)
        if at < 0:
            return False
        parents.append(at)
    *parents, tag = parents
    size = len(header) - tag
    text = header[tag + 24 :]  # behind the heads of the tag and of its data
    if not text.startswith(_PACKET_BEGIN[:9].encode()):
        return False
    for parent in parents:
        (whole,) = struct.unpack_from(">I", header, parent)
        struct.pack_into(">I", header, parent, whole - size)
    header[tag:] = struct.pack(">I4s", size, b"uuid") + XMP_UUID + text
    return True


def _last(header: bytearray, at: int, kind: bytes) -> int:
    """Return the place of the last box from `at` on, which ends the header; -1 when that is of another kind."""
    while at + 8 <= len(header):
        size, found = struct.unpack_from(">I4s", header, at)
        if size < 8:
            return -1
        if at + size == len(header):
            return at if found == kind else -1
        at += size
    return -1
