"""Reads the mark of AI-made media back from a file, whoever wrote it: XMP, tags of Matroska, C2PA. Any thread."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from puppet.errors import MediaError
from puppet.media.container import open_media, reading
from puppet.media.content_credentials import Credentials, read_credentials
from puppet.media.files import check_input
from puppet.media.formats import picture_format
from puppet.media.mark import SOURCE_TYPE_TAG, SOURCE_TYPES, TOOL, TOOL_TAG
from puppet.media.pictures import decoding, open_image

AI_TYPES = ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "compositeSynthetic")
"""IPTC's digital source types of media that a trained model made, in whole or in part."""
_MOST_CHARACTERS = 1 << 20


@dataclass(frozen=True, slots=True)
class FoundMark:
    """A file's statement of its origin.

    Attributes:
        source_type: IPTC digital source type, its last word for IPTC's own terms; "" when there is none.
        tool: program that made it, or "".
        credentials: what a C2PA manifest says; None without a manifest.
        unread: why a C2PA manifest could not be looked for, or "".
    """

    source_type: str = ""
    tool: str = ""
    credentials: Credentials | None = None
    unread: str = ""

    @property
    def ai_made(self) -> bool:
        """True when it says that a trained model made it, in whole or in part."""
        types = [self.source_type, *map(_term, self.credentials.source_types if self.credentials else ())]
        return any(found in AI_TYPES for found in types)

    def as_json(self) -> dict[str, object]:
        """Return the fields for JSON."""
        return {"ai_made": self.ai_made, **asdict(self)}

    def rows(self) -> list[tuple[str, str]]:
        """Return the fields as rows of a table: name and value."""
        rows = [("IPTC digital source type", self.source_type or "none"), ("tool", self.tool or "none")]
        if self.credentials is None:
            return [*rows, ("C2PA manifest", self.unread or "none")]
        types = ", ".join(map(_term, self.credentials.source_types)) or "none"
        return [
            *rows,
            ("C2PA manifest", self.credentials.state),
            ("C2PA signer", self.credentials.signer or "none"),
            ("C2PA generator", self.credentials.generator or "none"),
            ("C2PA source types", types),
        ]


def read_mark(path: Path) -> FoundMark:
    """Return what a video or a picture says about its origin. Raises MediaError when it is neither."""
    check_input(path, "video")
    tags = _tags(path)
    xmp = tags.get("xmp", "")[:_MOST_CHARACTERS]
    comment = tags.get("comment", "")
    source_type = _property(xmp, "DigitalSourceType") or tags.get(SOURCE_TYPE_TAG.lower(), "")
    source_type = source_type or _found(rf"{SOURCE_TYPES}\w+", comment)
    tool = _property(xmp, "CreatorTool") or tags.get(TOOL_TAG.lower(), "") or _found(rf"{TOOL} [\w.+-]+", comment)
    try:
        return FoundMark(_term(source_type), tool, read_credentials(path))
    except MediaError as error:
        return FoundMark(_term(source_type), tool, unread=f"not looked for: {error}")


def _tags(path: Path) -> dict[str, str]:
    """Return the file's metadata by name in lower case."""
    if picture_format(path) is not None:
        with decoding(path), open_image(path, shortest=1) as image:
            return _as_text(image.info)
    with reading(path), open_media(path, xmp=True) as container:
        return _as_text(container.metadata)


def _as_text(info: Mapping[Any, object]) -> dict[str, str]:
    return {
        str(name).lower(): value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        for name, value in info.items()
        if isinstance(value, (str, bytes))
    }


def _property(xmp: str, name: str) -> str:
    """Return the value of a simple property of an XMP packet, written as an element or an attribute; "" without it."""
    found = re.search(rf'[\s<:]{name}(?:>\s*|\s*=\s*["\']|\s+rdf:resource\s*=\s*["\'])([^<"\']*)', xmp)
    return html.unescape(found[1]).strip() if found else ""


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text[:_MOST_CHARACTERS])
    return match[0] if match else ""


def _term(source_type: str) -> str:
    """Return the last word of one of IPTC's terms; another text as it is."""
    return source_type.removeprefix(SOURCE_TYPES).removeprefix(SOURCE_TYPES.replace("http:", "https:"))
